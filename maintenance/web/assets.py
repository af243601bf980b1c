"""What pages load: the scripts and styles of installed packages and our own, from here alone."""

from pathlib import Path

import js_lib_htmx
from flask import Blueprint, Response, send_from_directory

from maintenance.accounts import open_to
from maintenance.models import db
from maintenance.store import people

pages = Blueprint("assets", __name__, static_folder="static", static_url_path="/assets")

HTMX = Path(js_lib_htmx.__file__).parent / "static" / "htmx"


@pages.get("/assets/htmx.js")
def htmx() -> Response:
    """The htmx of the installed package."""
    return send_from_directory(HTMX, "htmx.min.js", max_age=86400)


@pages.get("/services.css")
@open_to("read")
def services() -> Response:
    """The colour of each service: a style sheet, since the pages allow no inline style."""
    rules = (
        f'[data-service="{service.slug}"] {{ --service: {service.color}; }}'
        for service in people.services(db.session())
    )
    return Response("\n".join(rules), mimetype="text/css")
