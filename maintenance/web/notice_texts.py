"""A service's notices: which go out and when, and its own words for them, tried before saved."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from maintenance.accounts import open_to
from maintenance.composing import origin
from maintenance.intake import Bad, line, paragraphs
from maintenance.models import Service, Window, db
from maintenance.store import people, wordings
from maintenance.store import windows as store
from maintenance.store.policies import Versions
from maintenance.store.session import writing
from maintenance.web.access import actor
from maintenance.web.display import now
from maintenance.web.texts import _
from maintenance.windows import LANGUAGES, Impact, Kind, State
from maintenance.windows import Service as ServiceValue
from maintenance.windows import Window as WindowValue
from notifications import message, occasions, texts
from notifications.message import Reader
from notifications.texts import Words

pages = Blueprint("notices", __name__, url_prefix="/services/<slug>/notices")

UNITS = {"days": 24 * 60, "hours": 60}
MOST_REMINDERS = 10
LONGEST_LEAD = timedelta(days=90)

Answer = Response | str | tuple[str, int]


@pages.get("/")
@open_to("read")
def ladder(slug: str) -> str:
    """What is told of a window of this service, in order."""
    return _ladder(_found(slug))


@pages.post("/")
@open_to("administer")
def save_ladder(slug: str) -> Answer:
    """Other reminders for new windows; other notices left out."""
    row = _found(slug)
    try:
        reminders = _reminders()
    except ValueError:
        errors = {"reminders": _("Give whole numbers above nothing, of at most 90 days.")}
        return _ladder(row, errors), 422
    sent = set(request.form.getlist("sent"))
    with writing() as session:
        silent = {kind for kind in wordings.OPTIONAL if kind not in sent}
        row = people.find_service(session, slug) or abort(404)
        wordings.put_ladder(session, row, reminders, silent, actor().name, now())
    flash(_("Saved."), "success")
    return redirect(url_for("notices.ladder", slug=slug), 303)


@pages.get("/<kind>")
@open_to("read")
def words(slug: str, kind: str) -> str:
    """Its words for one kind of notice, in both languages, and the mail they make."""
    row = _found(slug)
    return _words(row, _kind(kind), _now(row, kind), {})


@pages.post("/<kind>")
@open_to("administer")
def save_words(slug: str, kind: str) -> Answer:
    """Try them or save them; or return to the usual ones."""
    row, kind = _found(slug), _kind(kind)
    if request.form.get("act") == "usual":
        return _put(slug, kind, dict.fromkeys(LANGUAGES))
    typed, errors = _typed(kind)
    if errors:
        return _words(row, kind, typed, errors), 422
    if request.form.get("act") != "save":
        return _words(row, kind, typed, {})
    usual = {lang: message.usual(kind, lang) for lang in LANGUAGES}
    return _put(slug, kind, {lang: w if w != usual[lang] else None for lang, w in typed.items()})


def _put(slug: str, kind: str, chosen: Mapping[str, Words | None]) -> Response:
    with writing() as session:
        row = people.find_service(session, slug) or abort(404)
        wordings.put(session, row, kind, chosen, actor().name, now())
    flash(_("Saved: what is worded from now on says it so."), "success")
    return redirect(url_for("notices.ladder", slug=slug), 303)


def _typed(kind: str) -> tuple[dict[str, Words], dict[str, str]]:
    typed, errors = {}, {}
    for lang in LANGUAGES:
        fields = {}
        for field, read in (("subject", line), ("lead", paragraphs)):
            name = f"{field}_{lang}"
            raw = request.form.get(name, "").replace("\r\n", "\n").strip()
            fields[field] = raw
            try:
                fields[field] = read(raw)
            except Bad as error:
                errors[name] = str(error)
            if not raw:
                errors[name] = _("Write what it says.")
        typed[lang] = Words(**fields)
        for fault in texts.faults(kind, typed[lang]):
            errors.setdefault(f"{fault.field}_{lang}", _said(fault))
    return typed, errors


def _said(fault: texts.Fault) -> str:
    if fault.missing:
        return _("It has to name %(place)s.", place=fault.placeholder)
    return _("It cannot name %(place)s: that is none of the list.", place=fault.placeholder)


def _reminders() -> list[int]:
    """Minutes before the start, from numbers and their units; empty ones are none."""
    found = []
    pairs = zip(request.form.getlist("lead"), request.form.getlist("unit"), strict=False)
    for number, unit in pairs:
        if not number.strip():
            continue
        if not (number.isascii() and number.isdecimal() and len(number) < 6):
            raise ValueError(number)
        found.append(int(number) * UNITS.get(unit, UNITS["hours"]))
    if not all(0 < each <= LONGEST_LEAD / timedelta(minutes=1) for each in found):
        raise ValueError("out of range")
    return found[:MOST_REMINDERS]


def _ladder(row: Service, errors: Mapping[str, str] | None = None) -> str:
    own = wordings.of(db.session(), [row.slug])
    return render_template(
        "services/notices.html",
        row=row,
        leads=[*map(_lead, row.reminders), ("", "days"), ("", "hours")],
        optional=wordings.OPTIONAL,
        own={kind for _slug, kind, _lang in own},
        kinds=list(texts.NEEDED),
        errors=errors or {},
    )


def _lead(minutes: int) -> tuple[str, str]:
    days, rest = divmod(minutes, UNITS["days"])
    return (str(days), "days") if not rest else (str(minutes // 60), "hours")


def _words(row: Service, kind: str, typed: Mapping[str, Words], errors: Mapping[str, str]) -> str:
    return render_template(
        "services/words.html",
        row=row,
        kind=kind,
        typed=typed,
        errors=errors,
        places=texts.allowed(kind),
        needed=texts.NEEDED[kind],
        mails={} if errors else {lang: _mail(row, kind, lang, typed[lang]) for lang in LANGUAGES},
    )


def _now(row: Service, kind: str) -> dict[str, Words]:
    """As it says now: its own words, or the usual ones."""
    own = wordings.of(db.session(), [row.slug])
    return {
        lang: own.get((row.slug, kind, lang)) or message.usual(kind, lang) for lang in LANGUAGES
    }


def _mail(row: Service, kind: str, lang: str, wording: Words) -> Any:
    """The mail about the next window of this service, or about one made up."""
    notice, window = occasions.example(kind, _example(row), now())
    by = origin(current_app.config["SETTINGS"])
    links = () if notice.to_operators else ("…", "…")
    reader = Reader(message.greeting(_("Name of the contact"), lang), *links)
    return message.parts(notice, window, lang, by, reader, wording)


def _example(row: Service) -> WindowValue:
    versions = Versions(db.session())
    coming = store.listed(
        db.session(), states=[State.SCHEDULED], services=[row.slug], since=now(), limit=1
    )
    if coming:
        found: Window = coming[0]
        return store.value(found, versions)
    start = now().replace(hour=20, minute=0, second=0, microsecond=0) + timedelta(days=7)
    zone = versions.newest(row.policy).zone.key
    return WindowValue(
        id="w_example",
        reference=f"M-{start.year}-000",
        state=State.SCHEDULED,
        revision=1,
        services=(ServiceValue(row.slug, row.name, zone, row.color),),
        kind=Kind.PLANNED,
        title={"nl": "Voorbeeld", "en": "Example"},
        description={"nl": "", "en": ""},
        start=start,
        end=start + timedelta(hours=2),
        outage_minutes=30,
        impact=Impact.OUTAGE,
        updated_at=now(),
    )


def _found(slug: str) -> Service:
    return people.find_service(db.session(), slug) or abort(404)


def _kind(kind: str) -> str:
    return kind if kind in texts.NEEDED else abort(404)
