"""What the public reads: feeds, status pages and JSON, kept as bytes per change.

`asked` reads the request, `views` and `feeds` say which path shows what, `edition` keeps it and
knows when it changed, `answer` speaks HTTP. A small WSGI layer answers before Flask does; the same
paths are Flask routes with the same bytes, so that whatever goes over the routes finds them.
"""

from datetime import UTC, datetime

from flask import Flask, Response, abort, current_app, request
from werkzeug.routing import Rule

from maintenance.accounts import ANYONE, open_to
from maintenance.config import Settings
from maintenance.published import answer
from maintenance.published.asked import RULES
from maintenance.published.edition import Keeper
from maintenance.published.layer import Layer
from maintenance.published.site import Site
from maintenance.published.source import Source, tell_of_commits

__all__ = ["init_app"]


def init_app(app: Flask) -> None:
    """Add the public paths to this app, and the layer that answers them before Flask."""
    settings: Settings = app.config["SETTINGS"]
    site = Site(settings.base_url, settings.secret_key, settings.mail_from)
    keeper = Keeper(Source(app), site)
    app.extensions["published"] = keeper
    tell_of_commits()
    for rule in RULES:
        app.url_map.add(Rule(rule, endpoint="published", methods=["GET"]))
    app.view_functions["published"] = show
    app.wsgi_app = Layer(app.wsgi_app, keeper)  # type: ignore[method-assign]


@open_to(ANYONE)
def show(**_: str) -> Response:
    """The same as the layer gives, for whoever comes by the route."""
    keeper: Keeper = current_app.extensions["published"]
    found = answer.to(request.environ, keeper, datetime.now(UTC))
    if found is None:
        abort(404)
    return Response(found.body, found.status, found.headers)
