"""check(window, terms) -> Verdict: every rule of every service; the strictest terms decide."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from maintenance.sla.kinds import Notice, Rule
from maintenance.sla.policy import Policy
from maintenance.sla.rules import Case, Placed, find, told
from maintenance.sla.verdict import OUTCOMES, Finding, Verdict, Window

NEVER = datetime.max.replace(tzinfo=UTC)
Told = Mapping[str, datetime]


@dataclass(frozen=True, slots=True)
class Agreement:
    """One customer's terms: the SLA with its deviations merged in, and when it was told.

    `announced` is None where the customer is told as everyone is.
    """

    customer: str
    policy: Policy
    announced: Told | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """What one service promised: its SLA, the windows that count, its customers' agreements.

    `outage_minutes` is its own outage, at most the window's; None where it is the window's.
    `announced` has when what this service alone has, tells of the window: a page of its own.
    """

    service: str
    policy: Policy
    history: Sequence[Window]
    agreements: Sequence[Agreement] = ()
    outage_minutes: int | None = None
    announced: Told = field(default_factory=dict)


def check(window: Window, terms: Sequence[Terms]) -> Verdict:
    """Judge a window by the SLA of each service, in the order given."""
    return Verdict(tuple(finding for each in terms for finding in _judge(window, each)))


def _judge(window: Window, terms: Terms) -> Iterable[Finding]:
    window = as_seen_by(terms, window)
    history = [w for w in terms.history if w.kind != "urgent"]
    sla = _findings(window, terms.service, terms.policy, history, [("", window.announced)])
    if not terms.agreements:
        return sla
    found = {finding.rule: finding for finding in sla}
    for policy, readers in _by_policy(window, terms):
        for finding in _findings(window, terms.service, policy, history, readers):
            other = found.get(finding.rule)
            if other is None or _strictness(finding) < _strictness(other):
                found[finding.rule] = finding
    return found.values()


def as_seen_by(terms: Terms, window: Window) -> Window:
    """The window with the outage of this service, told by what this service has too."""
    if terms.announced:
        window = window._replace(announced={**window.announced, **terms.announced})
    if terms.outage_minutes is None:
        return window
    return window._replace(outage_minutes=min(terms.outage_minutes, window.outage_minutes))


def _by_policy(window: Window, terms: Terms) -> Iterable[tuple[Policy, Sequence[tuple[str, Told]]]]:
    """The customers with the same terms together: those are judged once."""
    groups: dict[Policy, list[tuple[str, Told]]] = {}
    for each in terms.agreements:
        at = window.announced
        if each.announced is not None:
            at = {**each.announced, **terms.announced}
        groups.setdefault(each.policy, []).append((each.customer, at))
    return groups.items()


def _findings(
    window: Window,
    service: str,
    policy: Policy,
    history: Sequence[Window],
    readers: Sequence[tuple[str, Told]],
) -> Sequence[Finding]:
    """The finding of each rule that speaks on the window, for the reader that was told last."""
    placed = Placed(window, policy.calendar)
    others = [Placed(each, policy.calendar) for each in history]
    found = []
    for rule in policy.rules:
        if window.kind in rule.speaks_on:
            customer, announced = _last_told(rule, readers)
            finding = find(service, rule, Case(placed, others, announced))
            found.append(finding._replace(customer=customer) if customer else finding)
    return found


def _last_told(rule: Rule, readers: Sequence[tuple[str, Told]]) -> tuple[str, Told]:
    terms = rule.terms
    if len(readers) == 1 or not isinstance(terms, Notice):
        return readers[0]
    return max(readers, key=lambda reader: told(terms, reader[1]) or NEVER)


def _strictness(finding: Finding) -> tuple[int, datetime, int]:
    """Sorts the strictest first: the outcome, then the earlier deadline, then the least room."""
    room = 0
    if finding.limit is not None:
        room = finding.limit - (finding.used or 0) - (finding.adds or 0)
    return OUTCOMES.index(finding.outcome), finding.deadline or NEVER, room
