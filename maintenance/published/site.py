"""What every answer is made from: the installation, and what the database held."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from markupsafe import Markup

from maintenance import links
from maintenance.store.readers import FeedOwner
from maintenance.windows import LANGUAGES, Service, Window
from notifications import status_page, vevent
from notifications.board import Moments

NEVER = Moments(None, None)
"""The moments of what does not change by itself."""

_MOST = 25_000
"""So many events are kept, and so many articles, in each language."""


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
    moments: Moments = NEVER
    lasting: bool = False  # its address names its version
    by_language: bool = False  # the reader's own language decides
    framed: bool = False  # pages of others may have it in a frame


class Site:
    """What of this installation every answer needs."""

    def __init__(self, base_url: str, secret_key: str, mail_from: str) -> None:
        self.base_url = base_url
        self.mail_from = mail_from
        self._secret_key = secret_key
        self._events: dict[str, dict[str, tuple[Window, bytes]]] = {each: {} for each in LANGUAGES}
        self._articles: dict[str, dict[Any, tuple[Window, Markup]]] = {
            each: {} for each in LANGUAGES
        }

    def owner(self, token: str, owner_of: Callable[[int], FeedOwner | None]) -> FeedOwner | None:
        """The customer whose feed this token opens, or None."""

        def generation_of(customer_id: int) -> int | None:
            found = owner_of(customer_id)
            return found.generation if found else None

        customer_id = links.opens(token, self._secret_key, links.Purpose.FEED, generation_of)
        return owner_of(customer_id) if customer_id is not None else None

    def event(self, window: Window, language: str) -> bytes:
        """The window's VEVENT as bytes, made once for each of its forms."""
        return self.events([window], language)[0]

    def events(self, windows: Iterable[Window], language: str) -> list[bytes]:
        """The VEVENT of each of these windows; nearly all of them were made before."""
        kept = self._events[language]
        found = []
        for window in windows:
            made = kept.get(window.id)
            if made is None or (made[0] is not window and made[0] != window):
                made = kept[window.id] = (window, vevent.text(window, language, self.base_url))
            found.append(made[1])
        if len(kept) > _MOST:
            kept.clear()
        return found

    def article(
        self, window: Window, language: str, root: str, now: datetime, *, brief: bool
    ) -> Markup:
        """The same as `status_page.article`, made once for each of its forms."""
        kept = self._articles[language]
        form = (window.id, root, brief, status_page.by_clock(window, now))
        made = kept.get(form)
        if made is None or (made[0] is not window and made[0] != window):
            if len(kept) > _MOST:
                kept.clear()
            article = status_page.article(window, language, root, now, brief=brief)
            made = kept[form] = (window, article)
        return made[1]
