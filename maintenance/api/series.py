"""GET and POST series, POST series/preview, GET series/<id>, POST series/<id>/approve and /end."""

from typing import Any

from flask import Response
from marshmallow import Schema, fields, validate

from maintenance import recurring
from maintenance.api import answers, schemas
from maintenance.api.answers import given
from maintenance.api.auth import actor, clock
from maintenance.api.body import read_object
from maintenance.api.operation import operation
from maintenance.api.problem import bad_fields, problem, refuse
from maintenance.api.verbs import text_in
from maintenance.models import Series as Row
from maintenance.models import Window, db
from maintenance.recurring import Plan, Planned
from maintenance.results import Missing, NotPossible
from maintenance.series_intake import MOST_DAYS, MOST_EVERY, parse_series
from maintenance.sla.verdict import as_text
from maintenance.store import windows

SERIES_STATES = ("proposed", "active", "ended")


class Repeat(Schema):
    """How often a series comes by, counted from its first window, on the wall clock."""

    unit = fields.Str(validate=validate.OneOf(("week", "month")), load_default="week")
    every = fields.Int(validate=validate.Range(1, MOST_EVERY), load_default=1)
    until = fields.Date(allow_none=True, metadata={"description": "The last date; none: no end."})
    on_holiday = fields.Str(
        validate=validate.OneOf(("keep", "skip", "next")),
        load_default="keep",
        metadata={"description": "Keep it, leave it out, or put it on the next working day."},
    )
    announce_days = fields.Int(
        validate=validate.Range(0, MOST_DAYS),
        load_default=7,
        metadata={"description": "Announced so many days ahead; sooner where the SLA asks it."},
    )


class SeriesValues(schemas.WindowValues):
    """A new series: its first window, and how it repeats."""

    repeat = fields.Nested(Repeat, required=True)


class Occurrence(Schema):
    """One time that it comes by; skip one by cancelling its window, move one by moving it."""

    date = fields.Str(required=True, metadata={"description": "Its regular date, which names it."})
    window = fields.Str(required=True, metadata={"description": "The id of its window."})
    reference = fields.Str(required=True)
    state = fields.Str(required=True)
    start = fields.Str(required=True)
    end = fields.Str(required=True)
    compliant = fields.Bool(required=True)


class SeriesBrief(Schema):
    """A recurring window."""

    id = fields.Str(required=True)
    state = fields.Str(required=True, validate=validate.OneOf(SERIES_STATES))
    services = fields.List(fields.Str(), required=True)
    kind = fields.Str(required=True)
    title = fields.Nested(schemas.PerLanguage, required=True)
    description = fields.Nested(schemas.PerLanguage, required=True)
    first = fields.Str(required=True, metadata={"description": "Its first regular date."})
    at = fields.Str(required=True, metadata={"description": "The local time it starts."})
    length_minutes = fields.Int(required=True)
    outage_minutes = fields.Int(required=True)
    outages = fields.Dict(keys=fields.Str(), values=fields.Int(), required=True)
    impact = fields.Str(required=True)
    justification = fields.Str(required=True)
    channels = fields.List(fields.Str(), required=True)
    reminders = fields.List(fields.Int(), required=True, allow_none=True)
    repeat = fields.Nested(Repeat, required=True)
    proposed_by = fields.Str(required=True)
    approved_by = fields.Str(required=True)
    created_at = fields.Str(required=True)
    updated_at = fields.Str(required=True)


class Series(SeriesBrief):
    """A recurring window with each time that it comes by."""

    occurrences = fields.List(fields.Nested(Occurrence), required=True)


class Previewed(Schema):
    """An occurrence as it would be."""

    date = fields.Str(required=True)
    start = fields.Str(required=True)
    end = fields.Str(required=True)
    announce_at = fields.Str(required=True, allow_none=True)
    verdict = fields.Nested(schemas.Verdict, required=True)


class Preview(Schema):
    """Each occurrence of the next 13 months with its verdict, those before it counted."""

    compliant = fields.Bool(required=True)
    occurrences = fields.List(fields.Nested(Previewed), required=True)


SeriesList = schemas.listing(SeriesBrief)


@operation("GET", "/series", "read", SeriesList)
def list_series() -> Response:
    """Every series, the newest first."""
    return answers.page([_brief(row) for row in recurring.listed(db.session())], None)


