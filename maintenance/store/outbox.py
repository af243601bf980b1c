"""The outbox: notices due, the deliveries made of them, who was told.

A notice is *fanned out* when it falls due: one delivery per reader, in one transaction with the
change that causes it where it is due at once. What the sender claims and marks is in `claims`.
"""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from email.utils import parseaddr
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, Row, Select, Text, exists, or_, select, type_coerce
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import InstrumentedAttribute, Session, selectinload

from maintenance import notices as rules
from maintenance.models import (
    Contact,
    Customer,
    CustomerService,
    DeclinedService,
    Delivery,
    Notice,
    Subscriber,
    Subscription,
    User,
    Window,
    WindowService,
)
from maintenance.notices import Notice as NoticeValue
from maintenance.store import windows
from maintenance.store.policies import Versions
from maintenance.store.session import publish
from maintenance.windows import Channel, DeliveryState, NoticeKind, State

ANNOUNCING = (NoticeKind.ANNOUNCEMENT, NoticeKind.CHANGE)
"""The notices that say when a window is."""

_REPLANNED = (NoticeKind.ANNOUNCEMENT, NoticeKind.REMINDER, NoticeKind.OVERRUN)
_TOLD = (DeliveryState.SENT, DeliveryState.SENDING)
_OPERATORS = ("operator", "approver", "admin")


def add(
    session: Session,
    window: Window,
    notices: Iterable[NoticeValue],
    now: datetime,
    *,
    replan: bool = False,
) -> None:
    """Plan these notices of a window, and fan out those due now.

    With `replan` what was planned before and is not yet due is dropped first.
    """
    if replan:
        _drop_planned(window, now)
    rows = [_row(window, notice, now) for notice in notices]
    window.notices.extend(rows)
    session.flush()
    for row in rows:
        if row.due_at <= now:
            fan_out(session, row, now)


def _drop_planned(window: Window, now: datetime) -> None:
    for row in window.notices:
        if row.fanned_out_at is None and row.kind in _REPLANNED:
            row.fanned_out_at, row.dropped = now, "planned anew"


def _row(window: Window, notice: NoticeValue, now: datetime) -> Notice:
    was_start, was_end = notice.was or (None, None)
    return Notice(
        window_id=window.id,
        revision=notice.revision,
        kind=notice.kind,
        due_at=notice.due_at,
        to_operators=notice.to_operators,
        was_start_at=was_start,
        was_end_at=was_end,
        words=None if notice.text is None else dict(notice.text),
        created_at=now,
    )


def value(row: Notice) -> NoticeValue:
    """The notice as the rules and the texts read it."""
    was = row.was_start_at and row.was_end_at and (row.was_start_at, row.was_end_at)
    return NoticeValue(
        kind=NoticeKind(row.kind),
        due_at=row.due_at,
        revision=row.revision,
        was=was or None,
        text=row.words,
        to_operators=row.to_operators,
    )


def due(session: Session, now: datetime) -> list[int]:
    """The ids of the notices to fan out, oldest first."""
    query = select(Notice.id).where(Notice.fanned_out_at.is_(None), Notice.due_at <= now)
    return list(session.scalars(query.order_by(Notice.due_at, Notice.id)))


def fan_out(session: Session, notice: Notice, now: datetime) -> None:
    """Make a notice's deliveries, one per reader; or drop it where it is no longer true.

    An announcement or change that goes out is what readers know from then on.
    """
    window = notice.window
    assert window is not None
    notice.fanned_out_at = now
    reading = windows.value(window, Versions(session))
    notice.dropped = rules.stale(value(notice), reading, now)
    if notice.dropped is not None:
        return
    readers = _operators(session) if notice.to_operators else _readers(session, window, notice)
    _deliver(session, notice, readers, now)
    if notice.kind in ANNOUNCING:
        window.announced_at = now
        publish(session)


def _readers(session: Session, window: Window, notice: Notice) -> list[dict[str, Any]]:
    """Contacts, and of what the public may see subscribers; nobody by two roads."""
    if Channel.EMAIL not in window.channels:
        return []
    query = _contacts(WindowService.window_id == window.id, notice.kind)
    if notice.kind == NoticeKind.CANCELLATION:
        query = query.where(Contact.id.in_(_told(window, Delivery.contact_id)))
    readers = [_reader(row) for row in session.execute(query)]
    if Channel.STATUS_PAGE in window.channels:
        there = {reader["address"].casefold() for reader in readers}
        others = _subscribers(session, window, notice)
        readers += [one for one in others if one["address"].casefold() not in there]
    return readers


