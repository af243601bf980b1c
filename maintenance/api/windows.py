"""GET and POST windows, GET and PATCH windows/<id>, GET windows/<id>/deliveries."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NoReturn

from flask import Response, request

from maintenance import afterwards, judging, planning
from maintenance.api import answers, shapes
from maintenance.api.auth import actor, clock
from maintenance.api.body import read_object, seen_tags
from maintenance.api.operation import operation
from maintenance.api.paging import PAGING, bad_cursor, cursor, page_size
from maintenance.api.problem import bad_fields, refuse
from maintenance.api.schemas import TIME, Deliveries, NewWindow, Window, WindowChanges, Windows
from maintenance.intake import Proposal, parse_window
from maintenance.models import Window as Row
from maintenance.models import db
from maintenance.results import Stale
from maintenance.sla.request import BadTime, parse_instant
from maintenance.store import deliveries, windows
from maintenance.windows import State

TRIES = 5
"""How often a change that names no revision is tried against those of others."""


def _parameter(name: str, about: str, **schema: Any) -> Mapping[str, Any]:
    schema = {"type": "string", **schema}
    return {"in": "query", "name": name, "schema": schema, "description": about}


FILTERS = (
    _parameter("state", "Only windows in this state.", enum=[str(state) for state in State]),
    _parameter("service", "Only windows on the service with this slug."),
    _parameter("since", "Only windows that end after this moment.", pattern=TIME),
    _parameter("until", "Only windows that start before this moment.", pattern=TIME),
    _parameter("complies", "Only windows whose verdict says so.", enum=["true", "false"]),
)


@operation("GET", "/windows", "read", Windows, query=(*FILTERS, *PAGING))
def list_windows() -> Response:
    """Windows, by start."""
    size = page_size()
    rows = windows.listed(
        db.session(),
        states=_states(),
        services=[slug for slug in request.args.getlist("service") if "\0" not in slug],
        since=_moment("since"),
        until=_moment("until"),
        after=_after(),
        limit=size + 1,
        complies=_complies(),
    )
    last = rows[size - 1] if len(rows) > size else None
    following = [last.start_at.isoformat(), str(last.id)] if last else None
    return answers.page([shapes.window(row) for row in rows[:size]], following)


@operation("POST", "/windows", "plan", Window, (201,), takes=NewWindow)
def propose_window() -> Response:
    """Propose a window; with `draft`, write it down only. Its verdict comes with it."""
    body, zones = read_object(), windows.zones(db.session())
    done = body.get("afterwards")
    values = parse_window(body, zones, clock(), afterwards=done is True)
    if done not in (None, True, False):
        return bad_fields({"afterwards": "expected true or false"})
    if not isinstance(values, Proposal):
        return bad_fields(values)
    verb = afterwards.register if done else planning.propose
    answer = answers.outcome(verb(values, actor(), clock()), 201)
    answer.headers["Location"] = f"/api/v1/windows/{answer.get_json()['id']}"
    return answer


@operation("GET", "/windows/<window_id>", "read", Window, refuses=(404,))
def get_window(window_id: str) -> Response:
    """A window; its ETag is its revision. While it can be planned, its verdict is as it is now."""
    row = get(window_id)
    return answers.window(row, verdict=judging.present(db.session(), row, clock()))


@operation(
    "PATCH", "/windows/<window_id>", "plan", Window, takes=WindowChanges, refuses=(404, 409, 412)
)
def edit_window(window_id: str) -> Response:
    """Change what is named. Once a window is approved: its texts, impact and reminders only."""
    body = read_object()
    for _ in range(TRIES):
        row = get(window_id)
        seen = seen_revision(row)
        values = values_of(row, body)
        result = planning.edit(window_id, values, actor(), clock(), seen)
        if not isinstance(result, Stale) or seen_tags() is not None:
            break
    return answers.outcome(result)


@operation(
    "GET", "/windows/<window_id>/deliveries", "read", Deliveries, query=PAGING, refuses=(404,)
)
def list_deliveries(window_id: str) -> Response:
    """What was told of a window to whom, when, and what their servers answered; oldest first."""
    row, size, after = get(window_id), page_size(), cursor(parts=1)
    last_seen = _number(after[0]) if after else 0
    rows = deliveries.of_window(db.session(), row.id, last_seen, size + 1)
    more = str(rows[size - 1].id) if len(rows) > size else None
    return answers.page([shapes.delivery(one) for one in rows[:size]], more and [more])


def get(window_id: str) -> Row:
    """The window, or the request ends with 404."""
    row = find(window_id)
    if row is None:
        refuse(404, "There is no such window.")
    return row


def find(window_id: str) -> Row | None:
    """The window, or None: also for an id that no database takes."""
    possible = window_id.isascii() and window_id.isprintable()
    return windows.by_public_id(db.session(), window_id) if possible else None


def seen_revision(row: Row) -> int:
    """The revision on which the caller's change is based; one that never was where that is gone."""
    tags = seen_tags()
    return row.revision if tags is None or str(row.revision) in tags else -1


def values_of(row: Row, changes: Mapping[str, Any], needed: Sequence[str] = ()) -> Proposal:
    """The window's values with these changes, or the request ends with 422."""
    zones = windows.zones(db.session())
    values = parse_window(changes, zones, clock(), planning.as_proposal(row))
    errors = {name: "is required" for name in needed if changes.get(name) is None}
    if not isinstance(values, Proposal):
        errors |= values
    if errors or not isinstance(values, Proposal):
        refuse(422, "Some fields cannot be used.", errors)
    return values


def _states() -> list[str]:
    asked = request.args.getlist("state")
    if any(state not in list(State) for state in asked):
        _bad_query("state", f"expected one of: {', '.join(State)}")
    return asked


def _complies() -> bool | None:
    asked = request.args.get("complies")
    if asked not in {None, "true", "false"}:
        _bad_query("complies", "expected true or false")
    return None if asked is None else asked == "true"


def _moment(name: str) -> datetime | None:
    raw = request.args.get(name)
    if raw is None:
        return None
    zones = {zone.key: zone for zone in windows.zones(db.session()).values()}
    try:
        return parse_instant(raw, next(iter(zones.values())) if len(zones) == 1 else None)
    except BadTime as bad:
        _bad_query(name, bad.message)


def _after() -> tuple[datetime, int] | None:
    parts = cursor(parts=2)
    if parts is None:
        return None
    try:
        start = datetime.fromisoformat(parts[0])
    except ValueError:
        bad_cursor()
    if start.tzinfo is None:
        bad_cursor()
    return start, _number(parts[1])


def _number(raw: str) -> int:
    if not (raw.isascii() and raw.isdigit() and len(raw) < 19):
        bad_cursor()
    return int(raw)


def _bad_query(name: str, message: str) -> NoReturn:
    refuse(422, "Bad query.", {name: message})
