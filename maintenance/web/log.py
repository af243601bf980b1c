"""The log: who did what, when, from what to what; filtered, and as a file."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from flask import Blueprint, Response, render_template, url_for

from maintenance import spreadsheet
from maintenance.accounts import open_to
from maintenance.models import Audit, db
from maintenance.store import audit
from maintenance.web import log_words
from maintenance.web.asked import asked
from maintenance.web.display import desk_zone, language
from maintenance.web.files import attachment
from maintenance.web.log_words import SUBJECTS

pages = Blueprint("log", __name__)

PAGE = 50
LONGEST_FILE = 50_000
FILTERS = ("who", "verb", "about", "since", "until")

Difference = tuple[str, str, str]
"""A field, what it was and what it became."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One row for people."""

    row: Audit
    deed: str
    kind: str  # of what it is about
    name: str
    link: str
    differences: list[Difference]


@pages.get("/log")
@open_to("read")
def listing() -> str:
    """The newest rows, or those the filter asks."""
    before = asked("before")
    last = int(before) if before.isdecimal() and len(before) < 18 else None
    found = audit.found(db.session(), **_filter(), before=last, limit=PAGE + 1)
    return render_template(
        "log.html",
        entries=_entries(found[:PAGE]),
        more=found[PAGE - 1].id if len(found) > PAGE else None,
        asked={name: asked(name) for name in FILTERS},
        deeds=[(verb, log_words.deed(verb)) for verb in audit.verbs(db.session())],
        subjects=list(SUBJECTS.items()),
    )


@pages.get("/log.csv")
@open_to("read")
def export() -> Response:
    """The rows of the filter as a file, the newest LONGEST_FILE at most; times in UTC."""
    found = audit.found(db.session(), **_filter(), limit=LONGEST_FILE)
    columns = ("at", "who", "verb", "subject", "field", "from", "to")
    separator = ";" if language() == "nl" else ","
    return attachment(spreadsheet.write(columns, _lines(found), separator), "log.csv")


def differences(details: Mapping[str, Any]) -> list[Difference]:
    """What a row of the log says changed, in whichever way its verb wrote it down."""
    was, new = details.get("from"), details.get("to")
    if isinstance(was, Mapping) and isinstance(new, Mapping):
        return [
            (name, *_changed(was.get(name), new.get(name)))
            for name in {**was, **new}
            if was.get(name) != new.get(name)
        ]
    return [(name, *_pair(value)) for name, value in details.items()]


def _pair(value: Any) -> tuple[str, str]:
    if isinstance(value, list) and len(value) == 2:
        return _changed(*value)
    if isinstance(value, Mapping) and set(value) == {"from", "to"}:
        return _changed(value["from"], value["to"])
    return "", _said(value)


def _changed(was: Any, new: Any) -> tuple[str, str]:
    """Both as text; of two lists only what the other does not hold."""
    if isinstance(was, list) and isinstance(new, list):
        gone, come = [e for e in was if e not in new], [e for e in new if e not in was]
        return _said(gone), _said(come)
    return _said(was), _said(new)


def _said(value: Any) -> str:
    match value:
        case None:
            return ""
        case Mapping():
            return ", ".join(f"{name} {_said(each)}" for name, each in value.items() if each)
        case list():
            return "; ".join(_said(each) for each in value)
        case bool():
            return "yes" if value else "no"
    return str(value)


def _entries(rows: list[Audit]) -> list[Entry]:
    ids = [row.subject.partition(":")[2] for row in rows if row.subject.startswith("window:")]
    references = audit.references(db.session(), ids)
    return [_entry(row, references) for row in rows]


def _entry(row: Audit, references: Mapping[str, str]) -> Entry:
    kind, colon, _key = row.subject.partition(":")
    about = str(SUBJECTS.get(kind + colon, kind))
    name, link = _about(row.subject, references)
    shown = [
        (log_words.field(field), log_words.value(field, was), log_words.value(field, new))
        for field, was, new in differences(row.details)
        if was or new
    ]
    return Entry(row, log_words.deed(row.verb), about, name, link, shown)


def _about(subject: str, references: Mapping[str, str]) -> tuple[str, str]:
    """What to call the subject, and where it is shown; no address where it may be gone."""
    kind, _colon, key = subject.partition(":")
    place = PLACES.get(kind)
    return references.get(key, key), place(key) if place else ""


PLACES: Mapping[str, Callable[[str], str]] = {
    "window": lambda key: url_for("windows.page", window_id=key),
    "customer": lambda key: url_for("customers.page", slug=key),
    "service": lambda key: url_for("services.listing") + f"#s-{key}",
    "policy": lambda _key: url_for("services.listing"),
    "series": lambda key: url_for("series.page", series_id=key),
    "job": lambda _key: url_for("job_templates.listing"),
    "sending": lambda _key: url_for("sending.page"),
}


def _lines(rows: list[Audit]) -> Iterator[tuple[str, ...]]:
    for row in rows:
        said = (row.at.strftime("%Y-%m-%dT%H:%M:%SZ"), row.actor, row.verb, row.subject)
        for difference in differences(row.details) or [("", "", "")]:
            yield (*said, *difference)


def _filter() -> dict[str, Any]:
    texts = {name: asked(name) for name in ("who", "verb", "about")}
    until = _midnight(asked("until"), days=1)
    return {**texts, "since": _midnight(asked("since")), "until": until}


def _midnight(text: str, days: int = 0) -> datetime | None:
    """When that day, or the one so many days later, begins; None where it is no date."""
    try:
        return datetime.combine(
            date.fromisoformat(text) + timedelta(days=days), time(), tzinfo=desk_zone()
        )
    except (ValueError, OverflowError):
        return None
