"""The blueprint of every endpoint, and what each says of itself: who may, what goes in and out."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial, wraps
from typing import Any

from flask_smorest import Blueprint
from marshmallow import Schema
from werkzeug.wrappers import Response as BaseResponse

from maintenance.accounts import open_to
from maintenance.api import problem, repeating
from maintenance.api.schemas import Problem

View = Callable[..., BaseResponse]

api = Blueprint("api", __name__, url_prefix="/api/v1")

ALWAYS = (401, 403, 429, 500, 503)
WITH_BODY = (400, 413, 415, 422)

IF_MATCH = {
    "in": "header",
    "name": "If-Match",
    "schema": {"type": "string"},
    "description": "The ETag that was read: 412 where it is no longer so.",
}
IDEMPOTENCY_KEY = {
    "in": "header",
    "name": repeating.HEADER,
    "schema": {"type": "string", "pattern": "^[ -~]{1,255}$"},
    "description": "A repeat with the same key and body gets the first answer, for 24 hours.",
}


def operation(
    method: str,
    rule: str,
    right: str,
    gives: type[Schema],
    statuses: Sequence[int] = (200,),
    *,
    takes: type[Schema] | None = None,
    body_needed: bool = True,
    query: Sequence[Mapping[str, Any]] = (),
    refuses: Sequence[int] = (),
) -> Callable[[View], View]:
    """Route and document a view: `right` is a key of LEAST, `refuses` its own error codes.

    A POST answers a repeat with the same Idempotency-Key by itself.
    """
    headers = [IF_MATCH] if 412 in refuses else []
    if method == "POST":
        headers.append(IDEMPOTENCY_KEY)
        refuses = (400, 409, *refuses)
    if query:
        refuses = (422, *refuses)
    doc: dict[str, Any] = {"parameters": [*query, *headers]}
    if takes is not None:
        content = {"application/json": {"schema": takes}}
        doc["requestBody"] = {"required": body_needed, "content": content}
        refuses = (*WITH_BODY, *refuses)

    def decorate(view: View) -> View:
        @wraps(view)
        def answered(**arguments: Any) -> BaseResponse:
            if method == "POST":
                return repeating.once(partial(view, **arguments))
            return view(**arguments)

        documented = api.doc(**doc)(answered)
        for status in statuses:
            documented = api.response(status, gives)(documented)
        for status in sorted({*ALWAYS, *refuses}):
            documented = _problem(status)(documented)
        marked: View = open_to(right)(documented)
        api.add_url_rule(rule, view_func=marked, methods=[method], tags=[rule.split("/")[1]])
        return marked

    return decorate


def _problem(status: int) -> Callable[[View], View]:
    documented: Callable[[View], View] = api.alt_response(
        status, schema=Problem, content_type=problem.CONTENT_TYPE
    )
    return documented
