"""Series: a recurring window, previewed, proposed, approved, rolled on and ended.

Each occurrence is a window of its own, made HORIZON ahead, judged and announced by itself: to skip
one is to cancel it, to move one is to move it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, TypeAlias, cast

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from maintenance import four_eyes, judging, planning
from maintenance.accounts import CLOCK, Actor
from maintenance.intake import Proposal
from maintenance.models import Series as Row
from maintenance.models import Window, db
from maintenance.results import Missing, NotPossible
from maintenance.sla import series as sla
from maintenance.sla.check import Terms, check
from maintenance.sla.series import Occurrence
from maintenance.sla.verdict import Verdict
from maintenance.sla.verdict import Window as Judged
from maintenance.store import audit, windows
from maintenance.store.policies import Versions
from maintenance.store.pushed import counting
from maintenance.store.session import lock, writing
from maintenance.windows import Channel, State

HORIZON = timedelta(days=396)
"""So far ahead, 13 months, its windows are made and hold their places."""

SLACK = timedelta(hours=1)
"""So long before the SLA's latest moment an occurrence is announced at the latest."""

SHARED = (
    *("title", "description", "services", "kind", "outage_minutes"),
    *("impact", "justification", "channels", "reminders", "outages"),
)
"""The fields of a proposal that every occurrence has alike."""


@dataclass(frozen=True, slots=True)
class Outdated:
    """Somebody changed the series, or one of its windows, after the caller read it."""


Switched: TypeAlias = Row | NotPossible | Missing | Outdated
"""The series in its next state, or why not."""

Differs: TypeAlias = Callable[[Row], bool]
"""Whether the series is another than the caller read."""


def never(row: Row) -> bool:  # noqa: ARG001
    """For a caller that does not say what it read."""
    return False


@dataclass(frozen=True, slots=True)
class Plan:
    """A series as somebody asks for it: when it comes by, what its first window is like."""

    when: sla.Series
    values: Proposal
    announce_days: int = 7


@dataclass(frozen=True, slots=True)
class Planned:
    """One occurrence before anything is saved: its values, and what the rules say of it."""

    occurrence: Occurrence
    values: Proposal
    verdict: Verdict


def preview(session: Session, plan: Plan, now: datetime) -> list[Planned]:
    """Each occurrence within the horizon with its verdict, those before it counted; reads only."""
    return _plan(session, plan, now, plan.when.first, _local(session, plan, now + HORIZON))


def propose(plan: Plan, actor: Actor, now: datetime) -> Row:
    """The series and its windows within the horizon, all waiting for approval, in one commit."""
    with writing() as session:
        lock(session, plan.values.services)
        when, until = plan.when, _local(session, plan, now + HORIZON)
        row = Row(
            public_id=windows.new_id("s"),
            state="proposed",
            first=when.first,
            at=when.at,
            length_minutes=when.length // timedelta(minutes=1),
            unit=when.unit,
            every=when.every,
            until=when.until,
            on_holiday=when.on_holiday,
            announce_days=plan.announce_days,
            fields={name: _plain(getattr(plan.values, name)) for name in SHARED},
            filled_until=when.first - timedelta(days=1),
            proposed_by=actor.name,
            created_at=now,
            updated_at=now,
        )
        session.add(row)
        _fill(session, row, until, actor, now)
        audit.record(session, actor.name, "propose", f"series:{row.public_id}", row.fields, now)
        return row


def approve(
    public_id: str,
    actor: Actor,
    now: datetime,
    override_reason: str = "",
    differs: Differs = never,
) -> Switched:
    """The series active and each occurrence approved that complies; the rest stay proposed.

    Where a service asks for two people, it is for another than who proposed the series.
    """
    row = _switch(public_id, "active", actor, now, differs)
    if isinstance(row, Row):
        _approve_all(row, actor, now, override_reason)
    return row


def end(
    public_id: str, reason: str, actor: Actor, now: datetime, differs: Differs = never
) -> Switched:
    """The series ended: what has not begun is cancelled, and told where it was announced."""
    row = _switch(public_id, "ended", actor, now, differs)
    if isinstance(row, Row):
        for window_id in _ids(row, State.DRAFT, State.PROPOSED, State.SCHEDULED):
            planning.cancel(window_id, reason, actor, now)
    return row


def roll_on(now: datetime) -> None:
    """Make the windows of active series that have come within the horizon, and approve them."""
    for public_id in _behind(now):
        with writing() as session:
            row = by_public_id(session, public_id)
            assert row is not None
            lock(session, row.fields["services"])
            session.refresh(row)  # another worker may have been first
            plan = plan_of(row)
            _fill(session, row, _local(session, plan, now + HORIZON), CLOCK, now)
        _approve_all(row, CLOCK, now, "")


def by_public_id(session: Session, public_id: str) -> Row | None:
    """The series, or None."""
    return session.scalar(select(Row).where(Row.public_id == public_id))


def listed(session: Session) -> list[Row]:
    """Every series, the newest first."""
    return list(session.scalars(select(Row).order_by(Row.created_at.desc(), Row.id.desc())))


