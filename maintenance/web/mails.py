"""Mails as they were or will be written, for the sandboxed frame on a window's page."""

import hashlib
import re
from base64 import b64encode
from datetime import datetime

from flask import Blueprint, Response, abort, current_app
from sqlalchemy import select

from maintenance import composing
from maintenance.accounts import open_to
from maintenance.config import Settings
from maintenance.models import Delivery, Notice, Window, db
from maintenance.notices import Notice as NoticeValue
from maintenance.store import outbox
from maintenance.store import windows as store
from maintenance.store.policies import Versions
from maintenance.web.display import now
from maintenance.web.texts import _
from maintenance.windows import LANGUAGES, NoticeKind
from notifications import letter
from notifications.message import Origin

pages = Blueprint("mails", __name__, url_prefix="/windows/<window_id>")

_STYLE = re.compile(r"<style[^>]*>(.*?)</style>", re.DOTALL)
_STYLE_ATTRIBUTE = re.compile(r' style="([^"]*)"')


@pages.get("/announcement/<lang>")
@open_to("read")
def announcement(window_id: str, lang: str) -> Response:
    """The announcement as it would be written now."""
    row = _found(window_id)
    notice = NoticeValue(NoticeKind.ANNOUNCEMENT, now(), row.revision)
    return _framed(_written(row, notice, lang))


@pages.get("/notices/<int:notice_id>/<lang>")
@open_to("read")
def notice(window_id: str, notice_id: int, lang: str) -> Response:
    """A notice as it was written to the first reader of this language, or would be."""
    row = _found(window_id)
    found = next((one for one in row.notices if one.id == notice_id), None) or abort(404)
    return _framed(_kept(found, lang) or _written(row, outbox.value(found), lang))


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
    if lang not in LANGUAGES:
        abort(404)
    settings: Settings = current_app.config["SETTINGS"]
    origin = Origin(settings.mail_from, settings.base_url)
    window = store.value(row, Versions(db.session()))
    return letter.fill(letter.compile_notice(notice, window, lang, origin), _somebody(lang, now()))


def _somebody(lang: str, at: datetime) -> letter.Recipient:
    name = _("Name of the contact")
    feed = current_app.config["SETTINGS"].base_url + "/feeds/c/..."
    return letter.Recipient(name, "contact@customer.example", lang, "<preview>", at, feed, feed)


def _framed(raw: bytes) -> Response:
    """The HTML of a mail: its styles allowed one by one, by their hashes, and nothing else."""
    html = letter.shown(raw).html
    said = {*_STYLE.findall(html), *map(_unescaped, _STYLE_ATTRIBUTE.findall(html))}
    hashes = " ".join(sorted(_hash(style) for style in said))
    policy = (
        "default-src 'none'; sandbox; base-uri 'none'; form-action 'none'; "
        f"frame-ancestors 'self'; style-src 'unsafe-hashes' {hashes}"
    )
    return Response(html, headers={"Content-Security-Policy": policy})


def _hash(style: str) -> str:
    return f"'sha256-{b64encode(hashlib.sha256(style.encode()).digest()).decode()}'"


def _unescaped(value: str) -> str:
    return value.replace("&quot;", '"').replace("&#39;", "'").replace("&amp;", "&")


def _found(window_id: str) -> Window:
    return store.by_public_id(db.session(), window_id) or abort(404)
