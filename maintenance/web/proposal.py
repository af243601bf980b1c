"""The proposal form: what was typed -> what intake reads, and back; nothing typed is lost."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict

from maintenance.intake import Proposal, parse_window
from maintenance.models import Window, db
from maintenance.planning import as_proposal
from maintenance.sla.workdays import to_instants
from maintenance.store import people, windows
from maintenance.web.display import clock, desk_zone
from maintenance.web.messages import as_sentence, in_words
from maintenance.web.shown import day_of
from maintenance.web.texts import _
from maintenance.web.wording import Words
from maintenance.windows import LANGUAGES, Channel

Errors = dict[str, str]
Typed = MultiDict[str, str]

_TIME = re.compile(r"([0-9]{1,2})[:.]?([0-9]{2})")
"""20:00, and what fingers make of it: 8:00, 20.00, 2000."""

COMMON_LEADS = (7 * 24 * 60, 24 * 60, 60)
"""Reminders offered on the form: minutes before the start."""


class Form:
    """One sending of the form: what was typed, in which zone, and what is wrong with it."""

    def __init__(self, typed: Typed, now: datetime, current: Proposal | None = None) -> None:
        self.typed, self.now, self.current = typed, now, current
        self.errors: Errors = {}
        self.afterwards = "afterwards" in typed  # the work is done
        zones = windows.zones(db.session())
        chosen = [zones[slug] for slug in typed.getlist("services") if slug in zones]
        if not chosen and current is not None:
            chosen = [zones[slug] for slug in current.services if slug in zones]
        self.zones = zones
        self.zone = chosen[0] if chosen else desk_zone()

    def read(self, draft: bool) -> Proposal | None:
        """The proposal, or None with every error in `errors`."""
        return self._parse({**self.data(), "draft": draft})

    def read_for_verdict(self) -> Proposal | None:
        """As far as the rules ask: without a title yet, say."""
        proposal = self._parse({**self.data(), "title": "-", "description": "", "draft": False})
        self.errors = {name: said for name, said in self.errors.items() if self._begun(name)}
        return proposal

    def read_for_mail(self) -> Proposal | None:
        """With what stands for a text that is not written yet."""
        words = {lang: self.typed.get(f"title_{lang}", "").strip() for lang in LANGUAGES}
        title = words if any(words.values()) else dict.fromkeys(LANGUAGES, "…")
        return self._parse({**self.data(), "title": title, "draft": False})

    def read_for_slots(self, start: datetime, end: datetime) -> Proposal | None:
        """What is typed, with these times: what a search for slots goes by."""
        times = {"start": start, "end": end}
        data = {**self.data(), "title": "-", "description": "", "draft": False, **times}
        read = parse_window(data, self.zones, self.now, self.current)
        found = read if isinstance(read, dict) else {}
        self.errors = {field(name): sentence(name, said) for name, said in found.items()}
        return read if isinstance(read, Proposal) else None

    def times(self) -> tuple[datetime, datetime] | None:
        """Start and end alone, as moving asks them; None with errors."""
        read = self.read_for_verdict()
        return (read.start, read.end) if read else None

    def choices(self, side: str) -> list[tuple[str, str]]:
        """The two instants a repeated local time may be, by the value that chooses each."""
        local = self._local(side)
        instants = to_instants(local, self.zone) if local else ()
        if len(instants) < 2:
            return []
        names = (_("the first time"), _("the second time"))
        return [
            (str(n), f"{clock(at, self.zone)} {at.astimezone(self.zone).tzname()}, {names[n]}")
            for n, at in enumerate(instants)
        ]

    def _parse(self, data: Mapping[str, Any]) -> Proposal | None:
        current = self.current
        if current is not None and "planning" in self.typed and not self._at_a_moment():
            current = replace(current, announce_at=None)
        read = parse_window(data, self.zones, self.now, current, afterwards=self.afterwards)
        self.blame(read if isinstance(read, dict) else {})
        return None if isinstance(read, dict) or self.errors else read

    def blame(self, found: Mapping[str, str]) -> None:
        """Put what intake found wrong in `errors`, and what is wrong with the times as typed."""
        own = {side: said for side in self._sides() if (said := self.time_error(side))}
        wrong = {name: sentence(name, said) for name, said in found.items()} | own
        self.errors = {field(name): wrong[name] for name in sorted(wrong, key=_place)}

    def data(self) -> dict[str, Any]:
        """What was typed, in intake's terms; a part the form did not show is not named."""
        typed, data = self.typed, dict[str, Any]()
        for name in ("kind", "impact", "justification", "outage_minutes"):
            if typed.get(name, "").strip() or name == "justification":
                data[name] = typed.get(name)
        for name in ("title", "description"):
            data[name] = {lang: typed.get(f"{name}_{lang}", "") for lang in LANGUAGES}
        own = {slug: typed.get(f"outage_{slug}", "").strip() for slug in self.several()}
        if any(own.values()):
            common = data.get("outage_minutes")
            data["outage_minutes"] = {slug: minutes or common for slug, minutes in own.items()}
        if "planning" in typed:
            data["services"] = typed.getlist("services")
            data["channels"] = typed.getlist("channels")
            data["announce_at"] = self.instant("announce") if self._at_a_moment() else None
        if "times" in typed:
            data |= {side: at for side in ("start", "end") if (at := self.instant(side))}
        if "telling" in typed:
            leads = [*typed.getlist("reminders"), *_numbers(typed.get("lead", ""))]
            if leads or self.current is not None:  # a new window has else those of its services
                data["reminders"] = leads
        return data

    def several(self) -> list[str]:
        """The services chosen, where they are more than one: each can have its own outage."""
        chosen = [slug for slug in self.zones if slug in self.typed.getlist("services")]
        return chosen if len(chosen) > 1 else []

    def asked(self) -> str:
        """The times that were typed, to know again the verdict that was shown for them."""
        return " ".join(str(self.instant(side)) for side in ("start", "end"))

    def _sides(self) -> list[str]:
        """The times that the form shows, and must have."""
        shown = ["start", "end"] if "times" in self.typed else []
        return shown + (["announce"] if "planning" in self.typed and self._at_a_moment() else [])

    def _at_a_moment(self) -> bool:
        return self.typed.get("announce") == "at"

    def _begun(self, name: str) -> bool:
        """Whether this field was touched: what is empty yet is not held against a live form."""
        if name in SIDES:
            return bool(self.typed.get(f"{name}_date") and self.typed.get(f"{name}_time"))
        return name not in {"kind", "services", "justification"}

    def _local(self, side: str) -> datetime | None:
        day, time = self.typed.get(f"{side}_date", ""), self.typed.get(f"{side}_time", "")
        found = _TIME.fullmatch(time.strip())
        try:
            hour, minute = (int(found[1]), int(found[2])) if found else (-1, -1)
            return datetime.combine(date.fromisoformat(day.strip()), clock_time(hour, minute))
        except ValueError:
            return None

    def instant(self, side: str) -> datetime | None:
        """The instant that was typed; None where it is none, or not chosen of two."""
        local = self._local(side)
        instants = to_instants(local, self.zone) if local else ()
        if len(instants) == 2:
            chosen = self.typed.get(f"{side}_which")
            return instants[int(chosen)] if chosen in {"0", "1"} else None
        return instants[0] if instants else None

    def time_error(self, side: str) -> str | None:
        """What is wrong with a time as typed; intake knows only instants."""
        local = self._local(side)
        if local is None:
            return _("Give a date and a time, as 2026-12-02 and 20:00.")
        match len(to_instants(local, self.zone)):
            case 0:
                return _(
                    "%(time)s does not exist on this date: the clock is put forward.",
                    time=f"{local:%H:%M}",
                )
            case 2 if self.instant(side) is None:
                return _(
                    "%(time)s comes twice on this date: choose which of the two.",
                    time=f"{local:%H:%M}",
                )
        return None


