"""What is left of each quota and cap."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from maintenance.sla import kinds
from maintenance.sla.check import Terms
from maintenance.sla.period import Period, Stretch
from maintenance.sla.rules import Case, Placed, Uses, fullest, used_by_others, used_in
from maintenance.sla.slots import history_of
from maintenance.sla.verdict import Window
from maintenance.sla.workdays import local_day

MINUTE = timedelta(minutes=1)


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


def left(terms: Sequence[Terms], since: datetime, until: datetime | None = None) -> Sequence[Left]:
    """Each quota and cap of each SLA, in every period that `[since, until)` touches, in order.

    Without `until` in the period around that instant. Where any N days on end count: in the
    fullest of those about that time.
    """
    return [found for each in terms for found in _left(each, since, until or since + MINUTE)]


def _left(terms: Terms, since: datetime, until: datetime) -> Iterator[Left]:
    policy = terms.policy
    case = Case(
        Placed(Window("planned", since, until, 0, {}), policy.calendar),
        history_of(terms, policy),
        {},
    )
    dates = range(local_day(since, policy.zone), local_day(until - MINUTE, policy.zone) + 1)
    for rule in policy.rules:
        if isinstance(rule.terms, kinds.Count | kinds.Total):
            others = used_by_others(rule, rule.terms, case, dates)
            unit = rule.terms.counts if isinstance(rule.terms, kinds.Count) else "minutes"
            for stretch, used in _periods(rule.terms.period, dates, others):
                yield Left(terms.service, rule.id, stretch.label, used, rule.terms.limit, unit)


def _periods(period: Period, dates: range, uses: Uses) -> Iterable[tuple[Stretch, int]]:
    """The periods about these dates, and what is used in each."""
    around = [(day, 0) for day in dates]
    if period.days:
        stretch, used, _ = fullest(period, around, uses)
        return [(stretch, used)]
    stretches = period.stretches(dates, ())
    return [(stretch, used_in(stretch, uses)) for stretch in stretches]
