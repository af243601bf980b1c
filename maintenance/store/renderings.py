"""Notices as they were worded: written once, at the first attempt, and never changed."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from maintenance.models import Contact, Customer, CustomerService, Rendering, Service


@dataclass(frozen=True, slots=True)
class Key:
    """Readers with the same key read the same words."""

    notice_id: int
    language: str
    services: str  # slugs with commas; for a mail to an account, nothing


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
    )
    row = session.execute(query).one_or_none()
    return Kept(*row) if row else None


def by_id(session: Session, rendering_id: int) -> Kept:
    """The rendering with this id."""
    query = select(Rendering.id, Rendering.body).where(Rendering.id == rendering_id)
    return Kept(*session.execute(query).one())


def keep(session: Session, key: Key, body: bytes, now: datetime) -> Kept:
    """Store it; where another sender was first, what that one stored stands."""
    dialect = session.get_bind().dialect.name
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    values = {
        "notice_id": key.notice_id,
        "language": key.language,
        "services": key.services,
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
    found: dict[int, set[str]] = {customer_id: set() for customer_id in customer_ids}
    for customer_id, slug in session.execute(query):
        found[customer_id].add(slug)
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
