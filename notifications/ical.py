"""iCalendar (RFC 5545, 7986): a window as an event, many as a feed. UTC times only.

The event in a mail and the event in a feed are the same one: the same UID and SEQUENCE, so that a
calendar which took the first mail moves and removes the event with what comes later.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from urllib.parse import urlsplit

from icalendar import Alarm, Calendar, Event, vDuration, vUri

from maintenance.windows import Channel, State, Window
from notifications import words
from notifications.colors import nearest

PRODID = "-//Maintenance//Maintenance windows//EN"

COLOR = "#0b5cad"
"""The colour of a feed of all services."""

REFRESH = timedelta(hours=1)
"""How often a calendar is asked to look again; Google takes its own 8 to 24 hours."""

STATUS: Mapping[State, str] = {
    State.DRAFT: "TENTATIVE",
    State.PROPOSED: "TENTATIVE",
    State.SCHEDULED: "CONFIRMED",
    State.IN_PROGRESS: "CONFIRMED",
    State.COMPLETED: "CONFIRMED",
    State.CANCELLED: "CANCELLED",
    State.REJECTED: "CANCELLED",
}
"""Each state as one of the three that RFC 5545 has for an event."""

_BEGIN_EVENT, _END_EVENT = b"BEGIN:VEVENT\r\n", b"END:VEVENT\r\n"
_END = b"END:VCALENDAR\r\n"


@dataclass(frozen=True, slots=True)
class Head:
    """What a calendar says of itself: its name, its own address, the page behind it, its colour."""

    name: str
    source: str
    page: str
    color: str


def vevent(window: Window, language: str, base_url: str) -> Event:
    """The window as a VEVENT in this language; links start with base_url.

    DTSTAMP and LAST-MODIFIED are when the window last changed, never now: the bytes stay equal
    until it changes.
    """
    event = Event()
    event.add("uid", f"{window.id}@{urlsplit(base_url).hostname}")
    event.add("sequence", window.revision)
    event.add("status", STATUS[window.state])
    event.add("dtstamp", window.updated_at.replace(microsecond=0))
    event.add("last-modified", window.updated_at.replace(microsecond=0))
    event.add("dtstart", window.start)
    event.add("dtend", window.end)
    event.add("summary", words.line(words.said(window.title, language)))
    event.add("description", describe(window, language))
    event.add("url", page_of(window, base_url))
    event.add("categories", [words.line(service.name) for service in window.services])
    event.add("transp", "TRANSPARENT")  # it takes nobody's time
    return event


def alarm(window: Window, minutes: int, language: str) -> Alarm:
    """A bell this many minutes before the start; only for who asked for one."""
    bell = Alarm()
    bell.add("action", "DISPLAY")
    bell.add("description", words.line(words.said(window.title, language)))
    bell.add("trigger", timedelta(minutes=-minutes))
    return bell


def extended(event: bytes, more: Event | None = None, bell: Alarm | None = None) -> bytes:
    """The event as bytes, with the properties of another and a bell."""
    properties = bytes(more.to_ical()).removeprefix(_BEGIN_EVENT) if more else _END_EVENT
    ring = bytes(bell.to_ical()) if bell else b""
    parts = (event.removesuffix(_END_EVENT), properties.removesuffix(_END_EVENT), ring)
    return b"".join(parts) + _END_EVENT


def describe(window: Window, language: str) -> str:
    """The window in plain lines: what it is, its reference, services, impact and outage."""
    labels = _LABELS[language]
    facts = [
        (labels["reference"], window.reference),
        (labels["service"], words.line(words.services(window))),
        (labels["impact"], words.IMPACT[window.impact][language]),
        (labels["outage"], _outage(window, language)),
    ]
    told = words.lines(words.said(window.description, language)).strip()
    state = [labels["cancelled"]] if window.state == State.CANCELLED else []
    return "\n".join([*state, *([told, ""] if told else []), *(f"{k}: {v}" for k, v in facts)])


def _outage(window: Window, language: str) -> str:
    """How long it is unavailable; of several services each by name, where they differ."""
    each = [
        f"{words.line(service.name)} {words.duration(minutes, language)}"
        for service, minutes in window.apart()
    ]
    return ", ".join(each) or words.duration(window.outage_minutes, language)


def page_of(window: Window, base_url: str) -> str:
    """The public page of this window; that of everything, where it has none of its own."""
    if Channel.STATUS_PAGE not in window.channels:
        return f"{base_url}/status"
    return f"{base_url}/status/w/{window.id}"


def calendar(head: Head, events: Iterable[bytes], language: str) -> bytes:
    """A feed: the head, then events as `vevent(...).to_ical()` made them, in the given order.

    Without events it has no component, though RFC 5545 (3.4) asks one: the readers we tried take
    it, Outlook writes such files itself, and an event made up for it would stand in calendars.
    """
    return b"".join([_head(head, language), *events, _END])


@lru_cache(maxsize=256)
def _head(head: Head, language: str) -> bytes:
    """A calendar without events, but for its last line."""
    top = Calendar()
    name = words.line(head.name)
    top.add("prodid", PRODID)
    top.add("version", "2.0")
    top.add("calscale", "GREGORIAN")
    top.add("name", name, parameters={"LANGUAGE": language})
    top.add("x-wr-calname", name)
    top.add("refresh-interval", vDuration(REFRESH), parameters={"VALUE": "DURATION"})
    top.add("x-published-ttl", vDuration(REFRESH))
    top.add("color", nearest(head.color))
    top.add("source", vUri(head.source), parameters={"VALUE": "URI"})
    top.add("url", vUri(head.page))
    return bytes(top.to_ical()).removesuffix(_END)


_LABELS: Mapping[str, Mapping[str, str]] = {
    "nl": {
        "reference": "Referentie",
        "service": "Dienst",
        "impact": "Gevolg",
        "outage": "Niet beschikbaar, naar verwachting",
        "cancelled": "Dit onderhoud gaat niet door.",
    },
    "en": {
        "reference": "Reference",
        "service": "Service",
        "impact": "Impact",
        "outage": "Expected time unavailable",
        "cancelled": "This maintenance is cancelled.",
    },
}
