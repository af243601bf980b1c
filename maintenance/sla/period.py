"""The periods a quota or cap counts in: week, month, quarter, year, or any N days on end."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple


class Sums:
    """Amounts by date, summed over any dates in one step."""

    def __init__(self, uses: Iterable[tuple[int, int]]):
        ordered = sorted(uses)
        self._days = [day for day, _ in ordered]
        self._sums = [0, *accumulate(amount for _, amount in ordered)]

    def within(self, first: int, end: int) -> int:
        """The sum over the dates from `first` up to, not including, `end`."""
        return self._sums[bisect_left(self._days, end)] - self._sums[bisect_left(self._days, first)]


class Stretch(NamedTuple):
    """The local dates from `first` up to, not including, `end` (ordinals), and their label."""

    first: int
    end: int
    label: str


@dataclass(frozen=True, slots=True)
class Period:
    """One of `week` (ISO), `month`, `quarter`, `year`; or, with `days`, any so many days on end."""

    unit: str
    days: int = 0

    def stretches(self, dates: Sequence[int], events: Iterable[int]) -> Sequence[Stretch]:
        """The stretches to look at where `dates` are used, in order of time.

        For N days on end: those that start at a date so that the earliest fullest stretch
        that holds one of `dates` is among them, with `events` all dates that count.
        """
        if not self.days:
            return list(dict.fromkeys(CALENDAR[self.unit](day) for day in sorted(dates)))
        used = Sums((day, 1) for day in dates)
        starts = {day - self.days + 1 for day in (*dates, *events)}
        return [
            rolling(start, self.days)
            for start in sorted(starts)
            if used.within(start, start + self.days)
        ]

    def reach(self, dates: Sequence[int]) -> tuple[int, int]:
        """The dates, first and end, that some stretch around one of `dates` can hold."""
        if self.days:
            return min(dates) - self.days + 1, max(dates) + self.days
        return CALENDAR[self.unit](min(dates)).first, CALENDAR[self.unit](max(dates)).end


def rolling(first: int, days: int) -> Stretch:
    """So many days on end, labelled with the first and the last."""
    last = first + days - 1
    return Stretch(first, last + 1, f"{date.fromordinal(first)}/{date.fromordinal(last)}")


@lru_cache(maxsize=10_000)
def week(day: int) -> Stretch:
    """The ISO week a date lies in: `GGGG-Www`."""
    year, number, weekday = date.fromordinal(day).isocalendar()
    first = day - weekday + 1
    return Stretch(first, first + 7, f"{year:04}-W{number:02}")


@lru_cache(maxsize=10_000)
def _months(day: int, size: int, label: str) -> Stretch:
    at = date.fromordinal(day)
    number = (at.month - 1) // size
    first = date(at.year, number * size + 1, 1)
    rest, month = divmod(number * size + size, 12)
    end = date(at.year + rest, month + 1, 1)
    return Stretch(
        first.toordinal(), end.toordinal(), label.format(year=at.year, number=number + 1)
    )


def month(day: int) -> Stretch:
    """The calendar month a date lies in: `YYYY-MM`."""
    return _months(day, 1, "{year:04}-{number:02}")


def quarter(day: int) -> Stretch:
    """The calendar quarter a date lies in: `YYYY-Qn`."""
    return _months(day, 3, "{year:04}-Q{number}")


def year(day: int) -> Stretch:
    """The calendar year a date lies in: `YYYY`."""
    return _months(day, 12, "{year:04}")


CALENDAR: Mapping[str, Callable[[int], Stretch]] = {
    "week": week,
    "month": month,
    "quarter": quarter,
    "year": year,
}
