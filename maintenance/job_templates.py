"""Job templates: what the windows of a recurring job say, kept to begin a proposal from.

A template has all that a window has but its days. It plans nothing and is told to nobody.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from maintenance.accounts import Actor
from maintenance.intake import Bad, Proposal, line, parse_window, whole
from maintenance.models import JobTemplate
from maintenance.store import audit, windows
from maintenance.store.session import writing
from maintenance.windows import LONGEST

_SOME_DAY = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
_TIME = re.compile(r"([0-9]{1,2})[:.]?([0-9]{2})")

SHARED = tuple(
    field.name
    for field in fields(Proposal)
    if field.name not in {"start", "end", "announce_at", "draft"}
)
"""The fields of a proposal that a template holds."""


@dataclass(frozen=True, slots=True)
class Values:
    """A job template as somebody writes it: every field checked."""

    name: str
    at: time | None  # when such a window usually begins, on the wall clock
    length_minutes: int
    fields: dict[str, Any]


def parse(data: Mapping[str, Any], zones: Mapping[str, ZoneInfo]) -> Values | dict[str, str]:
    """The template in `data`: a new window without times, `name`, `at` and `length` in minutes.

    Or {field: message} with every field that is wrong.
    """
    own, errors = _own(data)
    length = timedelta(minutes=own.get("length", 60))
    times = {"start": _SOME_DAY, "end": _SOME_DAY + length, "announce_at": None, "draft": None}
    window = parse_window({**data, **times}, zones, _SOME_DAY - timedelta(days=1))
    if not isinstance(window, Proposal):
        errors = {**window, **errors}
    if "length" in errors:  # an outage cannot be held against it
        errors = {name: said for name, said in errors.items() if "outage" not in name}
    if errors or not isinstance(window, Proposal):
        return errors
    shared = {name: value for name, value in asdict(window).items() if name in SHARED}
    return Values(own["name"], own["at"], own["length"], shared)


def listed(session: Session) -> list[JobTemplate]:
    """Every template, by name."""
    return list(session.scalars(select(JobTemplate).order_by(JobTemplate.name, JobTemplate.id)))


def by_public_id(session: Session, public_id: str) -> JobTemplate | None:
    """The template, or None."""
    return session.scalar(select(JobTemplate).where(JobTemplate.public_id == public_id))


def proposal_of(row: JobTemplate) -> Proposal:
    """What the template says, on a day that means nothing."""
    said = {name: _tuple(value) for name, value in row.fields.items()}
    end = _SOME_DAY + timedelta(minutes=row.length_minutes)
    return Proposal(**said, start=_SOME_DAY, end=end, announce_at=None)


def put(public_id: str | None, values: Values, actor: Actor, now: datetime) -> JobTemplate | None:
    """The template with these values, a new one without an id; None where it is gone."""
    with writing() as session:
        row = by_public_id(session, public_id) if public_id else _new(session, now)
        if row is None:
            return None
        before = _said(row) if public_id else {}
        row.name, row.at = values.name, values.at
        row.length_minutes, row.fields, row.updated_at = values.length_minutes, values.fields, now
        session.flush()
        _log(session, row, "put", {"from": before, "to": _said(row)}, actor, now)
        return row


def remove(public_id: str, actor: Actor, now: datetime) -> bool:
    """Whether it was there; windows that began from it stay as they are."""
    with writing() as session:
        row = by_public_id(session, public_id)
        if row is None:
            return False
        _log(session, row, "remove", {"name": row.name}, actor, now)
        session.delete(row)
        return True


def _new(session: Session, now: datetime) -> JobTemplate:
    row = JobTemplate(public_id=windows.new_id("j"), created_at=now)
    session.add(row)
    return row


def _log(
    session: Session,
    row: JobTemplate,
    verb: str,
    details: Mapping[str, Any],
    actor: Actor,
    now: datetime,
) -> None:
    audit.record(session, actor.name, verb, f"job:{row.public_id}", details, now)


def _said(row: JobTemplate) -> dict[str, Any]:
    """The template as the log writes it."""
    at = f"{row.at:%H:%M}" if row.at else ""
    shared = {name: list(v) if isinstance(v, tuple) else v for name, v in row.fields.items()}
    return {"name": row.name, "at": at, "length_minutes": row.length_minutes, **shared}


def _own(data: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """What a template has beside a window's fields, and what is wrong with that."""
    found, errors = dict[str, Any](), dict[str, str]()
    for name, read in _OWN.items():
        try:
            found[name] = read(data.get(name) or "")
        except Bad as error:
            errors[name] = str(error)
    return found, errors


def _name(raw: Any) -> str:
    name = line(raw)
    if not name:
        raise Bad("is required")
    return name


def _at(raw: Any) -> time | None:
    if not raw:
        return None
    found = _TIME.fullmatch(raw) if isinstance(raw, str) else None
    if found is None or int(found[1]) > 23 or int(found[2]) > 59:
        raise Bad("expected a time of day, as 20:00")
    return time(int(found[1]), int(found[2]))


def _length(raw: Any) -> int:
    most = int(LONGEST / timedelta(minutes=1))
    expected = f"expected a whole number from 1 to {most}"
    value = whole(raw, expected)
    if not 1 <= value <= most:
        raise Bad(expected)
    return value


_OWN: Mapping[str, Callable[[Any], Any]] = {"name": _name, "at": _at, "length": _length}


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
