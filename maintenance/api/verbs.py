"""POST windows/<id>/...: what is done with a window. Each reads its body and calls one verb."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NoReturn

from flask import Response

from maintenance import planning
from maintenance.api import schemas
from maintenance.api.answers import outcome
from maintenance.api.auth import actor, clock
from maintenance.api.body import read_object, seen_tags
from maintenance.api.operation import View, operation
from maintenance.api.problem import refuse
from maintenance.api.windows import get, seen_revision, values_of
from maintenance.intake import Bad, in_languages, paragraphs
from maintenance.models import Window as Row
from maintenance.models import db
from maintenance.sla.request import BadTime, parse_instant
from maintenance.store import windows

TIMES = ("start", "end", "outage_minutes", "announce_at")


def _verb(name: str, right: str, status: int = 200, **documented: Any) -> Callable[[View], View]:
    rule = f"/windows/<window_id>/{name}"
    refuses = (404, 409, 412)
    return operation("POST", rule, right, schemas.Window, (status,), refuses=refuses, **documented)


@_verb("submit", "plan")
def submit_window(window_id: str) -> Response:
    """Put a draft forward for approval."""
    row = get(window_id)
    return outcome(planning.submit(window_id, actor(), clock(), _seen(row)))


@_verb("approve", "approve", takes=schemas.Approval, body_needed=False)
def approve_window(window_id: str) -> Response:
    """Schedule a proposal; 409 with the verdict where a rule is broken and not overridden."""
    row, body = get(window_id), read_object(needed=False)
    reason = text_in(body, "override_reason")
    return outcome(planning.approve(window_id, actor(), clock(), reason, _seen(row)))


@_verb("reject", "approve", takes=schemas.Rejection)
def reject_window(window_id: str) -> Response:
    """Turn a proposal down, with a reason."""
    row, body = get(window_id), read_object()
    reason = text_in(body, "reason", needed=True)
    return outcome(planning.reject(window_id, reason, actor(), clock(), _seen(row)))


@_verb("ask", "approve", takes=schemas.Rejection)
def ask_back_window(window_id: str) -> Response:
    """Ask the proposer something: the proposal is a draft again, with the question as reason."""
    row, body = get(window_id), read_object()
    reason = text_in(body, "reason", needed=True)
    return outcome(planning.ask_back(window_id, reason, actor(), clock(), _seen(row)))


@_verb("move", "plan", takes=schemas.Move)
def move_window(window_id: str) -> Response:
    """Give a window other times; a scheduled one is judged as at its approval."""
    row, body = get(window_id), read_object()
    values = values_of(row, {name: body.get(name) for name in TIMES}, needed=("start", "end"))
    result = planning.move(
        window_id,
        values.start,
        values.end,
        actor(),
        clock(),
        override_reason=text_in(body, "override_reason"),
        outage_minutes=None
        if body.get("outage_minutes") is None
        else values.outages or values.outage_minutes,
        announce_at=None if body.get("announce_at") is None else values.announce_at,
        seen=_seen(row),
    )
    return outcome(result)


@_verb("extend", "plan", takes=schemas.Extension)
def extend_window(window_id: str) -> Response:
    """Give a window in progress a later end; never refused by a rule."""
    row, body = get(window_id), read_object()
    end = _minute(row, body, "end")
    return outcome(planning.extend(window_id, end, actor(), clock(), _seen(row)))


@_verb("start", "plan")
def start_window(window_id: str) -> Response:
    """Begin it now; never refused by a rule."""
    row = get(window_id)
    return outcome(planning.start(window_id, actor(), clock(), _seen(row)))


@_verb("complete", "plan")
def complete_window(window_id: str) -> Response:
    """It is done."""
    row = get(window_id)
    return outcome(planning.complete(window_id, actor(), clock(), _seen(row)))


@_verb("cancel", "plan", takes=schemas.Cancellation, body_needed=False)
def cancel_window(window_id: str) -> Response:
    """Call it off; those who were told of it are told so. The reason stays internal."""
    row, body = get(window_id), read_object(needed=False)
    reason = text_in(body, "reason")
    return outcome(planning.cancel(window_id, reason, actor(), clock(), _seen(row)))


@_verb("messages", "plan", status=201, takes=schemas.Message)
def add_message(window_id: str) -> Response:
    """A word to the readers of an announced window."""
    row, body = get(window_id), read_object()
    try:
        text = in_languages(body.get("text"), paragraphs)
    except Bad as bad:
        _bad("text", str(bad))
    if not all(text.values()):
        _bad("text", "is required")
    return outcome(planning.message(window_id, text, actor(), clock(), _seen(row)), 201)


def _seen(row: Row) -> int | None:
    return None if seen_tags() is None else seen_revision(row)


def text_in(body: Mapping[str, Any], field: str, needed: bool = False) -> str:
    """The text in this field, empty where there is none; or the request ends with 422."""
    raw = body.get(field)
    try:
        text = "" if raw is None else paragraphs(raw)
    except Bad as bad:
        _bad(field, str(bad))
    if needed and not text:
        _bad(field, "is required")
    return text


def _minute(row: Row, body: Mapping[str, Any], field: str) -> datetime:
    """The instant, in whole minutes, read where the window's services are."""
    raw = body.get(field)
    if not isinstance(raw, str):
        _bad(field, "is required" if raw is None else "expected a time, as 2026-12-01T20:00")
    zones = windows.zones(db.session())
    theirs = {zones[place.service.slug].key: zones[place.service.slug] for place in row.places}
    try:
        at = parse_instant(raw, next(iter(theirs.values())) if len(theirs) == 1 else None)
    except BadTime as bad:
        _bad(field, bad.message)
    if at.second or at.microsecond:
        _bad(field, "must be in whole minutes")
    return at


def _bad(field: str, message: str) -> NoReturn:
    refuse(422, "Some fields cannot be used.", {field: message})
