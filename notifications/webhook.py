"""Webhooks: each notice as signed JSON to an address of the receiver (standardwebhooks.com)."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from standardwebhooks import Webhook

from maintenance.notices import Notice
from maintenance.windows import Channel, NoticeKind, Window
from notifications import Message, Undelivered, outgoing
from notifications.ical import page_of

TYPES: Mapping[NoticeKind, str] = {
    NoticeKind.ANNOUNCEMENT: "window.announced",
    NoticeKind.CHANGE: "window.changed",
    NoticeKind.REMINDER: "window.reminder",
    NoticeKind.START: "window.started",
    NoticeKind.COMPLETION: "window.completed",
    NoticeKind.CANCELLATION: "window.cancelled",
    NoticeKind.MESSAGE: "window.message",
}
"""What each kind of notice is called by a webhook."""

TEST = "test"
GONE = 410


def render(notice: Notice, window: Window | None, base_url: str) -> bytes:
    """The JSON of a notice: what the public may read of the window, and nothing else."""
    if window is None:
        return _body(TEST, notice.due_at, {"message": {"nl": "Het werkt.", "en": "It works."}})
    data: dict[str, Any] = {"window": shape(window, base_url)}
    if notice.was:
        data["was"] = {"start": _text(notice.was[0]), "end": _text(notice.was[1])}
    if notice.text:
        data["message"] = dict(notice.text)
    return _body(TYPES[notice.kind], notice.due_at, data)


def shape(window: Window, base_url: str) -> dict[str, Any]:
    """The window as the public sees it."""
    return {
        "id": window.id,
        "reference": window.reference,
        "state": window.state,
        "revision": window.revision,
        "kind": window.kind,
        "services": [{"slug": each.slug, "name": each.name} for each in window.services],
        "title": dict(window.title),
        "description": dict(window.description),
        "start": _text(window.start),
        "end": _text(window.end),
        "outage_minutes": window.outage_minutes,
        "impact": window.impact,
        "announced_at": _text(window.announced_at),
        "started_at": _text(window.started_at),
        "completed_at": _text(window.completed_at),
        "cancelled_at": _text(window.cancelled_at),
        "messages": [{"at": _text(each.at), "text": dict(each.text)} for each in window.messages],
        "url": page_of(window, base_url) if Channel.STATUS_PAGE in window.channels else None,
    }


def send(message: Message, address: str, settings: Mapping[str, Any]) -> str:
    """POST it, signed; any 2xx is an answer that it arrived, 410 that nothing more is wanted."""
    headers = _headers(message.id, message.body, settings["secret"])
    reply = outgoing.ask("POST", address, settings["allow"], headers, message.body)
    if 200 <= reply.status < 300:
        return reply.line
    refused = 300 <= reply.status < 500 and reply.status not in {408, 425, 429}
    raise Undelivered(reply.line, permanent=refused, gone=reply.status == GONE)


def _headers(message_id: str, body: bytes, secret: str) -> dict[str, str]:
    at = datetime.now(UTC)  # of this attempt: receivers refuse what is old
    signature = Webhook(secret).sign(message_id, at, body.decode())
    return {
        "Content-Type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": signature,
    }


def _body(kind: str, at: datetime, data: Mapping[str, Any]) -> bytes:
    said = {"type": kind, "timestamp": _text(at), "data": data}
    return json.dumps(said, ensure_ascii=False).encode(errors="replace")


def _text(at: datetime | None) -> str | None:
    return None if at is None else f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