def _subscribers(session: Session, window: Window, notice: Notice) -> list[dict[str, Any]]:
    """Who confirmed that they want notices of a service of this window, and of this kind."""
    query = (
        select(Subscriber)
        .join(Subscription)
        .join(WindowService, WindowService.service_id == Subscription.service_id)
        .where(WindowService.window_id == window.id, Subscription.confirmed_at.is_not(None))
        .where(Subscriber.flagged.is_(None), _wants(Subscriber.declined, notice.kind))
        .order_by(Subscriber.id)
    )
    if notice.kind == NoticeKind.CANCELLATION:
        query = query.where(Subscriber.id.in_(_told(window, Delivery.subscriber_id)))
    return [
        {"subscriber_id": row.id, "name": "", "address": row.email, "language": row.language}
        for row in session.scalars(query).unique()
    ]


def _wants(declined: InstrumentedAttribute[frozenset[str]], kind: str) -> ColumnElement[bool]:
    return ~type_coerce(declined, Text).contains(f" {kind} ")


def _contacts(which: ColumnElement[bool], kind: str) -> Select[int, str, str, str, int, str]:
    """The active contacts of the active customers who have a service of these windows.

    But not those who want no notices of this kind, or of that service.
    """
    left = exists().where(
        DeclinedService.contact_id == Contact.id,
        DeclinedService.service_id == WindowService.service_id,
    )
    return (
        select(
            Contact.id, Contact.name, Contact.email, Contact.language, Customer.id, Customer.slug
        )
        .join(Customer, Contact.customer_id == Customer.id)
        .join(CustomerService, CustomerService.customer_id == Customer.id)
        .join(WindowService, WindowService.service_id == CustomerService.service_id)
        .where(which, Contact.active, Customer.active, _wants(Contact.declined, kind), ~left)
        .distinct()
        .order_by(Customer.id, Contact.id)
    )


def _told(window: Window, reader_id: InstrumentedAttribute[int | None]) -> Select[int | None]:
    """Who was told of the window or may have been: in doubt, told."""
    return (
        select(reader_id)
        .join(Notice)
        .where(
            Notice.window_id == window.id,
            Notice.kind.in_(ANNOUNCING),
            reader_id.is_not(None),
            or_(Delivery.state.in_(_TOLD), Delivery.in_doubt),
        )
    )


def _reader(row: Row[int, str, str, str, int, str]) -> dict[str, Any]:
    contact_id, name, address, language, customer_id, customer = row
    return {
        "contact_id": contact_id,
        "name": name,
        "address": address,
        "language": language,
        "customer_id": customer_id,
        "customer": customer,
    }


def _operators(session: Session) -> list[dict[str, Any]]:
    query = select(User).where(User.active, User.role.in_(_OPERATORS)).order_by(User.id)
    return [
        {"name": user.name, "address": user.email, "language": user.language}
        for user in session.scalars(query)
    ]


def operators(session: Session) -> list[tuple[str, str]]:
    """Address and language of each active account that may plan."""
    return [(each["address"], each["language"]) for each in _operators(session)]


def _deliver(
    session: Session, notice: Notice, readers: Sequence[Mapping[str, Any]], now: datetime
) -> None:
    """One waiting delivery per reader; one that is there already stays as it is."""
    if not readers:
        return
    domain = _domain()
    rows = [_delivery(notice.id, reader, domain, now) for reader in readers]
    dialect = session.get_bind().dialect.name
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    session.execute(insert(Delivery).on_conflict_do_nothing(), rows)


def _delivery(
    notice_id: int, reader: Mapping[str, Any], domain: str, now: datetime
) -> dict[str, Any]:
    public_id = f"d_{secrets.token_hex(16)}"
    return {
        "contact_id": None,
        "subscriber_id": None,
        "customer_id": None,
        "customer": "",
        **reader,
        "public_id": public_id,
        "notice_id": notice_id,
        "channel": Channel.EMAIL,
        "state": DeliveryState.WAITING,
        "next_attempt_at": now,
        "message_id": f"<{public_id}@{domain}>",
        "created_at": now,
    }


