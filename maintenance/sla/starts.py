"""For each rule, the starts at which a window of a given length would break it.

Instants are whole minutes since 1970, sets of them are spans. What a rule says changes only where
a start or an end passes the edge of some hours, date, period or other window; so it is reckoned
from those edges, and the rules are not asked minute by minute. rules.py says the same of one
window: the tests hold the two against each other.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from maintenance.sla import kinds
from maintenance.sla.hours import Hours
from maintenance.sla.kinds import Condition, Rule
from maintenance.sla.period import CALENDAR, Period, Sums
from maintenance.sla.policy import Policy
from maintenance.sla.rules import Placed, applies, closed, told, uses_of
from maintenance.sla.spans import Spans, both, less, union
from maintenance.sla.verdict import Window
from maintenance.sla.workdays import LATEST, day_start, local_day, readings, transitions

MINUTE = timedelta(minutes=1)
DAY_MINUTES = 24 * 60
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def minutes_of(instant: datetime) -> int:
    """Whole minutes since 1970."""
    return (instant - EPOCH) // MINUTE


def instant_of(minutes: int) -> datetime:
    """The instant so many minutes after 1970 began."""
    return EPOCH + minutes * MINUTE


@dataclass(frozen=True)
class Search:
    """Windows like `window`, by the terms of one policy, that start in `[since, until)`.

    Of `window` the start and end say only how long it is.
    """

    window: Window
    policy: Policy
    history: Sequence[Placed]
    since: int
    until: int
    _hours: dict[Hours, Spans] = field(default_factory=dict)

    @property
    def length(self) -> int:
        """The length of the window in minutes."""
        return (self.window.end - self.window.start) // MINUTE

    @property
    def everywhere(self) -> Spans:
        """Every start looked at."""
        return [(self.since, self.until)]

    def dates(self) -> range:
        """Every local date a window may touch, and one more on each side."""
        zone = self.policy.zone
        first = local_day(instant_of(self.since), zone)
        return range(first - 1, local_day(instant_of(self.until + self.length), zone) + 2)

    def day(self, day: int) -> int:
        """The first minute of a local date."""
        return minutes_of(day_start(day, self.policy.zone))

    def hours(self, hours: Hours) -> Spans:
        """When these hours are, as far as a window may reach."""
        if hours not in self._hours:
            self._hours[hours] = union(s for day in self.dates() for s in self.hours_of(hours, day))
        return self._hours[hours]

    def hours_of(self, hours: Hours, day: int) -> Spans:
        """When these hours are on one local date."""
        return [(minutes_of(first), minutes_of(end)) for first, end in hours.spans(day)]

    def touching(self, spans: Iterable[tuple[int, int]]) -> Spans:
        """The starts from which a window touches one of these spans."""
        return both(union((a - self.length + 1, b) for a, b in spans), self.everywhere)

    def inside(self, spans: Spans) -> Spans:
        """The starts from which a window lies wholly in one of these spans."""
        return both(union((a, b - self.length + 1) for a, b in spans), self.everywhere)

    def where(self, condition: Condition | None) -> Spans:
        """The starts at which a condition holds."""
        found = self.everywhere
        if condition is None:
            return found
        over = condition.outage_over
        if over is not None and self.window.outage_minutes <= over:
            return []
        if condition.length_over is not None and self.length <= condition.length_over:
            return []
        if condition.touches:
            found = both(found, self.touching(self.hours(condition.touches)))
        if condition.inside:
            found = both(found, self.inside(self.hours(condition.inside)))
        if condition.outside:
            found = less(found, self.touching(self.hours(condition.outside)))
        return found

    def applicable(self, rule: Rule) -> Spans:
        """The starts at which the rule is about the window."""
        return self.where(rule.when) if self.window.kind in rule.windows else []


def broken(rule: Rule, search: Search) -> tuple[Spans, Spans]:
    """The starts at which the rule is violated, and those at which it gives advice."""
    if search.window.kind not in rule.speaks_on:
        return [], []
    about = search.applicable(rule)
    if not about:
        return [], []
    against = both(BROKEN[type(rule.terms)](rule, rule.terms, search, about), about)
    advised = []
    if isinstance(rule.terms, kinds.Justification) and rule.terms.scope:
        outside = less(about, search.touching(search.hours(rule.terms.scope)))
        advised = less(outside, against)
    if rule.severity == "advice":
        return [], union([*against, *advised])
    if rule.advice_when is None:
        return against, advised
    mild = both(against, search.where(rule.advice_when))
    return less(against, mild), union([*mild, *advised])


def _notice(_: Rule, terms: kinds.Notice, search: Search, about: Spans) -> Spans:
    at = told(terms, search.window.announced)
    if at is None:
        return about
    latest, count = LATEST[terms.length.unit], terms.length.count

    def late(start: int) -> bool:
        return latest(instant_of(start), count, search.policy.calendar) < at

    edges = [search.since, *_turns(search, count), search.until]
    return union((first, _until(late, first, end)) for first, end in pairwise(edges))


def _turns(search: Search, days: int) -> Sequence[int]:
    """Where a deadline so many days before may jump: changes of the clock, then or that day."""
    zone, away = search.policy.zone, timedelta(days=days)
    first = instant_of(search.since) - away
    found = set()
    for year in range(first.year - 1, instant_of(search.until).year + 2):
        for change in transitions(zone, year):
            before, after = (change - MINUTE).astimezone(zone), change.astimezone(zone)
            walls = [before.replace(tzinfo=None) + MINUTE, after.replace(tzinfo=None)]
            found |= {change, *(at for wall in walls for at in readings(wall + away, zone))}
    minutes = sorted(minutes_of(at) for at in found)
    return [at for at in minutes if search.since < at < search.until]


def _until(holds: Callable[[int], bool], first: int, end: int) -> int:
    """Where in `[first, end]` something that holds at first, if at all, holds no longer."""
    while first < end:
        middle = (first + end) // 2
        if holds(middle):
            first = middle + 1
        else:
            end = middle
    return first


class Usage:
    """What windows use of a count or total in each stretch."""

    def __init__(self, period: Period, uses: Iterable[tuple[int, int]]):
        self.period = period
        self._days, amounts = [], []
        for day, amount in uses:
            self._days.append(day)
            amounts.append(amount)
        self._used = Sums(zip(self._days, amounts, strict=True))

    def stretches(self, dates: range) -> Iterator[tuple[int, int, int]]:
        """The calendar's stretches that hold one of these dates: first, end, and what is used."""
        day = dates.start
        while day < dates.stop:
            stretch = CALENDAR[self.period.unit](day)
            yield stretch.first, stretch.end, self._used.within(stretch.first, stretch.end)
            day = stretch.end

    def highest(self, dates: range) -> int:
        """As much as is used in any stretch that holds one of these dates, or more."""
        days = self.period.days
        if days:
            return max((self._used.within(day, day + days) for day in self._days), default=0)
        return max(used for _, _, used in self.stretches(dates))

    def most(self, dates: Sequence[int], each: int) -> int:
        """The highest total of a stretch that holds one of `dates`, each of which adds `each`."""
        days = self.period.days
        if days:
            firsts = range(min(dates) - days + 1, max(dates) + 1)
            ends = [(first, first + days) for first in firsts]
        else:
            ends = [(s.first, s.end) for s in self.period.stretches(dates, ())]
        mine = Sums((day, each) for day in dates)
        own = Sums((day, 1) for day in dates)
        return max(
            self._used.within(first, end) + mine.within(first, end)
            for first, end in ends
            if own.within(first, end)
        )


