"""The ledger of a window: were we told in time, on one screen, on paper and as a file."""

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from maintenance import alarms, ledger, planning
from maintenance.accounts import open_to
from maintenance.models import Window, db
from maintenance.results import Done
from maintenance.store import pushed
from maintenance.store import windows as store
from maintenance.web import window_page
from maintenance.web.access import actor
from maintenance.web.display import now
from maintenance.web.texts import _

pages = Blueprint("ledger", __name__, url_prefix="/windows/<window_id>")

SHOWN = 100
"""So many customers on a page; a search finds the others, the file has them all."""


@pages.get("/ledger")
@open_to("read")
def page(window_id: str) -> str:
    """Per customer: told when, by which mails, in time or not; those of `q` only."""
    row = _found(window_id)
    found = ledger.of(db.session(), row, now())
    search = request.args.get("q", "").strip()[:200]
    wanted = [each for each in found.accounts if _fits(each, search.casefold())]
    standings = [each.standing for each in found.accounts]
    return render_template(
        "windows/ledger.html",
        row=row,
        zone=window_page.zone_of(row),
        ledger=found,
        accounts=wanted[:SHOWN],
        left_out=len(wanted) - SHOWN,
        search=search,
        pages=sorted(pushed.shown_since(db.session(), row).items()),
        may_show=row.announced_at is not None and alarms.may_show(row, standings),
        in_time=ledger.in_time,
    )


@pages.get("/ledger.csv")
@open_to("read")
def table(window_id: str) -> Response:
    """Every delivery, a line each."""
    row = _found(window_id)
    data = ledger.as_table(row, ledger.of(db.session(), row, now()), now())
    answer = Response(data, content_type="text/csv; charset=utf-8")
    answer.headers.set("Content-Disposition", "attachment", filename=f"{row.reference}.csv")
    return answer


@pages.post("/show")
@open_to("plan")
def show(window_id: str) -> BaseResponse:
    """Put an announced window on the status page, which tells those the mail does not reach."""
    seen = request.form.get("revision", "")
    result = planning.show_on_page(
        window_id, actor(), now(), int(seen) if seen.isdecimal() else None
    )
    if isinstance(result, Done):
        flash(_("It is on the status page."), "success")
    else:
        flash(_("It was not put on the status page: look at how it stands now."), "error")
    return redirect(url_for("ledger.page", window_id=window_id), 303)


def _fits(account: ledger.Account, search: str) -> bool:
    said = [account.standing.customer, *(each.address for each in account.deliveries)]
    return any(search in one.casefold() for one in said)


def _found(window_id: str) -> Window:
    return store.by_public_id(db.session(), window_id) or abort(404)
