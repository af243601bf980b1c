"""Customers and contacts as files: exported, and imported after a look at what would change."""

import hashlib
from base64 import b64decode, b64encode
from binascii import Error as NoBase64

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from maintenance import importing
from maintenance.accounts import open_to
from maintenance.importing import COLUMNS, Plan
from maintenance.models import db
from maintenance.spreadsheet import Unreadable
from maintenance.store.session import writing
from maintenance.web.access import actor
from maintenance.web.display import language, now
from maintenance.web.texts import _n

pages = Blueprint("files", __name__, url_prefix="/customers")

Answer = BaseResponse | str | tuple[str, int]


@pages.get("/<any(customers,contacts):kind>.csv")
@open_to("read")
def export(kind: str) -> Response:
    """Every customer or contact; with ; between where the reader's spreadsheet expects it."""
    separator = ";" if language() == "nl" else ","
    return attachment(importing.export(db.session(), kind, separator), f"{kind}.csv")


@pages.get("/import")
@open_to("edit-customers")
def ask() -> str:
    """The form that asks for a file."""
    return _page()


@pages.post("/import")
@open_to("edit-customers")
def show() -> Answer:
    """What the file would change, every row of it; nothing is changed yet."""
    file = request.files.get("file")
    data = file.read() if file else b""
    try:
        found = importing.plan(db.session(), data, now())
    except Unreadable as error:
        return _page(error=str(error)), 422
    return _page(found, data), 422 if found.bad else 200


@pages.post("/import/apply")
@open_to("edit-customers")
def apply() -> Answer:
    """The changes that were shown; where they would be others by now, those are shown first."""
    try:
        data = b64decode(request.form.get("data", ""), validate=True)
        with writing() as session:
            found = importing.plan(session, data, now())
            if found.bad or _digest(found) != request.form.get("seen"):
                return _page(found, data), 409
            importing.apply(session, found, actor().name, now())
    except (NoBase64, Unreadable):
        abort(400)
    number = len(found.changes)
    flash(_n("%(num)d row is imported.", "%(num)d rows are imported.", number), "success")
    return redirect(url_for("customers.listing"), 303)


def attachment(data: bytes, name: str) -> Response:
    """A file to keep."""
    answer = Response(data, content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _page(found: Plan | None = None, data: bytes = b"", error: str = "") -> str:
    return render_template(
        "customers/import.html",
        found=found,
        data=b64encode(data).decode(),
        seen=_digest(found) if found else "",
        errors={"file": error} if error else {},
        columns=COLUMNS,
    )


def _digest(found: Plan) -> str:
    return hashlib.sha256(repr((found.changes, found.bad)).encode()).hexdigest()
