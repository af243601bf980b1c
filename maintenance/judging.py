"""A stored or proposed window, put before the core with all that binds it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from flask import current_app
from sqlalchemy.orm import Session

from maintenance.intake import Proposal
from maintenance.models import Window
from maintenance.sla import verdict as sla
from maintenance.sla.check import check
from maintenance.sla.verdict import Verdict
from maintenance.store import outbox, standing, windows
from maintenance.store.pushed import counting
from maintenance.windows import Channel, State

LIVE = (State.DRAFT, State.PROPOSED, State.SCHEDULED)
"""While a window can still be planned its verdict follows what else is planned and told."""


@dataclass(frozen=True, slots=True)
class Times:
    """When a window is, and for how many minutes something does not work.

    `outages` has the minutes of each service, where they are not `outage`, the greatest, for all.
    """

    start: datetime
    end: datetime
    outage: int
    outages: Mapping[str, int] = field(default_factory=dict)


def judge(
    session: Session, values: Proposal, now: datetime, window_id: str | None = None
) -> Verdict:
    """What the rules say of these values, not yet announced; reads only.

    The window with the public id `window_id`, whose new values these are, is left out of history.
    """
    row = windows.by_public_id(session, window_id) if window_id else None
    services = windows.services(session, values.services)
    window = for_rules(values, now)
    exclude = row.id if row else None
    terms = windows.terms(session, services, window, exclude=exclude, outages=values.outages)
    return check(window, counting(session, terms, window.announced.get(Channel.STATUS_PAGE)))


def for_rules(values: Proposal, now: datetime) -> sla.Window:
    """A proposal as the rules see it, not yet announced."""
    times = Times(values.start, values.end, values.outage_minutes)
    announced = expected(values.channels, values.announce_at, now)
    return _for_rules(values.kind, times, values.justification, announced)


def verdict_of(
    session: Session,
    row: Window,
    now: datetime,
    times: Times | None = None,
    announce_at: datetime | None = None,
) -> Verdict:
    """What the rules say of this window now; with `times`, of it moved there and announced anew."""
    told: Mapping[str, Mapping[str, datetime]] = {}
    shown = None
    if times is None and row.announced_at is not None:
        told, shown = _told(session, row, now), row
        announced = _last(told.values()) or expected(row.channels, row.announced_at, now)
    else:
        announced = expected(row.channels, announce_at if times else row.announce_at, now)
    times = times or Times(row.start_at, row.end_at, row.outage_minutes, windows.outages(row))
    window = _for_rules(row.kind, times, row.justification, announced)
    services = [place.service for place in row.places]
    terms = windows.terms(
        session, services, window, exclude=row.id, told=told, outages=times.outages
    )
    soonest = expected(row.channels, None, now) if shown else announced
    return check(window, counting(session, terms, soonest.get(Channel.STATUS_PAGE), shown))


def present(session: Session, row: Window, now: datetime) -> Verdict:
    """The verdict as it is now while the window can be planned, else as it was recorded."""
    return verdict_of(session, row, now) if row.state in LIVE else Verdict.from_json(row.verdict)


def expected(
    channels: Iterable[str], announce_at: datetime | None, now: datetime
) -> dict[str, datetime]:
    """When each channel will have told it: at `announce_at`, but not before a margin from now."""
    soonest = now + current_app.config["SETTINGS"].sending_margin
    return dict.fromkeys(channels, max(announce_at or soonest, soonest))


def _told(session: Session, row: Window, now: datetime) -> dict[str, dict[str, datetime]]:
    """Per customer, by channel, when it was told; who was not yet, will be a margin from now."""
    later = expected(row.channels, None, now)
    if shown := standing.page_since(row):
        later[Channel.STATUS_PAGE] = shown
    return {
        customer: later if at is None else {**later, Channel.EMAIL: at}
        for customer, at in outbox.told_by_mail(session, row).items()
    }


def _last(told: Iterable[Mapping[str, datetime]]) -> dict[str, datetime]:
    """By channel, when the last customer was told."""
    latest: dict[str, datetime] = {}
    for instants in told:
        for channel, at in instants.items():
            latest[channel] = max(at, latest.get(channel, at))
    return latest


def _for_rules(
    kind: str, times: Times, justification: str, announced: Mapping[str, datetime]
) -> sla.Window:
    return sla.Window(
        kind=kind,
        start=times.start,
        end=times.end,
        outage_minutes=times.outage,
        announced=announced,
        justification=justification,
    )
