"""Half-open intervals of aware UTC datetimes: `[start, end)`."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Interval:
    """From `start` up to, and not including, `end`."""

    start: datetime
    end: datetime

    def overlaps(self, start: datetime, end: datetime) -> bool:
        """Whether it shares a moment with `[start, end)`; touching ends share none."""
        return self.start < end and start < self.end


def hull(intervals: Iterable[Interval]) -> Interval:
    """The smallest interval that holds them all; there must be at least one."""
    listed = list(intervals)
    return Interval(min(i.start for i in listed), max(i.end for i in listed))
