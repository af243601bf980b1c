"""Which path shows what. Pure: what is known and what is asked in, bytes out."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qs

from maintenance import links
from maintenance.store.readers import FeedOwner
from maintenance.windows import LANGUAGES, Service, Window
from notifications import atom, board, ical, status_json, status_page
from notifications.board import Moments
from notifications.status_page import ASSETS, TEXTS, Shown

RULES = (
    "/robots.txt",
    "/status",
    "/status/<slug>",
    "/status/w/<id>",
    "/feeds/<name>.ics",
    "/feeds/<name>.atom",
    "/feeds/c/<token>.ics",
    "/api/v2/<endpoint>.json",
    "/api/v2/scheduled-maintenances/<which>.json",
)
"""The paths, as Flask routes."""

ROBOTS = b"""User-agent: *
Allow: /feeds/
Allow: /status
Allow: /api/v2/
Disallow: /
"""
"""Google Calendar obeys it: secret feeds are let through too, and say noindex themselves."""

_PATHS = re.compile(
    r"/robots\.txt"
    r"|/status(?:/(?:w/)?[A-Za-z0-9_-]{1,63}|/status\.(?:css|js))?"
    r"|/feeds/[a-z0-9-]{1,63}\.(?:ics|atom)"
    r"|/api/v2/(?P<endpoint>[a-z/-]{1,63})\.json"
    r"|/feeds/c/(?P<secret>[A-Za-z0-9_-]{1,80})\.ics"
)
_MONTH = re.compile(r"[0-9]{4}-(?:0[1-9]|1[0-2])")
_LONGEST_QUERY = 500
_NEVER = Moments(None, None)
_MOST_EVENTS = 50_000


@dataclass(frozen=True, slots=True)
class Asked:
    """What of a request decides the answer, so what the bytes are kept by."""

    path: str
    language: str
    month: str = ""
    secret: str = ""  # the token of a customer's own feed


@dataclass(frozen=True, slots=True)
class Known:
    """What the database held."""

    services: tuple[Service, ...]
    windows: tuple[Window, ...]  # announced ones


@dataclass(frozen=True, slots=True)
class Rendered:
    """The bytes of a path, and when they change by themselves."""

    body: bytes
    content_type: str
    moments: Moments = _NEVER
    lasting: bool = False  # its address names its version
    by_language: bool = False  # the reader's own language decides


class Site:
    """What of this installation every answer needs."""

    def __init__(self, base_url: str, secret_key: str) -> None:
        self.base_url = base_url
        self._secret_key = secret_key
        self._events: dict[tuple[str, str], tuple[Window, bytes]] = {}

    def owner(self, token: str, owner_of: Callable[[int], FeedOwner | None]) -> FeedOwner | None:
        """The customer whose feed this token opens, or None."""

        def generation_of(customer_id: int) -> int | None:
            found = owner_of(customer_id)
            return found.generation if found else None

        customer_id = links.opens(token, self._secret_key, links.Purpose.FEED, generation_of)
        return owner_of(customer_id) if customer_id is not None else None

    def event(self, window: Window, language: str) -> bytes:
        """The window's VEVENT as bytes, made once for each of its forms."""
        kept = self._events.get((window.id, language))
        if kept is not None and kept[0] == window:
            return kept[1]
        if len(self._events) > _MOST_EVENTS:
            self._events.clear()
        text = bytes(ical.vevent(window, language, self.base_url).to_ical())
        self._events[window.id, language] = (window, text)
        return text


def feed_path(token: str) -> str:
    """The path of a customer's own feed."""
    return f"/feeds/c/{token}.ics"


def asked(path: str, query: str, accept_language: str) -> Asked | None:
    """What is asked, or None for a path that is not one of ours. What we do not know is ignored."""
    found = _PATHS.fullmatch(path)
    if found is None:
        return None
    values = parse_qs(query[:_LONGEST_QUERY])
    pages = path.startswith("/status")
    fallback = "en" if found["endpoint"] else LANGUAGES[0]  # programs expect English
    language = _asked_language(values) or (pages and _wished(accept_language)) or fallback
    month = values.get("month", [""])[-1] if pages else ""
    return Asked(
        path=path,
        language=language,
        month=month if _MONTH.fullmatch(month) else "",
        secret=found["secret"] or "",
    )


def _asked_language(values: Mapping[str, list[str]]) -> str:
    language = values.get("lang", [""])[-1]
    return language if language in LANGUAGES else ""


def _wished(accept_language: str) -> str:
    """The first of our languages that this header prefers, or ""."""
    wishes = []
    for place, part in enumerate(accept_language[:_LONGEST_QUERY].split(",")):
        tag, _, parameter = part.partition(";")
        language = tag.strip().lower().split("-")[0]
        quality = re.fullmatch(r"\s*q\s*=\s*([01](?:\.[0-9]{0,3})?)\s*", parameter)
        weight = float(quality[1]) if quality else 1.0
        if language in LANGUAGES and weight > 0:
            wishes.append((-weight, place, language))
    return min(wishes)[2] if wishes else ""