@operation("POST", "/series", "plan", Series, (201,), takes=SeriesValues)
def propose_series() -> Response:
    """Propose a series; its windows of the next 13 months wait for approval with their verdicts."""
    plan = _plan()
    if not isinstance(plan, Plan):
        return bad_fields(plan)
    row = recurring.propose(plan, actor(), clock())
    answer = _given(row, 201)
    answer.headers["Location"] = f"/api/v1/series/{row.public_id}"
    return answer


@operation("POST", "/series/preview", "plan", Preview, takes=SeriesValues)
def preview_series() -> Response:
    """What a series would bring; nothing is saved."""
    plan = _plan()
    if not isinstance(plan, Plan):
        return bad_fields(plan)
    planned = recurring.preview(db.session(), plan, clock())
    compliant = all(each.verdict.compliant for each in planned)
    return given({"compliant": compliant, "occurrences": [_previewed(each) for each in planned]})


@operation("GET", "/series/<series_id>", "read", Series, refuses=(404,))
def get_series(series_id: str) -> Response:
    """A series with its windows."""
    return _given(_get(series_id))


@operation(
    "POST",
    "/series/<series_id>/approve",
    "approve",
    Series,
    takes=schemas.Approval,
    body_needed=False,
    refuses=(404, 409, 412),
)
def approve_series(series_id: str) -> Response:
    """Approve each window that complies, now and as the series rolls on; the rest stay proposed."""
    _get(series_id)
    body = read_object(needed=False)
    reason = text_in(body, "override_reason")
    return _done(recurring.approve(series_id, actor(), clock(), reason, _differs))


@operation(
    "POST",
    "/series/<series_id>/end",
    "plan",
    Series,
    takes=schemas.Cancellation,
    body_needed=False,
    refuses=(404, 409, 412),
)
def end_series(series_id: str) -> Response:
    """End a series: what has not begun is cancelled, and told where it was announced."""
    _get(series_id)
    body = read_object(needed=False)
    reason = text_in(body, "reason")
    return _done(recurring.end(series_id, reason, actor(), clock(), _differs))


def _plan() -> Plan | dict[str, str]:
    return parse_series(read_object(), windows.zones(db.session()), clock())


def _get(series_id: str) -> Row:
    possible = series_id.isascii() and series_id.isprintable()
    row = recurring.by_public_id(db.session(), series_id) if possible else None
    if row is None:
        refuse(404, "There is no such series.")
    return row


def _done(after: recurring.Switched) -> Response:
    if isinstance(after, Missing):
        return problem(404, "There is no such series.")
    if isinstance(after, NotPossible):
        return problem(409, f"This cannot be done: {after.message}.")
    if isinstance(after, recurring.Outdated):
        return problem(412, answers.CHANGED)
    return _given(after)


def _given(row: Row, status: int = 200) -> Response:
    """The series; its ETag changes with it and with each of its windows."""
    said = _shape(row)
    return given(said, status, answers.tag_of(said))


def _differs(row: Row) -> bool:
    return answers.is_stale(_shape(row))


def _brief(row: Row) -> dict[str, Any]:
    shared = dict(row.fields)
    return {
        "id": row.public_id,
        "state": row.state,
        **shared,
        "outages": {
            slug: shared.get("outages", {}).get(slug, shared["outage_minutes"])
            for slug in shared["services"]
        },
        "first": row.first.isoformat(),
        "at": row.at.isoformat("minutes"),
        "length_minutes": row.length_minutes,
        "repeat": {
            "unit": row.unit,
            "every": row.every,
            "until": row.until and row.until.isoformat(),
            "on_holiday": row.on_holiday,
            "announce_days": row.announce_days,
        },
        "proposed_by": row.proposed_by,
        "approved_by": row.approved_by,
        "created_at": as_text(row.created_at),
        "updated_at": as_text(row.updated_at),
    }


def _shape(row: Row) -> dict[str, Any]:
    return {**_brief(row), "occurrences": [_occurrence(window) for window in row.windows]}


def _occurrence(window: Window) -> dict[str, Any]:
    assert window.occurrence is not None
    return {
        "date": window.occurrence.isoformat(),
        "window": window.public_id,
        "reference": window.reference,
        "state": window.state,
        "start": as_text(window.start_at),
        "end": as_text(window.end_at),
        "compliant": window.verdict["compliant"],
    }


def _previewed(each: Planned) -> dict[str, Any]:
    announce_at = each.values.announce_at
    return {
        "date": each.occurrence.day.isoformat(),
        "start": as_text(each.values.start),
        "end": as_text(each.values.end),
        "announce_at": announce_at and as_text(announce_at),
        "verdict": each.verdict.as_json(),
    }