def next_starts(session: Session, now: datetime) -> dict[int | None, datetime]:
    """By series' id, when its next window that is planned starts."""
    query = (
        select(Window.series_id, func.min(Window.start_at))
        .where(
            Window.series_id.is_not(None),
            Window.start_at > now,
            Window.state.in_((State.PROPOSED, State.SCHEDULED)),
        )
        .group_by(Window.series_id)
    )
    return {series_id: start for series_id, start in session.execute(query)}  # noqa: C416  # rows


def plan_of(row: Row) -> Plan:
    """The series as it was asked for."""
    when = sla.Series(
        first=row.first,
        at=row.at,
        length=timedelta(minutes=row.length_minutes),
        unit=cast("sla.Unit", row.unit),
        every=row.every,
        until=row.until,
        on_holiday=cast("sla.OnHoliday", row.on_holiday),
    )
    fields: dict[str, Any] = dict(row.fields)
    for name in ("services", "channels", "reminders"):
        fields[name] = fields[name] if fields[name] is None else tuple(fields[name])
    values = Proposal(**fields, start=row.created_at, end=row.created_at, announce_at=None)
    return Plan(when, values, row.announce_days)


def _behind(now: datetime) -> list[str]:
    """The active series whose windows do not reach the horizon; a week's slack saves work."""
    reach = (now + HORIZON - timedelta(days=7)).date()
    query = select(Row.public_id).where(
        Row.state == "active",
        Row.filled_until < reach,
        or_(Row.until.is_(None), Row.filled_until < Row.until),
    )
    session = db.session()
    found = list(session.scalars(query))
    session.rollback()
    return found


def _switch(public_id: str, state: str, actor: Actor, now: datetime, differs: Differs) -> Switched:
    with writing() as session:
        query = select(Row).where(Row.public_id == public_id).with_for_update()
        row = session.scalar(query)
        if row is None:
            return Missing()
        if differs(row):
            return Outdated()
        if row.state in {"ended", state}:
            return NotPossible(f"the series is {row.state}")
        if state == "active":
            services = windows.services(session, row.fields["services"])
            if why := four_eyes.forbidden_series(row, services, actor):
                return NotPossible(why)
            row.approved_by = actor.name
        changes = {"state": [row.state, state]}
        row.state, row.updated_at = state, now
        audit.record(session, actor.name, state, f"series:{public_id}", changes, now)
        return row


def _approve_all(row: Row, actor: Actor, now: datetime, override_reason: str) -> None:
    for window_id in _ids(row, State.PROPOSED):
        planning.approve(window_id, actor, now, override_reason)


def _ids(row: Row, *states: State) -> list[str]:
    return [window.public_id for window in row.windows if window.state in states]


def _fill(session: Session, row: Row, until: date, actor: Actor, now: datetime) -> None:
    """Make the windows from where it is filled to `until`."""
    plan = plan_of(row)
    services = windows.services(session, plan.values.services)
    since = row.filled_until + timedelta(days=1)
    for each in _plan(session, plan, now, since, until):
        window = planning.add(session, services, each.values, actor, now)
        window.series, window.occurrence = row, each.occurrence.day
        window.verdict, window.revision = each.verdict.as_json(), 1
        four_eyes.watch(window, each.verdict)
        audit.record(session, actor.name, "propose", f"window:{window.public_id}", {}, now)
    row.filled_until, row.updated_at = until, now


def _plan(session: Session, plan: Plan, now: datetime, since: date, until: date) -> list[Planned]:
    services = windows.services(session, plan.values.services)
    calendar = Versions(session).newest(services[0].policy).calendar
    found: list[Planned] = []
    earlier: list[Judged] = []
    for each in sla.occurrences(plan.when, calendar, since, until):
        if each.start <= now:
            continue
        values = replace(plan.values, start=each.start, end=each.end, announce_at=None)
        window = judging.for_rules(values, now)
        alone = windows.terms(session, services, window, outages=values.outages)
        shown = counting(session, alone, window.announced.get(Channel.STATUS_PAGE))
        terms = [_with(one, earlier) for one in shown]
        announce_at = _announce_at(each, plan.announce_days, check(window, terms), now)
        values = replace(values, announce_at=announce_at)
        window = judging.for_rules(values, now)
        found.append(Planned(each, values, check(window, terms)))
        earlier.append(window)
    return found


def _with(terms: Terms, earlier: list[Judged]) -> Terms:
    outage = terms.outage_minutes
    theirs = [w if outage is None else w._replace(outage_minutes=outage) for w in earlier]
    return replace(terms, history=[*terms.history, *theirs])


def _announce_at(
    occurrence: Occurrence, days: int, verdict: Verdict, now: datetime
) -> datetime | None:
    """So many days ahead, or before the SLA's latest moment if that is sooner; None: at once."""
    latest = [
        finding.deadline - SLACK
        for finding in verdict.findings
        if finding.deadline is not None and finding.outcome != "not_applicable"
    ]
    at = min([occurrence.start - timedelta(days=days), *latest])
    return at if at > now else None


def _local(session: Session, plan: Plan, at: datetime) -> date:
    services = windows.services(session, plan.values.services)
    return at.astimezone(Versions(session).newest(services[0].policy).zone).date()


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return list(value)
    return dict(value) if isinstance(value, Mapping) else value
