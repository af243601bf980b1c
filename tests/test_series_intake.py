"""series_intake: a series from a form or JSON, or every error at once."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from maintenance.recurring import Plan
from maintenance.series_intake import parse_series

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ZONES = {"nmbrs": ZoneInfo("Europe/Amsterdam"), "portal": ZoneInfo("Europe/London")}
FINE: dict[str, Any] = {
    "title": "Weekly update",
    "services": ["nmbrs"],
    "kind": "update",
    "start": "2026-12-01T20:00",
    "end": "2026-12-01T21:30",
    "repeat": {},
}


def read(**changes: Any) -> Plan | dict[str, str]:
    return parse_series({**FINE, **changes}, ZONES, NOW)


def test_the_first_occurrence_says_when_it_comes_by() -> None:
    plan = read()
    assert isinstance(plan, Plan)
    assert (plan.when.first, plan.when.at) == (date(2026, 12, 1), time(20, 0))
    assert (plan.when.length, plan.when.unit, plan.when.every) == (timedelta(minutes=90), "week", 1)
    assert plan.announce_days == 7


def test_how_it_repeats_is_read() -> None:
    plan = read(
        repeat={
            "unit": "month",
            "every": 3,
            "until": "2027-12-31",
            "on_holiday": "next",
            "announce_days": 14,
        }
    )
    assert isinstance(plan, Plan)
    assert (plan.when.unit, plan.when.every, plan.when.on_holiday) == ("month", 3, "next")
    assert (plan.when.until, plan.announce_days) == (date(2027, 12, 31), 14)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("unit", "day"),
        ("every", 0),
        ("every", "often"),
        ("until", "31-12-2027"),
        ("until", "2026-11-30"),
        ("on_holiday", "work"),
        ("announce_days", 61),
    ],
)
def test_a_bad_value_is_told_at_its_field(field: str, value: Any) -> None:
    found = read(repeat={field: value})
    assert isinstance(found, dict)
    assert set(found) == {f"repeat.{field}"}


def test_everything_that_is_wrong_is_told_at_once() -> None:
    found = read(title="", repeat={"every": -1})
    assert isinstance(found, dict)
    assert set(found) == {"title", "repeat.every"}
    missing = read(repeat=None)
    assert isinstance(missing, dict)
    assert set(missing) == {"repeat"}


def test_services_in_two_zones_cannot_keep_one_local_time() -> None:
    found = read(
        services=["nmbrs", "portal"],
        start="2026-12-01T20:00+01:00",
        end="2026-12-01T21:30+01:00",
    )
    assert isinstance(found, dict)
    assert set(found) == {"services"}
