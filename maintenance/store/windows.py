"""Windows: read, listed, counted, written."""

import json
import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Select, Text, and_, bindparam, cast, func, or_, select, text
from sqlalchemy.orm import Session, selectinload

from maintenance.models import Agreement, Customer, Series, Service, Window, WindowService
from maintenance.sla import check, verdict
from maintenance.sla.interval import Interval, hull
from maintenance.sla.policy import Policy
from maintenance.sla.workdays import day_start
from maintenance.store.policies import Versions
from maintenance.windows import (
    HOLDING,
    LONGEST,
    Impact,
    Kind,
    Message,
    NoticeKind,
    State,
    differing,
)
from maintenance.windows import Service as ServiceValue
from maintenance.windows import Window as WindowValue

PLANNED = (State.PROPOSED, State.SCHEDULED, State.IN_PROGRESS)
"""The states of what is planned, approved yet or not."""

COUNTED_KINDS = (Kind.PLANNED, Kind.UPDATE)
"""The kinds that a quota or cap counts."""


def value(row: Window, versions: Versions) -> WindowValue:
    """The window as readers know it."""
    return WindowValue(
        id=row.public_id,
        reference=row.reference,
        state=State(row.state),
        revision=row.revision,
        services=tuple(_service(place.service, versions) for place in row.places),
        kind=Kind(row.kind),
        title=row.title,
        description=row.description,
        start=row.start_at,
        end=row.end_at,
        outage_minutes=row.outage_minutes,
        impact=Impact(row.impact),
        updated_at=row.updated_at,
        channels=tuple(row.channels),
        reminders=tuple(row.reminders),
        announce_at=row.announce_at,
        announced_at=row.announced_at,
        notice_revision=row.notice_revision,
        times_revision=row.times_revision,
        started_at=row.started_at,
        completed_at=row.completed_at,
        cancelled_at=row.cancelled_at,
        outages=outages(row),
        messages=tuple(
            Message(notice.due_at, notice.words or {})
            for notice in row.notices
            if notice.kind == NoticeKind.MESSAGE
        ),
    )


def _service(row: Service, versions: Versions) -> ServiceValue:
    zone = versions.newest(row.policy).zone.key
    return ServiceValue(slug=row.slug, name=row.name, zone=zone, color=row.color)


def zones(session: Session) -> Mapping[str, ZoneInfo]:
    """Every service's slug and the zone in which its times are entered."""
    versions = Versions(session)
    rows = session.execute(select(Service.slug, Service.policy).order_by(Service.slug))
    return {slug: versions.newest(policy).zone for slug, policy in rows}


def services(session: Session, slugs: Collection[str]) -> list[Service]:
    """The services with these slugs, by slug; those that exist."""
    return list(session.scalars(_SERVICES, {"slugs": list(slugs)}))


_SERVICES = (
    select(Service)
    .where(Service.slug.in_(bindparam("slugs", expanding=True)))
    .order_by(Service.slug)
)


def by_public_id(session: Session, public_id: str) -> Window | None:
    """The window, or None."""
    return session.scalar(select(Window).where(Window.public_id == public_id))


def lock_window(session: Session, public_id: str) -> Window | None:
    """The window as it now is, held until the transaction ends; or None."""
    query = select(Window).where(Window.public_id == public_id).with_for_update(key_share=True)
    return session.scalar(query.execution_options(populate_existing=True))


def listed(
    session: Session,
    *,
    states: Collection[str] = (),
    services: Collection[str] = (),
    since: datetime | None = None,
    until: datetime | None = None,
    after: tuple[datetime, int] | None = None,
    limit: int | None = None,
    complies: bool | None = None,
) -> list[Window]:
    """Windows that touch [since, until), by start; `after` is the (start, id) of the last seen.

    `complies` is what their stored verdict says.
    """
    query = select(Window).order_by(Window.start_at, Window.id)
    if states:
        query = query.where(Window.state.in_(states))
    if services:
        query = query.where(Window.id.in_(_on(services)))
    if since is not None:
        query = query.where(Window.start_at > since - LONGEST, Window.end_at > since)
    if until is not None:
        query = query.where(Window.start_at < until)
    if complies is not None:
        query = query.where(Window.verdict["compliant"].as_boolean().is_(complies))
    if after is not None:
        start, last = after
        query = query.where(
            or_(Window.start_at > start, and_(Window.start_at == start, Window.id > last))
        )
    return list(session.scalars(query.options(*_WHOLE).limit(limit)))


_WHOLE = (
    selectinload(Window.places).joinedload(WindowService.service),
    selectinload(Window.series),
)


