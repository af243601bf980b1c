"""First answers, kept a day for repeats with the same Idempotency-Key.

A key is claimed in a transaction of its own before the request is carried out. That it was is said
in the transaction that carries it out, so a claim whose process died is known to have done
something or nothing: in the second case, and only then, the repeat is carried out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import g, has_request_context
from sqlalchemy import delete, event, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from maintenance.models import Repeat, db

KEPT = timedelta(hours=24)
"""How long an answer is kept."""

GIVEN_UP = timedelta(seconds=60)
"""A claim without an answer after this long belongs to a process that died."""

CARRIED_OUT = 0
"""The status of a claim that did something and has not answered yet."""


@dataclass(frozen=True, slots=True)
class Mine:
    """The claim is the caller's: carry the request out, then `answered` or `forget`."""

    id: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered the first time."""

    status: int
    headers: Mapping[str, Any]
    body: bytes


@dataclass(frozen=True, slots=True)
class Other:
    """The key was used with another request."""


@dataclass(frozen=True, slots=True)
class Unfinished:
    """The first is still being carried out; or, where `lost`, was, and its answer is lost."""

    lost: bool


def claim(
    session: Session, account: str, key: str, request_hash: str, now: datetime
) -> Mine | Answer | Other | Unfinished:
    """What to do with a request of this account under this key. Inside `writing`."""
    session.execute(delete(Repeat).where(Repeat.created_at <= now - KEPT))
    fields = {"account": account, "key": key, "request_hash": request_hash, "created_at": now}
    postgres = session.get_bind().dialect.name == "postgresql"
    insert = (postgresql.insert if postgres else sqlite.insert)(Repeat).values(fields)
    new = session.scalar(insert.on_conflict_do_nothing().returning(Repeat.id))
    if new is not None:
        return Mine(new)
    query = select(Repeat).where(Repeat.account == account, Repeat.key == key)
    row = session.scalars(query.with_for_update()).one_or_none()
    if row is None:
        return Unfinished(lost=False)  # forgotten just now: ask again
    return _existing(row, request_hash, now)


def _existing(row: Repeat, request_hash: str, now: datetime) -> Mine | Answer | Other | Unfinished:
    if row.request_hash != request_hash:
        return Other()
    if row.status is not None and row.status != CARRIED_OUT:
        return Answer(row.status, row.headers or {}, row.body or b"")
    if row.created_at > now - GIVEN_UP:
        return Unfinished(lost=False)
    if row.status == CARRIED_OUT:
        return Unfinished(lost=True)
    row.created_at = now
    return Mine(row.id)


def carry_out(claim_id: int | None) -> None:
    """From here on this request's transactions carry out that claim; None: they no longer do."""
    g.claim = claim_id


@event.listens_for(db.session, "before_commit")
def _carried_out(session: Session) -> None:
    """Let the transaction that carries a claim out say so itself."""
    claim_id = g.get("claim") if has_request_context() else None
    if claim_id is not None:
        session.execute(update(Repeat).where(Repeat.id == claim_id).values(status=CARRIED_OUT))


def answered(session: Session, claim_id: int, answer: Answer) -> None:
    """Keep what was answered. Inside `writing`."""
    values = {"status": answer.status, "headers": dict(answer.headers), "body": answer.body}
    session.execute(update(Repeat).where(Repeat.id == claim_id).values(values))


def forget(session: Session, claim_id: int) -> None:
    """Give the key free: nothing was done. Inside `writing`."""
    query = delete(Repeat).where(Repeat.id == claim_id, Repeat.status.is_(None))
    session.execute(query)
