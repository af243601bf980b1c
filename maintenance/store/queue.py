"""How the sending queue fares."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from maintenance.models import Delivery
from maintenance.windows import DeliveryState


def states(session: Session) -> Mapping[str, int]:
    """How many deliveries are in each state."""
    query = select(Delivery.state, func.count()).group_by(Delivery.state)
    numbers: dict[str, int] = {state.value: 0 for state in DeliveryState}
    for state, number in session.execute(query):
        numbers[state] = number
    return numbers


def longest_overdue(session: Session, now: datetime) -> timedelta:
    """How long the delivery that is due longest has waited; nothing where none is due."""
    query = select(func.min(Delivery.next_attempt_at)).where(
        Delivery.state == DeliveryState.WAITING, Delivery.next_attempt_at <= now
    )
    oldest = session.scalar(query)
    return now - oldest if oldest else timedelta()
