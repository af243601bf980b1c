"""A window's deliveries, as they are looked at: all, counted, or some of each notice."""

from collections import Counter

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from maintenance.models import Delivery, Notice
from maintenance.windows import DeliveryState


def of_window(
    session: Session, window_id: int, after: int = 0, limit: int | None = None
) -> list[Delivery]:
    """Its deliveries, oldest first, each with its notice; those after the id `after`."""
    query = select(Delivery).join(Notice).where(Notice.window_id == window_id, Delivery.id > after)
    options = selectinload(Delivery.notice)
    return list(session.scalars(query.order_by(Delivery.id).options(options).limit(limit)))


def tally(session: Session, window_id: int) -> dict[int, Counter[tuple[str, str]]]:
    """By the id of each of its notices, how many deliveries there are by state and language."""
    query = (
        select(Delivery.notice_id, Delivery.state, Delivery.language, func.count())
        .join(Notice)
        .where(Notice.window_id == window_id)
        .group_by(Delivery.notice_id, Delivery.state, Delivery.language)
    )
    found: dict[int, Counter[tuple[str, str]]] = {}
    for notice_id, state, language, number in session.execute(query):
        found.setdefault(notice_id, Counter())[state, language] = number
    return found


def some_of_each(session: Session, window_id: int, limit: int) -> dict[int, list[Delivery]]:
    """By the id of each of its notices so many deliveries: those not accepted first, then by id."""
    order = (Delivery.state == DeliveryState.SENT, Delivery.id)
    place = func.row_number().over(partition_by=Delivery.notice_id, order_by=order).label("place")
    placed = select(Delivery.id, place).join(Notice).where(Notice.window_id == window_id).subquery()
    query = (
        select(Delivery)
        .join(placed, placed.c.id == Delivery.id)
        .where(placed.c.place <= limit)
        .order_by(placed.c.place)
    )
    found: dict[int, list[Delivery]] = {}
    for delivery in session.scalars(query):
        found.setdefault(delivery.notice_id, []).append(delivery)
    return found
