"""What a window's page shows: verdict, times, log, and who was told what and when."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import render_template

from maintenance import four_eyes, judging
from maintenance.intake import Proposal
from maintenance.models import Audit, Customer, Delivery, Notice, Window, db
from maintenance.planning import as_proposal
from maintenance.sla.verdict import Verdict
from maintenance.store import audit, deliveries, outbox, people, reachable, windows
from maintenance.web.access import actor
from maintenance.web.breaking import breaches
from maintenance.web.display import desk_zone, length, now, when, words
from maintenance.web.nearby import Near, nearby
from maintenance.web.proposal import LABELS, Form, from_values, sentence
from maintenance.windows import LANGUAGES, Channel, DeliveryState, State

SHOWN = 100
"""So many deliveries of a notice on a page; the ledger finds the others."""


@dataclass(frozen=True, slots=True)
class Told:
    """A notice with its deliveries, as the page lists it: some of them, and how many there are."""

    notice: Notice
    deliveries: list[Delivery]
    tally: Counter[tuple[str, str]]  # by state and language

    @property
    def coming(self) -> bool:
        """Whether it is still to be told."""
        return self.notice.fanned_out_at is None

    @property
    def total(self) -> int:
        """How many deliveries it has."""
        return self.tally.total()

    def count(self, state: DeliveryState) -> int:
        """How many of its deliveries are in this state."""
        return sum(number for (each, _), number in self.tally.items() if each == state)

    @property
    def languages(self) -> list[str]:
        """The languages in which it is, or will be, written."""
        used = {language for _, language in self.tally}
        return [lang for lang in LANGUAGES if lang in used or not used]


def render(row: Window, refusal: str = "", verdict: Verdict | None = None, **more: Any) -> str:
    """The page of this window; with why something was refused, and the verdict that did."""
    session = db.session()
    told = _told(row)
    customers = outbox.told_by_mail(session, row) if row.notice_revision is not None else {}
    typed = more.pop("typed", None)
    form = Form(typed if typed else from_values(as_proposal(row), zone_of(row)), now())
    verdict = verdict or judging.present(session, row, now())
    values = {
        "row": row,
        "form": form,
        "zone": zone_of(row),
        "verdict": verdict,
        "forbidden": _forbidden(row),
        "breaches": breaches(session, row, verdict) if row.state == State.PROPOSED else [],
        "nearby": _nearby(row),
        "refusal": refusal,
        "coming": [each for each in told if each.coming],
        "told": [each for each in reversed(told) if not each.coming],
        "customers": customers,
        "unreached": _unreached(row),
        "log": log(row),
        "overrun": row.state == State.IN_PROGRESS and row.end_at < now(),
        "errors": {},
        "typed": typed or {},
        **more,
    }
    return render_template("windows/page.html", **values)


def _forbidden(row: Window) -> str:
    """Why this reader may not approve it, though the role allows it; empty where it may."""
    services = [place.service for place in row.places]
    why = four_eyes.forbidden(db.session(), row, services, actor())
    return sentence("", why) if why else ""


def _unreached(row: Window) -> list[Customer]:
    """Customers of whom nobody could be told of it by mail, while that can still be mended."""
    if row.state not in judging.LIVE or Channel.EMAIL not in row.channels:
        return []
    return reachable.unreached(db.session(), [place.service_id for place in row.places])


def _nearby(row: Window) -> list[Near]:
    """What else is planned at the same time, while this window can still be moved."""
    if row.state not in judging.LIVE:
        return []
    slugs = [place.service.slug for place in row.places]
    near = nearby(slugs, row.start_at, row.end_at, row)
    return [each for each in near if each.overlaps]


def _told(row: Window) -> list[Told]:
    """The notices of this window, in order, each with its deliveries."""
    shown = deliveries.some_of_each(db.session(), row.id, SHOWN)
    tallies = deliveries.tally(db.session(), row.id)
    return [
        Told(notice, shown.get(notice.id, []), tallies.get(notice.id, Counter()))
        for notice in row.notices
    ]


def zone_of(row: Window) -> ZoneInfo:
    """The zone in which this window's times are entered and shown."""
    zones = windows.zones(db.session())
    slugs = [place.service.slug for place in row.places]
    return zones[slugs[0]] if slugs else desk_zone()


def names(_form: object = None) -> dict[str, str]:
    """Every service's name by its slug."""
    return {service.slug: service.name for service in people.services(db.session())}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a window's log."""

    row: Audit
    details: list[tuple[str, str, str]]  # field, from, to


def log(row: Window) -> list[Entry]:
    """What happened to this window, newest first."""
    zone = zone_of(row)
    entries = audit.log(db.session(), f"window:{row.public_id}")
    return [Entry(entry, _details(entry, zone)) for entry in reversed(entries)]


def differences(theirs: Proposal, mine: Proposal) -> list[tuple[str, str, str]]:
    """Where two versions of a window differ: field, what is stored, what was typed."""
    stored, typed = theirs.as_fields(), mine.as_fields()
    zone = desk_zone()
    return [
        (LABELS.get(name, name), shown(stored[name], zone), shown(typed[name], zone))
        for name in stored
        if stored[name] != typed[name] and name != "draft"
    ]


def _details(entry: Audit, zone: ZoneInfo) -> list[tuple[str, str, str]]:
    found = []
    for name, value in entry.details.items():
        if isinstance(value, list) and len(value) == 2:
            was, new = (shown(_read(one), zone) for one in value)
            found.append((LABELS.get(name, name), was, new))
        elif name != "state":
            found.append((LABELS.get(name, name.replace("_", " ")), "", shown(value, zone)))
    return found


def _read(value: Any) -> Any:
    """An instant where the log kept one as text."""
    try:
        return datetime.fromisoformat(value) if isinstance(value, str) and "T" in value else value
    except ValueError:
        return value


def shown(value: Any, zone: ZoneInfo) -> str:
    """Any value of a window, for people."""
    match value:
        case None | "" | [] | ():
            return "–"
        case datetime():
            return when(value, zone)
        case dict():
            return words(value)
        case list() | tuple():
            return ", ".join(length(one) if isinstance(one, int) else str(one) for one in value)
    return str(value)
