"""One month for the calendar: its days, what is on them, and how many places are left."""

from calendar import Calendar
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from maintenance import openings
from maintenance.models import Service, Window
from maintenance.sla.left import Left
from maintenance.sla.policy import Policy
from maintenance.sla.workdays import day_start
from maintenance.store import people
from maintenance.store.policies import Versions
from maintenance.web.shown import Shown


@dataclass(frozen=True, slots=True)
class Day:
    """A local date in the grid."""

    date: date
    outside: bool  # of the month
    holiday: str
    windows: Sequence[Window]

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
    def windows(self) -> list[Window]:
        """The windows on its own days, by start."""
        own = [day for week in self.weeks for day in week if not day.outside]
        found = {row.id: row for day in own for row in day.windows}
        return sorted(found.values(), key=lambda row: (row.start_at, row.id))


@dataclass(frozen=True, slots=True)
class Places:
    """What is left of a quota or cap of a service, in one period."""

    service: Service
    left: Left


def month(session: Session, asked: Shown, zone: ZoneInfo, lang: str) -> Month:
    """The month asked for with its windows and holidays."""
    first = asked.first
    weeks = Calendar().monthdatescalendar(first.year, first.month)
    since, until = midnight(weeks[0][0], zone), midnight(weeks[-1][-1] + timedelta(days=1), zone)
    rows = asked.windows(session, since, until)
    versions = Versions(session)
    policies = [versions.newest(row.policy) for row in people.services(session)]
    return Month(first, [days(week, first.month, rows, policies, zone, lang) for week in weeks])


def days(
    dates: Iterable[date],
    month: int | None,
    rows: Sequence[Window],
    policies: Iterable[Policy],
    zone: ZoneInfo,
    lang: str,
) -> list[Day]:
    """These days; those of another month than `month` are outside."""
    policies = list(policies)
    return [
        Day(
            date=day,
            outside=month is not None and day.month != month,
            holiday=_holiday(policies, day, lang),
            windows=_on(rows, day, zone),
        )
        for day in dates
    ]


def places(session: Session, first: date, today: date, zone: ZoneInfo) -> list[Places]:
    """Per service, what is left of its quotas and caps: as the month begins, or today in it.

    In the present month also what is left in the next, and of a weekly cap in the next week.
    """
    present = today.replace(day=1) == first
    days = [today if present else first]
    if present:
        days += [(first + timedelta(days=31)).replace(day=1), today + timedelta(days=7)]
    return [
        Places(service, each)
        for service in people.services(session)
        for each in _left(session, service, [midnight(day, zone) for day in days])
    ]


def _left(session: Session, service: Service, moments: Sequence[datetime]) -> list[Left]:
    """What is left at the first moment; then of months in the second, of weeks in the third."""
    each = [openings.left(session, [service], at) for at in moments]
    weekly = [[one for one in found if "-W" in one.period] for found in each]
    monthly = [[one for one in found if "-W" not in one.period] for found in each]
    return [
        *monthly[0],
        *(monthly[1] if each[1:] else ()),
        *weekly[0],
        *(weekly[2] if each[2:] else ()),
    ]


def _on(rows: Iterable[Window], day: date, zone: ZoneInfo) -> list[Window]:
    start, end = midnight(day, zone), midnight(day + timedelta(days=1), zone)
    return [row for row in rows if row.start_at < end and row.end_at > start]


def _holiday(policies: Iterable[Policy], day: date, lang: str) -> str:
    return next((name for one in policies if (name := one.holiday_name(day, lang))), "")


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """When this day begins there."""
    return day_start(day.toordinal(), zone)
