"""`maintenance slots`: when may we? Without a server or a database."""

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

import click

from maintenance.cli.policies import Unusable, usable
from maintenance.sla.changes import Change, changes
from maintenance.sla.left import Left, left
from maintenance.sla.request import BadField, Request, parse
from maintenance.sla.slots import Slot, find
from maintenance.sla.strict_json import NotJson, loads
from maintenance.sla.verdict import CHANNELS, KINDS, as_text
from maintenance.sla.wording import moment

MOST_DAYS = 731
WORDS = {
    "later": "later",
    "night": "at night",
    "shorter": "if shorter",
    "less_outage": "with less outage",
}


@click.command()
@click.argument("file", type=click.Path(allow_dash=True), required=False)
@click.option("--service", "services", multiple=True, required=True, help="May be repeated.")
@click.option("--minutes", type=click.IntRange(1, 100_000), required=True, help="How long.")
@click.option("--outage", type=click.IntRange(0), help="Minutes of outage; all where not given.")
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
    """List the windows that comply with every SLA, the best first.

    FILE, or - for standard input, may hold a JSON object with the `history` and `agreements`
    that `maintenance check` takes. Exit code: 0 there are slots, 1 there are none, 2 bad input.
    """
    now = datetime.now(UTC)
    given = _given(file)
    request = _request(asked, asked["since"] or _next_quarter(now), given, now)
    since = request.window.start
    until = since + timedelta(days=asked["days"])
    found = find(request.window, request.terms, since, until, asked["every"], asked["most"])
    ways: Sequence[Change] = []
    if at:
        wanted = _request(asked, at, given, now).window
        ways = changes(wanted, request.terms, since, until)
    rest = left(request.terms, since)
    lines = [_json(found, rest, ways)] if as_json else _lines(request, found, rest, ways)
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
    policies = usable()
    try:
        begin = parse({**fields, "end": "2199-12-31T23:59Z"}, policies, now).window.start
        end = as_text(begin + timedelta(minutes=asked["minutes"]))
        ends = {"start": as_text(begin), "end": end, "outage_minutes": asked["outage"]}
        return parse({**fields, **ends}, policies, now)
    except BadField as error:
        raise Unusable(f"slots: {error}") from None


def _json(found: Sequence[Slot], rest: Sequence[Left], ways: Sequence[Change]) -> str:
    return json.dumps(
        {
            "slots": [slot.as_json() for slot in found],
            "left": [{**asdict(each), "left": each.left} for each in rest],
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
    )


def _lines(
    request: Request, found: Sequence[Slot], rest: Sequence[Left], ways: Sequence[Change]
) -> Iterator[str]:
    zone = request.terms[0].policy.zone
    for slot in found:
        when = "by day" if slot.by_day else "at night"
        line = f"{moment(slot.start, 'en', zone)} to {moment(slot.end, 'en', zone)}, {when}"
        if slot.announce_by:
            line += f", announce by {moment(slot.announce_by, 'en', zone)}"
        if slot.advice:
            line += "; advised against by " + ", ".join(map(" ".join, slot.advice))
        yield line
    if not found:
        yield "No slot complies."
    for each in rest:
        share = f"{each.left} of {each.limit} {each.unit} in {each.period}"
        yield f"Left of {each.service} {each.rule}: {share}"
    for way in ways:
        window = way.window
        yield (
            f"Would comply {WORDS[way.how]}: {moment(window.start, 'en', zone)} to"
            f" {moment(window.end, 'en', zone)}, outage {window.outage_minutes} minutes"
        )
