"""The outbox: notices due, the deliveries made of them, who was told.

A notice is *fanned out* when it falls due: one delivery per reader, in one transaction with the
change that causes it where it is due at once. What the sender claims and marks is in `claims`.
"""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from email.utils import parseaddr
from itertools import islice
from typing import Any

from flask import current_app
from sqlalchemy import Select, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from maintenance import notices as rules
from maintenance import risk
from maintenance.models import (
    Contact,
    Customer,
    CustomerService,
    Delivery,
    Notice,
    Service,
    Subscriber,
    Target,
    Window,
    WindowService,
)
from maintenance.notices import Notice as NoticeValue
from maintenance.store import jobs, promises, reach, targets, windows
from maintenance.store.policies import Versions
from maintenance.store.reach import ANNOUNCING
from maintenance.store.session import lock, publish
from maintenance.windows import Channel, DeliveryState, NoticeKind, State

_ON_ITS_WAY = (DeliveryState.WAITING, DeliveryState.SENDING, DeliveryState.SENT)
AT_ONCE = 1_000
"""So many deliveries are made at once: the memory taken is the same for any number of readers."""

_REPLANNED = (NoticeKind.ANNOUNCEMENT, NoticeKind.REMINDER, NoticeKind.OVERRUN)


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
    useless = rules.useless_after(value(notice), reading)
    deadlines = _deadlines(session, notice, now)
    for each in (reach, targets):
        _deliver(session, notice, each.readers(session, window, notice), now, deadlines, useless)
    if notice.kind in ANNOUNCING:
        window.announced_at, window.shown_at = now, None
        publish(session)


def _deadlines(session: Session, notice: Notice, now: datetime) -> dict[str, datetime]:
    """Per customer, the latest moment to tell it when; and when to look whether everyone is told.

    An extension does not start the notice period anew: nothing is due by then.
    """
    window = notice.window
    if window is None or window.state != State.SCHEDULED or notice.kind not in ANNOUNCING:
        return {}
    promised = promises.of(session, window)
    every = {promise for theirs in promised.values() for promise in theirs}
    margin = current_app.config["SETTINGS"].sending_margin
    notice.watch_at = risk.first_look(every, now, margin)
    return {customer: theirs[0].deadline for customer, theirs in promised.items() if theirs}


def _deliver(
    session: Session,
    notice: Notice,
    readers: Iterable[Mapping[str, Any]],
    now: datetime,
    deadlines: Mapping[str, datetime],
    useless_after: datetime | None,
) -> None:
    """One waiting delivery per reader; one that is there already stays as it is."""
    dialect = session.get_bind().dialect.name
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    statement = insert(Delivery.__table__).on_conflict_do_nothing()  # type: ignore[arg-type]
    domain, left = _domain(), iter(readers)
    while some := list(islice(left, AT_ONCE)):
        rows = [
            {
                **_delivery(notice.id, reader, domain, now),
                "notify_by": deadlines.get(reader.get("customer", "")),
                "useless_after": useless_after,
            }
            for reader in some
        ]
        session.connection().execute(statement, rows)
        if jobs.carry(current_app):
            jobs.add(session, jobs.mails(session, [row["public_id"] for row in rows]))


def _delivery(
    notice_id: int, reader: Mapping[str, Any], domain: str, now: datetime
) -> dict[str, Any]:
    public_id = f"d_{secrets.token_hex(16)}"
    return {
        "contact_id": None,
        "subscriber_id": None,
        "target_id": None,
        "customer_id": None,
        "customer": "",
        "channel": Channel.EMAIL,
        "name": "",
        "attempts": 0,
        "in_doubt": False,
        **reader,
        "public_id": public_id,
        "notice_id": notice_id,
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
    add_to_contacts(session, [contact], now)


def add_to_contacts(session: Session, contacts: Iterable[Contact], now: datetime) -> None:
    """The same for many at once: the readers of a notice are asked for once."""
    ids = {contact.id for contact in contacts}
    for notice in _in_force(session, now):
        assert notice.window is not None
        readers = reach.readers(session, notice.window, notice)
        theirs = [reader for reader in readers if reader.get("contact_id") in ids]
        _deliver_late(session, notice, theirs, now)


def add_to_subscriber(session: Session, subscriber: Subscriber, now: datetime) -> None:
    """Tell a subscriber of each window still to come of which it was not told yet."""
    told = select(Delivery.notice_id).where(Delivery.subscriber_id == subscriber.id)
    before = set(session.scalars(told))
    for notice in _in_force(session, now):
        assert notice.window is not None
        if notice.id not in before:
            readers = reach.readers(session, notice.window, notice)
            theirs = [one for one in readers if one.get("subscriber_id") == subscriber.id]
            _deliver_late(session, notice, theirs, now)


def add_to_page(session: Session, page: Target, now: datetime) -> None:
    """Bring a page elsewhere in step with each window still to come that readers know of.

    What is on its way to it, or arrived, is not sent again; what failed is.
    """
    known = select(Delivery.notice_id).where(
        Delivery.target_id == page.id,
        Delivery.address == page.address,
        Delivery.state.in_(_ON_ITS_WAY),
    )
    before = set(session.scalars(known))
    for notice in _in_force(session, now):
        assert notice.window is not None
        if notice.id not in before:
            readers = targets.readers(session, notice.window, notice)
            theirs = [one for one in readers if one["target_id"] == page.id]
            _deliver_late(session, notice, theirs, now)


def _deliver_late(
    session: Session, notice: Notice, readers: Sequence[Mapping[str, Any]], now: datetime
) -> None:
    """To readers who come when the notice is already out."""
    if readers and notice.window is not None:
        reading = windows.value(notice.window, Versions(session))
        useless = rules.useless_after(value(notice), reading)
        _deliver(session, notice, readers, now, _deadlines(session, notice, now), useless)


def _in_force(session: Session, now: datetime) -> Sequence[Notice]:
    """The announcement or change that says when, of each window still to come.

    The services are locked first: what is being fanned out meanwhile either sees this reader, or
    is seen here.
    """
    lock(session, list(session.scalars(select(Service.slug))))
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
    if jobs.carry(current_app):
        jobs.add(session, [delivery.id])
    return delivery


def add_test(session: Session, target: Target, now: datetime) -> Delivery:
    """A word to a target, to see whether it arrives; it goes the way of every other."""
    notice = Notice(kind=NoticeKind.ACCOUNT, due_at=now, fanned_out_at=now, created_at=now)
    session.add(notice)
    session.flush()
    delivery = Delivery(**_delivery(notice.id, targets.reader(target), _domain(), now))
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