SIDES = ("start", "end", "announce")

LABELS: Words = {
    "title": _l("Title"),
    "description": _l("Description"),
    "services": _l("Service"),
    "kind": _l("Kind"),
    "start": _l("Start"),
    "end": _l("End"),
    "outage_minutes": _l("Outage"),
    "outages": _l("Outage of each service"),
    "impact": _l("Impact"),
    "announce_at": _l("The announcement"),
    "announce": _l("The announcement"),
    "justification": _l("Justification"),
    "reason": _l("Reason"),
    "question": _l("Question"),
    "reminders": _l("Reminders"),
    "channels": _l("Channels"),
    "name": _l("The name"),
    "length": _l("The length"),
    "repeat.every": _l("The number"),
    "repeat.until": _l("The last date"),
    "repeat.announce_days": _l("The number of days"),
}


def _place(name: str) -> int:
    label = name.partition(".")[0]
    return list(LABELS).index(label) if label in LABELS else len(LABELS)


def field(name: str) -> str:
    """The field of the form for a field of intake."""
    return name.replace("outage_minutes.", "outage_")


def sentence(name: str, said: str) -> str:
    """An error of intake as a sentence that can stand alone."""
    whole = in_words(said)
    if said.startswith(("is ", "must ", "holds ", "names ", "cannot ")):
        label = LABELS.get(name) or LABELS.get(name.partition(".")[0], name.capitalize())
        whole = f"{label} {whole}"
    return as_sentence(whole)


