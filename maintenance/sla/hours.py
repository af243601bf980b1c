"""Named hours: stretches of the wall clock on some days of the week, such as office hours."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from maintenance.sla.workdays import Calendar, LocalDay

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Band:
    """From `start` to `end`, in seconds on the wall clock, on working and on other weekdays."""

    working: frozenset[int]
    other: frozenset[int]
    start: int
    end: int


class Hours:
    """Hours with a name: a moment lies in them where the wall clock then reads within a band."""

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

    def on(self, day: int) -> Sequence[Span]:
        """The hours of one local date, as sorted stretches that do not touch, in seconds."""
        weekday = (day - 1) % 7
        if self._working[weekday] == self._other[weekday] or self._calendar.is_working(day):
            return self._working[weekday]
        return self._other[weekday]

    def dates(self, days: Iterable[LocalDay]) -> list[int]:
        """The local dates among `days` whose hours are touched, each once."""
        touched = {
            day: None
            for day, since, until in days
            for start, end in self.on(day)
            if since < end and start < until
        }
        return list(touched)

    def touches(self, days: Iterable[LocalDay]) -> bool:
        """Whether any moment of `days` lies in these hours."""
        return bool(self.dates(days))

    def covers(self, days: Iterable[LocalDay]) -> bool:
        """Whether every moment of `days` lies in these hours."""
        return all(
            any(start <= since and until <= end for start, end in self.on(day))
            for day, since, until in days
        )


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
