"""What the web server loads: the application, with its log."""

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import structlog

from maintenance import logs
from maintenance.app import create_app

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


def quiet() -> "WSGIApplication":
    """The application; only what goes wrong is logged."""
    logs.configure()
    return create_app().wsgi_app


def logged() -> "WSGIApplication":
    """The application, each request logged."""
    return AccessLog(quiet())


class AccessLog:
    """A line per request: never a query string, an address or a secret in a path."""

    def __init__(self, app: "WSGIApplication") -> None:
        self._app = app
        self._log = structlog.get_logger("maintenance.access")

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer, and log how."""
        began = time.monotonic()

        def started(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            self._log.info(
                "request",
                method=environ["REQUEST_METHOD"],
                path=logs.masked_path(environ.get("PATH_INFO", "")),
                status=int(status[:3]),
                ms=round(1000 * (time.monotonic() - began), 1),
            )
            return start_response(status, headers, *rest)

        return self._app(environ, started)
