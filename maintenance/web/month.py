"""One month for the calendar: its days, what is on them, and how many places are left."""

from calendar import Calendar
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from maintenance import openings
from maintenance.models import Service
from maintenance.sla.kinds import Blackout
from maintenance.sla.left import Left
from maintenance.sla.policy import Policy
from maintenance.sla.rules import closed
from maintenance.sla.workdays import day_start, local_day
from maintenance.store.policies import Versions
from maintenance.store.windows import Brief
from maintenance.web.shown import Shown

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Day:
    """A local date in the grid."""

    date: date
    outside: bool  # of the month
    holiday: str
    closed: Sequence[Service]  # those that allow no maintenance then, or in some of its hours
    windows: Sequence[Brief]

    @property
    def weekend(self) -> bool:
        """Whether it is a Saturday or Sunday."""
        return self.date.isoweekday() > 5


@dataclass(frozen=True, slots=True)
class Month:
    """A month as the calendar shows it."""

    first: date
    weeks: Sequence[Sequence[Day]]

    @property
    def days(self) -> list[Day]:
        """Its own days."""
        return [day for week in self.weeks for day in week if not day.outside]

    @property
    def windows(self) -> list[Brief]:
        """The windows on its own days, by start."""
        found = {row.id: row for day in self.days for row in day.windows}
        return sorted(found.values(), key=lambda row: (row.start_at, row.id))

    def listed(self) -> list[tuple[Day, list[Brief]]]:
        """Its days of which there is something to say, each window once, on its first day here."""
        seen: set[int] = set()
        found = []
        for day in self.days:
            rows = [row for row in day.windows if row.id not in seen]
            seen |= {row.id for row in rows}
            if rows or day.holiday or day.closed:
                found.append((day, rows))
        return found


@dataclass(frozen=True, slots=True)
class Places:
    """What is left of a quota or cap of a service, in one period."""

    service: Service
    left: Left


def month(
    session: Session, asked: Shown, services: Sequence[Service], zone: ZoneInfo, lang: str
) -> Month:
    """The month asked for with its windows and holidays; `services` are all there are."""
    first = asked.first
    weeks = Calendar().monthdatescalendar(first.year, first.month)
    since, until = midnight(weeks[0][0], zone), midnight(weeks[-1][-1] + timedelta(days=1), zone)
    on = by_day(asked.windows(session, services, since, until), zone)
    versions = Versions(session)
    policies = [(row, versions.newest(row.policy)) for row in services]
    return Month(first, [days(week, first.month, on, policies, lang) for week in weeks])


def days(
    dates: Iterable[date],
    month: int | None,
    on: Mapping[int, Sequence[Brief]],
    policies: Sequence[tuple[Service, Policy]],
    lang: str,
) -> list[Day]:
    """These days with what is on them, by ordinal; those of another month are outside."""
    return [
        Day(
            date=day,
            outside=month is not None and day.month != month,
            holiday=_holiday([policy for _, policy in policies], day, lang),
            closed=[service for service, policy in policies if blackouts(policy, day)],
            windows=on.get(day.toordinal(), ()),
        )
        for day in dates
    ]


def places(
    session: Session, services: Sequence[Service], first: date, today: date, zone: ZoneInfo
) -> list[Places]:
    """Per service, what is left of its quotas and caps in the month and each of its weeks.

    In the present month: now, in the next month, and of a weekly cap in the next week.
    """
    following = (first + timedelta(days=31)).replace(day=1)
    if not services:
        return []
    if today.replace(day=1) == first:
        moments = (today, following, today + timedelta(days=7))
        found = [openings.left(session, services, midnight(day, zone)) for day in moments]
    else:
        found = [openings.left(session, services, midnight(first, zone), midnight(following, zone))]
    return [
        Places(service, each)
        for service in services
        for each in _left([[one for one in some if one.service == service.slug] for some in found])
    ]


def _left(each: Sequence[Sequence[Left]]) -> list[Left]:
    """What is left at the first moment; then of months in the second, of weeks in the third."""
    weekly = [[one for one in found if "-W" in one.period] for found in each]
    monthly = [[one for one in found if "-W" not in one.period] for found in each]
    return [
        *monthly[0],
        *(monthly[1] if each[1:] else ()),
        *weekly[0],
        *(weekly[2] if each[2:] else ()),
    ]


def by_day(rows: Iterable[Brief], zone: ZoneInfo) -> dict[int, list[Brief]]:
    """By the ordinal of each local date, the windows that touch it."""
    found: dict[int, list[Brief]] = {}
    for row in rows:
        first = local_day(row.start_at, zone)
        for day in range(first, local_day(row.end_at - MINUTE, zone) + 1):
            found.setdefault(day, []).append(row)
    return found


def blackouts(policy: Policy, day: date) -> list[Blackout]:
    """What of this policy allows no maintenance on a local date, or in some of its hours."""
    terms = [rule.terms for rule in policy.rules if isinstance(rule.terms, Blackout)]
    return [each for each in terms if closed(each, day.toordinal(), policy.calendar)]


def _holiday(policies: Iterable[Policy], day: date, lang: str) -> str:
    return next((name for one in policies if (name := one.holiday_name(day, lang))), "")


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """When this day begins there."""
    return day_start(day.toordinal(), zone)
