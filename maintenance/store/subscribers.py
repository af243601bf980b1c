"""Subscribers and what they asked for: read and written."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, exists, func, select
from sqlalchemy.orm import Session

from maintenance.models import Delivery, Service, Subscriber, Subscription


def find(session: Session, email: str) -> Subscriber | None:
    """The subscriber with this address, however it is capitalised."""
    return session.scalar(select(Subscriber).where(func.lower(Subscriber.email) == email.lower()))


def asked(
    session: Session, email: str, service: Service, language: str, now: datetime
) -> Subscription:
    """The subscription of this address to this service, made where there is none; asked now."""
    row = find(session, email)
    if row is None:
        row = Subscriber(email=email, created_at=now)
        session.add(row)
    found = next((one for one in row.subscriptions if one.service is service), None)
    if found is None:
        found = Subscription(service=service)
        row.subscriptions.append(found)
    if all(one.confirmed_at is None for one in row.subscriptions):
        row.language = language
    found.asked_at = now
    session.flush()
    return found


def forget_unconfirmed(session: Session, before: datetime) -> None:
    """Delete what was asked before this moment and never confirmed, and addresses left by it."""
    old = (Subscription.confirmed_at.is_(None), Subscription.asked_at <= before)
    session.execute(delete(Subscription).where(*old))
    used = exists().where(Subscription.subscriber_id == Subscriber.id)
    told = exists().where(Delivery.subscriber_id == Subscriber.id)
    session.execute(delete(Subscriber).where(Subscriber.created_at <= before, ~used, ~told))


def set_services(
    session: Session, row: Subscriber, services: Collection[Service], now: datetime
) -> None:
    """Subscribe to these services and no others: whoever holds its link reads its address."""
    kept = {one.service_id: one for one in row.subscriptions}
    row.subscriptions = [
        kept.get(service.id) or Subscription(service=service, asked_at=now) for service in services
    ]
    for one in row.subscriptions:
        one.confirmed_at = one.confirmed_at or now
    session.flush()
