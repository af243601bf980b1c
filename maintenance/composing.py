"""From a claimed delivery to the octets that are sent: worded once, kept, the same at a repeat."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import partial
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from maintenance import links, notices
from maintenance.config import Settings
from maintenance.models import Delivery, Notice, db
from maintenance.store import claims, outbox, renderings, windows, wordings
from maintenance.store.claims import Claimed
from maintenance.store.policies import Versions
from maintenance.store.renderings import Kept, Key
from maintenance.store.session import reading
from maintenance.windows import Window
from notifications import letter, occasions, signature
from notifications.message import Audience, Origin, Parts
from notifications.octets import ascii_address

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """A mail to hand in, and what it depends on."""

    each: Claimed
    notice: notices.Notice
    window: Window | None  # None for a mail to an account
    words: Key | int  # a rendering's key, or where it was tried before its id
    reader: dict[str, Any]
    mail: Callable[[], bytes]  # its octets, once its words are kept


class Fate(Enum):
    """What becomes of a delivery that is not handed in."""

    EXPIRED = "expired"  # no longer true, or nobody is there to read it
    FAILED = "failed"  # it can never be sent to this address
    LATER = "later"  # it could not be written; a fault of ours


@dataclass(frozen=True, slots=True)
class Unfit:
    """A delivery that is not handed in, and why."""

    each: Claimed
    why: str
    fate: Fate


def mail_of(row: Delivery, settings: Settings) -> bytes | None:
    """The mail as it was or will again be sent; None before its first attempt."""
    if row.rendering_id is None or row.reader is None:
        return None
    kept = renderings.by_id(db.session(), row.rendering_id)
    return filled(kept.body, row.reader, row.message_id, settings)


def filled(body: bytes, reader: Mapping[str, Any], message_id: str, settings: Settings) -> bytes:
    """The mail that says this to this reader, with its secret links; not yet signed.

    ValueError for an address that no server would take.
    """
    return letter.fill(body, _recipient(reader, message_id, settings))


def origin(settings: Settings) -> Origin:
    """Who writes, and where links lead."""
    return Origin(settings.mail_from, settings.base_url)


class Desk:
    """Where the mails of a batch are put together: what these have in common is read once.

    What is said for the first time is kept before it is said. No transaction is open while words
    are put together.
    """

    def __init__(self, batch: Sequence[Claimed], settings: Settings, now: datetime) -> None:
        self._settings, self._now = settings, now
        self._bodies: dict[Key, bytes] = {}  # not stored yet
        self._at = now.isoformat()
        customers = {each.customer_id for each in batch if each.customer_id}
        contacts = {each.contact_id for each in batch if each.contact_id}
        subscribers = {each.subscriber_id for each in batch if each.subscriber_id}
        about = {each.notice_id for each in batch}
        with reading() as session:
            self._read_notices(session, about)
            stored = renderings.of_notices(session, about)
            tried = renderings.by_ids(session, {each.rendering_id for each in batch})
            self._services = renderings.services_of(session, customers)
            self._generations = renderings.link_generations(session, contacts)
            self._declined = renderings.declined_by(session, contacts)
            self._subscribed = renderings.subscribed_by(session, subscribers)
            self._links = renderings.subscriber_generations(session, subscribers)
        self._stored: dict[Key | int, Kept] = {**tried}
        self._stored.update(stored.items())

    def _read_notices(self, session: Session, ids: set[int]) -> None:
        versions = Versions(session)
        self._notices: dict[int, tuple[notices.Notice, Window | None]] = {}
        self._stale: dict[int, str | None] = {}
        for row in session.scalars(select(Notice).where(Notice.id.in_(ids))):
            window = windows.value(row.window, versions) if row.window else None
            notice = outbox.value(row)
            self._notices[row.id] = (notice, window)
            self._stale[row.id] = notices.stale(notice, window, self._now) if window else None
        about = [window for _, window in self._notices.values() if window is not None]
        slugs = {service.slug for window in about for service in window.services}
        self._words = wordings.of(session, slugs) if slugs else {}

    def draft(self, each: Claimed) -> Job | Unfit:
        """What one delivery says; word for word as before where it was tried before."""
        try:
            return self._draft(each)
        except Exception as error:  # one that cannot be worded must not hold up the others
            _log.exception("a mail could not be written", delivery=each.id)
            return Unfit(each, f"could not be written: {error}", Fate.LATER)

    def keep(self, session: Session, jobs: Sequence[Job]) -> Mapping[Key, Kept]:
        """Store what these say for the first time; where another sender was first, that stands.

        `remember` is to be told of it once it is committed.
        """
        new = [(job, job.words) for job in jobs if isinstance(job.words, Key)]
        kept: dict[Key, Kept] = {}
        for key in sorted({key for _, key in new}):  # all senders lock them in the same order
            stored = self._stored.get(key)
            kept[key] = stored or renderings.keep(session, key, self._bodies[key], self._now)
        if new:
            claims.keep(session, [(job.each, kept[key].id, job.reader) for job, key in new])
        return kept

    def remember(self, kept: Mapping[Key, Kept]) -> None:
        """These are stored."""
        self._stored.update(kept.items())

    def _draft(self, each: Claimed) -> Job | Unfit:
        notice, window = self._notices[each.notice_id]
        slugs = self._slugs(each, window) if window else []
        why = self._stale[each.notice_id]
        if why is None and window is not None and not slugs:
            why = "the reader no longer has the service, or wants no notices of it"
        if why is not None:
            return Unfit(each, why, Fate.EXPIRED)
        reader = each.reader or self._reader(each)
        try:
            ascii_address(reader["address"])
        except ValueError as error:
            return Unfit(each, str(error), Fate.FAILED)
        words = each.rendering_id or Key(
            each.notice_id, each.language, ",".join(slugs), _audience(each, notice)
        )
        if isinstance(words, Key) and words not in self._stored and words not in self._bodies:
            self._bodies[words] = self._compiled(words, notice, window, slugs)
        return Job(each, notice, window, words, reader, partial(self._mail, each, words, reader))

    def _mail(self, each: Claimed, words: Key | int, reader: Mapping[str, Any]) -> bytes:
        settings = self._settings
        mail = filled(self._stored[words].body, reader, each.message_id, settings)
        if settings.dkim_key and settings.dkim_selector:
            at = datetime.fromisoformat(reader["at"])
            domain = origin(settings).domain
            mail = signature.signed(mail, domain, settings.dkim_selector, settings.dkim_key, at)
        return mail

    def _slugs(self, each: Claimed, window: Window) -> list[str]:
        """Of the window's services those that concern this reader; operators: all."""
        slugs = [service.slug for service in window.services]
        if each.subscriber_id is not None:
            has = self._subscribed[each.subscriber_id]
        elif each.customer_id is not None:
            has = self._services[each.customer_id] - self._declined.get(each.contact_id or 0, set())
        else:
            return slugs
        return [slug for slug in slugs if slug in has]

    def _compiled(
        self, key: Key, notice: notices.Notice, window: Window | None, slugs: Sequence[str]
    ) -> bytes:
        by = origin(self._settings)
        if window is None:
            return letter.compile_account(Parts(**(notice.text or {})), key.language, by)
        audience = Audience(key.audience)
        own = wordings.choose(self._words, slugs, occasions.of(notice, window), key.language)
        theirs = window if audience is Audience.OPERATORS else window.only(slugs)
        return letter.compile_notice(notice, theirs, key.language, by, audience, own)

    def _reader(self, each: Claimed) -> dict[str, Any]:
        """The reader's values, to keep: of secret links the generation, never the link."""
        link, customer, feed = self._generations.get(each.contact_id or 0, (None, None, None))
        return {
            "name": each.name,
            "address": each.address,
            "language": each.language,
            "at": self._at,
            "contact": [each.contact_id, link],
            "subscriber": [each.subscriber_id, self._links.get(each.subscriber_id or 0)],
            "feed": [customer, feed],
        }


def _audience(each: Claimed, notice: notices.Notice) -> Audience:
    if notice.to_operators:
        return Audience.OPERATORS
    return Audience.SUBSCRIBERS if each.subscriber_id else Audience.CONTACTS


def _recipient(reader: Mapping[str, Any], message_id: str, settings: Settings) -> letter.Recipient:
    def link(purpose: links.Purpose, row_id: int | None, generation: int | None) -> str:
        if row_id is None or generation is None:
            return ""
        return links.token(settings.secret_key, purpose, row_id, generation)

    base = settings.base_url
    leave = link(links.Purpose.PREFERENCES, *reader["contact"])
    leave = leave or link(links.Purpose.SUBSCRIBER, *reader.get("subscriber", (None, None)))
    return letter.Recipient(
        name=reader["name"],
        address=reader["address"],
        language=reader["language"],
        message_id=message_id,
        at=datetime.fromisoformat(reader["at"]),
        feed_url=f"{base}/feeds/c/{link(links.Purpose.FEED, *reader['feed'])}.ics",
        unsubscribe_url=f"{base}/unsubscribe/{leave}",
    )
