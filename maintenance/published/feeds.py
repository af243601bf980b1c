"""The feeds: of all services, of one, and of one customer under its secret address."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from maintenance.published.asked import Asked
from maintenance.published.site import Known, Rendered, Site
from maintenance.store.readers import FeedOwner
from maintenance.windows import LANGUAGES, Service, State, Window
from notifications import atom, board, ical, maintnote
from notifications.status_page import TEXTS


@dataclass(frozen=True, slots=True)
class Feed:
    """Whose windows a feed holds."""

    windows: Sequence[Window]
    service: Service | None = None
    owner: FeedOwner | None = None


def render(
    site: Site, known: Known, asked: Asked, owner: FeedOwner | None, now: datetime
) -> Rendered | None:
    """The bytes of a feed, or None where there is no such feed; `owner` is whose secret it is."""
    feed = _feed(known, asked, owner)
    if feed is None:
        return None
    moments = board.feed_moments(feed.windows, now)
    kept = board.kept(feed.windows, now)
    if asked.path.endswith(".atom"):
        body, kind = _atom(site, asked, feed, kept), "application/atom+xml"
    else:
        body, kind = _ical(site, asked, feed, kept), "text/calendar"
    return Rendered(body, f"{kind}; charset=utf-8", moments)


def _feed(known: Known, asked: Asked, owner: FeedOwner | None) -> Feed | None:
    if asked.secret:
        if owner is None:
            return None
        return Feed(board.on(board.announced(known.windows), owner.services), owner=owner)
    public = board.public(known.windows)
    name = asked.path.removeprefix("/feeds/").rpartition(".")[0]
    service = next((each for each in known.services if each.slug == name), None)
    if service is not None:
        return Feed(board.on(public, [service.slug]), service)
    return Feed(public) if name == "all" else None


def _ical(site: Site, asked: Asked, feed: Feed, windows: Sequence[Window]) -> bytes:
    head = ical.Head(
        name=_title(asked, feed),
        source=_source(site, asked),
        page=_page(site, feed),
        color=feed.service.color if feed.service else ical.COLOR,
    )
    if feed.owner is None and not asked.alarm:
        events = site.events(windows, asked.language)
    else:
        events = [_event(site, asked, feed.owner, window) for window in windows]
    return ical.calendar(head, events, asked.language)


def _event(site: Site, asked: Asked, owner: FeedOwner | None, window: Window) -> bytes:
    event = site.event(window, asked.language)
    rings = asked.alarm and window.state != State.CANCELLED
    bell = ical.alarm(window, asked.alarm, asked.language) if rings else None
    if owner is None:
        return ical.extended(event, bell=bell) if bell else event
    theirs = maintnote.properties(window, owner.slug, owner.services, site.base_url, site.mail_from)
    return ical.extended(event, theirs, bell)


def _atom(site: Site, asked: Asked, feed: Feed, windows: Sequence[Window]) -> bytes:
    source, page = _source(site, asked), _page(site, feed)
    head = atom.Head(_title(asked, feed), source, page, site.base_url)
    return atom.feed(head, windows, asked.language)


def _title(asked: Asked, feed: Feed) -> str:
    texts = TEXTS[asked.language]
    about = feed.owner or feed.service
    return str(texts["title_service"].format(service=about.name) if about else texts["title"])


def _source(site: Site, asked: Asked) -> str:
    language = "" if asked.language == LANGUAGES[0] else f"?lang={asked.language}"
    return f"{site.base_url}{asked.path}{language}"


def _page(site: Site, feed: Feed) -> str:
    under = f"/{feed.service.slug}" if feed.service else ""
    return f"{site.base_url}/status{under}"
