"""The public calendar: one local month as a grid of days. Pure."""

from calendar import Calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from maintenance.windows import Window
from notifications import board, status_page, words
from notifications.board import Moments
from notifications.status_page import Shown

AHEAD = timedelta(days=396)
"""So far ahead a month may be asked for, as far as windows are kept afterwards."""


@dataclass(frozen=True, slots=True)
class Event:
    """A window on one of its days."""

    card: status_page.Card
    hours: str  # of that day: "20:00 – 22:00", "20:00 –", "– 02:00", or nothing for all of it


@dataclass(frozen=True, slots=True)
class Day:
    """A local date in the grid."""

    iso: str
    number: int
    name: str  # "woensdag 2 december 2026"
    outside: bool  # of the month
    today: bool
    events: Sequence[Event]


def page(shown: Shown, now: datetime, asked: str = "") -> bytes | None:
    """The page of the month asked ("2026-12"), else of this one; None for one too far away."""
    zone = board.zone_in(shown.services)
    this = f"{now.astimezone(zone):%Y-%m}"
    month = asked or this
    if not _first(now, zone) <= month <= _last(now, zone):
        return None
    first = date.fromisoformat(f"{month}-01")
    before, after = _month(first - timedelta(days=1)), _month(first + timedelta(days=31))
    return status_page.page(
        "status/calendar.html",
        shown,
        path="/status/calendar",
        service=None,
        month=asked,
        month_name=words.month(datetime.combine(first, time()), shown.language),
        weekdays=words.weekdays(shown.language),
        weeks=_weeks(shown, first, zone, now),
        before=before if before >= _first(now, zone) else "",
        after=after if after <= _last(now, zone) else "",
        this="" if month == this else this,
    )


def moments(shown: Shown, now: datetime) -> Moments:
    """When the page changes by itself: with its windows, and at local midnight."""
    zone = board.zone_in(shown.services)
    tomorrow = now.astimezone(zone).date() + timedelta(days=1)
    midnight = _midnight(tomorrow, zone)
    found = board.page_moments(shown.windows, now)
    return Moments(found.last, min(midnight, found.next or midnight))


def _weeks(shown: Shown, first: date, zone: ZoneInfo, now: datetime) -> list[list[Day]]:
    today = now.astimezone(zone).date()
    weeks = Calendar().monthdatescalendar(first.year, first.month)
    return [
        [
            Day(
                iso=f"{day}",
                number=day.day,
                name=words.date_name(day, shown.language),
                outside=day.month != first.month,
                today=day == today,
                events=_events(shown, day, zone, now),
            )
            for day in week
        ]
        for week in weeks
    ]


def _events(shown: Shown, day: date, zone: ZoneInfo, now: datetime) -> list[Event]:
    start, end = _midnight(day, zone), _midnight(day + timedelta(days=1), zone)
    found = [each for each in shown.windows if each.start < end and each.end > start]
    return [
        Event(status_page.card(each, shown.language, now), _hours(each, start, end, zone))
        for each in sorted(found, key=lambda each: (each.start, each.id))
    ]


def _hours(window: Window, start: datetime, end: datetime, zone: ZoneInfo) -> str:
    first = f"{window.start.astimezone(zone):%H:%M} " if window.start >= start else ""
    last = f" {window.end.astimezone(zone):%H:%M}" if window.end <= end else ""
    return f"{first}\N{EN DASH}{last}" if first or last else ""


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _first(now: datetime, zone: ZoneInfo) -> str:
    return _month((now - board.KEPT).astimezone(zone).date())


def _last(now: datetime, zone: ZoneInfo) -> str:
    return _month((now + AHEAD).astimezone(zone).date())


def _month(day: date) -> str:
    return f"{day:%Y-%m}"