def _domain() -> str:
    """The domain of our Message-IDs: that of the address we write from."""
    _, address = parseaddr(current_app.config["SETTINGS"].mail_from)
    return address.rpartition("@")[2]


def add_to_contact(session: Session, contact: Contact, now: datetime) -> None:
    """Tell a contact, new or active again, of each window still to come that others know of."""
    for notice in _in_force(session, now):
        assert notice.window is not None
        readers = _readers(session, notice.window, notice)
        theirs = [reader for reader in readers if reader.get("contact_id") == contact.id]
        _deliver(session, notice, theirs, now)


def add_to_subscriber(session: Session, subscriber: Subscriber, now: datetime) -> None:
    """Tell a subscriber of each window still to come of which it was not told yet."""
    told = select(Delivery.notice_id).where(Delivery.subscriber_id == subscriber.id)
    before = set(session.scalars(told))
    for notice in _in_force(session, now):
        assert notice.window is not None
        if notice.id not in before:
            readers = _readers(session, notice.window, notice)
            theirs = [one for one in readers if one.get("subscriber_id") == subscriber.id]
            _deliver(session, notice, theirs, now)


def _in_force(session: Session, now: datetime) -> Sequence[Notice]:
    """The announcement or change that says when, of each window still to come."""
    query = (
        select(Notice)
        .join(Window)
        .where(
            Window.announced_at.is_not(None),
            Window.state.in_((State.SCHEDULED, State.IN_PROGRESS)),
            Window.end_at > now,
            Notice.kind.in_(ANNOUNCING),
            Notice.revision == Window.times_revision,
            Notice.fanned_out_at.is_not(None),
            Notice.dropped.is_(None),
        )
    )
    return session.scalars(query.order_by(Window.start_at, Notice.id)).all()


def add_account_mail(
    session: Session,
    address: str,
    language: str,
    subject: str,
    text: str,
    html: str,
    now: datetime,
) -> Delivery:
    """A mail to one account, as an invitation; it goes the way of every other."""
    notice = Notice(
        kind=NoticeKind.ACCOUNT,
        due_at=now,
        fanned_out_at=now,
        words={"subject": subject, "text": text, "html": html},
        created_at=now,
    )
    session.add(notice)
    session.flush()
    reader = {"name": "", "address": address, "language": language}
    delivery = Delivery(**_delivery(notice.id, reader, _domain(), now))
    session.add(delivery)
    session.flush()
    return delivery


def told_by_mail(session: Session, window: Window) -> dict[str, datetime | None]:
    """Per affected customer, when the last of its contacts' servers accepted the notice in force.

    None for a customer that is not told: a mail is not yet accepted, or it has no contact.
    """
    told: dict[str, datetime | None] = {}
    for customer, accepted_at in session.execute(_acceptances(window)):
        so_far = told.get(customer, accepted_at)
        told[customer] = max(so_far, accepted_at) if so_far and accepted_at else None
    return told


def _acceptances(window: Window) -> Select[str, datetime | None]:
    """(customer, first acceptance) for each active contact, and for each customer without one."""
    accepted = (
        select(Delivery.contact_id, Delivery.accepted_at)
        .join(Notice)
        .where(
            Notice.window_id == window.id,
            Notice.kind.in_(ANNOUNCING),
            Notice.revision >= (window.notice_revision or 0),
            Delivery.state == DeliveryState.SENT,
        )
        .subquery()
    )
    first = (
        select(accepted.c.accepted_at)
        .where(accepted.c.contact_id == Contact.id)
        .order_by(accepted.c.accepted_at)
        .limit(1)
        .scalar_subquery()
    )
    affected = (
        select(CustomerService.customer_id)
        .join(WindowService, WindowService.service_id == CustomerService.service_id)
        .where(WindowService.window_id == window.id)
    )
    return (
        select(Customer.slug, first)
        .outerjoin(Contact, (Contact.customer_id == Customer.id) & Contact.active)
        .where(Customer.active, Customer.id.in_(affected))
        .order_by(Customer.slug)
    )


def deliveries_of(
    session: Session, window_id: int, after: int = 0, limit: int | None = None
) -> list[Delivery]:
    """A window's deliveries, oldest first, each with its notice; those after the id `after`."""
    query = select(Delivery).join(Notice).where(Notice.window_id == window_id, Delivery.id > after)
    options = selectinload(Delivery.notice)
    return list(session.scalars(query.order_by(Delivery.id).options(options).limit(limit)))
