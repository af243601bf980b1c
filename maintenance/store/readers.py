"""What the public and the holders of a feed address may read, as values."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from maintenance.models import Customer, Service
from maintenance.store.policies import Versions
from maintenance.windows import Service as ServiceValue


@dataclass(frozen=True, slots=True)
class FeedOwner:
    """A customer as its own feed needs it."""

    slug: str
    name: str
    generation: int
    services: frozenset[str]
    updated_at: datetime | None = None


def services(session: Session) -> tuple[ServiceValue, ...]:
    """Every service as readers know it, by name; its zone is that of its newest policy."""
    versions = Versions(session)
    rows = session.scalars(select(Service).order_by(Service.name, Service.slug))
    return tuple(
        ServiceValue(
            row.slug,
            row.name,
            versions.newest(row.policy).zone.key,
            row.color,
            row.created_at,
            row.updated_at,
        )
        for row in rows
    )


def feed_owner(session: Session, customer_id: int) -> FeedOwner | None:
    """The active customer with this id, or None."""
    row = session.get(Customer, customer_id)
    if row is None or not row.active:
        return None
    slugs = frozenset(service.slug for service in row.services)
    return FeedOwner(row.slug, row.name, row.feed_generation, slugs, row.updated_at)
