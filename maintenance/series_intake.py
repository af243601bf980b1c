"""What a form or a JSON body says of a series -> its plan, or every error by field at once."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from maintenance.intake import Bad, Proposal, one_of, parse_window, whole
from maintenance.recurring import Plan
from maintenance.sla.series import Series

MOST_EVERY = 12
MOST_DAYS = 60


def parse_series(
    data: Mapping[str, Any], zones: Mapping[str, ZoneInfo], now: datetime
) -> Plan | dict[str, str]:
    """The plan in `data`, a new window with `repeat`; or {field: message} for all that is wrong.

    The window is the first occurrence. Its services share a zone: that is whose local time is kept.
    """
    window = parse_window(data, zones, now)
    repeat, errors = _repeat(data.get("repeat"))
    if not isinstance(window, Proposal):
        return {**window, **errors}
    shared = {zones[slug].key: zones[slug] for slug in window.services}
    if len(shared) > 1:
        errors["services"] = "must share one time zone in a series"
    if errors:
        return errors
    first = window.start.astimezone(next(iter(shared.values())))
    if repeat["until"] is not None and repeat["until"] < first.date():
        return {"repeat.until": "must not be before the first occurrence"}
    announce_days = repeat.pop("announce_days")
    length = window.end - window.start
    when = Series(first=first.date(), at=first.time(), length=length, **repeat)
    return Plan(when, window, announce_days)


def _repeat(raw: Any) -> tuple[dict[str, Any], dict[str, str]]:
    if not isinstance(raw, Mapping):
        return {}, {"repeat": "is required: unit, every, until, on_holiday, announce_days"}
    found, errors = {}, {}
    for name, (read, default) in REPEAT.items():
        given = raw.get(name)
        try:
            found[name] = default if given in (None, "") else read(given)
        except Bad as error:
            errors[f"repeat.{name}"] = str(error)
    return found, errors


def _between(raw: Any, least: int, most: int) -> int:
    value = whole(raw, f"expected a whole number from {least} to {most}")
    if not least <= value <= most:
        raise Bad(f"expected a whole number from {least} to {most}")
    return value


def _date(raw: Any) -> date:
    try:
        return date.fromisoformat(raw)
    except (TypeError, ValueError):
        raise Bad("expected a date, as 2027-06-30") from None


REPEAT: Mapping[str, tuple[Any, Any]] = {
    "unit": (one_of(("week", "month")), "week"),
    "every": (lambda raw: _between(raw, 1, MOST_EVERY), 1),
    "until": (_date, None),
    "on_holiday": (one_of(("keep", "skip", "next")), "keep"),
    "announce_days": (lambda raw: _between(raw, 0, MOST_DAYS), 7),
}
"""The fields of `repeat`: how each is read, and what it is where not given."""
