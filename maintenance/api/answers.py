"""Values as answers."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response

from maintenance.api import shapes
from maintenance.api.body import seen_tags
from maintenance.api.paging import cursor_for
from maintenance.api.problem import bad_fields, problem
from maintenance.models import Window, db
from maintenance.results import Bad, Done, Missing, NotPossible, Refused, Result, Stale
from maintenance.sla.verdict import Verdict
from maintenance.store import windows

CHANGED = "It was changed after you read it. Read it again."


def given(said: Mapping[str, Any], status: int = 200, tag: str | None = None) -> Response:
    """This as JSON, with an ETag where it has one."""
    answer = Response(json.dumps(said), status, content_type="application/json")
    if tag is not None:
        answer.set_etag(tag)
    return answer


def page(items: Sequence[Mapping[str, Any]], following: Sequence[str] | None) -> Response:
    """A page of a list; `following` are the parts of the cursor of the next one."""
    return given({"items": items, "next": cursor_for(*following) if following else None})


def window(row: Window, status: int = 200, verdict: Verdict | None = None) -> Response:
    """A window, with what it overlaps; its ETag is its revision. `verdict` is what is said now."""
    said = shapes.window(row)
    said["overlaps"] = [other.reference for other in windows.overlapping(db.session(), row)]
    if verdict is not None:
        said["verdict"] = verdict.as_json()
    return given(said, status, str(row.revision))


def outcome(result: Result, status: int = 200) -> Response:
    """What a verb answered; `status` where it is done."""
    match result:
        case Done(row):
            return window(row, status)
        case Refused(verdict):
            detail = "A rule of the SLA is broken: see the verdict."
            return problem(409, detail, verdict=verdict.as_json())
        case NotPossible(message):
            return problem(409, f"This cannot be done: {message}.")
        case Bad(errors):
            return bad_fields(errors)
        case Stale():
            return problem(412, CHANGED)
        case Missing():
            return no_window()


def no_window() -> Response:
    """404."""
    return problem(404, "There is no such window.")


def tag_of(said: Mapping[str, Any]) -> str:
    """The ETag of what has no revision: a hash of what is said of it."""
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:32]


def is_stale(said: Mapping[str, Any] | None) -> bool:
    """Whether the caller, by its If-Match, read something else than this (None: nothing)."""
    tags = seen_tags()
    return tags is not None and (said is None or tag_of(said) not in tags)
