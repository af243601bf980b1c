"""Deliveries claimed by a sender under a lease, and marked with what came of them.

A claim is one statement, so that no delivery is ever in two senders' hands. A delivery is marked
after its sending, never before, and only while its claim holds: a sender that was killed loses
nothing, because another takes its deliveries over when the lease has ended.
"""

import secrets
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    Table,
    and_,
    bindparam,
    case,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.orm import Session

from maintenance.models import Contact, Customer, Delivery, Notice, Subscriber, Target, Window
from maintenance.store import holding
from maintenance.store.prepared import Prepared
from maintenance.windows import Channel, DeliveryState

DUE = (DeliveryState.SENDING, DeliveryState.WAITING)
"""What can be claimed: what a sender held until its lease ended, and what waits."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery in a sender's hands."""

    id: int
    claim: str
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
    until: datetime  # when the lease ends


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
    found: list[Claimed] = []
    for state in DUE:
        due = (Delivery.state == state, Delivery.next_attempt_at <= now, _among(among))
        left = limit - len(found)
        found += _claim(session, now, lease, left, and_(*due, _goes_by(channel), holding.FREE))
    return sorted(found, key=lambda each: each.id)


def _claim(
    session: Session, now: datetime, lease: timedelta, limit: int, due: ColumnElement[bool]
) -> list[Claimed]:
    """Of one state, so that an index has them in their order: however many wait, few are read."""
    until = now + lease
    chosen = (
        select(Delivery.id)
        .where(due)
        .order_by(Delivery.next_attempt_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    first = _DELIVERY.c.first_attempt_at
    taken = (
        update(_DELIVERY)
        .where(_DELIVERY.c.id.in_(chosen.scalar_subquery()))
        .values(
            state=DeliveryState.SENDING,
            claim=secrets.token_hex(16),
            attempts=_DELIVERY.c.attempts + 1,
            first_attempt_at=case((first.is_(None), now), else_=first),
            in_doubt=or_(_DELIVERY.c.in_doubt, _DELIVERY.c.state == DeliveryState.SENDING),
            next_attempt_at=until,
        )
        .returning(*_TAKEN)
    )
    rows: Iterable[Any] = session.connection().execute(taken)
    return [Claimed(*(*row, until)) for row in rows]


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
    held: bool = False  # whether all sending is held
    flagged: bool = False  # whether an earlier mail to this contact failed


_STANDING = (
    select(
        Notice.id,
        Notice.kind,
        Window.revision,
        ~holding.FREE,
        Contact.id,
        case((Contact.active & Customer.active & Contact.stopped_at.is_(None), Contact.email)),
        Contact.declined,
        Contact.flagged,
    )
    .select_from(Notice)
    .outerjoin(Window, Window.id == Notice.window_id)
    .outerjoin(Contact, Contact.id.in_(bindparam("contacts", expanding=True)))
    .outerjoin(Customer, Customer.id == Contact.customer_id)
    .where(Notice.id.in_(bindparam("notices", expanding=True)))
)
"""Of a few notices and a few contacts, each with each: in one statement, by their keys alone."""

_SUBSCRIBED = select(Subscriber.id, Subscriber.email, Subscriber.declined).where(
    Subscriber.id.in_(bindparam("ids", expanding=True))
)


def standing(session: Session, batch: Sequence[Claimed]) -> dict[int, Standing]:
    """By id, read anew: the window's revision, and whether the reader still is one."""
    ids = {
        "notices": list({each.notice_id for each in batch}),
        "contacts": list({each.contact_id for each in batch if each.contact_id is not None}),
    }
    rows: Sequence[Any] = session.connection().execute(_STANDING, ids).all() if batch else ()
    notices = {row[0]: row[1:4] for row in rows}
    contacts = {row[4]: row[5:] for row in rows}
    subscribers = _subscribers(session, {each.subscriber_id for each in batch})
    found = {}
    for each in batch:
        kind, revision, held = notices.get(each.notice_id, (None, None, False))
        contact = contacts.get(each.contact_id, (None, (), None))
        if kind is None:
            gone: str | None = "its notice was removed"
        elif each.subscriber_id is not None:
            subscriber = subscribers.get(each.subscriber_id, (None, ()))
            gone = _gone("subscriber", each, kind, *subscriber)
        else:  # a mail to an account has no customer
            gone = _gone("contact", each, kind, *contact[:2]) if each.customer else None
        found[each.id] = Standing(revision, gone, held, contact[2] is not None)
    return found


def _subscribers(session: Session, ids: Collection[int | None]) -> dict[int, Sequence[Any]]:
    there = {"ids": [each for each in ids if each is not None]}
    rows = session.connection().execute(_SUBSCRIBED, there) if there["ids"] else ()
    return {row[0]: row[1:] for row in rows}


def _gone(
    who: str, each: Claimed, kind: str, email: str | None, declined: Collection[str]
) -> str | None:
    if email is None:
        return f"the {who} is no longer written to"
    if kind in declined:
        return f"the {who} wants no notices of this kind"
    moved = email != each.address and email.casefold() != each.address.casefold()
    return f"the {who} has another address" if moved else None


_HELD = (_DELIVERY.c.id == bindparam("of"), _DELIVERY.c.claim == bindparam("under"))
"""While the claim holds: another sender's word is never overwritten."""

_KEEP = Prepared(
    update(_DELIVERY)
    .where(*_HELD)
    .values(rendering_id=bindparam("words"), reader=bindparam("values"))
)
_SENT = Prepared(
    update(_DELIVERY)
    .where(*_HELD)
    .values(
        state=DeliveryState.SENT,
        reply=bindparam("said"),
        accepted_at=bindparam("at"),
        claim=None,
        next_attempt_at=None,
        in_doubt=False,
    )
)


def keep(session: Session, said: Sequence[tuple[Claimed, int, dict[str, Any]]]) -> None:
    """Remember what is going to be said before it is for the first time: rendering and reader."""
    rows = [
        {"of": each.id, "under": each.claim, "words": rendering_id, "values": reader}
        for each, rendering_id, reader in said
    ]
    _KEEP.run(session, rows)


def sent(session: Session, answers: Sequence[tuple[Claimed, str]], now: datetime) -> None:
    """The receivers' servers accepted these."""
    rows = [
        {"of": each.id, "under": each.claim, "said": reply, "at": now} for each, reply in answers
    ]
    _SENT.run(session, rows)


def works_again(session: Session, contacts: Collection[int | None]) -> None:
    """Mail to these was accepted: they are not flagged any more, but where a bounce stopped one."""
    flagged = (Contact.flagged.is_not(None), Contact.stopped_at.is_(None))
    session.execute(update(Contact).where(Contact.id.in_(contacts), *flagged).values(flagged=None))


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


def release(session: Session, held: Sequence[Claimed], at: datetime, reply: str = "") -> None:
    """Give back what was claimed and not tried; that counts as no attempt."""
    attempts, first = _DELIVERY.c.attempts, _DELIVERY.c.first_attempt_at
    statement = (
        update(_DELIVERY)
        .where(*_HELD)
        .values(
            state=DeliveryState.WAITING,
            claim=None,
            attempts=attempts - 1,
            first_attempt_at=case((attempts == 1, None), else_=first),
            next_attempt_at=at,
            **({"reply": reply} if reply else {}),
        )
    )
    rows = [{"of": each.id, "under": each.claim} for each in held]
    session.connection().execute(statement, rows)


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
