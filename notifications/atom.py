"""Atom (RFC 4287): announced windows as entries, the one that changed last first."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

from maintenance.windows import Window
from notifications import board, words
from notifications.ical import describe, page_of

ATOM = "http://www.w3.org/2005/Atom"
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Head:
    """What a feed says of itself: its name, its own address, the page behind it."""

    name: str
    source: str
    page: str
    base_url: str


def feed(head: Head, windows: Iterable[Window], language: str) -> bytes:
    """The feed of these windows in this language."""
    found = sorted(windows, key=lambda w: (_updated(w), w.id), reverse=True)
    top = ET.Element("feed", {"xmlns": ATOM, "xml:lang": language})
    _add(top, "id", head.source)
    _add(top, "title", words.line(head.name))
    _add(
        top, "updated", _instant(_updated(found[0]) if found else datetime(1970, 1, 1, tzinfo=UTC))
    )
    author = ET.SubElement(top, "author")
    _add(author, "name", words.line(head.name))
    ET.SubElement(top, "link", rel="self", type="application/atom+xml", href=head.source)
    ET.SubElement(top, "link", rel="alternate", type="text/html", href=head.page)
    for window in found:
        top.append(_entry(window, head.base_url, language))
    return bytes(ET.tostring(top, encoding="utf-8", xml_declaration=True))


def _entry(window: Window, base_url: str, language: str) -> ET.Element:
    entry = ET.Element("entry")
    _add(entry, "id", f"tag:{urlsplit(base_url).hostname},2026:{window.id}")
    _add(entry, "title", title(window, language))
    _add(entry, "updated", _instant(_updated(window)))
    _add(entry, "published", _instant(window.announced_at or window.updated_at))
    page = page_of(window, base_url)
    ET.SubElement(entry, "link", rel="alternate", type="text/html", href=page)
    for service in window.services:
        ET.SubElement(entry, "category", term=service.slug, label=words.line(service.name))
    _add(entry, "content", _content(window, language)).set("type", "text")
    return entry


def title(window: Window, language: str) -> str:
    """The title with its state before it: "Gepland: nieuwe database"."""
    said = words.line(words.said(window.title, language))
    return f"{words.STATE[window.state][language]}: {said}"


def _content(window: Window, language: str) -> str:
    when = words.span(window.start, window.end, board.zone_of(window), language)
    said = [words.lines(words.said(m.text, language)) for m in reversed(window.messages)]
    return "\n\n".join([when, *said, describe(window, language)])


def _updated(window: Window) -> datetime:
    return max(window.updated_at, window.announced_at or window.updated_at)


def _add(parent: ET.Element, name: str, text: str) -> ET.Element:
    element = ET.SubElement(parent, name)
    element.text = text
    return element


def _instant(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
