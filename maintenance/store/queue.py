"""How the sending queue fares."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from maintenance.models import Delivery, Notice, Window
from maintenance.windows import Channel, DeliveryState, State


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


def mail_fault(session: Session) -> str | None:
    """Why mails that are due were given back untried: what is wrong with the mail server, if so."""
    given_back = (Delivery.state == DeliveryState.WAITING, Delivery.attempts == 0)
    query = select(Delivery.reply).where(*given_back, Delivery.reply.is_not(None))
    return session.scalar(query.where(Delivery.channel == Channel.EMAIL).limit(1))


def next_moment(session: Session, after: datetime, until: datetime) -> datetime | None:
    """The first moment in (after, until] at which a notice falls due or a window starts."""
    due = select(func.min(Notice.due_at)).where(
        Notice.fanned_out_at.is_(None), Notice.due_at > after, Notice.due_at <= until
    )
    starts = select(func.min(Window.start_at)).where(
        Window.state == State.SCHEDULED, Window.start_at > after, Window.start_at <= until
    )
    moments = [session.scalar(due), session.scalar(starts)]
    session.rollback()
    return min((moment for moment in moments if moment is not None), default=None)
