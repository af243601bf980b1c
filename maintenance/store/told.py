"""What readers were told of: without ORM objects, and anew only where a window changed.

Every verb raises a window's revision, and an announcement sets `announced_at`: a window of which
neither changed is the one that was read before.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache, reduce
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Executable,
    String,
    and_,
    bindparam,
    cast,
    func,
    select,
    type_coerce,
)
from sqlalchemy.orm import Session

from maintenance.models import Notice, Service, Window, WindowService
from maintenance.store.policies import Versions
from maintenance.windows import Impact, Kind, Message, NoticeKind, State
from maintenance.windows import Service as ServiceValue
from maintenance.windows import Window as WindowValue

_MANY = 100
"""Where more than so many changed, all are read: naming each takes longer, and has a limit."""

_STAMP: ColumnElement[str] = reduce(
    lambda so_far, each: so_far + " " + cast(each, String),
    (Window.announced_at, Window.revision, Window.state, Window.updated_at),
    cast(Window.id, String),
)
_TOLD = and_(Window.announced_at.is_not(None), Window.end_at > bindparam("since"))
_STAMPS = select(func.aggregate_strings(_STAMP, "\n")).where(_TOLD)
"""A line for each, its id first, and all in one row: two thousand rows take three times as long."""
_FIELDS = (
    "id",
    "public_id",
    "reference",
    "state",
    "revision",
    "kind",
    "title",
    "description",
    "start_at",
    "end_at",
    "outage_minutes",
    "impact",
    "updated_at",
    "channels",
    "reminders",
    "announce_at",
    "announced_at",
    "notice_revision",
    "times_revision",
    "started_at",
    "completed_at",
    "cancelled_at",
)
_JSON = ("title", "description", "channels", "reminders")
_COLUMNS = [
    cast(column, String) if name in _JSON else type_coerce(column, String)
    for name in _FIELDS
    for column in [getattr(Window, name)]
]
"""As the driver gives them, and in the order of `windows.Window`: the rest takes twice as long.

JSON as text, which PostgreSQL's driver would read anew for each window.
"""


Statements = tuple[Executable, Executable, Executable]


def _statements(ids: Any) -> Statements:
    """What reads the windows with these ids: their places, messages and rows."""
    return (
        select(WindowService.window_id, WindowService.service_id)
        .where(WindowService.window_id.in_(ids))
        .order_by(WindowService.window_id, WindowService.service_id),
        select(Notice.window_id, Notice.due_at, Notice.words)
        .where(Notice.window_id.in_(ids), Notice.kind == NoticeKind.MESSAGE)
        .order_by(Notice.due_at, Notice.id),
        select(*_COLUMNS).where(Window.id.in_(ids)),
    )


_SOME = _statements(bindparam("ids", expanding=True))
_ALL = _statements(select(Window.id).where(_TOLD))


class Told:
    """Reads the windows that readers were told of, and remembers them for the next time."""

    def __init__(self) -> None:
        self._services: Mapping[int, ServiceValue] = {}
        self._stamps: set[str] = set()
        self._windows: Mapping[int, WindowValue] = {}

    def windows(self, session: Session, since: datetime) -> tuple[WindowValue, ...]:
        """What was announced and ends after `since`, by start."""
        services = _services(session)
        known = self._stamps if services == self._services else set()
        stamps = set((session.scalar(_STAMPS, {"since": since}) or "").splitlines())
        changed = _ids(stamps - known)
        windows = {**self._windows} if known else {}
        for id in _ids(known - stamps):
            windows.pop(id, None)
        if len(changed) > _MANY:
            windows.update(_read(session, _ALL, {"since": since}, services))
        elif changed:
            windows.update(_read(session, _SOME, {"ids": changed}, services))
        self._stamps, self._services = stamps, services
        self._windows = dict(sorted(windows.items(), key=_place)) if changed else windows
        return tuple(self._windows.values())


def _ids(stamps: Iterable[str]) -> list[int]:
    return [int(stamp.partition(" ")[0]) for stamp in stamps]


def _place(window: tuple[int, WindowValue]) -> tuple[datetime, int]:
    """By start."""
    return window[1].start, window[0]


def _services(session: Session) -> dict[int, ServiceValue]:
    versions = Versions(session)
    query = select(Service.id, Service.slug, Service.name, Service.policy, Service.color)
    return {
        id: ServiceValue(slug, name, versions.newest(policy).zone.key, color)
        for id, slug, name, policy, color in session.execute(query)
    }


def _read(
    session: Session,
    statements: Statements,
    asked: Mapping[str, Any],
    services: Mapping[int, ServiceValue],
) -> Iterable[tuple[int, WindowValue]]:
    of_places, of_messages, of_rows = statements
    places: dict[int, list[ServiceValue]] = {}
    for window_id, service_id in session.execute(of_places, asked):
        places.setdefault(window_id, []).append(services[service_id])
    messages: dict[int | None, list[Message]] = {}
    for about, at, words in session.execute(of_messages, asked):
        messages.setdefault(about, []).append(Message(at, words or {}))
    rows: Iterable[Any] = session.execute(of_rows, asked)
    for id, *fields in rows:
        yield id, _value(fields, tuple(places.get(id, ())), tuple(messages.get(id, ())))


def _value(
    fields: Sequence[Any], services: tuple[ServiceValue, ...], messages: tuple[Message, ...]
) -> WindowValue:
    public_id, reference, state, revision, kind, title, description, start, end, *more = fields
    outage, impact, updated, channels, reminders, announce, announced, *last = more
    notice_revision, times_revision, started, completed, cancelled = last
    return WindowValue(
        public_id,
        reference,
        State(state),
        revision,
        services,
        Kind(kind),
        json.loads(title),
        json.loads(description),
        _instant(start),
        _instant(end),
        outage,
        Impact(impact),
        _instant(updated),
        _list(channels),
        _list(reminders),
        _instant(announce),
        _instant(announced),
        notice_revision,
        times_revision,
        _instant(started),
        _instant(completed),
        _instant(cancelled),
        messages,
    )


@lru_cache(maxsize=64)
def _list(given: str) -> tuple[Any, ...]:
    """Most windows have the same channels and reminders."""
    return tuple(json.loads(given))


def _instant(given: Any) -> Any:
    """SQLite gives a text in UTC without saying so, PostgreSQL's driver an instant."""
    if given is None:
        return None
    if isinstance(given, str):
        return datetime.fromisoformat(f"{given}+00:00")
    return given.astimezone(UTC)
