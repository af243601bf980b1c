"""`maintenance slots`: when may we? Without a server or a database."""

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import click

from maintenance.cli.policies import Unusable, usable
from maintenance.sla.changes import Change, changes
from maintenance.sla.left import Left, left
from maintenance.sla.request import BadField, Request, parse
from maintenance.sla.slots import Slot, find
from maintenance.sla.strict_json import NotJson, loads
from maintenance.sla.tomorrow import DAY, Waiting, waiting
from maintenance.sla.verdict import CHANNELS, KINDS, Window, as_text
from maintenance.sla.wording import moment

MOST_DAYS = 731
WORDS = {
    "later": "later",
    "night": "at night",
    "shorter": "if shorter",
    "less_outage": "with less outage",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """All that is said."""

    slots: Sequence[Slot]
    left: Sequence[Left]
    ways: Sequence[Change]
    waiting: Sequence[Waiting]


@click.command()
@click.argument("file", type=click.Path(allow_dash=True), required=False)
@click.option("--service", "services", multiple=True, required=True, help="May be repeated.")
@click.option("--minutes", type=click.IntRange(1, 100_000), required=True, help="How long.")
@click.option(
    "--outage",
    "outages",
    multiple=True,
    help="Minutes of outage, all where not given; of one of several services as nmbrs:30.",
)
@click.option("--kind", type=click.Choice(KINDS), default="planned", show_default=True)
@click.option("--channel", "channels", multiple=True, type=click.Choice(CHANNELS))
@click.option("--why", default="", help="Why it cannot wait, for urgent windows.")
@click.option("--announce-at", help="When the announcement goes out; now where not given.")
@click.option("--from", "since", help="Look from here on; from now on where not given.")
@click.option("--days", type=click.IntRange(1, MOST_DAYS), default=28, show_default=True)
@click.option("--all", "every", is_flag=True, help="Every start, not one per night and day.")
@click.option("--most", type=click.IntRange(1), help="No more than so many.")
@click.option("--at", help="A start that was wanted: says what change would make it comply.")
@click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
def slots(file: str | None, at: str | None, as_json: bool, **asked: Any) -> None:
    """List the windows that comply with every SLA, the best first, and what is left.

    FILE, or - for standard input, may hold a JSON object with the `history` and `agreements`
    that `maintenance check` takes: of what is proposed there is said by when it must be announced,
    and what would break if its approval waits until tomorrow.

    Exit code: 0 there are slots, 1 there are none, 2 bad input.
    """
    now = datetime.now(UTC)
    given = _given(file)
    request = _request(asked, asked["since"] or _next_quarter(now), given, now)
    since = request.window.start
    until = since + timedelta(days=asked["days"])
    found = find(
        request.window, request.terms, since, until, asked["every"], asked["most"], later=now + DAY
    )
    ways: Sequence[Change] = []
    if at:
        wanted = _request(asked, at, given, now).window
        ways = changes(wanted, request.terms, since, until)
    proposals = waiting({"services": asked["services"], **given}, usable(), now)
    said = Answer(found, left(request.terms, since, until), ways, proposals)
    lines = [_json(said)] if as_json else _lines(request.terms[0].policy.zone, said)
    for line in lines:
        click.echo(line)
    sys.exit(0 if found else 1)


def _given(file: str | None) -> dict[str, Any]:
    if file is None:
        return {}
    try:
        with click.open_file(file, "rb") as source:
            found = loads(source.read())
    except OSError as error:
        raise Unusable(f"cannot read {file}: {error.strerror}") from None
    except NotJson as error:
        raise Unusable(f"{file}: {error}") from None
    if not isinstance(found, dict):
        raise Unusable(f"{file}: expected an object with `history` and `agreements`")
    return {key: found.get(key) for key in ("history", "agreements")}


def _next_quarter(now: datetime) -> str:
    quarter = timedelta(minutes=15)
    return as_text(now + (datetime.min.replace(tzinfo=UTC) - now) % quarter)


def _request(asked: dict[str, Any], start: str, given: dict[str, Any], now: datetime) -> Request:
    """The question as a request for the verdict on one window; its errors name the option."""
    fields = {
        "services": list(dict.fromkeys(asked["services"])),
        "kind": asked["kind"],
        "start": start,
        "end": start,
        "announce_at": asked["announce_at"],
        "channels": list(asked["channels"]) or None,
        "justification": asked["why"],
        **given,
    }
    policies, outage = usable(), _outage(asked["outages"])
    try:
        begin = parse({**fields, "end": "2199-12-31T23:59Z"}, policies, now).window.start
        end = as_text(begin + timedelta(minutes=asked["minutes"]))
        ends = {"start": as_text(begin), "end": end, "outage_minutes": outage}
        return parse({**fields, **ends}, policies, now)
    except BadField as error:
        raise Unusable(f"slots: {error}") from None


def _outage(given: Sequence[str]) -> int | dict[str, int] | None:
    """The minutes for all services, or of each that is named; None where none are given."""
    try:
        if [":" in each for each in given] == [False]:
            return int(given[0])
        found = {name: int(minutes) for name, _, minutes in (each.partition(":") for each in given)}
    except ValueError:
        raise Unusable("slots: --outage: expected minutes, or service:minutes") from None
    return found or None


def _json(said: Answer) -> str:
    return json.dumps(
        {
            "slots": [slot.as_json() for slot in said.slots],
            "left": [{**asdict(each), "left": each.left} for each in said.left],
            "changes": [
                {
                    "how": way.how,
                    "start": as_text(way.window.start),
                    "end": as_text(way.window.end),
                    "outage_minutes": way.window.outage_minutes,
                }
                for way in said.ways
            ],
            "waiting": [
                {
                    "id": each.id,
                    "start": as_text(each.start),
                    "at": as_text(each.deadline),
                    "breaks_tomorrow": each.breaks_tomorrow,
                }
                for each in said.waiting
            ],
        }
    )


def _lines(zone: ZoneInfo, said: Answer) -> Iterator[str]:
    yield from (_slot(slot, zone) for slot in said.slots)
    if not said.slots:
        yield "No slot complies."
    for each in said.left:
        share = f"{each.left} of {each.limit} {each.unit} in {each.period}"
        yield f"Left of {each.service} {each.rule}: {share}"
    yield from (_way(way.how, way.window, zone) for way in said.ways)
    yield from (_waiting(each, zone) for each in said.waiting)


def _slot(slot: Slot, zone: ZoneInfo) -> str:
    when = "by day" if slot.by_day else "at night"
    line = f"{moment(slot.start, 'en', zone)} to {moment(slot.end, 'en', zone)}, {when}"
    if slot.announce_by:
        line += f", announce by {moment(slot.announce_by, 'en', zone)}"
    if slot.breaks_tomorrow:
        line += "; too late tomorrow"
    if slot.advice:
        line += "; advised against by " + ", ".join(map(" ".join, slot.advice))
    return line


def _way(how: str, window: Window, zone: ZoneInfo) -> str:
    return (
        f"Would comply {WORDS[how]}: {moment(window.start, 'en', zone)} to"
        f" {moment(window.end, 'en', zone)}, outage {window.outage_minutes} minutes"
    )


def _waiting(each: Waiting, zone: ZoneInfo) -> str:
    name = f"{' '.join(each.services)} {moment(each.start, 'en', zone)}"
    if each.id is not None:
        name = f"{each.id}, {name}"
    line = f"Waits for approval: {name}, announce by {moment(each.deadline, 'en', zone)}"
    return line + ("; breaks a rule if it waits until tomorrow" if each.breaks_tomorrow else "")
