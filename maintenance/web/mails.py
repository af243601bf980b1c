"""Mails as they were or will be written, for the sandboxed frame on a window's page."""

import hashlib
import re
from base64 import b64encode
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, abort, current_app, render_template, request
from sqlalchemy import select

from maintenance import composing
from maintenance.accounts import open_to
from maintenance.config import Settings
from maintenance.models import Delivery, Notice, Window, db
from maintenance.notices import Notice as NoticeValue
from maintenance.store import outbox, people, reach, wordings
from maintenance.store import windows as store
from maintenance.store.policies import Versions
from maintenance.web.display import now
from maintenance.windows import LANGUAGES, NoticeKind
from maintenance.windows import Window as WindowValue
from notifications import letter, occasions, texts
from notifications.message import Origin

pages = Blueprint("mails", __name__, url_prefix="/windows/<window_id>")

_STYLE = re.compile(r"<style[^>]*>(.*?)</style>", re.DOTALL)
_STYLE_ATTRIBUTE = re.compile(r' style="([^"]*)"')


PREVIEWED = tuple(texts.NEEDED)
"""What may be told of a window, each in words of its own."""


@pages.get("/mails")
@open_to("read")
def all_of_them(window_id: str) -> str:
    """Every mail that may go out about this window, for any customer, with its readers counted."""
    row = _found(window_id)
    customer = request.args.get("customer", "")
    readers = {kind: _readers(row, kind, customer) for kind in PREVIEWED}
    return render_template(
        "windows/mails.html",
        row=row,
        customer=customer,
        known=not customer or any(one["customer"] == customer for one in _asked(row, "message")),
        readers=readers,
        languages=LANGUAGES,
    )


@pages.get("/preview/<kind>/<lang>")
@open_to("read")
def preview(window_id: str, kind: str, lang: str) -> Response:
    """One of those mails, as this customer would read it."""
    row = _found(window_id)
    if kind not in PREVIEWED:
        abort(404)
    window = _as_read_by(request.args.get("customer", ""), store.value(row, Versions(db.session())))
    return framed(example(kind, window, lang))


def example(kind: str, window: WindowValue, lang: str) -> bytes:
    """The mail that goes by these words about this window."""
    notice, then = occasions.example(kind, window, now())
    return written(then, notice, lang)


def _asked(row: Window, kind: str) -> list[dict[str, Any]]:
    """Whom a notice of this kind would reach now; a cancellation, those told by then: all."""
    session = db.session()
    kind = occasions.kind_of(kind)
    kind = NoticeKind.CHANGE if kind == NoticeKind.CANCELLATION else kind
    with session.no_autoflush:
        asked = Notice(kind=kind, to_operators=kind == NoticeKind.OVERRUN)
        return list(reach.readers(session, row, asked))


def _readers(row: Window, kind: str, customer: str) -> dict[str, int]:
    """How many readers it has in each language; of this customer where one is named."""
    found = [one for one in _asked(row, kind) if customer in ("", one.get("customer", ""))]
    return {lang: sum(one["language"] == lang for one in found) for lang in LANGUAGES}


@pages.get("/announcement/<lang>")
@open_to("read")
def announcement(window_id: str, lang: str) -> Response:
    """The announcement as it would be written now."""
    row = _found(window_id)
    notice = NoticeValue(NoticeKind.ANNOUNCEMENT, now(), row.revision)
    return framed(_written(row, notice, lang))


@pages.get("/notices/<int:notice_id>/<lang>")
@open_to("read")
def notice(window_id: str, notice_id: int, lang: str) -> Response:
    """A notice as it was written to the first reader of this language, or would be."""
    row = _found(window_id)
    found = next((one for one in row.notices if one.id == notice_id), None) or abort(404)
    return framed(_kept(found, lang) or _written(row, outbox.value(found), lang))


def _kept(notice: Notice, lang: str) -> bytes | None:
    """The mail as it was said to the first reader in this language, where it was."""
    query = select(Delivery).where(
        Delivery.notice_id == notice.id,
        Delivery.language == lang,
        Delivery.rendering_id.is_not(None),
    )
    delivery = db.session.scalars(query.order_by(Delivery.id).limit(1)).first()
    return composing.mail_of(delivery, current_app.config["SETTINGS"]) if delivery else None


def _written(row: Window, notice: NoticeValue, lang: str) -> bytes:
    return written(store.value(row, Versions(db.session())), notice, lang)


def written(window: WindowValue, notice: NoticeValue, lang: str) -> bytes:
    """The mail of this notice in its services' own words; 404 for a language there is none of."""
    if lang not in LANGUAGES:
        abort(404)
    settings: Settings = current_app.config["SETTINGS"]
    origin = Origin(settings.mail_from, settings.base_url)
    slugs = [service.slug for service in window.services]
    own = wordings.choose(
        wordings.of(db.session(), slugs), slugs, occasions.of(notice, window), lang
    )
    mail = letter.compile_notice(notice, window, lang, origin, wording=own)
    return letter.fill(mail, _somebody(lang, now()))


def _as_read_by(customer: str, window: WindowValue) -> WindowValue:
    """The window with the services that this customer has of it; all where none is named."""
    row = people.find_customer(db.session(), customer) if customer else None
    has = {service.slug for service in row.services} if row else set()
    theirs = tuple(service for service in window.services if service.slug in has)
    return window.changed(services=theirs or window.services)


def _somebody(lang: str, at: datetime) -> letter.Recipient:
    name = {"nl": "naam van de contactpersoon", "en": "name of the contact"}[lang]
    feed = current_app.config["SETTINGS"].base_url + "/feeds/c/..."
    return letter.Recipient(name, "contact@customer.example", lang, "<preview>", at, feed, feed)


def framed(raw: bytes) -> Response:
    """The HTML of a mail: its styles allowed one by one, by their hashes, and nothing else."""
    html = letter.shown(raw).html.replace("\r\n", "\n")  # as a browser reads what it hashes
    said = {*_STYLE.findall(html), *map(_unescaped, _STYLE_ATTRIBUTE.findall(html))}
    return isolated(html, " ".join(["'unsafe-hashes'", *sorted(_hash(style) for style in said)]))


def isolated(html: str, styles: str = "'none'") -> Response:
    """A page for a frame of ours, which may do nothing and load nothing."""
    policy = (
        "default-src 'none'; sandbox; base-uri 'none'; form-action 'none'; "
        f"frame-ancestors 'self'; style-src {styles}"
    )
    return Response(html, headers={"Content-Security-Policy": policy})


def _hash(style: str) -> str:
    return f"'sha256-{b64encode(hashlib.sha256(style.encode()).digest()).decode()}'"


def _unescaped(value: str) -> str:
    return value.replace("&quot;", '"').replace("&#39;", "'").replace("&amp;", "&")


def _found(window_id: str) -> Window:
    return store.by_public_id(db.session(), window_id) or abort(404)
