"""Recurring windows: when each occurrence is, on the wall clock of its zone."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from dateutil import rrule

from maintenance.sla.workdays import Calendar, readings

DAY = timedelta(days=1)
Unit = Literal["week", "month"]
OnHoliday = Literal["keep", "skip", "next"]


@dataclass(frozen=True, slots=True)
class Series:
    """A window that comes back: every so many weeks, or months by weekday.

    Weekly it falls on the weekday of `first`; monthly on the same weekday of the same week of the
    month (the second Tuesday, say), and where `first` lies in a fifth week, on the month's last.
    The local time stays the same across clock changes; the length is elapsed time.
    """

    first: date
    at: time
    length: timedelta
    unit: Unit = "week"
    every: int = 1
    until: date | None = None  # the last local date it may fall on
    on_holiday: OnHoliday = "keep"


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One time that a series comes by; `day` is its regular date, which names it for good."""

    day: date
    start: datetime
    end: datetime


def occurrences(
    series: Series, calendar: Calendar, since: date, until: date
) -> Iterator[Occurrence]:
    """Those whose regular date lies in [since, until], in order of that date.

    On a holiday one is kept, left out, or put on the next working day, as the series says.
    """
    for day in _days(series, since, until):
        on = _placed(day, series.on_holiday, calendar)
        if on is not None:
            start = _instant(datetime.combine(on, series.at), calendar)
            yield Occurrence(day, start, start + series.length)


def _days(series: Series, since: date, until: date) -> Iterator[date]:
    last = until if series.until is None else min(until, series.until)
    rule = _rule(series, datetime.combine(last, time.max))
    for found in rule:
        if found.date() >= since:
            yield found.date()


def _rule(series: Series, until: datetime) -> rrule.rrule:
    first = datetime.combine(series.first, time())
    if series.unit == "week":
        return rrule.rrule(rrule.WEEKLY, first, series.every, until=until)
    week = (series.first.day - 1) // 7 + 1
    weekday = rrule.weekday(series.first.weekday(), week if week < 5 else -1)
    return rrule.rrule(rrule.MONTHLY, first, series.every, until=until, byweekday=weekday)


def _placed(day: date, on_holiday: OnHoliday, calendar: Calendar) -> date | None:
    if on_holiday == "keep" or day.toordinal() not in calendar.holidays:
        return day
    if on_holiday == "skip":
        return None
    while not calendar.is_working(day.toordinal()):
        day += DAY
    return day


def _instant(local: datetime, calendar: Calendar) -> datetime:
    """The first of the two in the repeated hour; where the clock skips it, as much later."""
    return readings(local, calendar.zone)[0]
