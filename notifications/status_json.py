"""The JSON of an Atlassian Statuspage (API v2), for programs that read one.

Those readers are brittle: a component has one of the five statuses they know, and one other than
"operational" only while maintenance runs; every endpoint exists; every field they read is there.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from hashlib import blake2b
from string import ascii_lowercase, digits
from typing import Any

from maintenance.windows import Service, State, Window
from notifications import board, ical, words
from notifications.board import Phase

Json = dict[str, Any]

_ALPHABET = digits + ascii_lowercase
_STATUS: Mapping[Phase, str] = {
    Phase.COMING: "scheduled",
    Phase.NOW: "in_progress",
    Phase.PAST: "completed",
}
_SAID: Mapping[str, Mapping[str, str]] = {
    "nl": {
        "name": "Onderhoud",
        "none": "Alle diensten werken",
        "maintenance": "Onderhoud bezig",
        "in_progress": "Het onderhoud is begonnen.",
        "completed": "Het onderhoud is afgerond.",
        "cancelled": "Dit onderhoud gaat niet door.",
    },
    "en": {
        "name": "Maintenance",
        "none": "All Systems Operational",
        "maintenance": "Service Under Maintenance",
        "in_progress": "The maintenance has started.",
        "completed": "The maintenance is completed.",
        "cancelled": "This maintenance will not take place.",
    },
}


@dataclass(frozen=True)
class Page:
    """What the endpoints are made of, at one instant; windows are public ones only."""

    services: Sequence[Service]
    windows: Sequence[Window]
    base_url: str
    language: str
    now: datetime

    @cached_property
    def components(self) -> Mapping[str, Json]:
        """Each service's component, by slug; made once, as every window repeats its own."""
        return {
            service.slug: _component(self, service, place)
            for place, service in enumerate(self.services, start=1)
        }


def render(endpoint: str, page: Page) -> bytes:
    """The bytes of an endpoint; KeyError for one that is not in ENDPOINTS."""
    found = {"page": _page(page), **ENDPOINTS[endpoint](page)}
    return json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode()


def short_id(name: str) -> str:
    """An id as Statuspage has them: 12 lower-case letters and digits, always the same."""
    number = int.from_bytes(blake2b(name.encode(), digest_size=12).digest())
    letters = []
    for _ in range(12):
        number, digit = divmod(number, len(_ALPHABET))
        letters.append(_ALPHABET[digit])
    return "".join(letters)


def _summary(page: Page) -> Json:
    return {
        **_components(page),
        **_incidents(page),
        "scheduled_maintenances": _list(page, [*_active(page), *_upcoming(page)]),
        **_status(page),
    }


def _status(page: Page) -> Json:
    indicator = "maintenance" if _active(page) else "none"
    return {"status": {"indicator": indicator, "description": _SAID[page.language][indicator]}}


def _components(page: Page) -> Json:
    return {"components": list(page.components.values())}


def _incidents(_page: Page) -> Json:
    return {"incidents": []}


def _all(page: Page) -> Json:
    latest_first = sorted(page.windows, key=lambda each: (each.start, each.id), reverse=True)
    return {"scheduled_maintenances": _list(page, latest_first)}


def _only(which: Callable[[Page], list[Window]]) -> Callable[[Page], Json]:
    return lambda page: {"scheduled_maintenances": _list(page, which(page))}


def _active(page: Page) -> list[Window]:
    return board.in_phase(page.windows, Phase.NOW, page.now)


def _upcoming(page: Page) -> list[Window]:
    coming = board.in_phase(page.windows, Phase.COMING, page.now)
    return [window for window in coming if window.state != State.CANCELLED]


ENDPOINTS: Mapping[str, Callable[[Page], Json]] = {
    "summary": _summary,
    "status": _status,
    "components": _components,
    "incidents": _incidents,
    "scheduled-maintenances": _all,
    "scheduled-maintenances/upcoming": _only(_upcoming),
    "scheduled-maintenances/active": _only(_active),
}
"""Each path under /api/v2/, without .json, and what it holds beside `page`."""


