"""The log: who did what, when, from what to what."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from maintenance.models import Audit


def record(
    session: Session, actor: str, verb: str, subject: str, details: Mapping[str, Any], now: datetime
) -> None:
    """Add a row, in the transaction of the change itself; subject is "window:w_...", say."""
    row = Audit(at=now, actor=actor, verb=verb, subject=subject, details=dict(details))
    session.add(row)


def log(session: Session, subject: str) -> list[Audit]:
    """What happened to this subject, oldest first."""
    query = select(Audit).where(Audit.subject == subject).order_by(Audit.at, Audit.id)
    return list(session.scalars(query))
