"""Targets: webhooks and status pages elsewhere, read; and those that a notice goes to."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session, selectinload

from maintenance.models import Customer, Delivery, Notice, Service, Target, Window
from maintenance.sla.verdict import PUSHED
from maintenance.windows import Channel, DeliveryState, NoticeKind

_DUE = (DeliveryState.WAITING, DeliveryState.SENDING)


def listed(session: Session, channel: str) -> list[Target]:
    """The targets of this channel, by name and address."""
    query = select(Target).where(Target.channel == channel)
    options = (selectinload(Target.services), selectinload(Target.customer))
    return list(session.scalars(query.order_by(Target.name, Target.address).options(*options)))


def pages(session: Session, services: Collection[str]) -> list[Target]:
    """The pages elsewhere of these services that are kept in step."""
    query = select(Target).where(Target.channel == PUSHED, Target.active).order_by(Target.id)
    return list(session.scalars(query.where(Target.services.any(Service.slug.in_(services)))))


def find(session: Session, public_id: str) -> Target | None:
    """The target with this id, or None."""
    return session.scalar(select(Target).where(Target.public_id == public_id))


def log(session: Session, row: Target, limit: int = 20) -> list[Delivery]:
    """What last went to this target, newest first, each with its notice and window."""
    query = select(Delivery).where(Delivery.target_id == row.id).order_by(Delivery.id.desc())
    whole = selectinload(Delivery.notice).selectinload(Notice.window)
    return list(session.scalars(query.limit(limit).options(whole)))


def drop_waiting(session: Session, row: Target, why: str) -> None:
    """Expire what was still to go to this target."""
    due = (Delivery.target_id == row.id, Delivery.state.in_(_DUE))
    values = {"state": DeliveryState.EXPIRED, "reply": why, "next_attempt_at": None}
    session.execute(update(Delivery).where(*due).values(values))


def readers(session: Session, window: Window, notice: Notice) -> list[dict[str, Any]]:
    """The targets that this notice goes to, each with what its delivery says of a reader."""
    if notice.to_operators:
        return []
    slugs = {place.service.slug for place in window.places}
    told = _told(window) if notice.kind == NoticeKind.CANCELLATION else None
    found = active(session, slugs, public=Channel.STATUS_PAGE in window.channels, among=told)
    return [reader(row) for row in found]


def active(session: Session, slugs: set[str], *, public: bool, among: Any = None) -> list[Target]:
    """The targets that get notices of these services; pages elsewhere only of what is public."""
    query = select(Target).where(Target.active).order_by(Target.id)
    if not public:
        query = query.where(Target.channel != PUSHED)
    if among is not None:
        query = query.where(Target.id.in_(among))
    options = (
        selectinload(Target.services),
        selectinload(Target.customer).selectinload(Customer.services),
    )
    rows = session.scalars(query.options(*options))
    return [row for row in rows if concerning(row, slugs)]


def concerning(row: Target, slugs: set[str]) -> set[str]:
    """Of these services, those of which this target gets the notices."""
    if row.customer is not None:
        has = {service.slug for service in row.customer.services}
        slugs = slugs & has if row.customer.active else set()
    return slugs & {service.slug for service in row.services} if row.services else slugs


def _told(window: Window) -> Any:
    """Those who were told of the window or may have been: in doubt, told."""
    return (
        select(Delivery.target_id)
        .join(Notice)
        .where(Notice.window_id == window.id, Delivery.target_id.is_not(None))
        .where(or_(Delivery.state == DeliveryState.SENT, Delivery.attempts > 0))
    )


def reader(row: Target) -> dict[str, Any]:
    """What a delivery to this target says of its reader."""
    return {
        "target_id": row.id,
        "channel": row.channel,
        "name": row.name,
        "address": row.address,
        "language": "",
        "customer_id": row.customer_id,
        "customer": row.customer.slug if row.customer else "",
        "reader": {"service": row.services[0].slug} if row.channel == PUSHED else {},
    }
