"""What a page is asked for in its address."""

from flask import request

LONGEST = 200


def asked(name: str) -> str:
    """A text to look for, stripped; without NUL, which no database can look for."""
    return request.args.get(name, "").replace("\0", "").strip()[:LONGEST]
