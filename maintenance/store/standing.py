"""How each customer stands with a window: promised when, told when, at risk or not."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from maintenance import risk
from maintenance.models import Delivery, Notice, Window
from maintenance.risk import Promise
from maintenance.sla.verdict import PUSHED
from maintenance.store import outbox, promises, pushed
from maintenance.store.reach import ANNOUNCING
from maintenance.windows import Channel, DeliveryState, State

LOOK_AGAIN = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Standing:
    """How one customer stands: what it was promised, when it was told by each channel."""

    customer: str
    promises: tuple[Promise, ...]
    told: Mapping[str, datetime | None]

    @property
    def deadline(self) -> datetime | None:
        """Its latest moment; None where no notice rule applies."""
        return min((each.deadline for each in self.promises), default=None)

    @property
    def told_at(self) -> datetime | None:
        """When it was told by what counts for it; None where it is not told."""
        counts = [each.channels for each in self.promises] or [frozenset(self.told)]
        instants = [_first(self.told, channels) for channels in counts]
        return None if None in instants else max(filter(None, instants), default=None)

    @property
    def in_time(self) -> bool:
        """Whether every promise to it was kept in time."""
        return all(each.in_time(self.told) for each in self.promises)

    def at_risk(self, now: datetime) -> bool:
        """Whether a promise to it is not kept yet and soon cannot be."""
        return any(risk.at_risk(each, self.told, now) for each in self.promises)


def _first(told: Mapping[str, datetime | None], channels: Iterable[str]) -> datetime | None:
    return min((at for channel in channels if (at := told.get(channel))), default=None)


def standings(session: Session, row: Window) -> list[Standing]:
    """How each affected customer stands, by slug; who was told counts since the last times.

    Once the window has begun, what was delivered decides: contacts may have come and gone since.
    """
    coming = row.state == State.SCHEDULED
    by_mail = outbox.told_by_mail(session, row) if coming else _recorded(session, row)
    pages = {Channel.STATUS_PAGE: page_since(row), **_pages(session, row)}
    return [
        Standing(customer, each, {Channel.EMAIL: by_mail.get(customer), **pages})
        for customer, each in promises.of(session, row).items()
    ]


def _pages(session: Session, row: Window) -> dict[str, datetime | None]:
    """Since when the page elsewhere of each service shows the window; None: not yet."""
    there = pushed.with_page(session, [place.service.slug for place in row.places])
    since = {**dict.fromkeys(there), **pushed.shown_since(session, row)}
    return {risk.counted(PUSHED, service): at for service, at in since.items()}


def _recorded(session: Session, row: Window) -> dict[str, datetime | None]:
    """Per customer, when the last of those its notice was made for had it; None: one has not."""
    first = func.min(Delivery.accepted_at).filter(Delivery.state == DeliveryState.SENT)
    query = (
        select(Delivery.customer, first)
        .join(Notice)
        .where(
            Notice.window_id == row.id,
            Notice.kind.in_(ANNOUNCING),
            Notice.revision >= (row.notice_revision or 0),
            Delivery.channel == Channel.EMAIL,
            Delivery.customer != "",
        )
        .group_by(Delivery.customer, Delivery.address)
    )
    told: dict[str, datetime | None] = {}
    for customer, accepted_at in session.execute(query):
        so_far = told.get(customer, accepted_at)
        told[customer] = max(so_far, accepted_at) if so_far and accepted_at else None
    return told


def page_since(row: Window) -> datetime | None:
    """Since when the status page shows the window at these times; None where it does not."""
    shown = Channel.STATUS_PAGE in row.channels
    return (row.shown_at or row.announced_at) if shown else None


def to_look_at(session: Session, now: datetime) -> list[int]:
    """The ids of the notices of which it is time to see whether everyone is told."""
    query = select(Notice.id).where(Notice.watch_at <= now).order_by(Notice.watch_at)
    return list(session.scalars(query))


def look(session: Session, notice: Notice, now: datetime) -> list[Standing]:
    """Who is at risk with this notice, once: afterwards its operators count as alarmed.

    Where nobody is yet, it is looked at again; but not once it was replaced or is too late.
    """
    notice.watch_at = None
    window = notice.window
    if window is None or notice.dropped or not _in_force(notice, window):
        return []
    each = standings(session, window)
    risky = [standing for standing in each if standing.at_risk(now)]
    if risky:
        notice.alarmed_at = now
        return risky
    waiting = (
        promise
        for standing in each
        for promise in standing.promises
        if not promise.kept(standing.told) or Channel.EMAIL in promise.channels  # it may bounce
    )
    notice.watch_at = risk.first_look(waiting, now, LOOK_AGAIN)
    return []


def risky(session: Session, now: datetime) -> list[tuple[Window, list[Standing]]]:
    """The announced windows of which some customer is now at risk of not being told in time."""
    looked_at = select(Notice.window_id).where(
        (Notice.alarmed_at.is_not(None)) | (Notice.watch_at <= now)
    )
    query = select(Window).where(
        Window.id.in_(looked_at), Window.state == State.SCHEDULED, Window.start_at > now
    )
    found = [
        (row, [each for each in standings(session, row) if each.at_risk(now)])
        for row in session.scalars(query.order_by(Window.start_at, Window.id))
    ]
    return [(row, each) for row, each in found if each]


def _in_force(notice: Notice, window: Window) -> bool:
    return window.state == State.SCHEDULED and notice.revision == window.times_revision
