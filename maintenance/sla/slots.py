"""When may we? The windows that comply, best first."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from functools import cached_property
from typing import Any

from maintenance.sla import kinds
from maintenance.sla.check import Terms, as_seen_by
from maintenance.sla.policy import Policy
from maintenance.sla.rules import Placed, applies
from maintenance.sla.spans import Spans, both, less, union
from maintenance.sla.starts import Search, broken, instant_of, minutes_of
from maintenance.sla.verdict import Window, as_text
from maintenance.sla.workdays import LATEST, readings

GRID = 15
"""Slots start at whole quarters of an hour."""

NOON = time(12)
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Slot:
    """A window that complies; `announce_by` is None where no rule asks for an announcement.

    `advice` names the rules, as (service, rule), that would rather have it otherwise.
    `breaks_tomorrow`: it would not comply any more if approval waited for a day.
    """

    start: datetime
    end: datetime
    announce_by: datetime | None
    by_day: bool
    advice: Sequence[tuple[str, str]]
    breaks_tomorrow: bool = False

    def as_json(self) -> dict[str, Any]:
        """The slot in JSON."""
        return {
            "start": as_text(self.start),
            "end": as_text(self.end),
            "announce_by": self.announce_by and as_text(self.announce_by),
            "by_day": self.by_day,
            "advice": [{"service": service, "rule": rule} for service, rule in self.advice],
            "breaks_tomorrow": self.breaks_tomorrow,
        }


def find(
    window: Window,
    terms: Sequence[Terms],
    since: datetime,
    until: datetime,
    every: bool = False,
    most: int | None = None,
    later: datetime | None = None,
) -> Sequence[Slot]:
    """The slots for a window like this one that start in `[since, until)`, the best first.

    They comply with each SLA and agreement when announced as `window.announced` says. Without
    advice goes before with, night before day, soonest first. Unless `every` one is asked, there
    is at most one, the best, per night and day of the first service's calendar. `later` is when
    they could be told if approval waited for a day.
    """
    search = Finder(window, terms, minutes_of(since), minutes_of(until), later)
    starts = search.all() if every else search.one_each()
    return [search.slot(*start) for start in sorted(starts, key=_best)[:most]]


Start = tuple[int, bool, bool]
"""A start in minutes, whether a rule advises against it, and whether it is by day."""


def _best(start: Start) -> tuple[bool, bool, int]:
    minutes, advised, by_day = start
    return advised, by_day, minutes


class Finder:
    """The starts allowed and advised against by all terms together."""

    def __init__(
        self,
        window: Window,
        terms: Sequence[Terms],
        since: int,
        until: int,
        later: datetime | None = None,
    ):
        self.window = window
        self.later = later
        self.zone = terms[0].policy.zone
        self.length = (window.end - window.start) // MINUTE
        self.searches = [
            (
                each.service,
                Search(as_seen_by(each, window), policy, history_of(each, policy), since, until),
            )
            for each in terms
            for policy in policies_of(each)
        ]
        self.advised: list[tuple[str, str, Spans]] = []
        self.allowed = [(since, until)]
        for service, search in self.searches:
            for rule in search.policy.rules:
                if self.allowed:
                    violated, advised = broken(rule, search)
                    self.allowed = less(self.allowed, violated)
                    if advised:
                        self.advised.append((service, rule.id, advised))

    @cached_property
    def day(self) -> Spans:
        """The starts that touch the day of any policy."""
        return union(
            span
            for _, search in self.searches
            if search.policy.day
            for span in search.touching(search.hours(search.policy.day))
        )

    @cached_property
    def lost(self) -> Spans:
        """The starts that would break a rule, or be past, if they were told no sooner than later.

        None where there is no later.
        """
        if self.later is None:
            return []
        over = minutes_of(self.later) + 1
        past = (0, over - self.length if self.window.kind == "urgent" else over)
        broken_by_then = [
            span
            for _, search in self.searches
            for rule in search.policy.rules
            if isinstance(rule.terms, kinds.Notice)
            for span in broken(rule, told_from(self.later, search))[0]
        ]
        return union([past, *broken_by_then])

    def _kinds(self) -> Iterator[tuple[Spans, bool, bool]]:
        """The allowed starts by (advised, by day), the best first."""
        if not self.allowed:
            return
        advised = union(span for _, _, spans in self.advised for span in spans)
        for warned in (False, True):
            starts = both(self.allowed, advised) if warned else less(self.allowed, advised)
            yield less(starts, self.day), warned, False
            yield both(starts, self.day), warned, True

    def all(self) -> Iterator[Start]:
        """Every start on the grid."""
        for spans, advised, by_day in self._kinds():
            for first, end in spans:
                for start in range(on_grid(first), end, GRID):
                    yield start, advised, by_day

    def one_each(self) -> Iterator[Start]:
        """The best start of each night and each day."""
        seen = set()
        for spans, advised, by_day in self._kinds():
            for first, end in spans:
                start = on_grid(first)
                while start < end:
                    name, over = self._turn(start, by_day)
                    if (by_day, name) not in seen:
                        seen.add((by_day, name))
                        yield start, advised, by_day
                    start = on_grid(over)

    def _turn(self, start: int, by_day: bool) -> tuple[int, int]:
        """The local date of a day, or of a night's evening; and when that turn is over."""
        local = instant_of(start).astimezone(self.zone).replace(tzinfo=None)
        turn = time() if by_day else NOON
        evening = (local - timedelta(hours=turn.hour)).date()
        over = datetime.combine(evening + timedelta(days=1), turn)
        return evening.toordinal(), max(start + 1, *map(minutes_of, readings(over, self.zone)))

    def slot(self, start: int, advised: bool, by_day: bool) -> Slot:
        """The slot at a start."""
        rules = [
            (service, rule)
            for service, rule, spans in self.advised
            if advised and any(first <= start < end for first, end in spans)
        ]
        begin = instant_of(start)
        end = begin + self.length * MINUTE
        placed = [
            (search.window._replace(start=begin, end=end), search.policy)
            for _, search in self.searches
        ]
        lost = any(first <= start < over for first, over in self.lost)
        return Slot(begin, end, announce_by(placed), by_day, list(dict.fromkeys(rules)), lost)


def told_from(soonest: datetime, search: Search) -> Search:
    """The same search for a window that is announced no sooner than this."""
    announced = {channel: max(at, soonest) for channel, at in search.window.announced.items()}
    return replace(search, window=search.window._replace(announced=announced))


def on_grid(minutes: int) -> int:
    """The first start on the grid that is not before this."""
    return -(-minutes // GRID) * GRID


def policies_of(terms: Terms) -> Iterable[Policy]:
    """The SLA, and each agreement's terms once."""
    return dict.fromkeys([terms.policy, *(each.policy for each in terms.agreements)])


def history_of(terms: Terms, policy: Policy) -> Sequence[Placed]:
    """The windows that count, on the clock of a policy."""
    return [Placed(each, policy.calendar) for each in terms.history if each.kind != "urgent"]


def announce_by(placed: Iterable[tuple[Window, Policy]]) -> datetime | None:
    """The latest moment to announce a window that suits each policy's notice rules about it."""
    deadlines = [
        LATEST[rule.terms.length.unit](window.start, rule.terms.length.count, policy.calendar)
        for window, policy in placed
        for rule in policy.rules
        if isinstance(rule.terms, kinds.Notice) and applies(rule, Placed(window, policy.calendar))
    ]
    return min(deadlines, default=None)
