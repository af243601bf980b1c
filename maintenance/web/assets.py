"""What pages load: the scripts and styles of installed packages and our own, from here alone."""

from collections.abc import Sequence
from pathlib import Path

import js_lib_htmx
from flask import Blueprint, Response, send_from_directory

from maintenance.accounts import open_to
from maintenance.models import db
from maintenance.store import people

pages = Blueprint("assets", __name__, static_folder="static", static_url_path="/assets")

EDGES = ("solid", "double", "dashed", "dotted")
HTMX = Path(js_lib_htmx.__file__).parent / "static" / "htmx"


@pages.get("/assets/htmx.js")
def htmx() -> Response:
    """The htmx of the installed package."""
    return send_from_directory(HTMX, "htmx.min.js", max_age=86400)


@pages.get("/services.css")
@open_to("read")
def services() -> Response:
    """How to tell services apart: a style sheet, since the pages allow no inline style.

    Each has its colour, the edge of its windows another line, and letters of its own: two of one
    colour, or two that a reader sees as one, still differ.
    """
    rows = people.services(db.session())
    marks = letters([row.name for row in rows])
    rules = [
        f'[data-service="{row.slug}"] {{ --service: {row.color}; }}\n'
        f'.chip[data-service="{row.slug}"] {{ border-left-style: {EDGES[n % len(EDGES)]}; }}'
        for n, row in enumerate(rows)
    ]
    rules += [_mark(row.slug, marks[row.name]) for row in rows if len(marks[row.name]) > 1]
    return Response("\n".join(rules), mimetype="text/css")


def letters(names: Sequence[str]) -> dict[str, str]:
    """A letter for each name; for those that begin alike also the first that sets them apart."""
    found: dict[str, str] = {}
    for name in names:
        alike = [other for other in names if other != name and other[:1] == name[:1]]
        second = (char for n, char in enumerate(name) if n and _differs(char, n, alike))
        found[name] = name[:1].upper() + (next(second, name[-1:]).lower() if alike else "")
    return found


def _differs(char: str, place: int, others: Sequence[str]) -> bool:
    return char.isalnum() and all(other[place : place + 1] != char for other in others)


def _mark(slug: str, mark: str) -> str:
    """These letters in the place of the one that pages write."""
    dots = (f'.dot[data-service="{slug}"]', f'.service[data-service="{slug}"] > .dot')
    text = mark if mark.isalnum() else "?"
    return (
        f"{', '.join(dots)} {{ font-size: 0; }}\n"
        f"{', '.join(f'{dot}::after' for dot in dots)} {{ content: '{text}'; font-size: .625rem; }}"
    )
