"""Which path shows what. Pure: what is known and what is asked in, bytes out."""

from dataclasses import replace
from datetime import datetime

from maintenance.published import feeds
from maintenance.published.asked import Asked
from maintenance.published.site import NEVER, Known, Rendered, Site
from maintenance.store.readers import FeedOwner
from notifications import board, embed, status_calendar, status_json, status_page
from notifications.board import Moments
from notifications.status_page import ASSETS, Shown

ROBOTS = b"""User-agent: *
Allow: /feeds/
Allow: /status
Allow: /api/v2/
Disallow: /
"""
"""Google Calendar obeys it: secret feeds are let through too, and say noindex themselves."""

_FILES = {
    "/robots.txt": Rendered(ROBOTS, "text/plain; charset=utf-8"),
    "/embed/banner.js": Rendered(ASSETS["banner.js"], "text/javascript; charset=utf-8"),
    **{
        f"/status/{name}": Rendered(ASSETS[name], f"{kind}; charset=utf-8", lasting=True)
        for name, kind in {
            "status.css": "text/css",
            "status.js": "text/javascript",
            "embed.js": "text/javascript",
            "icon.svg": "image/svg+xml",
        }.items()
    },
}


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
    if path in _FILES:
        return _FILES[path]
    if path.startswith("/feeds/"):
        return feeds.render(site, known, asked, owner, now)
    windows = board.kept_on_pages(board.public(known.windows), now)
    if path.startswith("/api/v2/"):
        page = status_json.Page(known.services, windows, site.base_url, asked.language, now)
        return _json(path.removeprefix("/api/v2/").removesuffix(".json"), page)
    shown = Shown(known.services, windows, site.base_url, asked.language, as_of, site.article)
    return _banner(shown, asked, now) if path.startswith("/embed/") else _page(shown, asked, now)


def missing(asked: Asked, site: Site) -> tuple[str, bytes]:
    """The media type and the bytes for a path of ours that holds nothing."""
    if asked.path.startswith("/api/"):
        return "application/json", b'{"error":"not found"}'
    return "text/html", status_page.missing(Shown((), (), site.base_url, asked.language))


def _page(shown: Shown, asked: Asked, now: datetime) -> Rendered | None:
    name = asked.path.removeprefix("/status").removeprefix("/")
    if name == "subscribe":
        return _html(status_page.how(shown), NEVER)
    if name == "calendar":
        body = status_calendar.page(shown, now, asked.month)
        return _html(body, status_calendar.moments(shown, now)) if body else None
    if name.startswith("w/"):
        window = next((w for w in shown.windows if w.id == name.removeprefix("w/")), None)
        if window is None:
            return None
        return _html(status_page.window(shown, window, now), board.page_moments([window], now))
    return _index(shown, asked, name, now)


def _index(shown: Shown, asked: Asked, name: str, now: datetime) -> Rendered | None:
    if name and all(service.slug != name for service in shown.services):
        return None
    windows = board.on(shown.windows, [name]) if name else shown.windows
    if asked.month and asked.month not in board.months(windows, now):
        return None
    body = status_page.index(shown, now, name, asked.month)
    return _html(body, board.page_moments(windows, now))


def _banner(shown: Shown, asked: Asked, now: datetime) -> Rendered | None:
    name = asked.path.removeprefix("/embed/")
    if not name:
        return _html(embed.how(shown), NEVER)
    if name != "all":
        if all(service.slug != name for service in shown.services):
            return None
        shown = replace(shown, windows=board.on(shown.windows, [name]))
    return replace(_html(embed.banner(shown, now), embed.moments(shown, now)), framed=True)


def _json(endpoint: str, page: status_json.Page) -> Rendered | None:
    if endpoint not in status_json.ENDPOINTS:
        return None
    body = status_json.render(endpoint, page)
    moments = board.page_moments(page.windows, page.now)
    return Rendered(body, "application/json; charset=utf-8", moments)


def _html(body: bytes, moments: Moments) -> Rendered:
    return Rendered(body, "text/html; charset=utf-8", moments, by_language=True)
