"""The WSGI layer: answers what is kept, before Flask; passes on the rest."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from maintenance.published import answer
from maintenance.published.edition import Keeper

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Layer:
    """Wraps an application."""

    def __init__(self, application: Application, keeper: Keeper) -> None:
        self._application = application
        self._keeper = keeper

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Answer by the WSGI protocol."""
        found = answer.to(environ, self._keeper, datetime.now(UTC))
        if found is None:
            return self._application(environ, start_response)
        start_response(found.status, found.headers)
        return [found.body]
