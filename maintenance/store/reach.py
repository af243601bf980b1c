"""Whom a notice reaches: contacts, subscribers, operators; and who was told before."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, Text, exists, or_, select, type_coerce
from sqlalchemy.orm import InstrumentedAttribute, Session

from maintenance.models import (
    Contact,
    Customer,
    CustomerService,
    DeclinedService,
    Delivery,
    Notice,
    Service,
    Subscriber,
    Subscription,
    User,
    Window,
    WindowService,
)
from maintenance.windows import Channel, DeliveryState, NoticeKind

ANNOUNCING = (NoticeKind.ANNOUNCEMENT, NoticeKind.CHANGE)
"""The notices that say when a window is."""

AT_ONCE = 1_000
"""So many contacts are in memory at once, however many there are."""

_TOLD = (DeliveryState.SENT, DeliveryState.SENDING)
_OPERATORS = ("operator", "approver", "admin")


def readers(session: Session, window: Window, notice: Notice) -> Iterator[dict[str, Any]]:
    """Whom this notice is for, each with what its delivery says of a reader.

    Operators, or: contacts, and of what the public may see subscribers; nobody by two roads.
    """
    if notice.to_operators:
        yield from _operators(session)
        return
    if Channel.EMAIL not in window.channels:
        return
    query = contacts(CustomerService.service_id.in_(_services(window)), notice.kind)
    if notice.kind == NoticeKind.CANCELLATION:
        query = query.where(Contact.id.in_(_told(window, Delivery.contact_id)))
    public = Channel.STATUS_PAGE in window.channels
    found = _subscribers(session, window, notice) if public else []
    theirs, there = {one["address"].casefold() for one in found}, set()
    for row in session.execute(query.execution_options(yield_per=AT_ONCE)):
        reader = _reader(row)
        if (address := reader["address"].casefold()) in theirs:
            there.add(address)
        yield reader
    yield from (one for one in found if one["address"].casefold() not in there)


def _services(window: Window) -> Select[int]:
    return select(WindowService.service_id).where(WindowService.window_id == window.id)


def _subscribers(session: Session, window: Window, notice: Notice) -> list[dict[str, Any]]:
    """Who confirmed that they want notices of a service of this window, and of this kind."""
    query = subscribers(Subscription.service_id.in_(_services(window)), notice.kind)
    if notice.kind == NoticeKind.CANCELLATION:
        query = query.where(Subscriber.id.in_(_told(window, Delivery.subscriber_id)))
    return [
        {"subscriber_id": row.id, "name": "", "address": row.email, "language": row.language}
        for row in session.scalars(query).unique()
    ]


def subscribers(of: ColumnElement[bool], kind: str) -> Select[Subscriber]:
    """Those who get notices of this kind; `of` says of which services, by their Subscription."""
    return (
        select(Subscriber)
        .join(Subscription)
        .join(Service, Service.id == Subscription.service_id)
        .where(wants(Service.silent, kind))
        .where(of, Subscription.confirmed_at.is_not(None))
        .where(Subscriber.flagged.is_(None), Subscriber.stopped_at.is_(None))
        .where(wants(Subscriber.declined, kind))
        .order_by(Subscriber.id)
    )


def wants(declined: InstrumentedAttribute[frozenset[str]], kind: str) -> ColumnElement[bool]:
    """Whether a reader has not left this kind of notice."""
    return ~type_coerce(declined, Text).contains(f" {kind} ")


def contacts(of: ColumnElement[bool], kind: str) -> Select[int, str, str, str, int, str]:
    """The active contacts of the active customers who have a service; `of`, by CustomerService.

    But not those who want no notices of this kind, or of that service; nor where the service leaves
    this kind out.
    """
    left = exists().where(
        DeclinedService.contact_id == Contact.id,
        DeclinedService.service_id == CustomerService.service_id,
    )
    return (
        select(
            Contact.id, Contact.name, Contact.email, Contact.language, Customer.id, Customer.slug
        )
        .join(Customer, Contact.customer_id == Customer.id)
        .join(CustomerService, CustomerService.customer_id == Customer.id)
        .join(Service, Service.id == CustomerService.service_id)
        .where(wants(Service.silent, kind))
        .where(of, Contact.active, Customer.active, Contact.stopped_at.is_(None))
        .where(wants(Contact.declined, kind), ~left)
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
