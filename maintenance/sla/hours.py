"""Named hours: stretches of the wall clock on some days of the week, such as office hours."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from maintenance.sla.workdays import DAY, Calendar, day_start, local_days

Span = tuple[int, int]
Instants = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Band:
    """From `start` to `end`, in seconds on the wall clock, on working and on other weekdays."""

    working: frozenset[int]
    other: frozenset[int]
    start: int
    end: int


class Hours:
    """Hours with a name: a moment lies in them where the wall clock then reads within a band.

    What they are on the time line is worked out once a year and looked up from then on.
    """

    def __init__(
        self,
        slug: str,
        label: Mapping[str, str],
        bands: Sequence[Band],
        calendar: Calendar,
        assumption: Mapping[str, str] | None = None,
    ):
        self.slug = slug
        self.label = label
        self.assumption = assumption
        self._calendar = calendar
        self._working = [merged((b.start, b.end) for b in bands if w in b.working) for w in WEEK]
        self._other = [merged((b.start, b.end) for b in bands if w in b.other) for w in WEEK]
        self._years: dict[int, tuple[list[datetime], list[datetime], list[int]]] = {}

    def on(self, day: int) -> Sequence[Span]:
        """The hours of one local date on the wall clock: sorted, apart, in seconds."""
        weekday = (day - 1) % 7
        if self._working[weekday] == self._other[weekday] or self._calendar.is_working(day):
            return self._working[weekday]
        return self._other[weekday]

    def week(self) -> Sequence[Sequence[Span]]:
        """The hours of a week without holidays, Monday first."""
        working = self._calendar.weekdays
        return [self._working[day] if day in working else self._other[day] for day in WEEK]

    def spans(self, day: int) -> Iterator[Instants]:
        """The hours of one local date on the time line, in order."""
        zone = self._calendar.zone
        since, until = day_start(day, zone), day_start(day + 1, zone)
        bands = self.on(day)
        if until - since == DAY:
            for start, end in bands:
                yield since + timedelta(seconds=start), since + timedelta(seconds=end)
            return
        at = since
        for _, wall, until_wall in local_days(since, until, zone):
            for start, end in bands:
                first, last = max(start, wall), min(end, until_wall)
                if first < last:
                    yield at + timedelta(seconds=first - wall), at + timedelta(seconds=last - wall)
            at += timedelta(seconds=until_wall - wall)

    def dates(self, start: datetime, end: datetime) -> list[int]:
        """The local dates whose hours `[start, end)` touches, each once."""
        touched: list[int] = []
        for year in range(start.year, end.year + 1):
            firsts, ends, days = self._years.get(year) or self._year(year)
            at = bisect_right(ends, start)
            while at < len(firsts) and firsts[at] < end:
                touched.append(days[at])
                at += 1
        return touched if len(touched) < 2 else list(dict.fromkeys(touched))

    def touches(self, start: datetime, end: datetime) -> bool:
        """Whether any moment of `[start, end)` lies in these hours."""
        return bool(self.dates(start, end))

    def covers(self, start: datetime, end: datetime) -> bool:
        """Whether every moment of `[start, end)` lies in these hours."""
        for year in range(start.year, end.year + 1):
            firsts, ends, _ = self._year(year)
            at = bisect_right(ends, start)
            while at < len(firsts) and firsts[at] <= start:
                start = ends[at]
                if end <= start:
                    return True
                at += 1
        return False

    def _year(self, year: int) -> tuple[list[datetime], list[datetime], list[int]]:
        """The hours of the local dates that a UTC year touches: starts, ends, dates."""
        if year not in self._years:
            days = range(date(year, 1, 1).toordinal() - 2, date(year, 12, 31).toordinal() + 3)
            spans = [(*span, day) for day in days for span in self.spans(day)]
            self._years[year] = (
                [first for first, _, _ in spans],
                [end for _, end, _ in spans],
                [day for _, _, day in spans],
            )
        return self._years[year]


WEEK = range(7)


def merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The same moments as sorted spans that neither overlap nor touch."""
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(joined)
