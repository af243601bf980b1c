"""The quick way to read a window of the history: most are plain, and a request has many.

request.py reads any window field by field and can say what is wrong with it. What is read here
is read the same there, which a test shows; at the least doubt it is left to request.py.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from maintenance.sla.verdict import KINDS, Window
from maintenance.sla.workdays import steady_offset

MINUTE = timedelta(minutes=1)
STATES = (
    *("draft", "proposed", "scheduled", "in_progress"),
    *("completed", "cancelled", "rejected"),
)
HOLD_NO_PLACE = frozenset({"draft", "proposed", "cancelled", "rejected"})
TIME = (
    r"(?:19[7-9][0-9]|2[01][0-9]{2})-[0-9]{2}-[0-9]{2}[T ](?:[01][0-9]|2[0-3]):[0-5][0-9](?::00)?"
    r"(Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])?"
)
SPAN = re.compile(f"{TIME}/{TIME}")
"""Start and end in one look: one search costs less than two."""
RARE = frozenset({"services", "announce_at", "channels", "justification"})
NO_OUTAGES: Mapping[str, int] = {}
_read = datetime.fromisoformat
_made = tuple.__new__
"""Makes a named tuple without its own `__new__`, a function of Python: twice as fast."""


class Entry(NamedTuple):
    """A window of the history, and whether it holds a place.

    `outages` are by service, where each has its own.
    """

    services: Sequence[str]
    window: Window
    id: str | int | float | None
    holds_a_place: bool
    outages: Mapping[str, int] = NO_OUTAGES


def plain_entry(
    entry: object, zones: Mapping[str, ZoneInfo], told: Mapping[str, datetime]
) -> Entry | None:
    """The window an object states plainly; None where it has to be looked at closely."""
    if type(entry) is not dict or not RARE.isdisjoint(entry):
        return None
    get = entry.get
    service, kind, state, identity = get("service"), get("kind"), get("state"), get("id")
    if type(service) is not str or service not in zones or kind not in KINDS:
        return None
    known = state is None or state in STATES
    if not known or not (identity is None or _is_plain_id(identity)):
        return None
    span = _span(get("start"), get("end"), zones[service])
    if span is None:
        return None
    start, end = span
    length, outage = (end - start) // MINUTE, get("outage_minutes")
    if outage is None:
        outage = length
    if type(outage) is not int or not 0 <= outage <= length:
        return None
    window = _made(Window, (kind, start, end, outage, told, ""))
    return _made(Entry, ((service,), window, identity, state not in HOLD_NO_PLACE, NO_OUTAGES))


def _is_plain_id(value: object) -> bool:
    return type(value) is int or (type(value) is str and value.isascii())


def _span(first: object, last: object, zone: ZoneInfo) -> tuple[datetime, datetime] | None:
    """The instants two texts mean, the second after the first."""
    if type(first) is not str or type(last) is not str:
        return None
    found = SPAN.fullmatch(f"{first}/{last}")
    if not found:
        return None
    before, after = found.groups()
    start: datetime | None
    end: datetime | None
    try:
        if before == after == "Z":  # nearly always: two calls less
            start, end = _read(first), _read(last)
        else:
            start, end = _instant(first, before, zone), _instant(last, after, zone)
    except ValueError:
        return None
    return (start, end) if start and end and start < end else None


def _instant(text: str, offset: str | None, zone: ZoneInfo) -> datetime | None:
    if offset == "Z":
        return _read(text)
    if offset:
        return _read(text).astimezone(UTC)
    local = _read(text)
    ahead = steady_offset(local.toordinal(), zone)
    return None if ahead is None else (local - ahead).replace(tzinfo=UTC)
