"""What is left of each quota and cap."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from maintenance.sla import kinds
from maintenance.sla.check import Terms
from maintenance.sla.rules import Case, Placed, fullest, used_by_others
from maintenance.sla.slots import history_of
from maintenance.sla.verdict import Window
from maintenance.sla.workdays import local_day


@dataclass(frozen=True, slots=True)
class Left:
    """One quota or cap in one period: `used` by the history, of `limit`; `unit` is what it counts.

    `unit` is `days`, `windows` or `minutes`.
    """

    service: str
    rule: str
    period: str
    used: int
    limit: int
    unit: str

    @property
    def left(self) -> int:
        """What is still free; nothing where more is used than allowed."""
        return max(self.limit - self.used, 0)


def left(terms: Sequence[Terms], at: datetime) -> Sequence[Left]:
    """Each quota and cap of each SLA, in its period around an instant, the fullest of several."""
    return [found for each in terms for found in _left(each, at)]


def _left(terms: Terms, at: datetime) -> Iterator[Left]:
    policy = terms.policy
    moment = Window("planned", at, at + timedelta(minutes=1), 0, {})
    case = Case(Placed(moment, policy.calendar), history_of(terms, policy), {})
    day = local_day(at.astimezone(UTC), policy.zone)
    for rule in policy.rules:
        if isinstance(rule.terms, kinds.Count | kinds.Total):
            others = used_by_others(rule, rule.terms, case, [day])
            stretch, used, _ = fullest(rule.terms.period, [(day, 0)], others)
            unit = rule.terms.counts if isinstance(rule.terms, kinds.Count) else "minutes"
            yield Left(terms.service, rule.id, stretch.label, used, rule.terms.limit, unit)
