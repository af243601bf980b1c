"""Local time, working days and the latest moment to announce. Instants are aware UTC datetimes.

A local date is written as its proleptic ordinal (`date.toordinal()`): cheap to count with.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cached_property, lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from maintenance.sla.holiday import FIRST_YEAR, LAST_YEAR, Country, Holiday, holidays_of

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_SECONDS = 24 * 60 * 60
DAY = timedelta(days=1)
WEEK = timedelta(days=7)

LocalDay = tuple[int, int, int]


def to_instants(local: datetime, zone: ZoneInfo) -> tuple[datetime, ...]:
    """The instants at which a clock in `zone` reads the naive `local`.

    None where the clock skips it (the spring gap), two, in order, where it reads it twice.
    """
    offset = steady_offset(local.toordinal(), zone)
    if offset is not None:
        return ((local - offset).replace(tzinfo=UTC),)
    both = readings(local, zone)
    if both[0] == both[1]:
        return both[:1]
    return both if both[0] < both[1] else ()


@lru_cache(maxsize=20_000)
def steady_offset(day: int, zone: ZoneInfo) -> timedelta | None:
    """The zone's offset about a local date, None where it changes on it or on a day next to it."""
    start = datetime.fromordinal(day).replace(tzinfo=zone)
    before, after = (start - DAY).utcoffset(), (start + 2 * DAY).utcoffset()
    return before if before == after else None


def readings(local: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """`local` read with the offset before and with the offset after a change of the clock."""
    return (
        local.replace(tzinfo=zone, fold=0).astimezone(UTC),
        local.replace(tzinfo=zone, fold=1).astimezone(UTC),
    )


@lru_cache(maxsize=20_000)
def day_start(day: int, zone: ZoneInfo) -> datetime:
    """The first instant of a local date."""
    return readings(datetime.fromordinal(day), zone)[0]


def local_day(instant: datetime, zone: ZoneInfo) -> int:
    """The local date an instant falls on."""
    return instant.astimezone(zone).toordinal()


@lru_cache(maxsize=1_000)
def transitions(zone: ZoneInfo, year: int) -> tuple[datetime, ...]:
    """The instants in a UTC year at which the zone's offset changes, in order."""
    found = []
    start = datetime(year, 1, 1, tzinfo=UTC)
    while start.year == year:
        if start.astimezone(zone).utcoffset() != (start + DAY).astimezone(zone).utcoffset():
            found.append(_change(start, zone))
        start += DAY
    return tuple(found)


def _change(start: datetime, zone: ZoneInfo) -> datetime:
    """The second within the day after `start` at which the offset changes."""
    before = start.astimezone(zone).utcoffset()
    low, high = 0, DAY_SECONDS
    while high - low > 1:
        middle = (low + high) // 2
        if (start + timedelta(seconds=middle)).astimezone(zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    return start + timedelta(seconds=high)


def local_days(start: datetime, end: datetime, zone: ZoneInfo) -> tuple[LocalDay, ...]:
    """The local dates of `[start, end)` as (date, from, to), in seconds on the wall clock.

    Where the clock changes inside, each side stands apart, so that a date may come twice.
    """
    first, last = start.astimezone(zone), end.astimezone(zone)
    if first.utcoffset() == last.utcoffset() and end - start < WEEK:
        return tuple(_by_day(first, last))
    changes = [t for year in range(start.year, end.year + 1) for t in transitions(zone, year)]
    edges = [start, *(t for t in changes if start < t < end), end]
    days: list[LocalDay] = []
    for low, high in pairwise(edges):
        first = low.astimezone(zone)
        days += _by_day(first, first + (high - low))
    return tuple(days)


def _by_day(first: datetime, last: datetime) -> list[LocalDay]:
    day, end = first.toordinal(), last.toordinal()
    since = first.hour * 3600 + first.minute * 60 + first.second
    until = last.hour * 3600 + last.minute * 60 + last.second
    if day == end:
        return [(day, since, until)]
    days = [(day, since, DAY_SECONDS)]
    days += [(between, 0, DAY_SECONDS) for between in range(day + 1, end)]
    if until:
        days.append((end, 0, until))
    return days


class Calendar:
    """Which local dates are working days: the weekdays named, less the holidays."""

    def __init__(
        self,
        zone: ZoneInfo,
        weekdays: frozenset[int],
        holidays: Sequence[Holiday],
        country: Country | None = None,
    ):
        self.zone = zone
        self.weekdays = weekdays
        self.country = country
        self._holidays = holidays

    @cached_property
    def holidays(self) -> Mapping[int, Holiday]:
        """Each holiday by its date, for every year the tool knows."""
        return holidays_of(self._holidays, self.country)

    @cached_property
    def working(self) -> Sequence[int]:
        """Every working day, sorted."""
        first = date(FIRST_YEAR, 1, 1).toordinal()
        last = date(LAST_YEAR, 12, 31).toordinal()
        holidays, weekdays = self.holidays, self.weekdays
        return [
            day
            for day in range(first, last + 1)
            if (day - 1) % 7 in weekdays and day not in holidays
        ]

    @cached_property
    def _working_set(self) -> frozenset[int]:
        return frozenset(self.working)

    def is_working(self, day: int) -> bool:
        """Whether this local date is a working day."""
        return day in self._working_set

    def left_in_month(self, day: int) -> int:
        """How many working days come after this date in its month."""
        at = date.fromordinal(day)
        end = date(at.year + at.month // 12, at.month % 12 + 1, 1).toordinal()
        return bisect_left(self.working, end) - bisect_right(self.working, day)


def clock_days_before(start: datetime, days: int, calendar: Calendar) -> datetime:
    """The same wall-clock time `days` calendar dates earlier.

    Where that time exists twice or not at all, it is read with each of the two offsets and
    the earlier instant counts.
    """
    local = start.astimezone(calendar.zone).replace(tzinfo=None) - timedelta(days=days)
    return min(readings(local, calendar.zone))


def calendar_days_before(start: datetime, days: int, calendar: Calendar) -> datetime:
    """The end of the local date that is `days` dates before the one `start` falls on."""
    return day_start(local_day(start, calendar.zone) - days + 1, calendar.zone)


def clear_days_before(start: datetime, days: int, calendar: Calendar) -> datetime:
    """The moment from which `days` whole local dates lie before the date `start` falls on."""
    return day_start(local_day(start, calendar.zone) - days, calendar.zone)


def working_days_before(start: datetime, days: float, calendar: Calendar) -> datetime:
    """The latest moment with `days` times 24 hours of working-day time between it and `start`."""
    zone, working = calendar.zone, calendar.working
    needed = days * DAY
    position = bisect_right(working, local_day(start, zone)) - 1
    end = start
    while position > 0:
        day = working[position]
        begin, end = day_start(day, zone), min(end, day_start(day + 1, zone))
        if end - begin >= needed:
            break
        needed -= end - begin
        position -= 1
        end = begin
    return end - needed


def hours_before(start: datetime, hours: int, calendar: Calendar) -> datetime:  # noqa: ARG001
    """`hours` of elapsed time before `start`."""
    return start - timedelta(hours=hours)


LATEST: Mapping[str, Callable[[datetime, int, Calendar], datetime]] = {
    "hours": hours_before,
    "clock_days": clock_days_before,
    "calendar_days": calendar_days_before,
    "clear_days": clear_days_before,
    "working_days": working_days_before,
}