def render(
    site: Site,
    known: Known,
    asked: Asked,
    owner: FeedOwner | None,
    now: datetime,
    as_of: datetime | None,
) -> Rendered | None:
    """The bytes of this path, or None where there is no such thing.

    `owner` is whose secret feed is asked, `as_of` when the data was last read where it could not
    be read now.
    """
    path = asked.path
    if path == "/robots.txt":
        return Rendered(ROBOTS, "text/plain; charset=utf-8")
    if path.startswith("/feeds/"):
        return _feed(site, known, asked, owner, now)
    name = path.removeprefix("/status/")
    if name in ASSETS:
        kind = "text/css" if name.endswith(".css") else "text/javascript"
        return Rendered(ASSETS[name], f"{kind}; charset=utf-8", lasting=True)
    windows = board.kept_on_pages(board.public(known.windows), now)
    if path.startswith("/api/v2/"):
        page = status_json.Page(known.services, windows, site.base_url, asked.language)
        return _json(path.removeprefix("/api/v2/").removesuffix(".json"), page, now)
    shown = Shown(known.services, windows, site.base_url, asked.language, as_of)
    return _page(shown, asked, now)


def missing(asked: Asked, site: Site) -> tuple[str, bytes]:
    """The media type and the bytes for a path of ours that holds nothing."""
    if asked.path.startswith("/api/"):
        return "application/json", b'{"error":"not found"}'
    return "text/html", status_page.missing(Shown((), (), site.base_url, asked.language))


def _page(shown: Shown, asked: Asked, now: datetime) -> Rendered | None:
    name = asked.path.removeprefix("/status").removeprefix("/")
    if name == "subscribe":
        return _html(status_page.how(shown), _NEVER)
    if name.startswith("w/"):
        window = next((w for w in shown.windows if w.id == name.removeprefix("w/")), None)
        if window is None:
            return None
        return _html(status_page.window(shown, window, now), board.page_moments([window], now))
    if name and all(service.slug != name for service in shown.services):
        return None
    windows = board.on(shown.windows, [name]) if name else shown.windows
    if asked.month and asked.month not in board.months(windows, now):
        return None
    body = status_page.index(shown, now, name, asked.month)
    return _html(body, board.page_moments(windows, now))


def _json(endpoint: str, page: status_json.Page, now: datetime) -> Rendered | None:
    if endpoint not in status_json.ENDPOINTS:
        return None
    body = status_json.render(endpoint, page, now)
    moments = board.page_moments(page.windows, now)
    return Rendered(body, "application/json; charset=utf-8", moments)


def _html(body: bytes, moments: Moments) -> Rendered:
    return Rendered(body, "text/html; charset=utf-8", moments, by_language=True)


def _feed(
    site: Site, known: Known, asked: Asked, owner: FeedOwner | None, now: datetime
) -> Rendered | None:
    name, _, form = asked.path.removeprefix("/feeds/").rpartition(".")
    service = next((each for each in known.services if each.slug == name), None)
    if asked.secret:
        if owner is None:
            return None
        windows = board.on(board.announced(known.windows), owner.services)
    elif service is not None:
        windows = board.on(board.public(known.windows), [service.slug])
    elif name == "all":
        windows = board.public(known.windows)
    else:
        return None
    title = _title(asked.language, owner.name if owner else service.name if service else "")
    kept = board.kept(windows, now)
    write = _atom if form == "atom" else _ical
    return write(site, asked, title, service, kept, board.feed_moments(windows, now))


def _title(language: str, name: str) -> str:
    texts = TEXTS[language]
    return str(texts["title_service"].format(service=name) if name else texts["title"])


def _ical(
    site: Site,
    asked: Asked,
    title: str,
    service: Service | None,
    windows: Iterable[Window],
    moments: Moments,
) -> Rendered:
    head = ical.Head(
        name=title,
        source=_source(site, asked),
        page=_page_url(site, service),
        color=service.color if service else ical.COLOR,
    )
    events = [site.event(window, asked.language) for window in windows]
    body = ical.calendar(head, events, asked.language)
    return Rendered(body, "text/calendar; charset=utf-8", moments)


def _atom(
    site: Site,
    asked: Asked,
    title: str,
    service: Service | None,
    windows: Iterable[Window],
    moments: Moments,
) -> Rendered:
    head = atom.Head(title, _source(site, asked), _page_url(site, service), site.base_url)
    body = atom.feed(head, windows, asked.language)
    return Rendered(body, "application/atom+xml; charset=utf-8", moments)


def _source(site: Site, asked: Asked) -> str:
    language = "" if asked.language == LANGUAGES[0] else f"?lang={asked.language}"
    return f"{site.base_url}{asked.path}{language}"


def _page_url(site: Site, service: Service | None) -> str:
    return f"{site.base_url}/status/{service.slug}" if service else f"{site.base_url}/status"
