"""Errors as application/problem+json (RFC 9457); a bad field stands in `errors`, by its path."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, NoReturn

from flask import Response, abort, current_app
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import HTTPException

from maintenance.models import db

CONTENT_TYPE = "application/problem+json"


def problem(
    status: int, detail: str, errors: Mapping[str, str] | None = None, **more: Any
) -> Response:
    """The answer that says what is wrong; `more` are further members."""
    said = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        **more,
    }
    if errors is not None:
        said["errors"] = dict(errors)
    return Response(json.dumps(said), status, content_type=CONTENT_TYPE)


def refuse(
    status: int, detail: str, errors: Mapping[str, str] | None = None, **more: Any
) -> NoReturn:
    """End the request with a problem."""
    abort(problem(status, detail, errors, **more))


def bad_fields(errors: Mapping[str, str]) -> Response:
    """422 with what is wrong by field."""
    return problem(422, "Some fields cannot be used.", errors)


def from_http(error: HTTPException) -> Response | HTTPException:
    """The same error as a problem; an answer that somebody chose stays as it is."""
    if error.response is not None or error.code is None or error.code < 400:
        return error
    answer = problem(error.code, error.description or "")
    for name, value in error.get_headers():
        if name in {"Allow", "Retry-After", "WWW-Authenticate"}:
            answer.headers[name] = value
    return answer


def no_database(error: DBAPIError) -> Response:
    """503 where the database is locked, full or away; nothing was written."""
    db.session.rollback()
    current_app.logger.error("The database does not answer: %s", error.orig)
    answer = problem(503, "The database does not answer. Nothing was written; try again.")
    answer.headers["Retry-After"] = "5"
    return answer


def unexpected(error: Exception) -> Response:
    """500, its cause in the log."""
    db.session.rollback()
    current_app.logger.error("Unexpected error in the API", exc_info=error)
    return problem(500, "Something went wrong here. It is in the log.")
