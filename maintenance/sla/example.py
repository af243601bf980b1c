"""A worked example of a rule: windows near a date that it lets pass, breaks on, or advises against.

They are made from the rule's own numbers and hours and put before the rule itself, so what is said
of them is what it would say of them; it works for any policy.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import chain, islice

from maintenance.sla import kinds
from maintenance.sla.hours import Hours
from maintenance.sla.kinds import Rule
from maintenance.sla.policy import Policy
from maintenance.sla.rules import Case, Placed, applies, find, outcome_of, rule_on, uses_of
from maintenance.sla.verdict import Finding, Window
from maintenance.sla.workdays import LATEST, WEEK, day_start

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
HALF_DAY = 12 * 60
"""So many minutes one of the other windows of an example takes at most, where that can be."""

EVENING_MORNING_NIGHT = (20, 10, 2)
"""At these hours examples start, where the rule names no hours of its own."""

DAYS = 371
MOST, MOST_WITH_OTHERS = 5_000, 100
"""So many windows are tried at most: what none of them shows has no example."""

REASON = "-"


@dataclass(frozen=True, slots=True)
class Example:
    """A window, the others it was judged beside, and what the rule found."""

    window: Window
    history: Sequence[Window]
    finding: Finding


def examples(policy: Policy, rule: Rule, since: date) -> tuple[Example, ...]:
    """At most one example of each outcome: one that passes, then a broken one, then advice.

    They lie in the year after `since`, or on the rule's own dates. What cannot happen, such as
    breaking a limit that is never reached, has no example.
    """
    wanted = ["pass", rule.severity]
    if rule.advice_when or (isinstance(rule.terms, kinds.Justification) and rule.terms.scope):
        wanted.append("advice")
    found: dict[str, Case] = {}
    for case in _cases(policy, rule, since):
        outcome = outcome_of(rule, rule_on(rule, case), case.placed)
        if outcome in wanted:
            found.setdefault(outcome, case)
        if len(found) == len(set(wanted)):
            break
    told = [each for each in dict.fromkeys(wanted) if each in found]
    return tuple(_example(policy, rule, found[each]) for each in told)


def _example(policy: Policy, rule: Rule, case: Case) -> Example:
    others = [other.window for other in case.history]
    return Example(case.placed.window, others, find(policy.slug, rule, case))


def _cases(policy: Policy, rule: Rule, since: date) -> Iterator[Case]:
    """What to put before the rule, the most telling first."""
    most = MOST_WITH_OTHERS if isinstance(rule.terms, kinds.Count | kinds.Total) else MOST
    for window in islice(_windows(policy, rule, since), most):
        for tried, others in _tried(policy, rule, window):
            placed = [Placed(other, policy.calendar) for other in others]
            yield Case(Placed(tried, policy.calendar), placed, tried.announced)


Tried = Iterable[tuple[Window, Sequence[Window]]]
"""Windows, and the others that lie beside each."""


def _tried(policy: Policy, rule: Rule, window: Window) -> Tried:  # noqa: PLR0911  # one a kind
    """What to make of a window so that it shows something of the rule."""
    match rule.terms:
        case kinds.Notice() as terms:
            return _announced(policy, terms, window)
        case kinds.Count() as terms:
            return _counted(policy, rule, terms, window)
        case kinds.Total() as terms:
            return _added(policy, rule, terms, window)
        case kinds.Longest() as terms:
            return _as_long(terms, window)
        case kinds.Gap() as terms:
            return _apart(terms, window)
        case kinds.Justification():
            return [(window, ()), (window._replace(justification=""), ())]
        case kinds.InHours() | kinds.Blackout():
            return [(window, ())]


def _windows(policy: Policy, rule: Rule, since: date) -> Iterator[Window]:
    """Windows of the kind the rule is about, day after day from the Monday after `since`."""
    kind = next(kind for kind in ("planned", "update", "urgent") if kind in rule.windows)
    for start in _starts(policy, rule, since):
        for minutes in _lengths(rule):
            yield Window(kind, start, start + minutes * MINUTE, minutes, {}, REASON)


def _starts(policy: Policy, rule: Rule, since: date) -> Iterator[datetime]:
    monday = (since + WEEK - timedelta(days=since.weekday())).toordinal()
    own = rule.terms.dates if isinstance(rule.terms, kinds.Blackout) else ()
    named = [first.toordinal() for first, _ in own]
    coming = [day for day in named if day >= monday]
    year = range(monday, monday + DAYS)
    for day in dict.fromkeys(chain(coming, year[:7], named, year)):
        begin = day_start(day, policy.zone)
        yield from (begin + hour * HOUR for hour in EVENING_MORNING_NIGHT)
        for hours in hours_of(rule):
            yield from (first for first, _ in hours.spans(day))


def _lengths(rule: Rule) -> Iterable[int]:
    """In minutes: an hour, or more where the rule is about longer ones; and a quarter."""
    over = [0]
    if rule.when:
        over += [rule.when.outage_over or 0, rule.when.length_over or 0]
    least = max(over)
    return dict.fromkeys([(least // 60 + 1) * 60, least + 15])


def hours_of(rule: Rule) -> list[Hours]:
    """The hours a rule names, each once."""
    conditions = [each for each in (rule.when, rule.advice_when) if each]
    named = [getattr(rule.terms, name, None) for name in ("hours", "within", "outside", "scope")]
    named += [each for one in conditions for each in (one.touches, one.inside, one.outside)]
    return list(dict.fromkeys(each for each in named if each))


def _announced(policy: Policy, terms: kinds.Notice, window: Window) -> Tried:
    """Announced at the last moment, and an hour later."""
    latest = LATEST[terms.length.unit](window.start, terms.length.count, policy.calendar)
    for at in (latest, latest + HOUR):
        yield window._replace(announced=dict.fromkeys(terms.channels.names, at)), ()


def _counted(policy: Policy, rule: Rule, terms: kinds.Count, window: Window) -> Tried:
    """The last that is allowed, and one more."""
    others = _beside(policy, rule, terms, window, terms.limit)
    if uses_of(terms, Placed(window, policy.calendar)) and len(others) == terms.limit:
        if others:
            yield window, others[1:]
        yield window, others


def _beside(
    policy: Policy, rule: Rule, terms: kinds.Count | kinds.Total, window: Window, most: int
) -> list[Window]:
    """Windows like this one, on the days of its period nearest to it, that count as it does."""
    placed = Placed(window, policy.calendar)
    stretch = terms.period.stretches([placed.first], ())[0]
    days = sorted(range(stretch.first, stretch.end), key=lambda day: abs(day - placed.first))
    others = (_on(policy, window, day - placed.first) for day in days if day != placed.first)
    return list(islice((each for each in others if _counts(policy, rule, terms, each)), most))


def _on(policy: Policy, window: Window, days: int) -> Window:
    """The same window so many days away, at the same time of day."""
    begin = Placed(window, policy.calendar).first
    away = day_start(begin + days, policy.zone) - day_start(begin, policy.zone)
    return window._replace(start=window.start + away, end=window.end + away)


def _counts(policy: Policy, rule: Rule, terms: kinds.Count | kinds.Total, other: Window) -> bool:
    placed = Placed(other, policy.calendar)
    return applies(rule, placed) and len(uses_of(terms, placed)) == 1


def _added(policy: Policy, rule: Rule, terms: kinds.Total, window: Window) -> Tried:
    """Just as many minutes as are left, and one more."""
    mine = min(_minutes(window), terms.limit)
    others = _sharing(policy, rule, terms, window, terms.limit - mine)
    for amount in (mine, mine + 1):
        yield _lasting(window, terms.measure, amount), others
    yield window, others


def _sharing(
    policy: Policy, rule: Rule, terms: kinds.Total, window: Window, used: int
) -> list[Window]:
    """Other windows of the period that take so many minutes together."""
    parts = -(-used // HALF_DAY)
    others = _beside(policy, rule, terms, window, parts)
    if not others:
        return []
    each, rest = divmod(used, len(others))
    shares = [each + (place < rest) for place in range(len(others))]
    return [_lasting(o, terms.measure, n) for o, n in zip(others, shares, strict=True) if n]


def _lasting(window: Window, measure: str, minutes: int) -> Window:
    """The window with so many minutes of outage, or so long."""
    end = window.end
    if measure == "length" or minutes > _minutes(window):
        end = window.start + max(minutes, 1) * MINUTE
    return window._replace(end=end, outage_minutes=minutes)


def _minutes(window: Window) -> int:
    return (window.end - window.start) // MINUTE


def _as_long(terms: kinds.Longest, window: Window) -> Tried:
    """As long as is allowed, and one minute longer."""
    for amount in (terms.limit, terms.limit + 1):
        yield _lasting(window, terms.measure, amount), ()


def _apart(terms: kinds.Gap, window: Window) -> Tried:
    """As far from another as is asked, and half as far."""
    for gap in (terms.minutes, terms.minutes // 2):
        away = _minutes(window) + gap
        other = window._replace(start=window.start - away * MINUTE, end=window.end - away * MINUTE)
        yield window, (other,)
