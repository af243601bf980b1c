"""Lists by the page: `limit` and `cursor` in, `next` out."""

import base64
import binascii
from typing import NoReturn

from flask import request

from maintenance.api.problem import refuse

PAGE, LARGEST_PAGE = 50, 200

PAGING = (
    {
        "in": "query",
        "name": "limit",
        "schema": {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE, "default": PAGE},
    },
    {
        "in": "query",
        "name": "cursor",
        "schema": {"type": "string"},
        "description": "The `next` of the page before.",
    },
)
"""What a list takes, for openapi.json."""


def page_size() -> int:
    """How many entries the caller asks of a list: `limit`, from 1 to LARGEST_PAGE."""
    raw = request.args.get("limit")
    if raw is None:
        return PAGE
    if not (raw.isascii() and raw.isdigit() and len(raw) < 10 and 1 <= int(raw) <= LARGEST_PAGE):
        refuse(422, "Bad query.", {"limit": f"expected a number from 1 to {LARGEST_PAGE}"})
    return int(raw)


def cursor_for(*parts: str) -> str:
    """A cursor that `cursor` reads."""
    return base64.urlsafe_b64encode("\n".join(parts).encode()).rstrip(b"=").decode()


def cursor(parts: int) -> list[str] | None:
    """The parts of the cursor that the caller gives; None at the beginning of a list."""
    raw = request.args.get("cursor")
    if not raw:
        return None
    try:
        padded = raw.encode("ascii") + b"=" * (-len(raw) % 4)
        found = base64.b64decode(padded, altchars=b"-_", validate=True).decode().split("\n")
    except (UnicodeError, binascii.Error):
        found = []
    if len(found) != parts or "\0" in "".join(found):
        bad_cursor()
    return found


def bad_cursor() -> NoReturn:
    """End the request: its cursor is none that a list gave."""
    refuse(422, "Bad query.", {"cursor": "expected the `next` of an earlier answer"})