@dataclass(slots=True)
class Brief:
    """Of a window what a calendar shows; where a month has hundreds, whole rows take too long."""

    id: int
    public_id: str
    reference: str
    state: str
    kind: str
    title: Mapping[str, str]
    start_at: datetime
    end_at: datetime
    services: list[Service] = field(default_factory=list)


def on_calendar(
    session: Session, services: Iterable[Service], since: datetime, until: datetime
) -> list[Brief]:
    """The windows that touch [since, until), by start; `services` are all there are."""
    by_id = {row.id: row for row in services}
    asked = {"longest_before": since - LONGEST, "since": since, "until": until}
    found: dict[int, Brief] = {}
    for service_id, *row in session.execute(_CALENDAR, asked):
        brief = found.get(row[0]) or found.setdefault(row[0], Brief(*row))
        if service_id is not None:
            brief.services.append(by_id[service_id])
    return list(found.values())


_CALENDAR = (
    select(
        WindowService.service_id,
        *(Window.id, Window.public_id, Window.reference, Window.state, Window.kind, Window.title),
        *(Window.start_at, Window.end_at),
    )
    .outerjoin(WindowService, WindowService.window_id == Window.id)
    .where(
        Window.start_at > bindparam("longest_before"),
        Window.start_at < bindparam("until"),
        Window.end_at > bindparam("since"),
    )
    .order_by(Window.start_at, Window.id, WindowService.service_id)
)


def waiting(session: Session, services: Collection[str] = ()) -> Sequence[tuple[int, int | None]]:
    """Each proposal on these services (none: on any): its id, and its series where that waits
    whole; those that were last known to need an answer soonest go first.
    """
    query = _WAITING.where(Window.id.in_(_on(services))) if services else _WAITING
    return [(window_id, series_id) for window_id, series_id in session.execute(query)]


_ASKED_BY = func.coalesce(Window.decide_by, Window.start_at)
_WAITING = (
    select(Window.id, Series.id)
    .outerjoin(Series, and_(Series.id == Window.series_id, Series.state == State.PROPOSED))
    .where(Window.state == State.PROPOSED)
    .order_by(_ASKED_BY, Window.start_at, Window.id)
)


def _on(services: Collection[str]) -> Select[int]:
    """The ids of the windows on one of these services."""
    return select(WindowService.window_id).join(Service).where(Service.slug.in_(services))


def by_ids(session: Session, ids: Collection[int]) -> list[Window]:
    """The windows with these ids, in that order."""
    rows = session.scalars(select(Window).where(Window.id.in_(ids)).options(*_WHOLE))
    found = {row.id: row for row in rows}
    return [found[each] for each in ids]


def overlapping(session: Session, row: Window) -> list[Window]:
    """Other windows planned at the same time on a service of this one; advice, never a rule."""
    slugs = [place.service.slug for place in row.places]
    found = listed(session, states=PLANNED, services=slugs, since=row.start_at, until=row.end_at)
    return [other for other in found if other.id != row.id]


def terms(
    session: Session,
    services: Sequence[Service],
    window: verdict.Window,
    *,
    exclude: int | None = None,
    told: Mapping[str, Mapping[str, datetime]] | None = None,
    outages: Mapping[str, int] | None = None,
) -> list[check.Terms]:
    """What binds this window on each service: policy, history (without `exclude`), agreements.

    `told` gives, per customer, the instants by channel at which it was told, where it was;
    `outages` the minutes of each service, where they differ.
    """
    versions = Versions(session)
    policies = {row.id: versions.in_force(row.policy, window.start) for row in services}
    agreements = _agreements(session, services, policies, versions, window.start, told or {})
    binding = {
        *policies.values(),
        *(each.policy for those in agreements.values() for each in those),
    }
    span = hull(policy.span(window) for policy in binding)
    history = _history(session, policies, span, exclude)
    return [
        check.Terms(
            row.slug,
            policies[row.id],
            history[row.id],
            agreements[row.id],
            (outages or {}).get(row.slug),
        )
        for row in services
    ]


_HISTORY = select(
    WindowService.service_id,
    WindowService.kind,
    WindowService.start_at,
    WindowService.end_at,
    WindowService.outage_minutes,
).where(
    WindowService.service_id.in_(bindparam("services", expanding=True)),
    WindowService.start_at > bindparam("longest_before"),
    WindowService.start_at < bindparam("until"),
    WindowService.end_at > bindparam("since"),
    WindowService.state.in_(HOLDING),
    WindowService.kind.in_(COUNTED_KINDS),
    WindowService.window_id != bindparam("exclude"),
)
"""Built once: building it takes longer than running it."""


