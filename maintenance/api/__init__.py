"""The same verbs for programs, under /api/v1: JSON, bearer tokens, described by openapi.json."""

import json
from threading import Lock
from typing import Any

from flask import Flask, Response, request
from flask_smorest import Api
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import HTTPException

from maintenance.accounts import ANYONE, open_to
from maintenance.api import (
    bounces,
    check,
    customers,
    ledger,
    problem,
    series,
    services,
    slots,
    verbs,
    webhooks,
    windows,
)
from maintenance.api.auth import authenticate, keep_private
from maintenance.api.operation import api
from maintenance.api.reading import docs

__all__ = [
    "bounces",
    "check",
    "customers",
    "init_app",
    "ledger",
    "series",
    "services",
    "slots",
    "verbs",
    "webhooks",
    "windows",
]

SPEC = {
    "info": {"description": "Maintenance windows, held against the SLA and told in time."},
    "security": [{"bearer": []}],
    "components": {
        "securitySchemes": {
            "bearer": {
                "type": "http",
                "scheme": "bearer",
                "description": "The token that `maintenance token create NAME --role ROLE` prints.",
            }
        }
    },
}


class Description(Api):  # type: ignore[misc]
    """openapi.json, written when it is first asked for: that takes longer than the rest of the app.

    Errors are answered by the blueprint, and no default answer hides them.
    """

    DEFAULT_ERROR_RESPONSE_NAME = None
    text = ""

    def __init__(self, app: Flask) -> None:
        self.writing = Lock()
        super().__init__(app, spec_kwargs=SPEC)

    def _register_error_handlers(self) -> None:
        """None for the whole application: its pages have their own."""

    @open_to(ANYONE)
    def _openapi_json(self) -> Response:
        """The description, for anyone: it holds nothing of anybody."""
        with self.writing:
            if not self.text:
                api.register_views_in_doc(
                    self, self._app, self.spec, name=api.name, parameters=None
                )
                self.text = json.dumps(self.spec.to_dict())
        return Response(self.text, mimetype="application/json")


api.before_request(authenticate)
api.after_request(keep_private)
api.register_error_handler(HTTPException, problem.from_http)
api.register_error_handler(DBAPIError, problem.no_database)
api.register_error_handler(Exception, problem.unexpected)


def init_app(app: Flask) -> None:
    """Put /api/v1 on this app. Its bearers need no CSRF token: no cookie counts there."""
    app.config.update(
        API_TITLE="Maintenance",
        API_VERSION="v1",
        OPENAPI_VERSION="3.0.3",
        OPENAPI_URL_PREFIX="/api/v1",
        OPENAPI_JSON_PATH="openapi.json",
    )
    Description(app)
    app.register_blueprint(api)
    app.register_blueprint(docs)
    if "csrf" in app.extensions:
        app.extensions["csrf"].exempt(api)
    app.before_request(_no_such_endpoint)


def _no_such_endpoint() -> Any:
    """Below /api/v1 an unknown path or method is a problem too, not a page."""
    error = request.routing_exception
    if error is None or not request.path.startswith("/api/v1/"):
        return None
    answer = problem.from_http(error)
    return answer if isinstance(answer, Response) else answer.get_response()
