"""HTTP for what is kept: conditional requests (RFC 9110), gzip, headers. Speaks WSGI's environ."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import lru_cache
from typing import Any, NamedTuple

from maintenance.published import views
from maintenance.published.asked import Asked, asked
from maintenance.published.edition import Entry, Keeper
from maintenance.published.source import Unreachable

Headers = list[tuple[str, str]]

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
FRAMED = POLICY.replace("frame-ancestors 'none'", "frame-ancestors *")
"""For the banner, which is there to be framed: it has no cookies, no forms and no secrets."""
_SAFE = (
    ("X-Content-Type-Options", "nosniff"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
)
_LONGEST = 500
"""Of a header that says what the reader takes, so much is read."""
_SORRY = b"The maintenance data cannot be read at the moment. Please try again in a minute.\n"


class Answer(NamedTuple):
    """What goes back over the wire."""

    status: str
    headers: Headers
    body: bytes


@dataclass(frozen=True, slots=True)
class Head:
    """What goes before an entry's bytes: the same for every reader, so made once."""

    tag: str
    always: Headers
    body: Headers  # where the body follows


def to(environ: Mapping[str, Any], keeper: Keeper, now: datetime) -> Answer | None:
    """The answer to this request, or None where the path is not one of ours."""
    method = environ["REQUEST_METHOD"]
    if method not in {"GET", "HEAD"}:
        return None
    wanted = asked(
        environ.get("PATH_INFO", ""),
        environ.get("QUERY_STRING", ""),
        environ.get("HTTP_ACCEPT_LANGUAGE", ""),
    )
    if wanted is None:
        return None
    try:
        entry = keeper.entry(wanted, now)
    except Unreachable:
        return _unreachable(keeper.https, private=bool(wanted.secret))
    answer = _whole(environ, entry, keeper, now) if entry else _missing(wanted, keeper)
    return Answer(answer.status, answer.headers, b"") if method == "HEAD" else answer


def _whole(environ: Mapping[str, Any], entry: Entry, keeper: Keeper, now: datetime) -> Answer:
    zipped = _takes_gzip(environ.get("HTTP_ACCEPT_ENCODING", "")[:_LONGEST])
    head = entry.heads.get(zipped)
    if head is None:
        head = entry.heads[zipped] = _head(entry, zipped, keeper.https)
    age = keeper.age(now)
    aged = [] if age is None else [("Age", str(age))]
    if _unchanged(environ, entry, head.tag):
        return Answer("304 Not Modified", [*head.always, *aged], b"")
    body = entry.zipped if zipped else entry.body
    return Answer("200 OK", [*head.always, *aged, *head.body], body)


def _head(entry: Entry, zipped: bool, https: bool) -> Head:
    tag = f'"{entry.tag}-gz"' if zipped else f'"{entry.tag}"'
    body = entry.zipped if zipped else entry.body
    about = [("Content-Type", entry.content_type), ("Content-Length", str(len(body)))]
    if zipped:
        about.append(("Content-Encoding", "gzip"))
    return Head(tag, _headers(entry, tag, https), about)


def _headers(entry: Entry, tag: str, https: bool) -> Headers:
    headers = _safe(https, entry.private, FRAMED if entry.framed else POLICY)
    headers.append(("ETag", tag))
    headers.append(("Cache-Control", _cache(entry)))
    vary = "Accept-Encoding, Accept-Language" if entry.by_language else "Accept-Encoding"
    headers.append(("Vary", vary))
    if entry.modified_at is not None:
        headers.append(("Last-Modified", format_datetime(entry.modified_at, usegmt=True)))
    if not entry.private and not entry.by_language:
        headers.append(("Access-Control-Allow-Origin", "*"))
    return headers


def _cache(entry: Entry) -> str:
    if entry.private:
        return "private, no-cache"
    return "public, max-age=31536000, immutable" if entry.lasting else "public, no-cache"


def _safe(https: bool, private: bool, policy: str = POLICY) -> Headers:
    headers = [("Content-Security-Policy", policy), *_SAFE]
    headers.append(("Referrer-Policy", "no-referrer" if private else "same-origin"))
    if https:
        headers.append(("Strict-Transport-Security", "max-age=31536000"))
    if private:
        headers.append(("X-Robots-Tag", "noindex, nofollow"))
    return headers


def _unchanged(environ: Mapping[str, Any], entry: Entry, tag: str) -> bool:
    """Whether the reader has these bytes; a tag goes before a date."""
    tags = environ.get("HTTP_IF_NONE_MATCH")
    if tags == tag:
        return True
    if tags is not None:
        given = [each.strip().removeprefix("W/") for each in tags.split(",")]
        return tag in given or given == ["*"]
    since = environ.get("HTTP_IF_MODIFIED_SINCE")
    if since is None or entry.modified_at is None:
        return False
    try:
        return entry.modified_at.replace(microsecond=0) <= parsedate_to_datetime(since)
    except (ValueError, TypeError, OverflowError):
        return False  # no date, or one without a zone, or of no year that there is


@lru_cache(maxsize=256)
def _takes_gzip(accepted: str) -> bool:
    for part in accepted.lower().split(","):
        coding, _, quality = part.partition(";")
        if coding.strip() in {"gzip", "*"}:
            return quality.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False


def _missing(asked: Asked, keeper: Keeper) -> Answer:
    """The same for a feed that never was and one whose address was replaced."""
    kind, body = views.missing(asked, keeper.site)
    headers = _safe(keeper.https, private=bool(asked.secret))
    return Answer("404 Not Found", headers + _unkept(kind, body), body)


def _unreachable(https: bool, private: bool) -> Answer:
    headers = [*_safe(https, private), *_unkept("text/plain", _SORRY), ("Retry-After", "60")]
    return Answer("503 Service Unavailable", headers, _SORRY)


def _unkept(kind: str, body: bytes) -> Headers:
    return [
        ("Content-Type", f"{kind}; charset=utf-8"),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
    ]
