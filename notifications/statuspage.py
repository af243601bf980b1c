"""Keeps an Atlassian Statuspage in step: one incident for each window (REST API v1).

Each call brings the incident to how the window now is, so that neither a repeat nor another order
does harm. The incident is found by our id in its `metadata`. Statuspage's own mails stay off.
"""

import json
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from maintenance.notices import Notice
from maintenance.windows import NoticeKind, State, Window
from notifications import Message, Undelivered, outgoing, words
from notifications.message import gist
from notifications.outgoing import Reply

API = "https://api.statuspage.io"
BETWEEN = 1.0
"""Seconds between two requests with one key: Statuspage refuses more than one a second."""

STATUS: Mapping[State, str] = {
    State.SCHEDULED: "scheduled",
    State.IN_PROGRESS: "in_progress",
    State.COMPLETED: "completed",
    State.CANCELLED: "completed",  # it knows no cancelled maintenance: the text says so
}
"""A window's state as the status of a scheduled incident."""

_QUIET = (
    "deliver_notifications",
    "scheduled_remind_prior",
    "auto_transition_deliver_notifications_at_start",
    "auto_transition_deliver_notifications_at_end",
    "scheduled_auto_in_progress",
    "scheduled_auto_completed",
    "scheduled_auto_transition",
    "auto_transition_to_maintenance_state",
    "auto_transition_to_operational_state",
    "auto_tweet_on_creation",
    "auto_tweet_one_hour_before",
    "auto_tweet_at_beginning",
    "auto_tweet_on_completion",
)
"""What Statuspage would do by itself: mail its readers, tweet, move on by the clock."""


def render(notice: Notice, window: Window | None, base_url: str) -> bytes:  # noqa: ARG001
    """Nothing is kept: each attempt says how things then are."""
    return b""


def send(message: Message, address: str, settings: Mapping[str, Any]) -> str:
    """Make or change the incident of this window on the page whose id is `address`.

    `settings`: api_key, components (ids), language; api, where it is not Atlassian's own.
    """
    if not settings["api_key"]:
        raise Undelivered("its API key cannot be read any more: enter it anew", permanent=True)
    page = _Page(address, settings)
    if message.window is None:
        page.ask("GET", "", params={"limit": "1"})
        return "the page can be reached"
    found = page.find(message.window)
    if found is None and message.window.state == State.CANCELLED:
        return "not on the page"
    said = message.notice.kind != NoticeKind.REMINDER or found is None
    fields = incident(message.notice, message.window, settings, said=said)
    if found is None:
        return f"{page.ask('POST', '', fields).status} made"
    return f"{page.ask('PATCH', '/' + str(found['id']), fields).status} changed"


def incident(
    notice: Notice, window: Window, settings: Mapping[str, Any], *, said: bool = True
) -> dict[str, Any]:
    """The window as the fields of an incident; where it is `said`, with the words of the notice.

    They hold the reference: by it the incident is looked for.
    """
    language = settings["language"]
    fields: dict[str, Any] = {
        "name": words.line(words.said(window.title, language))[:255],
        "status": STATUS[window.state],
        "impact_override": "maintenance",
        "scheduled_for": _text(window.start),
        "scheduled_until": _text(window.end),
        "metadata": {"maintenance": {"id": window.id, "reference": window.reference}},
        "component_ids": list(settings["components"]),
        **dict.fromkeys(_QUIET, False),
    }
    running = window.state == State.IN_PROGRESS
    if running or window.started_at:  # before, another incident may say how they are
        status = "under_maintenance" if running else "operational"
        fields["components"] = dict.fromkeys(settings["components"], status)
    if said:
        fields["body"] = _said(notice, window, language)
    return {"incident": fields}


def _said(notice: Notice, window: Window, language: str) -> str:
    said = [gist(notice, window, language)]
    if notice.kind in {NoticeKind.ANNOUNCEMENT, NoticeKind.CHANGE}:
        said.append(words.lines(words.said(window.description, language)).strip())
    return "\n\n".join(part for part in [*said, window.reference] if part)


class _Page:
    """One page, asked no faster than Statuspage allows."""

    def __init__(self, page_id: str, settings: Mapping[str, Any]) -> None:
        self._base = f"{settings.get('api') or API}/v1/pages/{page_id}/incidents"
        self._key, self._allow = settings["api_key"], settings["allow"]

    def find(self, window: Window) -> dict[str, Any] | None:
        """The incident that bears our id, or None."""
        reply = self.ask("GET", "", params={"q": window.reference, "limit": "100"})
        try:
            found = json.loads(reply.body)
            return next((each for each in found if _ours(each, window)), None)
        except (ValueError, TypeError, AttributeError):
            raise Undelivered(f"not the answer of a Statuspage: {reply.line}") from None

    def ask(
        self,
        method: str,
        path: str,
        fields: Mapping[str, Any] | None = None,
        params: Mapping[str, str] | None = None,
    ) -> Reply:
        """The answer to one request; Undelivered where it is no 2xx."""
        _paces.wait(self._key)
        headers = {"Authorization": f"OAuth {self._key}", "Content-Type": "application/json"}
        data = json.dumps(fields).encode() if fields is not None else None
        reply = outgoing.ask(method, self._base + path, self._allow, headers, data, params)
        if 200 <= reply.status < 300:
            return reply
        refused = 300 <= reply.status < 500 and reply.status not in {408, 420, 429}
        raise Undelivered(reply.line, permanent=refused)


class Paces:
    """When each key was last used."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._clock, self._sleep = clock, sleep
        self._lock = threading.Lock()
        self._next: dict[str, float] = {}

    def wait(self, key: str) -> None:
        """Until this key may be used again."""
        with self._lock:
            now = self._clock()
            at = max(now, self._next.get(key, now))
            self._next[key] = at + BETWEEN
        if at > now:
            self._sleep(at - now)


_paces = Paces()


def _ours(found: Mapping[str, Any], window: Window) -> bool:
    ours = (found.get("metadata") or {}).get("maintenance") or {}
    return bool(ours.get("id") == window.id)


def _text(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
