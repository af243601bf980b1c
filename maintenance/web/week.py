"""One week for the calendar: hour by hour what is on, and which hours the agreements speak of."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from maintenance.models import Service
from maintenance.sla.hours import Hours
from maintenance.sla.kinds import Count, InHours
from maintenance.sla.policy import Policy
from maintenance.store.policies import Versions
from maintenance.store.windows import Brief
from maintenance.web.month import Day, blackouts, by_day, days, midnight
from maintenance.web.shown import Shown

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Cell:
    """An hour of a day."""

    day: date
    hour: int
    starts: Sequence[Brief]  # and those that began before, in the first hour of the day
    goes_on: Sequence[Brief]
    spoken_of: Sequence[str]  # services that count what is in this hour, or ask to avoid it
    closed: Sequence[str]  # services that allow no maintenance then


@dataclass(frozen=True, slots=True)
class Week:
    """A week as the calendar shows it."""

    days: Sequence[Day]
    hours: Sequence[Sequence[Cell]]

    @property
    def windows(self) -> list[Brief]:
        """The windows in it, one that lies on two days twice."""
        return [row for day in self.days for row in day.windows]


def week(
    session: Session, asked: Shown, services: Sequence[Service], zone: ZoneInfo, lang: str
) -> Week:
    """The week asked for, with the services' hours."""
    versions = Versions(session)
    policies = {row.slug: versions.newest(row.policy) for row in services}
    chosen = {slug: one for slug, one in policies.items() if asked.service in ("", slug)}
    dates = [asked.monday + timedelta(days=n) for n in range(7)]
    since, until = midnight(dates[0], zone), midnight(dates[-1] + timedelta(days=1), zone)
    rows = asked.windows(session, services, since, until)
    return Week(
        days(
            dates, None, by_day(rows, zone), [(row, policies[row.slug]) for row in services], lang
        ),
        [[_cell(day, hour, rows, chosen, zone) for day in dates] for hour in range(24)],
    )


def _cell(
    day: date, hour: int, rows: Iterable[Brief], policies: dict[str, Policy], zone: ZoneInfo
) -> Cell:
    start = datetime(day.year, day.month, day.day, hour, tzinfo=zone)
    instant = midnight(day, zone) if hour == 0 else start
    on = [row for row in rows if row.start_at < instant + HOUR and row.end_at > instant]
    first = [row for row in on if row.start_at >= instant or hour == 0]
    return Cell(
        day,
        hour,
        first,
        [row for row in on if row not in first],
        [slug for slug, one in policies.items() if _spoken_of(one, instant)],
        [slug for slug, one in policies.items() if _closed(one, day, instant)],
    )


def _spoken_of(policy: Policy, instant: datetime) -> bool:
    for rule in policy.rules:
        match rule.terms:
            case Count(hours=Hours() as hours) | InHours(within=Hours() as hours):
                pass
            case InHours(outside=Hours() as hours):
                pass
            case _:
                continue
        if hours.touches(instant, instant + HOUR):
            return True
    return False


def _closed(policy: Policy, day: date, instant: datetime) -> bool:
    return any(
        each.hours is None or each.hours.touches(instant, instant + HOUR)
        for each in blackouts(policy, day)
    )