def _history(
    session: Session, services: Iterable[int], span: Interval, exclude: int | None
) -> dict[int, list[verdict.Window]]:
    """Per service, the windows that hold a place and touch the span: one statement for all."""
    found: dict[int, list[verdict.Window]] = {service_id: [] for service_id in services}
    asked = {
        "services": list(found),
        "longest_before": span.start - LONGEST,
        "since": span.start,
        "until": span.end,
        "exclude": exclude or 0,
    }
    for service_id, kind, start, end, outage in session.execute(_HISTORY, asked):
        found[service_id].append(verdict.Window(kind, start, end, outage, {}))
    return found


_AGREEMENTS = (
    select(
        Agreement.service_id,
        Agreement.effective_from,
        Agreement.effective_until,
        cast(Agreement.rules, Text),  # as it is stored: most say the same, and are read once
        Customer.slug,
    )
    .join(Customer)
    .where(Agreement.service_id.in_(bindparam("services", expanding=True)), Customer.active)
    .order_by(Customer.slug, Agreement.id)
)


def _agreements(
    session: Session,
    services: Iterable[Service],
    policies: Mapping[int, Policy],
    versions: Versions,
    at: datetime,
    told: Mapping[str, Mapping[str, datetime]],
) -> dict[int, list[check.Agreement]]:
    """Per service, its customers' agreements in force at this instant."""
    by_id = {row.id: row for row in services}
    found: dict[int, list[check.Agreement]] = {service_id: [] for service_id in by_id}
    known: dict[tuple[int, str], Policy] = {}
    days = {row.id: at.astimezone(policies[row.id].zone).date() for row in services}
    for service_id, first, last, rules, customer in session.execute(
        _AGREEMENTS, {"services": list(by_id)}
    ):
        day = days[service_id]
        if (first is None or first <= day) and (last is None or day <= last):
            policy = known.get((service_id, rules))
            if policy is None:
                slug = by_id[service_id].policy
                policy = versions.deviating(slug, at, json.loads(rules))
                known[service_id, rules] = policy
            found[service_id].append(check.Agreement(customer, policy, told.get(customer)))
    return found


def agreed(session: Session, service: Service, at: datetime) -> dict[str, Policy]:
    """By customer, what binds it at this instant where it has an agreement on this service."""
    versions = Versions(session)
    policies = {service.id: versions.in_force(service.policy, at)}
    found = _agreements(session, [service], policies, versions, at, {})
    return {each.customer: each.policy for each in found[service.id]}


def turns(
    session: Session, services: Sequence[Service], since: datetime, until: datetime
) -> list[datetime]:
    """The instants between these two at which another policy version or agreement takes over."""
    versions = Versions(session)
    by_id = {row.id: row for row in services}
    days: set[tuple[int, date]] = {
        (row.id, version.version) for row in services for version in versions.all(row.policy)
    }
    for service_id, first, last, _, _ in session.execute(_AGREEMENTS, {"services": list(by_id)}):
        days |= {(service_id, first)} if first else set()
        days |= {(service_id, last + timedelta(days=1))} if last else set()
    starts = {
        day_start(day.toordinal(), versions.newest(by_id[service_id].policy).zone)
        for service_id, day in days
    }
    return sorted(start for start in starts if since < start < until)


def new_id(prefix: str) -> str:
    """An id for the public that cannot be guessed: 128 random bits."""
    return f"{prefix}_{secrets.token_urlsafe(16)}"


def next_reference(session: Session, year: int) -> str:
    """The next reference of this year, M-2026-041."""
    number = session.scalar(
        text(
            "INSERT INTO counter (name, number) VALUES (:name, 1) ON CONFLICT (name) "
            "DO UPDATE SET number = counter.number + 1 RETURNING number"
        ),
        {"name": f"reference-{year}"},
    )
    return f"M-{year}-{number:03d}"


def outages(row: Window) -> dict[str, int]:
    """The minutes of each service where they differ; nothing where all have the window's."""
    each = {place.service.slug: place.outage_minutes for place in row.places}
    return differing(each)


def place_on(
    row: Window, services: Iterable[Service], outages: Mapping[str, int] | None = None
) -> None:
    """Put the window on these services, with what a count needs; again after every change.

    `outages` has the minutes of each service where they differ; None leaves them as they are.
    """
    kept = {place.service_id: place for place in row.places}
    row.places = [kept.get(service.id) or WindowService(service=service) for service in services]
    for place in row.places:
        place.start_at, place.end_at = row.start_at, row.end_at
        place.state, place.kind = row.state, row.kind
        if outages is not None or place.outage_minutes is None:
            place.outage_minutes = (outages or {}).get(place.service.slug, row.outage_minutes)
