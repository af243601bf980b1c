"""What a request carries: a JSON object within limits, the tags of what was read."""

import math
from typing import Any

from flask import request

from maintenance.api.problem import refuse
from maintenance.sla.request import is_unicode
from maintenance.sla.strict_json import NotJson, loads

MOST_BYTES = 2**20
DEEPEST = 32


def read_object(needed: bool = True) -> dict[str, Any]:
    """The JSON object in the request's body; {} where there is none and none is `needed`.

    Else ends the request: 413 over MOST_BYTES, 415 for another type, 400 for what is no object.
    """
    raw = request.get_data()
    if not raw and not needed:
        return {}
    if request.mimetype != "application/json":
        refuse(415, "The body must be application/json.")
    try:
        value = loads(raw)
        _hold_within_limits(value)
    except NotJson as error:
        refuse(400, f"The body cannot be used: {error}.")
    if not isinstance(value, dict):
        refuse(400, "The body must be a JSON object.")
    return value


def _hold_within_limits(value: Any) -> None:
    """NotJson where it is deeper than DEEPEST, or holds what no database keeps."""
    level, depth = [value], 0
    while level:
        depth += 1
        if depth > DEEPEST:
            raise NotJson("nested too deep")
        level = [inner for outer in level for inner in _inside(outer)]


def _inside(value: Any) -> list[Any]:
    if isinstance(value, str) and not is_unicode(value):
        raise NotJson("a text holds half a character")
    if isinstance(value, float) and not math.isfinite(value):
        raise NotJson("a number is too large")
    if isinstance(value, dict):
        return [*value, *value.values()]
    return value if isinstance(value, list) else []


def seen_tags() -> set[str] | None:
    """The tags in If-Match; None where the caller does not mind what it overwrites."""
    if "If-Match" not in request.headers or request.if_match.star_tag:
        return None
    return set(request.if_match.as_set())
