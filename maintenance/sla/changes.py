"""What would make a window comply: the nearest later, by night, shorter, or with less outage."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from maintenance.sla import kinds
from maintenance.sla.check import Terms, as_seen_by, check
from maintenance.sla.kinds import Condition, Rule
from maintenance.sla.policy import Policy
from maintenance.sla.rules import Case, Placed, rule_on
from maintenance.sla.slots import GRID, Finder, history_of, on_grid, policies_of
from maintenance.sla.spans import Spans, less
from maintenance.sla.starts import Search, instant_of, minutes_of
from maintenance.sla.verdict import Window

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Change:
    """A way to make a window comply: `later`, `night`, `shorter` or `less_outage`."""

    how: str
    window: Window


def changes(
    window: Window, terms: Sequence[Terms], since: datetime, until: datetime
) -> Sequence[Change]:
    """The nearest changes that make a window comply, one of each kind that can.

    Later and by night it keeps its length and outage, and starts on the grid in `[since, until)`.
    """
    finder = Finder(window, terms, minutes_of(since), minutes_of(until))
    found = [
        ("later", _later(window, finder)),
        ("night", _by_night(window, finder)),
        ("shorter", _compliant(_shorter(window, terms), terms)),
        ("less_outage", _compliant(_less_outage(window, terms), terms)),
    ]
    return [Change(how, changed) for how, changed in found if changed is not None]


def _compliant(tried: Iterable[Window], terms: Sequence[Terms]) -> Window | None:
    return next((window for window in tried if check(window, terms).compliant), None)


def _later(window: Window, finder: Finder) -> Window | None:
    after = minutes_of(window.start) + 1
    starts = (start for span in finder.allowed for start in _ends_of(span, after))
    return _moved(window, min((s for s in starts if s >= after), default=None))


def _by_night(window: Window, finder: Finder) -> Window | None:
    """The start at night that is nearest to the window's, earlier or later."""
    at = minutes_of(window.start)
    night: Spans = less(finder.allowed, finder.day)
    starts = [start for span in night for start in _ends_of(span, at)]
    return _moved(window, min(starts, key=lambda start: abs(start - at), default=None))


def _ends_of(span: tuple[int, int], at: int) -> Iterator[int]:
    """The starts on the grid of a span that may be the nearest to a moment."""
    first, end = span
    for start in (on_grid(first), (end - 1) // GRID * GRID, on_grid(at), at // GRID * GRID):
        if first <= start < end:
            yield start


def _moved(window: Window, start: int | None) -> Window | None:
    if start is None:
        return None
    begin = instant_of(start)
    return window._replace(start=begin, end=begin + (window.end - window.start))


def _shorter(window: Window, terms: Sequence[Terms]) -> Iterator[Window]:
    """The window with each earlier end at which a rule may change its mind, latest first."""
    start, end = minutes_of(window.start), minutes_of(window.end)
    ends = {
        edge
        for each in terms
        for policy in policies_of(each)
        for edge in (
            *_edges(window, policy),
            *(start + most for most in _thresholds(window, each, policy, MEASURES)),
            *_before_others(each, policy),
        )
    }
    for edge in sorted((e for e in ends if start < e < end), reverse=True):
        outage = min(window.outage_minutes, edge - start)
        yield window._replace(end=instant_of(edge), outage_minutes=outage)


def _less_outage(window: Window, terms: Sequence[Terms]) -> Iterator[Window]:
    """The window with each smaller outage at which a rule may change its mind, largest first."""
    outages = {0} | {
        most
        for each in terms
        for policy in policies_of(each)
        for most in _thresholds(window, each, policy, ("outage",))
    }
    for most in sorted((m for m in outages if 0 <= m < window.outage_minutes), reverse=True):
        yield window._replace(outage_minutes=most)


MEASURES = ("outage", "length")


def _edges(window: Window, policy: Policy) -> Iterator[int]:
    """Where hours of the policy, or dates, begin or end about the window."""
    search = Search(window, policy, (), minutes_of(window.start), minutes_of(window.start) + 1)
    for hours in policy.hours.values():
        for first, end in search.hours(hours):
            yield first
            yield end
    for day in search.dates():
        yield search.day(day)


def _before_others(terms: Terms, policy: Policy) -> Iterator[int]:
    """The ends that leave a gap long enough before another window."""
    for rule in policy.rules:
        if isinstance(rule.terms, kinds.Gap):
            for other in terms.history:
                yield minutes_of(other.start) - rule.terms.minutes


def _thresholds(
    window: Window, terms: Terms, policy: Policy, measures: Sequence[str]
) -> Iterator[int]:
    """The most minutes of outage or length that each rule would bear."""
    window = as_seen_by(terms, window)
    case = Case(Placed(window, policy.calendar), history_of(terms, policy), window.announced)
    for rule in policy.rules:
        yield from _of_conditions(rule, measures)
        limits = rule.terms
        if isinstance(limits, kinds.Longest) and limits.measure in measures:
            yield limits.limit
        if isinstance(limits, kinds.Total) and limits.measure in measures:
            yield limits.limit - (rule_on(rule, case).used or 0)


def _of_conditions(rule: Rule, measures: Sequence[str]) -> Iterator[int]:
    for condition in (rule.when, rule.advice_when):
        for measure in measures:
            over = _over(condition, measure)
            if over is not None:
                yield over


def _over(condition: Condition | None, measure: str) -> int | None:
    if condition is None:
        return None
    return condition.outage_over if measure == "outage" else condition.length_over
