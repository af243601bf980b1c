"""Mails that were accepted and came back: which delivery it was, and what follows.

Each mail has a return path of its own (VERP), signed: nobody can say that a mail came back who was
not sent it. It is good for 14 days.
"""

import hmac
import re
from datetime import UTC, datetime
from email.utils import parseaddr
from functools import lru_cache
from pathlib import Path

import structlog
from sqlalchemy.orm import Session

from maintenance import links, wishes
from maintenance.config import Settings
from maintenance.models import Contact, Delivery, Subscriber
from maintenance.store.reach import ANNOUNCING
from maintenance.store.session import writing
from maintenance.windows import DeliveryState
from notifications import returned
from notifications.returned import Bounce

GOOD_DAYS = 14
MOST_BYTES = 2**20
MOST_AT_ONCE = 100
"""So many are read from the Maildir at one tick: the sending goes on between them."""

_TOKEN = re.compile(r"\+(\d{1,18})-(\d{1,6})-([0-9a-f]{32})@", re.IGNORECASE)
_ARRIVED = (DeliveryState.SENT, DeliveryState.SENDING, DeliveryState.WAITING)

_log = structlog.get_logger(__name__)


def return_path(settings: Settings, delivery_id: int, now: datetime) -> str:
    """The sender on the envelope of this delivery; without MAINTENANCE_BOUNCE_ADDRESS our own."""
    if settings.bounce_address is None:
        return _own_address(settings.mail_from)
    local, _, domain = settings.bounce_address.rpartition("@")
    day = _day(now)
    return f"{local}+{delivery_id}-{day}-{_mac(settings, delivery_id, day)}@{domain}"


@lru_cache(maxsize=1)
def _own_address(mail_from: str) -> str:
    return parseaddr(mail_from)[1]


def delivery_id(to: str, settings: Settings, now: datetime) -> int | None:
    """The delivery whose return path is among these addresses; None for what we did not make."""
    for found in _TOKEN.finditer(to):
        claimed, day, mac = int(found[1]), int(found[2]), found[3].lower()
        fresh = 0 <= _day(now) - day <= GOOD_DAYS
        if fresh and hmac.compare_digest(mac, _mac(settings, claimed, day)):
            return claimed
    return None


def take(raw: bytes, settings: Settings, now: datetime) -> Delivery | None:
    """Do what this mail asks for; the delivery that came back, or None where it is no bounce."""
    bounce = returned.read(raw)
    claimed = delivery_id(bounce.to, settings, now) if bounce else None
    if bounce is None or claimed is None:
        return None
    with writing() as session:
        row = session.get(Delivery, claimed)
        if row is None:
            return None
        if row.state in _ARRIVED:
            _came_back(session, row, bounce, settings, now)
        return row


def read_maildir(settings: Settings, now: datetime) -> None:
    """Take what is new in the Maildir where bounces arrive; what was read goes to its cur/."""
    if settings.bounce_maildir is None:
        return
    there = sorted((settings.bounce_maildir / "new").iterdir())
    for path in there[:MOST_AT_ONCE]:
        try:
            _take_file(path, settings, now)
        except OSError as error:
            _log.warning("a bounce could not be read", file=path.name, why=str(error))


def _take_file(path: Path, settings: Settings, now: datetime) -> None:
    with path.open("rb") as file:
        raw = file.read(MOST_BYTES)
    row = take(raw, settings, now)
    _log.info("a mail came back", file=path.name, delivery=row.public_id if row else None)
    path.rename(path.parent.parent / "cur" / f"{path.name}:2,S")


def _came_back(
    session: Session, row: Delivery, bounce: Bounce, settings: Settings, now: datetime
) -> None:
    """It did not arrive after all: its customer is not told. Alarmed only where the address stops.

    What else bounced is shown, and watched until the latest moment to tell the customer.
    """
    row.state, row.bounced_at, row.alarmed_at = DeliveryState.FAILED, now, now
    row.reply = f"bounced: {bounce.status} {bounce.why}".strip()
    row.claim, row.next_attempt_at, row.in_doubt = None, None, False
    notice = row.notice
    if notice.kind in ANNOUNCING and notice.alarmed_at is None:
        notice.watch_at = now
    reader: Contact | Subscriber | None = None
    if row.contact_id is not None:
        reader = session.get(Contact, row.contact_id)
    elif row.subscriber_id is not None:
        reader = session.get(Subscriber, row.subscriber_id)
    if reader is None or not bounce.stops or reader.email.casefold() != row.address.casefold():
        return
    reader.stopped_at, reader.flagged = now, row.reply
    session.flush()
    if isinstance(reader, Contact):
        wishes.alarm(session, reader, settings, now, name="bounced", reply=row.reply)


def _day(now: datetime) -> int:
    return now.astimezone(UTC).toordinal()


def _mac(settings: Settings, delivery: int, day: int) -> str:
    return links.key(settings.secret_key, links.Purpose.BOUNCE, delivery, day)[:16].hex()
