"""Deliveries claimed by a sender under a lease, and marked with what came of them.

A claim is one statement, so that no delivery is ever in two senders' hands. A delivery is marked
after its sending, never before, and only while its claim holds: a sender that was killed loses
nothing, because another takes its deliveries over when the lease has ended.
"""

import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, Table, case, or_, select, true, update
from sqlalchemy.orm import Session

from maintenance.models import Contact, Customer, Delivery, Notice, Subscriber, Target, Window
from maintenance.store import holding
from maintenance.windows import Channel, DeliveryState

DUE = (DeliveryState.WAITING, DeliveryState.SENDING)
"""What can be claimed: what waits, and what a sender held until its lease ended."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery in a sender's hands."""

    id: int
    claim: str
    until: datetime  # when the lease ends
    notice_id: int
    contact_id: int | None
    subscriber_id: int | None
    target_id: int | None
    customer_id: int | None
    customer: str  # its slug; empty for a mail to an account
    name: str
    address: str
    language: str
    attempts: int  # this one included
    first_attempt_at: datetime | None
    message_id: str
    rendering_id: int | None
    reader: dict[str, Any] | None
    in_doubt: bool
    created_at: datetime


_DELIVERY = cast(Table, Delivery.__table__)
_TAKEN = [_DELIVERY.c[name] for name in Claimed.__slots__ if name != "until"]


