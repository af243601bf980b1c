"""The switch that holds all sending: one row while it is on."""

from datetime import datetime

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from maintenance.models import Held
from maintenance.store import audit

FREE = ~exists(select(Held.id))
"""That nothing is held, for a statement that claims deliveries."""

SUBJECT = "sending"


def held(session: Session) -> Held | None:
    """Since when, by whom and why sending is held; None where it is not."""
    return session.scalars(select(Held).limit(1)).first()


def hold(session: Session, by: str, why: str, now: datetime) -> None:
    """Send nothing from here on, by no channel; what is due waits. Held twice is held once."""
    if held(session) is None:
        session.add(Held(id=1, since_at=now, by=by, why=why))
        audit.record(session, by, "hold", SUBJECT, {"why": why}, now)


def release(session: Session, by: str, now: datetime) -> None:
    """Send again what is due."""
    if held(session) is not None:
        session.execute(delete(Held))
        audit.record(session, by, "release", SUBJECT, {}, now)
