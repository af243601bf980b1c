"""Notices as they were worded: written once, at the first attempt, and never changed."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from maintenance.models import (
    Contact,
    Customer,
    CustomerService,
    DeclinedService,
    Rendering,
    Service,
    Subscriber,
    Subscription,
)


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """Readers with the same key read the same words."""

    notice_id: int
    language: str
    services: str  # slugs with commas; for a mail to an account, nothing
    audience: str


@dataclass(frozen=True, slots=True)
class Kept:
    """A rendering that is stored."""

    id: int
    body: bytes


def find(session: Session, key: Key) -> Kept | None:
    """The rendering for this key, if it was made."""
    query = select(Rendering.id, Rendering.body).where(
        Rendering.notice_id == key.notice_id,
        Rendering.language == key.language,
        Rendering.services == key.services,
        Rendering.audience == key.audience,
    )
    row = session.execute(query).one_or_none()
    return Kept(*row) if row else None


def of_notices(session: Session, notice_ids: Collection[int]) -> dict[Key, Kept]:
    """Every rendering of these notices."""
    query = select(
        Rendering.notice_id,
        Rendering.language,
        Rendering.services,
        Rendering.audience,
        Rendering.id,
        Rendering.body,
    ).where(Rendering.notice_id.in_(notice_ids))
    return {Key(*row[:4]): Kept(*row[4:]) for row in session.execute(query)}


def by_id(session: Session, rendering_id: int) -> Kept:
    """The rendering with this id."""
    query = select(Rendering.id, Rendering.body).where(Rendering.id == rendering_id)
    return Kept(*session.execute(query).one())


def by_ids(session: Session, ids: Collection[int | None]) -> dict[Key | int, Kept]:
    """The renderings with these ids, by id; of None there is none."""
    found = [each for each in ids if each is not None]
    if not found:
        return {}
    query = select(Rendering.id, Rendering.body).where(Rendering.id.in_(found))
    return {row_id: Kept(row_id, body) for row_id, body in session.execute(query)}


def keep(session: Session, key: Key, body: bytes, now: datetime) -> Kept:
    """Store it; where another sender was first, what that one stored stands."""
    dialect = session.get_bind().dialect.name
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    values = {
        "notice_id": key.notice_id,
        "language": key.language,
        "services": key.services,
        "audience": key.audience,
        "body": body,
        "created_at": now,
    }
    session.execute(insert(Rendering).values(values).on_conflict_do_nothing())
    found = find(session, key)
    assert found is not None
    return found


def services_of(session: Session, customer_ids: Collection[int]) -> dict[int, set[str]]:
    """Per customer, the slugs of the services it has."""
    query = (
        select(CustomerService.customer_id, Service.slug)
        .join(Service, Service.id == CustomerService.service_id)
        .where(CustomerService.customer_id.in_(customer_ids))
    )
    return _sets(session, query, customer_ids)


def declined_by(session: Session, contact_ids: Collection[int]) -> dict[int, set[str]]:
    """Per contact, the slugs of the services of which it wants no notices."""
    query = (
        select(DeclinedService.contact_id, Service.slug)
        .join(Service, Service.id == DeclinedService.service_id)
        .where(DeclinedService.contact_id.in_(contact_ids))
    )
    return _sets(session, query, contact_ids)


def subscribed_by(session: Session, subscriber_ids: Collection[int]) -> dict[int, set[str]]:
    """Per subscriber, the slugs of the services it asked for and confirmed."""
    query = (
        select(Subscription.subscriber_id, Service.slug)
        .join(Service, Service.id == Subscription.service_id)
        .where(Subscription.subscriber_id.in_(subscriber_ids))
        .where(Subscription.confirmed_at.is_not(None))
    )
    return _sets(session, query, subscriber_ids)


def _sets(session: Session, query: Select[int, str], ids: Collection[int]) -> dict[int, set[str]]:
    found: dict[int, set[str]] = {each: set() for each in ids}
    for row_id, slug in session.execute(query) if ids else ():
        found[row_id].add(slug)
    return found


def link_generations(
    session: Session, contact_ids: Collection[int]
) -> dict[int, tuple[int, int, int]]:
    """Per contact: its own link generation, its customer's id and feed generation."""
    query = (
        select(Contact.id, Contact.link_generation, Customer.id, Customer.feed_generation)
        .join(Customer, Customer.id == Contact.customer_id)
        .where(Contact.id.in_(contact_ids))
    )
    return {
        contact: (link, customer, feed) for contact, link, customer, feed in session.execute(query)
    }


def subscriber_generations(session: Session, subscriber_ids: Collection[int]) -> dict[int, int]:
    """Per subscriber, its link generation."""
    if not subscriber_ids:
        return {}
    query = select(Subscriber.id, Subscriber.link_generation)
    rows = session.execute(query.where(Subscriber.id.in_(subscriber_ids)))
    return dict(rows.all())