def claim(
    session: Session,
    now: datetime,
    lease: timedelta,
    limit: int,
    channel: str = Channel.EMAIL,
    among: Collection[int] | None = None,
) -> list[Claimed]:
    """Take up to `limit` due deliveries for the time of the lease, those due longest first.

    One that an earlier sender never marked may have arrived: it is in doubt from then on. With
    `among` only deliveries with these ids are taken.
    """
    until = now + lease
    chosen = (
        select(Delivery.id)
        .where(Delivery.state.in_(DUE), Delivery.next_attempt_at <= now)
        .where(_goes_by(channel), holding.FREE, _among(among))
        .order_by(Delivery.next_attempt_at, Delivery.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    first = Delivery.first_attempt_at
    taken = (
        update(Delivery)
        .where(Delivery.id.in_(chosen.scalar_subquery()))
        .values(
            state=DeliveryState.SENDING,
            claim=secrets.token_hex(16),
            attempts=Delivery.attempts + 1,
            first_attempt_at=case((first.is_(None), now), else_=first),
            in_doubt=or_(Delivery.in_doubt, Delivery.state == DeliveryState.SENDING),
            next_attempt_at=until,
        )
        .returning(*_TAKEN)
        .execution_options(synchronize_session=False)
    )
    found = [Claimed(**row, until=until) for row in session.execute(taken).mappings()]
    return sorted(found, key=lambda each: each.id)


def any_due(
    session: Session,
    now: datetime,
    channel: str = Channel.EMAIL,
    among: Collection[int] | None = None,
) -> bool:
    """Whether there is something to claim; asked often, so it locks nothing."""
    query = select(Delivery.id).where(Delivery.state.in_(DUE), Delivery.next_attempt_at <= now)
    query = query.where(_goes_by(channel), holding.FREE, _among(among))
    return session.scalar(query.limit(1)) is not None


def _among(ids: Collection[int] | None) -> ColumnElement[bool]:
    return true() if ids is None else Delivery.id.in_(ids)


def _goes_by(channel: str) -> ColumnElement[bool]:
    """Of the few that are no mail by their targets: an index finds those beside any number."""
    if channel == Channel.EMAIL:
        return Delivery.channel == channel
    return Delivery.target_id.in_(select(Target.id).where(Target.channel == channel))


@dataclass(frozen=True, slots=True)
class Standing:
    """How things are just before a delivery is sent."""

    revision: int | None  # of its window; None for a mail that is about no window
    gone: str | None  # why its reader must not be written to any more


def standing(session: Session, each: Claimed) -> Standing:
    """Read anew, in one statement: the window's revision, and whether the reader is still one."""
    query = (
        select(
            Window.revision,
            Notice.kind,
            Contact.active & Customer.active & Contact.stopped_at.is_(None),
            Contact.email,
            Contact.declined,
            Subscriber.email,
            Subscriber.declined,
        )
        .select_from(Delivery)
        .join(Notice, Notice.id == Delivery.notice_id)
        .outerjoin(Window, Window.id == Notice.window_id)
        .outerjoin(Contact, Contact.id == Delivery.contact_id)
        .outerjoin(Customer, Customer.id == Contact.customer_id)
        .outerjoin(Subscriber, Subscriber.id == Delivery.subscriber_id)
        .where(Delivery.id == each.id)
    )
    row = session.execute(query).one_or_none()
    if row is None:
        return Standing(None, "its notice was removed")
    who = "contact"
    revision, kind, active, email, declined, subscriber, declined_by_subscriber = row
    if each.subscriber_id is not None:
        who, active, email, declined = "subscriber", True, subscriber, declined_by_subscriber
    elif not each.customer:
        return Standing(revision, None)
    if not active or email is None:
        return Standing(revision, f"the {who} is no longer written to")
    if kind in declined:
        return Standing(revision, f"the {who} wants no notices of this kind")
    moved = email.casefold() != each.address.casefold()
    return Standing(revision, f"the {who} has another address" if moved else None)


def keep(session: Session, each: Claimed, rendering_id: int, reader: dict[str, Any]) -> None:
    """Remember what is going to be said, before it is said for the first time."""
    _mark(session, each, rendering_id=rendering_id, reader=reader)


def sent(session: Session, each: Claimed, reply: str, now: datetime) -> None:
    """The receiver's server accepted it; if the address was flagged, it works again."""
    values = {"state": DeliveryState.SENT, "reply": reply, "accepted_at": now, "claim": None}
    if _mark(session, each, **values, next_attempt_at=None, in_doubt=False) and each.contact_id:
        flagged = (Contact.id == each.contact_id, Contact.flagged.is_not(None))
        session.execute(
            update(Contact).where(*flagged, Contact.stopped_at.is_(None)).values(flagged=None)
        )


def failed(session: Session, each: Claimed, reply: str) -> None:
    """It was refused for good: the reader is flagged."""
    values = {"state": DeliveryState.FAILED, "reply": reply, "claim": None}
    if _mark(session, each, **values, next_attempt_at=None):
        contact = update(Contact).where(Contact.id == each.contact_id)
        session.execute(contact.values(flagged=reply))
        subscriber = update(Subscriber).where(Subscriber.id == each.subscriber_id)
        session.execute(subscriber.values(flagged=reply))


def expired(session: Session, each: Claimed, why: str) -> None:
    """It is not sent, because it is no longer true or nobody is there to read it."""
    values = {"state": DeliveryState.EXPIRED, "reply": why, "claim": None}
    _mark(session, each, **values, next_attempt_at=None)


def again(
    session: Session, each: Claimed, reply: str, at: datetime, *, in_doubt: bool = False
) -> None:
    """It waits for another attempt; in doubt where this one may have arrived."""
    values = {"state": DeliveryState.WAITING, "reply": reply, "claim": None}
    doubt = in_doubt or each.in_doubt
    _mark(session, each, **values, next_attempt_at=at, in_doubt=doubt)


def release(session: Session, held: Iterable[Claimed], at: datetime, reply: str = "") -> None:
    """Give back what was claimed and not tried; that counts as no attempt."""
    for each in held:
        said: dict[str, Any] = {"reply": reply} if reply else {}
        if each.attempts == 1:
            said["first_attempt_at"] = None
        values = {"state": DeliveryState.WAITING, "claim": None, "attempts": each.attempts - 1}
        _mark(session, each, **values, **said, next_attempt_at=at)


def _mark(session: Session, each: Claimed, **values: Any) -> bool:
    """Write only while the claim holds: another sender's word is never overwritten."""
    held = (_DELIVERY.c.id == each.id, _DELIVERY.c.claim == each.claim)
    done = session.execute(update(_DELIVERY).where(*held).values(**values))
    return bool(done.rowcount)  # type: ignore[attr-defined]


_UNALARMED = (
    Delivery.state == DeliveryState.FAILED,
    Delivery.alarmed_at.is_(None),
    Delivery.channel == Channel.EMAIL,
)


def any_unalarmed(session: Session) -> bool:
    """Whether a mail failed that no operator was told of."""
    return session.scalar(select(Delivery.id).where(*_UNALARMED).limit(1)) is not None


def unalarmed(session: Session, now: datetime) -> list[tuple[str, str, str]]:
    """Address, customer and reply of what failed for good and no operator was told of, till now."""
    new = update(Delivery).where(*_UNALARMED)
    fields = (_DELIVERY.c[name] for name in ("address", "customer", "reply"))
    found = session.execute(
        new.values(alarmed_at=now).returning(*fields).execution_options(synchronize_session=False)
    )
    return [(address, customer, reply or "") for address, customer, reply in found]
