"""What a request asks for: the path, and of its query what we know."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import parse_qs

from maintenance.windows import LANGUAGES

RULES = (
    "/robots.txt",
    "/status",
    "/status/<slug>",
    "/status/w/<id>",
    "/embed/",
    "/embed/<slug>",
    "/feeds/<name>.ics",
    "/feeds/<name>.atom",
    "/feeds/c/<token>.ics",
    "/feeds/c/<token>.atom",
    "/api/v2/<endpoint>.json",
    "/api/v2/scheduled-maintenances/<which>.json",
)
"""The paths, as Flask routes."""

_PATHS = re.compile(
    r"/robots\.txt"
    r"|/status(?:/(?:w/)?[A-Za-z0-9_-]{1,63}|/status\.(?:css|js)|/embed\.js|/icon\.svg)?"
    r"|/embed/(?:banner\.js|[a-z0-9-]{1,63})?"
    r"|/feeds/[a-z0-9-]{1,63}\.(?:ics|atom)"
    r"|/api/v2/(?P<endpoint>[a-z/-]{1,63})\.json"
    r"|/feeds/c/(?P<secret>[A-Za-z0-9_-]{1,80})\.(?:ics|atom)"
)
_MONTH = re.compile(r"[0-9]{4}-(?:0[1-9]|1[0-2])")
_ALARMS = {"15": 15, "60": 60, "1440": 1440}
_LONGEST_PATH, _LONGEST = 200, 500


class Asked(NamedTuple):
    """What of a request decides the answer, so what the bytes are kept by."""

    path: str
    language: str
    month: str = ""
    alarm: int = 0  # minutes before the start, where a bell is asked for
    secret: str = ""  # the token of a customer's own feed


def feed_path(token: str) -> str:
    """The path of a customer's own feed."""
    return f"/feeds/c/{token}.ics"


def asked(path: str, query: str, accept_language: str) -> Asked | None:
    """What is asked, or None for a path that is not one of ours. What we do not know is ignored."""
    if len(path) > _LONGEST_PATH:
        return None
    return _asked(path, query[:_LONGEST], accept_language[:_LONGEST])


@lru_cache(maxsize=1024)
def _asked(path: str, query: str, accept_language: str) -> Asked | None:
    """Remembered: readers come back with the same words, and half of an answer's time was here."""
    found = _PATHS.fullmatch(path)
    if found is None:
        return None
    values = parse_qs(query)
    pages = path.startswith(("/status", "/embed/"))
    fallback = "en" if found["endpoint"] else LANGUAGES[0]  # programs expect English
    language = _asked_language(values) or (pages and _wished(accept_language)) or fallback
    month = values.get("month", [""])[-1] if pages else ""
    return Asked(
        path=path,
        language=language,
        alarm=_ALARMS.get(values.get("alarm", [""])[-1], 0) if path.endswith(".ics") else 0,
        month=month if _MONTH.fullmatch(month) else "",
        secret=found["secret"] or "",
    )


def _asked_language(values: Mapping[str, list[str]]) -> str:
    language = values.get("lang", [""])[-1]
    return language if language in LANGUAGES else ""


def _wished(accept_language: str) -> str:
    """The first of our languages that this header prefers, or ""."""
    wishes = []
    for place, part in enumerate(accept_language.split(",")):
        tag, _, parameter = part.partition(";")
        language = tag.strip().lower().split("-")[0]
        quality = re.fullmatch(r"\s*q\s*=\s*([01](?:\.[0-9]{0,3})?)\s*", parameter)
        weight = float(quality[1]) if quality else 1.0
        if language in LANGUAGES and weight > 0:
            wishes.append((-weight, place, language))
    return min(wishes)[2] if wishes else ""
