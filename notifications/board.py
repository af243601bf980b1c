"""What the public is shown, and when that changes by itself. Pure."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from maintenance.windows import Channel, Service, State, Window

PAST = timedelta(days=90)
"""How long what was stays on the page itself; what is older has a page per month."""

KEPT = timedelta(days=396)
"""Windows of the last 13 months stay in the feeds and on the pages."""

CANCELLED_KEPT = timedelta(days=30)
"""How long after its end a cancelled window stays in the feeds, so that calendars remove it."""

_SHOWN = (State.SCHEDULED, State.IN_PROGRESS, State.COMPLETED, State.CANCELLED)


class Phase(StrEnum):
    """Where a window stands for its readers."""

    NOW = "now"
    COMING = "coming"
    PAST = "past"


@dataclass(frozen=True, slots=True)
class Moments:
    """The instants at which something changes by itself, seen from now."""

    last: datetime | None  # the latest that has passed
    next: datetime | None  # the first still to come


def announced(windows: Iterable[Window]) -> list[Window]:
    """Those that readers were told of: nothing else may leave the house."""
    return [w for w in windows if w.announced_at is not None and w.state in _SHOWN]


def public(windows: Iterable[Window]) -> list[Window]:
    """Those of the announced that are told on the status page, so to anyone."""
    return [window for window in announced(windows) if Channel.STATUS_PAGE in window.channels]


def on(windows: Iterable[Window], slugs: Iterable[str]) -> list[Window]:
    """Those on any of these services."""
    wanted = set(slugs)
    return [w for w in windows if not wanted.isdisjoint([each.slug for each in w.services])]


def phase(window: Window, now: datetime) -> Phase:
    """By state, and by the clock where the state waits for the worker to follow it."""
    match window.state:
        case State.IN_PROGRESS:
            return Phase.NOW
        case State.SCHEDULED | State.CANCELLED if now < window.start:
            return Phase.COMING  # a cancelled one too: who counted on it looks there
        case State.SCHEDULED if now < window.end:
            return Phase.NOW
        case _:
            return Phase.PAST


def in_phase(windows: Iterable[Window], wanted: Phase, now: datetime) -> list[Window]:
    """Those in this phase: what comes soonest first, what was latest first."""
    found = [window for window in windows if phase(window, now) == wanted]
    return sorted(found, key=lambda w: (w.start, w.id), reverse=wanted == Phase.PAST)


def next_up(windows: Iterable[Window], now: datetime) -> Window | None:
    """What comes first and still goes on."""
    coming = in_phase(windows, Phase.COMING, now)
    return next((window for window in coming if window.state != State.CANCELLED), None)


def in_month(windows: Iterable[Window], month: str, now: datetime) -> list[Window]:
    """What was in this local month ("2026-11"), latest first."""
    past = in_phase(windows, Phase.PAST, now)
    return [window for window in past if month_of(window) == month]


def recent(windows: Iterable[Window], now: datetime) -> list[Window]:
    """What was in the last 90 days, latest first."""
    return [w for w in in_phase(windows, Phase.PAST, now) if now < w.end + PAST]


def months(windows: Iterable[Window], now: datetime) -> list[str]:
    """The months that have something past, latest first."""
    return sorted({month_of(w) for w in in_phase(windows, Phase.PAST, now)}, reverse=True)


def month_of(window: Window) -> str:
    """The local month in which it starts."""
    return f"{window.start.astimezone(zone_of(window)):%Y-%m}"


def zone_of(window: Window) -> ZoneInfo:
    """The zone in which its readers think: that of its first service."""
    return ZoneInfo(window.services[0].zone)


def zone_in(services: Iterable[Service]) -> ZoneInfo:
    """The zone of what is about all of these services: the first by name where they differ."""
    return ZoneInfo(min((service.zone for service in services), default="UTC"))


def kept(windows: Iterable[Window], now: datetime) -> list[Window]:
    """Those that a feed carries now."""
    return [window for window in windows if now < leaves_feed_at(window)]


def kept_on_pages(windows: Iterable[Window], now: datetime) -> list[Window]:
    """Those that the pages know now."""
    return [window for window in windows if now < window.end + KEPT]


def leaves_feed_at(window: Window) -> datetime:
    """When a feed drops it."""
    return window.end + (CANCELLED_KEPT if window.state is State.CANCELLED else KEPT)


def feed_moments(windows: Collection[Window], now: datetime) -> Moments:
    """When a feed of these changes by itself, and last changed for whatever reason."""
    return _around([*_changes(windows), *map(leaves_feed_at, windows)], now)


def page_moments(windows: Collection[Window], now: datetime) -> Moments:
    """When a page of these changes by itself, and last changed for whatever reason."""
    by_clock = [m for w in windows for m in (w.start, w.end, w.end + PAST, w.end + KEPT)]
    return _around([*_changes(windows), *by_clock], now)


def busy(service: Service, windows: Iterable[Window], now: datetime) -> bool:
    """Whether maintenance on this service is in progress."""
    return bool(in_phase(on(windows, [service.slug]), Phase.NOW, now))


def _changes(windows: Collection[Window]) -> list[datetime]:
    announced = [window.announced_at for window in windows]
    return [*[window.updated_at for window in windows], *filter(None, announced)]


def _around(known: Collection[datetime], now: datetime) -> Moments:
    return Moments(
        last=max([moment for moment in known if moment <= now], default=None),
        next=min([moment for moment in known if moment > now], default=None),
    )
