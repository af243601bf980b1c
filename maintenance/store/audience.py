"""Who would be told of a window that is not stored yet: counted, by service and by customer."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Subquery, func, select
from sqlalchemy.orm import Session

from maintenance.models import Customer, CustomerService, Service, Subscriber, Subscription, Target
from maintenance.store import reach, reachable, targets, windows
from maintenance.windows import Channel, NoticeKind

MOST = 30
"""So many customers are named; of the others it says how many."""
KIND = NoticeKind.ANNOUNCEMENT


@dataclass(frozen=True, slots=True)
class OfService:
    """The readers of one service, by mail."""

    service: Service
    customers: int
    contacts: int


@dataclass(frozen=True, slots=True)
class Audience:
    """Who would get the announcement. A contact of two of its services gets one mail."""

    services: Sequence[OfService]
    mails: dict[str, int]  # to contacts, by language
    subscribers: int
    targets: Sequence[Target]  # webhooks, and pages elsewhere
    customers: Sequence[tuple[str, int]]  # the first MOST, each with how many contacts
    others: int  # customers beside those
    unreached: Sequence[Customer]


def audience(session: Session, slugs: Collection[str], channels: Collection[str]) -> Audience:
    """The readers that a window on these services would have now, told by these channels.

    As many statements however many readers; nobody is counted by two roads.
    """
    rows = windows.services(session, slugs)
    public, ids = Channel.STATUS_PAGE in channels, [row.id for row in rows]
    there = targets.active(session, set(slugs), public=public) if channels else []
    if Channel.EMAIL not in channels:
        return Audience([OfService(row, 0, 0) for row in rows], {}, 0, there, [], 0, ())
    readers = _contacts(ids)
    own = _by_service(session, readers)
    named = _by_customer(session, readers)
    customers = session.scalar(select(func.count(readers.c.slug.distinct()))) or 0
    return Audience(
        services=[OfService(row, *own.get(row.id, (0, 0))) for row in rows],
        mails=_by_language(session, readers),
        subscribers=_subscribers(session, ids, readers) if public else 0,
        targets=there,
        customers=named,
        others=customers - len(named),
        unreached=reachable.unreached(session, ids),
    )


def _contacts(ids: Collection[int]) -> Subquery:
    """Each contact once for each of these services of which it is told."""
    query = reach.contacts(CustomerService.service_id.in_(ids), KIND)
    return query.add_columns(CustomerService.service_id).order_by(None).subquery()


def _by_service(session: Session, readers: Subquery) -> dict[int, tuple[int, int]]:
    customers, contacts = func.count(readers.c.slug.distinct()), func.count()
    query = select(readers.c.service_id, customers, contacts).group_by(readers.c.service_id)
    return {service: (n, m) for service, n, m in session.execute(query)}


def _by_language(session: Session, readers: Subquery) -> dict[str, int]:
    number = func.count(readers.c.id.distinct())
    query = select(readers.c.language, number).group_by(readers.c.language)
    return {language: n for language, n in session.execute(query)}  # noqa: C416  # rows


def _by_customer(session: Session, readers: Subquery) -> list[tuple[str, int]]:
    number = func.count(readers.c.id.distinct())
    query = select(readers.c.slug, number).group_by(readers.c.slug).order_by(readers.c.slug)
    return [(slug, n) for slug, n in session.execute(query.limit(MOST))]


def _subscribers(session: Session, ids: Collection[int], readers: Subquery) -> int:
    """Those who are not told as a contact already."""
    told = select(func.lower(readers.c.email))
    query = reach.subscribers(Subscription.service_id.in_(ids), KIND)
    query = query.where(func.lower(Subscriber.email).not_in(told)).order_by(None)
    return session.scalar(select(func.count(query.subquery().c.id.distinct()))) or 0