def _usage(rule: Rule, terms: kinds.Count | kinds.Total, search: Search) -> Usage:
    uses = (u for p in search.history if applies(rule, p) for u in uses_of(terms, p))
    return Usage(terms.period, uses)


def _count(rule: Rule, terms: kinds.Count, search: Search, _: Spans) -> Spans:
    usage = _usage(rule, terms, search)
    touches_at_most = search.length // (DAY_MINUTES // 2) + 2  # a date may be short
    if usage.highest(search.dates()) + touches_at_most <= terms.limit:
        return []
    touched = [
        (first - search.length + 1, end, day)
        for day in search.dates()
        for first, end in _open(terms.hours, search, day)
    ]
    if terms.counts == "windows":
        full = _days_over(usage, 1, terms.limit, search)
        return both(full, union((first, end) for first, end, _ in touched))
    edges = sorted({edge for first, end, _ in touched for edge in (first, end)})
    arriving: dict[int, list[int]] = {}
    leaving: dict[int, list[int]] = {}
    for first, end, day in touched:
        arriving.setdefault(first, []).append(day)
        leaving.setdefault(end, []).append(day)
    held: Counter[int] = Counter()
    found = []
    for first, end in pairwise(edges):
        held.update(arriving.get(first, ()))
        held.subtract(leaving.get(first, ()))
        held = +held
        if held and usage.most(list(held), 1) > terms.limit:
            found.append((first, end))
    return union(found)


def _open(hours: Hours | None, search: Search, day: int) -> Spans:
    return search.hours_of(hours, day) if hours else [(search.day(day), search.day(day + 1))]


def _days_over(usage: Usage, each: int, limit: int, search: Search) -> Spans:
    """The starts on a date where `each` more is too many."""
    dates = search.dates()
    if usage.highest(dates) + each <= limit:
        return []
    if not usage.period.days:
        return union(
            (search.day(first), search.day(end))
            for first, end, used in usage.stretches(dates)
            if used + each > limit
        )
    return union(
        (search.day(day), search.day(day + 1)) for day in dates if usage.most([day], each) > limit
    )


def _total(rule: Rule, terms: kinds.Total, search: Search, _: Spans) -> Spans:
    amount = search.window.outage_minutes if terms.measure == "outage" else search.length
    return _days_over(_usage(rule, terms, search), amount, terms.limit, search)


def _longest(_: Rule, terms: kinds.Longest, search: Search, about: Spans) -> Spans:
    amount = search.window.outage_minutes if terms.measure == "outage" else search.length
    return about if amount > terms.limit else []


def _in_hours(_: Rule, terms: kinds.InHours, search: Search, about: Spans) -> Spans:
    if terms.within:
        return less(about, search.inside(search.hours(terms.within)))
    assert terms.outside
    return search.touching(search.hours(terms.outside))


def _blackout(_: Rule, terms: kinds.Blackout, search: Search, __: Spans) -> Spans:
    calendar = search.policy.calendar
    shut = [day for day in search.dates() if closed(terms, day, calendar)]
    return search.touching(span for day in shut for span in _open(terms.hours, search, day))


def _gap(rule: Rule, terms: kinds.Gap, search: Search, _: Spans) -> Spans:
    others = [placed.window for placed in search.history if applies(rule, placed)]
    return search.touching(
        (minutes_of(other.start) - terms.minutes, minutes_of(other.end) + terms.minutes)
        for other in others
    )


def _justification(_: Rule, __: kinds.Justification, search: Search, about: Spans) -> Spans:
    return [] if search.window.justification.strip() else about


BROKEN: Mapping[type, Callable[[Rule, Any, Search, Spans], Spans]] = {
    kinds.Notice: _notice,
    kinds.Count: _count,
    kinds.Total: _total,
    kinds.Longest: _longest,
    kinds.InHours: _in_hours,
    kinds.Blackout: _blackout,
    kinds.Gap: _gap,
    kinds.Justification: _justification,
}
