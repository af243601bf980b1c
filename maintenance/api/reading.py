"""/api/v1/docs: openapi.json as a page to read and to try, by the Swagger UI that is installed."""

from pathlib import Path

import flask_swagger_ui
from flask import Blueprint, Response, abort, render_template, send_from_directory

from maintenance.accounts import ANYONE, open_to

DIST = Path(flask_swagger_ui.__file__).parent / "dist"
FILES = {
    "swagger-ui.css": DIST,
    "swagger-ui-bundle.js": DIST,
    "start.js": Path(__file__).parent / "static",
}
"""What the page loads, and from which folder: nothing else is served."""

docs = Blueprint("api-page", __name__, url_prefix="/api/v1/docs")


@docs.get("/")
@open_to(ANYONE)
def page() -> str:
    """The page; for anyone, since it holds nothing of anybody."""
    return render_template("api/docs.html")


@docs.get("/<path:name>")
@open_to(ANYONE)
def file(name: str) -> Response:
    """A file of the page."""
    if name not in FILES:
        abort(404)
    return send_from_directory(FILES[name], name, max_age=86400)