def from_values(values: Proposal, zone: ZoneInfo) -> Typed:
    """The form as if these values were typed."""
    typed: Typed = MultiDict({"planning": "yes", "times": "yes", "telling": "yes"})
    for name in ("kind", "impact", "justification"):
        typed[name] = getattr(values, name)
    typed["outage_minutes"] = "" if values.outages else str(values.outage_minutes)
    for slug, minutes in values.outages.items():
        typed[f"outage_{slug}"] = str(minutes)
    for lang in LANGUAGES:
        typed[f"title_{lang}"] = values.title.get(lang, "")
        typed[f"description_{lang}"] = values.description.get(lang, "")
    type_time(typed, "start", values.start, zone)
    type_time(typed, "end", values.end, zone)
    if values.announce_at is not None:
        typed["announce"] = "at"
        type_time(typed, "announce", values.announce_at, zone)
    typed.setlist("services", list(values.services))
    typed.setlist("channels", list(values.channels))
    typed.setlist("reminders", [str(lead) for lead in values.reminders or ()])
    return typed


def empty(day: str, services: list[str]) -> Typed:
    """A new form; on this day, where one was chosen in the calendar."""
    typed: Typed = MultiDict({"planning": "yes", "times": "yes", "telling": "yes"})
    typed["kind"] = "planned"
    typed["start_date"] = typed["end_date"] = day if day_of(day) else ""
    if typed["start_date"]:
        typed["start_time"], typed["end_time"] = "20:00", "22:00"
    typed.setlist("channels", [str(channel) for channel in Channel])
    typed.setlist("services", services)
    if not any(service.reminders for service in people.services(db.session())):
        typed.setlist("reminders", [str(COMMON_LEADS[1])])  # else each has those of its ladder
    return typed


def copied(row: Window) -> Typed:
    """A new form with what this window says, and its hours; the days are still to be chosen."""
    values = as_proposal(row)
    typed = from_values(values, windows.zones(db.session())[values.services[0]])
    for name in ("start_date", "end_date", "announce", "announce_date", "announce_time"):
        typed.pop(name, None)
    typed["length"] = str((row.end_at - row.start_at) // timedelta(minutes=1))
    return typed


def shift(typed: Typed, day: str, hour: str) -> None:
    """Type times on this day instead, at this hour where one is given; as long by the clock.

    What is no day or hour changes nothing.
    """
    to = day_of(day)
    if to is None:
        return
    read = {side: f"{typed[f'{side}_date']}T{typed[f'{side}_time']}" for side in ("start", "end")}
    start, end = (datetime.fromisoformat(read[side]) for side in ("start", "end"))
    time = start.time().replace(hour=int(hour), minute=0) if _is_hour(hour) else start.time()
    new = datetime.combine(to, time)
    for side, at in (("start", new), ("end", end + (new - start))):
        typed[f"{side}_date"], typed[f"{side}_time"] = f"{at:%Y-%m-%d}", f"{at:%H:%M}"
        typed.pop(f"{side}_which", None)


def _is_hour(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 2 and int(text) < 24


def type_time(typed: Typed, side: str, at: datetime, zone: ZoneInfo) -> None:
    """Type this instant in the fields of a side: start, end or announce."""
    local = at.astimezone(zone)
    typed[f"{side}_date"], typed[f"{side}_time"] = f"{local:%Y-%m-%d}", f"{local:%H:%M}"
    instants = to_instants(local.replace(tzinfo=None), zone)
    if len(instants) == 2:
        typed[f"{side}_which"] = str(instants.index(at.astimezone(UTC)))


def _numbers(text: str) -> list[str]:
    return text.replace(",", " ").split()
