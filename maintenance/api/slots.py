"""GET slots: when may we? And GET services/<slug>/left: what is left of each quota and cap."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, request
from marshmallow import Schema, fields

from maintenance import customers, openings
from maintenance.api.answers import given
from maintenance.api.auth import clock
from maintenance.api.operation import operation
from maintenance.api.problem import bad_fields, problem
from maintenance.intake import Bad, Proposal, parse_window, whole
from maintenance.models import db
from maintenance.sla.holiday import FIRST_YEAR, LAST_YEAR
from maintenance.sla.left import Left as LeftValue
from maintenance.sla.request import BadTime, parse_instant
from maintenance.sla.verdict import as_text
from maintenance.sla.workdays import day_start
from maintenance.store import people, windows
from maintenance.waiting import waiting
from maintenance.windows import LONGEST, Channel, Kind

DAYS, MOST_DAYS = 28, 366
FURTHEST = timedelta(days=5 * 366)
"""Nobody plans further ahead, and the calendars end somewhere."""
QUARTER = timedelta(minutes=15)
MOST_MINUTES = LONGEST // timedelta(minutes=1)

ASKED = {
    "services": "service",
    "start": "from",
    "end": "minutes",
    "outage_minutes": "outage",
    "channels": "channel",
    "justification": "why",
}
"""How the query calls a field of a proposal."""


class Advice(Schema):
    """A rule that would rather have it otherwise."""

    service = fields.Str(required=True)
    rule = fields.Str(required=True)


class Slot(Schema):
    """A window that complies with every SLA and agreement."""

    start = fields.Str(required=True)
    end = fields.Str(required=True)
    announce_by = fields.Str(
        required=True, allow_none=True, metadata={"description": "Its latest announcement."}
    )
    by_day = fields.Bool(required=True)
    advice = fields.List(fields.Nested(Advice), required=True)
    breaks_tomorrow = fields.Bool(
        required=True, metadata={"description": "Approved a day later it would break a rule."}
    )


class Left(Schema):
    """A quota or cap in one period."""

    service = fields.Str(required=True)
    rule = fields.Str(required=True)
    period = fields.Str(required=True, metadata={"example": "2026-12"})
    used = fields.Int(required=True)
    limit = fields.Int(required=True)
    unit = fields.Str(required=True, metadata={"description": "days, windows or minutes"})
    left = fields.Int(required=True)


class Change(Schema):
    """What would make the window that was wanted comply: another time, shorter, less outage."""

    how = fields.Str(required=True)
    start = fields.Str(required=True)
    end = fields.Str(required=True)
    outage_minutes = fields.Int(required=True)


class Slots(Schema):
    """When we may, what is left, and what would make the wanted start comply."""

    slots = fields.List(fields.Nested(Slot), required=True)
    left = fields.List(fields.Nested(Left), required=True)
    changes = fields.List(fields.Nested(Change), required=True)


class Deadline(Schema):
    """By when a proposal must be approved to be announced in time."""

    window = fields.Str(required=True, metadata={"description": "Its id."})
    reference = fields.Str(required=True)
    at = fields.Str(required=True)
    breaks_tomorrow = fields.Bool(
        required=True, metadata={"description": "Approved a day later it would break a rule."}
    )


class LeftList(Schema):
    """Every quota and cap of a service, and the proposals on it that wait for approval."""

    items = fields.List(fields.Nested(Left), required=True)
    next = fields.Str(required=True, allow_none=True)
    waiting = fields.List(
        fields.Nested(Deadline), required=True, metadata={"description": "The soonest first."}
    )


def _parameter(name: str, about: str, required: bool = False, **schema: Any) -> dict[str, Any]:
    schema = {"type": "string", **schema}
    found = {"in": "query", "name": name, "schema": schema, "description": about}
    return {**found, "required": True} if required else found


def _listed(name: str, about: str, required: bool = False, **items: Any) -> dict[str, Any]:
    return _parameter(
        name, about, required, type="array", minItems=1, items={"type": "string", **items}
    )


QUERY = (
    _listed("service", "The services it is on.", required=True),
    _parameter(
        "minutes", "How long.", required=True, type="integer", minimum=1, maximum=MOST_MINUTES
    ),
    _listed(
        "outage",
        "Minutes down, all where not given; of one of several services as `nmbrs:30`.",
        pattern="^([a-z0-9-]+:)?[0-9]{1,6}$",
    ),
    _parameter("kind", "", enum=[str(kind) for kind in Kind], default="planned"),
    _listed("channel", "By what it is announced.", enum=[str(channel) for channel in Channel]),
    _parameter("why", "Why it cannot wait, for urgent windows."),
    _parameter("announce_at", "When the announcement goes out; now where not given."),
    _parameter("from", "Look from here on, as 2026-12-01T20:00; from now on where not given."),
    _parameter("days", "", type="integer", minimum=1, maximum=MOST_DAYS, default=DAYS),
    _parameter(
        "all", "Every start, not one per night and day.", enum=["true", "false"], default="false"
    ),
    _parameter("most", "No more than so many.", type="integer", minimum=1, maximum=10_000),
    _parameter("at", "A start that was wanted: `changes` says what would make it comply."),
)


@operation("GET", "/slots", "read", Slots, query=QUERY)
def list_slots() -> Response:
    """The windows that comply, the best first: no advice before advice, night before day."""
    numbers = {
        "minutes": (1, MOST_MINUTES),
        "days": (1, MOST_DAYS),
        "most": (1, 10_000),
    }
    read = {name: _number(name, *between) for name, between in numbers.items()}
    errors = {name: said for name, said in read.items() if isinstance(said, str)}
    if request.args.get("all", "false") not in {"true", "false"}:
        errors["all"] = "expected true or false"
    if "minutes" not in request.args:
        errors["minutes"] = "is required"
    start = request.args.get("from") or as_text(_next_quarter(clock()))
    values = _asked(start, "from", read, errors)
    wanted = _asked(request.args["at"], "at", read, errors) if request.args.get("at") else None
    if errors or values is None:
        return problem(422, "Bad query.", errors)
    return given(_answer(values, wanted, read))


@operation(
    "GET",
    "/services/<slug>/left",
    "read",
    LeftList,
    query=(_parameter("month", "As 2026-12; what holds this moment where not given."),),
    refuses=(404,),
)
def list_left(slug: str) -> Response:
    """What is left of each quota and cap of a service, in each period that a month touches.

    Without `month`: in the period that holds this moment.
    """
    session = db.session()
    row = people.find_service(session, slug) if customers.is_slug(slug) else None
    if row is None:
        return problem(404, "There is no such service.")
    since, until = clock(), None
    if month := request.args.get("month"):
        try:
            since, until = _month(month, windows.zones(session)[slug])
        except ValueError:
            return bad_fields({"month": "expected a month, as 2026-12"})
    items = [_left(each) for each in openings.left(session, [row], since, until)]
    return given({"items": items, "next": None, "waiting": _waiting(slug)})


def _month(text: str, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """When a month begins and ends there; ValueError where the text is none."""
    first = date.fromisoformat(f"{text}-01")
    if not FIRST_YEAR < first.year < LAST_YEAR:
        raise ValueError
    following = (first + timedelta(days=31)).replace(day=1)
    return day_start(first.toordinal(), zone), day_start(following.toordinal(), zone)


def _waiting(slug: str) -> list[dict[str, Any]]:
    return [
        {
            "window": each.window.public_id,
            "reference": each.window.reference,
            "at": as_text(each.deadline),
            "breaks_tomorrow": each.breaks_tomorrow,
        }
        for each in waiting(db.session(), clock(), [slug])
    ]


def _answer(values: Proposal, wanted: Proposal | None, read: Mapping[str, Any]) -> dict[str, Any]:
    session, now = db.session(), clock()
    until = values.start + timedelta(days=read["days"] or DAYS)
    every = request.args.get("all") == "true"
    found = openings.slots(session, values, until, now, every=every, most=read["most"])
    ways: Sequence[Any] = ()
    if wanted is not None:
        since = min(values.start, wanted.start)
        ways = openings.changes(session, wanted, since, max(until, wanted.end), now)
    services = windows.services(session, values.services)
    return {
        "slots": [slot.as_json() for slot in found],
        "left": [_left(each) for each in openings.left(session, services, values.start, until)],
        "changes": [
            {
                "how": way.how,
                "start": as_text(way.window.start),
                "end": as_text(way.window.end),
                "outage_minutes": way.window.outage_minutes,
            }
            for way in ways
        ],
    }


def _asked(
    start: str, name: str, read: Mapping[str, Any], errors: dict[str, str]
) -> Proposal | None:
    """The window asked for at this start, or what is wrong under the names of the query."""
    args, zones = request.args, windows.zones(db.session())
    known = [slug for slug in args.getlist("service") if slug in zones]
    shared = {zones[slug].key: zones[slug] for slug in known}
    try:
        begin = parse_instant(start, next(iter(shared.values())) if len(shared) == 1 else None)
    except BadTime as bad:
        errors[name] = bad.message
        return None
    if begin > clock() + FURTHEST:
        errors[name] = f"must be within {FURTHEST.days} days from now"
        return None
    minutes = read["minutes"] if isinstance(read["minutes"], int) else 1
    values = {
        "title": "-",
        "services": args.getlist("service"),
        "kind": args.get("kind", "planned"),
        "start": begin,
        "end": begin + timedelta(minutes=minutes),
        "outage_minutes": _outage(args.getlist("outage")),
        "channels": args.getlist("channel") or None,
        "justification": args.get("why"),
        "announce_at": args.get("announce_at"),
    }
    parsed = parse_window(values, zones, clock())
    if isinstance(parsed, Proposal):
        return parsed
    for path, said in parsed.items():
        field = path.partition(".")[0]
        errors.setdefault(name if field == "start" else ASKED.get(field, field), said)
    return None


def _outage(given: Sequence[str]) -> str | Mapping[str, str] | None:
    """The minutes for all services, or of each that is named."""
    if len(given) == 1 and ":" not in given[0]:
        return given[0]
    return {name: minutes for name, _, minutes in (each.partition(":") for each in given)} or None


def _number(name: str, least: int, most: int) -> int | str | None:
    raw = request.args.get(name)
    if raw is None:
        return None
    expected = f"expected a whole number from {least} to {most}"
    try:
        value = whole(raw, expected)
    except Bad as bad:
        return str(bad)
    return value if least <= value <= most else expected


def _left(each: LeftValue) -> dict[str, Any]:
    return {**asdict(each), "left": each.left}


def _next_quarter(now: datetime) -> datetime:
    return now + QUARTER - (now - datetime.min.replace(tzinfo=UTC)) % QUARTER