def _page(page: Page) -> Json:
    return {
        "id": short_id(page.base_url),
        "name": _SAID[page.language]["name"],
        "url": f"{page.base_url}/status",
        "time_zone": page.services[0].zone if page.services else "Etc/UTC",
        "updated_at": _instant(board.page_moments(page.windows, page.now).last or _EPOCH),
    }


def _component(page: Page, service: Service, place: int) -> Json:
    theirs = board.on(page.windows, [service.slug])
    created = service.created_at or _EPOCH
    last = board.page_moments(theirs, page.now).last or created
    busy = bool(board.in_phase(theirs, Phase.NOW, page.now))
    return {
        "id": short_id(service.slug),
        "name": words.line(service.name),
        "status": "under_maintenance" if busy else "operational",
        "created_at": _instant(created),
        "updated_at": _instant(max(created, last)),
        "position": place,
        "description": None,
        "showcase": False,
        "start_date": None,
        "group_id": None,
        "page_id": short_id(page.base_url),
        "group": False,
        "only_show_if_degraded": False,
    }


def _list(page: Page, windows: Iterable[Window]) -> list[Json]:
    return [_maintenance(page, window) for window in windows]


def _maintenance(page: Page, window: Window) -> Json:
    announced = window.announced_at or window.updated_at
    theirs = {service.slug for service in window.services}
    components = [each for slug, each in page.components.items() if slug in theirs]
    return {
        "id": short_id(window.id),
        "name": words.line(words.said(window.title, page.language)),
        "status": _window_status(window, page.now),
        "created_at": _instant(announced),
        "updated_at": _instant(max(window.updated_at, announced)),
        "monitoring_at": None,
        "resolved_at": _instant_or_none(window.completed_at or window.cancelled_at),
        "impact": "maintenance",
        "shortlink": ical.page_of(window, page.base_url),
        "started_at": _instant(announced),
        "page_id": short_id(page.base_url),
        "incident_updates": _updates(page, window, announced),
        "components": components,
        "scheduled_for": _instant(window.start),
        "scheduled_until": _instant(window.end),
    }


def _window_status(window: Window, now: datetime) -> str:
    """A cancelled window is closed: Statuspage has no other word for it."""
    return "completed" if window.state == State.CANCELLED else _STATUS[board.phase(window, now)]


def _updates(page: Page, window: Window, announced: datetime) -> list[Json]:
    """What was said of it, newest first."""
    said = _SAID[page.language]
    told = words.lines(words.said(window.description, page.language)).strip()
    title = words.line(words.said(window.title, page.language))
    happened = [(announced, _stage(window, announced), told or title)]
    if window.started_at:
        happened.append((window.started_at, "in_progress", said["in_progress"]))
    for message in window.messages:
        body = words.lines(words.said(message.text, page.language)).strip()
        happened.append((message.at, _stage(window, message.at), body))
    if window.completed_at:
        happened.append((window.completed_at, "completed", said["completed"]))
    if window.cancelled_at:
        happened.append((window.cancelled_at, "completed", said["cancelled"]))
    happened.reverse()  # of two at one instant, what was told last stands first
    ordered = sorted(happened, key=lambda each: each[0], reverse=True)
    return [_update(window, *each) for each in ordered]


def _stage(window: Window, at: datetime) -> str:
    if window.completed_at and at >= window.completed_at:
        return "completed"
    return "in_progress" if window.started_at and at >= window.started_at else "scheduled"


def _update(window: Window, at: datetime, status: str, body: str) -> Json:
    return {
        "id": short_id(f"{window.id} {at.isoformat()} {status} {body}"),
        "status": status,
        "body": body,
        "incident_id": short_id(window.id),
        "created_at": _instant(at),
        "updated_at": _instant(at),
        "display_at": _instant(at),
        "affected_components": [
            {
                "code": short_id(service.slug),
                "name": words.line(service.name),
                "old_status": "operational",
                "new_status": "under_maintenance" if status == "in_progress" else "operational",
            }
            for service in window.services
        ],
        "deliver_notifications": False,
        "custom_tweet": None,
        "tweet_id": None,
    }


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _instant(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def _instant_or_none(moment: datetime | None) -> str | None:
    return _instant(moment) if moment else None
