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
TIME = re.compile(
    r"(?:19[7-9][0-9]|2[01][0-9]{2})-[0-9]{2}-[0-9]{2}[T ](?:[01][0-9]|2[0-3]):[0-5][0-9](?::00)?"
    r"(Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])?"
)
RARE = frozenset({"services", "announce_at", "channels", "justification"})


class Entry(NamedTuple):
    """A window of the history, and whether it holds a place.

    `outages` are by service, where each has its own.
    """

    services: Sequence[str]
    window: Window
    id: str | int | float | None
    holds_a_place: bool
    outages: Mapping[str, int] = {}


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
    if (state is not None and state not in STATES) or not _is_plain_id(identity):
        return None
    start, end = _instant(get("start"), zones[service]), _instant(get("end"), zones[service])
    if start is None or end is None:
        return None
    length, outage = (end - start) // MINUTE, get("outage_minutes")
    if outage is None:
        outage = length
    if type(outage) is not int or not 0 <= outage <= length or length < 1:
        return None
    window = Window(kind, start, end, outage, told)
    return Entry((service,), window, identity, state not in HOLD_NO_PLACE)


def _is_plain_id(value: object) -> bool:
    return value is None or type(value) is int or (type(value) is str and value.isascii())


def _instant(text: object, zone: ZoneInfo) -> datetime | None:
    found = TIME.fullmatch(text) if type(text) is str else None
    if not found:
        return None
    given = found[0]
    try:
        if given[-1] == "Z":
            return datetime.fromisoformat(given)
        offset_given = found[1]
        at = datetime.fromisoformat(given if offset_given else given + "Z")
    except ValueError:
        return None
    if offset_given:
        return at.astimezone(UTC)
    offset = steady_offset(at.toordinal(), zone)
    return None if offset is None else at - offset
