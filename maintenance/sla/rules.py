"""The kinds of rule, one function each: what it says of a window, given the history.

Nothing here knows an SLA: numbers, hours, articles and words come with the rule.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from maintenance.sla import kinds
from maintenance.sla.hours import Hours
from maintenance.sla.interval import Interval
from maintenance.sla.kinds import Condition, Rule
from maintenance.sla.period import Period, Stretch, Sums
from maintenance.sla.verdict import Finding, Window
from maintenance.sla.wording import LANGUAGES, Sayable
from maintenance.sla.workdays import LATEST, Calendar, LocalDay, day_start, local_day, local_days

MINUTE = timedelta(minutes=1)
Uses = list[tuple[int, int]]
"""What windows use: (local date, amount)."""


class Placed:
    """A window on the wall clock of its policy; its days are reckoned when a rule asks."""

    __slots__ = ("_days", "calendar", "window")

    def __init__(self, window: Window, calendar: Calendar):
        self.window = window
        self.calendar = calendar
        self._days: Sequence[LocalDay] | None = None

    @property
    def days(self) -> Sequence[LocalDay]:
        """The local dates it lies on, see `local_days`."""
        if self._days is None:
            self._days = local_days(self.window.start, self.window.end, self.calendar.zone)
        return self._days

    @property
    def first(self) -> int:
        """The local date it starts on."""
        if self._days is None:
            return local_day(self.window.start, self.calendar.zone)
        return self._days[0][0]

    def minutes(self, measure: str) -> int:
        """Its minutes of `outage`, or of `length`."""
        if measure == "outage":
            return self.window.outage_minutes
        return (self.window.end - self.window.start) // MINUTE


class Case(NamedTuple):
    """A window to judge, the windows beside it, and when it was told by which channel."""

    placed: Placed
    history: Sequence[Placed]
    announced: Mapping[str, datetime]


class Ruling(NamedTuple):
    """What a kind of rule answers: the result, a key of the rule's texts; then its arithmetic.

    From `deadline` on the fields are those of a Finding.
    """

    result: str
    values: Mapping[str, Sayable] = {}
    deadline: datetime | None = None
    used: int | None = None
    adds: int | None = None
    limit: int | None = None
    period: str | None = None


def meets(condition: Condition, placed: Placed) -> bool:
    """Whether every part of the condition holds of the window."""
    _, start, end, *_ = placed.window
    return (
        (condition.outage_over is None or placed.minutes("outage") > condition.outage_over)
        and (condition.length_over is None or placed.minutes("length") > condition.length_over)
        and (condition.touches is None or condition.touches.touches(start, end))
        and (condition.inside is None or condition.inside.covers(start, end))
        and (condition.outside is None or not condition.outside.touches(start, end))
    )


def applies(rule: Rule, placed: Placed) -> bool:
    """Whether the rule is about this window: its kind and its condition."""
    return placed.window.kind in rule.windows and (rule.when is None or meets(rule.when, placed))


def told(terms: kinds.Notice, announced: Mapping[str, datetime]) -> datetime | None:
    """When the announcement went out by a channel that counts; the earliest of several."""
    return min((announced[c] for c in terms.channels.names if c in announced), default=None)


def notice(rule: Rule, terms: kinds.Notice, case: Case) -> Ruling:
    """Announced no later than the deadline, by a channel that counts."""
    latest = LATEST[terms.length.unit]
    start, calendar = case.placed.window.start, case.placed.calendar
    deadline = latest(start, terms.length.count, calendar)
    at = told(terms, case.announced)
    if not applies(rule, case.placed):
        result = "not_applicable"
    elif at is None:
        result = "no_channel"
    else:
        result = "pass" if at <= deadline else "broken"
    return Ruling(result, {"deadline": deadline, "announced": at}, deadline=deadline)


def count(rule: Rule, terms: kinds.Count, case: Case) -> Ruling:
    """At most so many windows or days a period."""
    return _per_period(rule, terms, terms.limit, case)


def total(rule: Rule, terms: kinds.Total, case: Case) -> Ruling:
    """At most so many minutes a period, each window in the period it starts in."""
    return _per_period(rule, terms, terms.limit, case)


def uses_of(terms: kinds.Count | kinds.Total, placed: Placed) -> Uses:
    """What a window the rule is about uses of its count or total."""
    if isinstance(terms, kinds.Total):
        return [(placed.first, placed.minutes(terms.measure))]
    days = _dates(terms.hours, placed)
    if terms.counts == "windows":
        days = days and [placed.first]
    return [(day, 1) for day in days]


def _dates(hours: Hours | None, placed: Placed) -> list[int]:
    if hours:
        return hours.dates(placed.window.start, placed.window.end)
    return list(dict.fromkeys(day for day, _, _ in placed.days))


def _per_period(rule: Rule, terms: kinds.Count | kinds.Total, limit: int, case: Case) -> Ruling:
    mine = uses_of(terms, case.placed) if applies(rule, case.placed) else []
    around = mine or [(case.placed.first, 0)]
    theirs = used_by_others(rule, terms, case, [day for day, _ in around])
    stretch, used, adds = fullest(terms.period, around, theirs)
    result = "not_applicable" if not mine else "pass" if used + adds <= limit else "broken"
    values: dict[str, Sayable] = {"used": used, "adds": adds, "total": used + adds}
    values["period"] = stretch
    return Ruling(result, values, None, used, adds, limit, stretch.label)


def used_by_others(
    rule: Rule, terms: kinds.Count | kinds.Total, case: Case, days: Sequence[int]
) -> Uses:
    """What the history uses in the stretches around some dates."""
    zone = case.placed.calendar.zone
    first, end = terms.period.reach(days)
    since, until = day_start(first, zone), day_start(end, zone)
    return [
        use
        for other in case.history
        if other.window.start < until and since < other.window.end and applies(rule, other)
        for use in uses_of(terms, other)
    ]


def fullest(period: Period, mine: Uses, theirs: Uses) -> tuple[Stretch, int, int]:
    """The stretch `mine` touches with the highest total, the earlier of equals; theirs, mine."""
    stretches = period.stretches([d for d, _ in mine], [d for d, _ in theirs])
    if len(stretches) == 1:  # nearly always: then adding up is all there is to do
        return stretches[0], used_in(stretches[0], theirs), used_in(stretches[0], mine)
    used, adds = Sums(theirs), Sums(mine)
    sums = [(s, used.within(s.first, s.end), adds.within(s.first, s.end)) for s in stretches]
    return max(sums, key=lambda found: found[1] + found[2])


def used_in(stretch: Stretch, uses: Uses) -> int:
    """What is used on the dates of a stretch."""
    return sum([amount for day, amount in uses if stretch.first <= day < stretch.end])


def longest(rule: Rule, terms: kinds.Longest, case: Case) -> Ruling:
    """No more minutes than this in one window."""
    adds = case.placed.minutes(terms.measure)
    result = _result(rule, case, adds <= terms.limit)
    return Ruling(result, {"adds": adds}, adds=adds, limit=terms.limit)


def _result(rule: Rule, case: Case, kept: bool) -> str:
    if not applies(rule, case.placed):
        return "not_applicable"
    return "pass" if kept else "broken"


def hours(rule: Rule, terms: kinds.InHours, case: Case) -> Ruling:
    """Within some hours, or outside others."""
    _, start, end, *_ = case.placed.window
    if terms.within:
        kept = terms.within.covers(start, end)
    else:
        assert terms.outside
        kept = not terms.outside.touches(start, end)
    return Ruling(_result(rule, case, kept))


def blackout(rule: Rule, terms: kinds.Blackout, case: Case) -> Ruling:
    """Not on the closed dates."""
    days = _dates(terms.hours, case.placed)
    shut = next((day for day in days if closed(terms, day, case.placed.calendar)), None)
    values: dict[str, Sayable] = {"date": date.fromordinal(shut) if shut else None}
    return Ruling(_result(rule, case, shut is None), values)


def closed(terms: kinds.Blackout, day: int, calendar: Calendar) -> bool:
    """Whether a local date is closed."""
    at = date.fromordinal(day)
    if any(first <= at <= last for first, last in terms.dates):
        return True
    if any(_in_year(at.isoformat()[5:], first, last) for first, last in terms.yearly):
        return True
    return bool(terms.last_working_days) and (
        calendar.is_working(day) and calendar.left_in_month(day) < terms.last_working_days
    )


def _in_year(day: str, first: str, last: str) -> bool:
    if first <= last:
        return first <= day <= last
    return day >= first or day <= last


def gap(rule: Rule, terms: kinds.Gap, case: Case) -> Ruling:
    """Far enough from every other window; one it overlaps is at no distance."""
    window = case.placed.window
    others = [other.window for other in case.history if applies(rule, other)]
    least = min(
        (max(w.start - window.end, window.start - w.end, timedelta()) // MINUTE for w in others),
        default=None,
    )
    kept = least is None or least >= terms.minutes
    return Ruling(_result(rule, case, kept), {"gap": least}, limit=terms.minutes)


def justification(rule: Rule, terms: kinds.Justification, case: Case) -> Ruling:
    """A reason why it cannot wait, and preferably within the hours meant for it."""
    window = case.placed.window
    result = _result(rule, case, bool(window.justification.strip()))
    if result == "pass" and terms.scope and not terms.scope.touches(window.start, window.end):
        result = "out_of_scope"
    return Ruling(result)


JUDGES: Mapping[type, Callable[[Rule, Any, Case], Ruling]] = {
    kinds.Notice: notice,
    kinds.Count: count,
    kinds.Total: total,
    kinds.Longest: longest,
    kinds.InHours: hours,
    kinds.Blackout: blackout,
    kinds.Gap: gap,
    kinds.Justification: justification,
}


def rule_on(rule: Rule, case: Case) -> Ruling:
    """What the rule says of the case."""
    return JUDGES[type(rule.terms)](rule, rule.terms, case)


def outcome_of(rule: Rule, ruling: Ruling, placed: Placed) -> str:
    """The outcome a ruling has in the verdict: how bad a broken rule is, is the rule's to say."""
    if ruling.result in ("pass", "not_applicable"):
        return ruling.result
    if ruling.result == "out_of_scope":
        return "advice"
    if rule.advice_when and meets(rule.advice_when, placed):
        return "advice"
    return rule.severity


def find(service: str, rule: Rule, case: Case) -> Finding:
    """The finding of one rule, in words."""
    ruling = rule_on(rule, case)
    said = rule.texts[ruling.result]
    zone = case.placed.calendar.zone
    message = {lang: said[lang].filled(ruling.values, lang, zone) for lang in LANGUAGES}
    outcome = outcome_of(rule, ruling, case.placed)
    return Finding(service, rule.id, outcome, rule.article, message, *ruling[2:])


def reach(rule: Rule, placed: Placed) -> Interval | None:
    """The stretch of history the rule can see from this window; None where it looks at none."""
    match rule.terms:
        case kinds.Count(period=period) | kinds.Total(period=period):
            return _interval(period.reach([placed.first, placed.days[-1][0]]), placed.calendar)
        case kinds.Gap(minutes=minutes):
            away = timedelta(minutes=minutes)
            return Interval(placed.window.start - away, placed.window.end + away)
    return None


def _interval(days: tuple[int, int], calendar: Calendar) -> Interval:
    return Interval(day_start(days[0], calendar.zone), day_start(days[1], calendar.zone))
