"""The log: who did what, when, from what to what."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from maintenance.models import Audit, Window


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


def found(
    session: Session,
    *,
    who: str = "",
    verb: str = "",
    about: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    before: int | None = None,
    limit: int | None = None,
) -> list[Audit]:
    """The newest rows first; `who` is part of a name, `about` the beginning of a subject.

    `before` is the id of the last row seen; those made in [since, until).
    """
    query = select(Audit).order_by(Audit.id.desc()).limit(limit)
    if who:
        query = query.where(Audit.actor.icontains(who, autoescape=True))
    if verb:
        query = query.where(Audit.verb == verb)
    if about:
        query = query.where(Audit.subject.startswith(about, autoescape=True))
    if since is not None:
        query = query.where(Audit.at >= since)
    if until is not None:
        query = query.where(Audit.at < until)
    if before is not None:
        query = query.where(Audit.id < before)
    return list(session.scalars(query))


def verbs(session: Session) -> list[str]:
    """Every verb that was ever done."""
    return list(session.scalars(select(Audit.verb).distinct().order_by(Audit.verb)))


def references(session: Session, public_ids: Collection[str]) -> dict[str, str]:
    """The references of these windows, by public id."""
    query = select(Window.public_id, Window.reference).where(Window.public_id.in_(public_ids))
    return dict(session.execute(query).all())
