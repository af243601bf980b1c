"""Whether a customer is still to be told, and little time is left: promises in, a yes or no out."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from maintenance.sla.hours import Hours
from maintenance.sla.kinds import Notice
from maintenance.sla.policy import Policy
from maintenance.sla.rules import Placed, applies
from maintenance.sla.verdict import PUSHED, Window
from maintenance.sla.workdays import LATEST, Calendar, local_day, working_days_before

WORKING_TIME = timedelta(hours=4)
"""So much of the policy's working time before the latest moment, somebody must know at last."""

_LOOK_BACK = 60
"""So many dates without an hour of working time are looked through, at most."""


@dataclass(frozen=True, slots=True)
class Promise:
    """One customer is told of a window by one of these channels, at the latest at `deadline`.

    From `risky_from` on operators have to know that it is not. Channels bear their `counted` names.
    """

    deadline: datetime
    risky_from: datetime
    channels: frozenset[str]

    def kept(self, told: Mapping[str, datetime | None]) -> bool:
        """Whether the customer was told, in time or not, by one of the channels that count."""
        return any(told.get(channel) for channel in self.channels)

    def in_time(self, told: Mapping[str, datetime | None]) -> bool:
        """Whether it was told when the promise says so; the last moment itself is in time."""
        instants = (told.get(channel) for channel in self.channels)
        return any(at is not None and at <= self.deadline for at in instants)


def promises(window: Window, policy: Policy, service: str) -> Iterator[Promise]:
    """What a service's terms promise of this window: one for each notice rule that applies."""
    placed = Placed(window, policy.calendar)
    for rule in policy.rules:
        terms = rule.terms
        if isinstance(terms, Notice) and applies(rule, placed):
            count, unit = terms.length.count, terms.length.unit
            deadline = LATEST[unit](window.start, count, policy.calendar)
            quarter = _quarter_before(deadline, count, unit, policy.calendar)
            hours = _working_time_before(deadline, policy)
            channels = frozenset(counted(name, service) for name in terms.channels.names)
            yield Promise(deadline, min(quarter, hours), channels)


def counted(channel: str, service: str) -> str:
    """By what name a channel counts: a page elsewhere is that of one service."""
    return f"{channel}:{service}" if channel == PUSHED else channel


def at_risk(promise: Promise, told: Mapping[str, datetime | None], now: datetime) -> bool:
    """Whether this promise is not kept yet and soon cannot be; no longer once it is too late."""
    return promise.risky_from <= now < promise.deadline and not promise.kept(told)


def first_look(found: Iterable[Promise], now: datetime, margin: timedelta) -> datetime | None:
    """When to look whether these are kept: once one is risky, mails have had `margin` to arrive.

    But not after the deadline; None where none of them can be kept any more.
    """
    moments = [
        max(now, min(max(each.risky_from, now + margin), each.deadline - margin))
        for each in found
        if now < each.deadline
    ]
    return min(moments, default=None)


def _quarter_before(deadline: datetime, count: int, unit: str, calendar: Calendar) -> datetime:
    """A quarter of the notice length before the deadline, in the time that the length counts in."""
    if unit == "working_days":
        return working_days_before(deadline, count / 4, calendar)
    return deadline - timedelta(**{"hours" if unit == "hours" else "days": count}) / 4


def _working_time_before(deadline: datetime, policy: Policy) -> datetime:
    hours = _working_hours(policy)
    if hours is None:
        return working_days_before(deadline, WORKING_TIME / timedelta(days=1), policy.calendar)
    left = WORKING_TIME
    today = local_day(deadline, policy.zone)
    for day in range(today, today - _LOOK_BACK, -1):
        for start, end in reversed(list(hours.spans(day))):
            length = max(min(end, deadline) - start, timedelta())
            if length >= left:
                return start + (length - left)
            left -= length
    return deadline - WORKING_TIME


def _working_hours(policy: Policy) -> Hours | None:
    """The named hours that lie on working days alone; None where the policy names none."""
    none_works = range(1, 8)  # a week of the year 1: no calendar knows its working days
    named = policy.hours.values()
    return next((each for each in named if not any(map(each.on, none_works))), None)
