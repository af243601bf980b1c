"""The words for a window's values in each language, and times as each language writes them."""

import unicodedata
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import format_date

from maintenance.windows import Impact, Kind, State, Text, Window

IMPACT: Mapping[Impact, Text] = {
    Impact.NONE: {"nl": "Geen hinder", "en": "No impact"},
    Impact.DEGRADED: {"nl": "Mogelijk trager", "en": "Possibly slower"},
    Impact.PARTIAL: {"nl": "Deels niet beschikbaar", "en": "Partly unavailable"},
    Impact.OUTAGE: {"nl": "Niet beschikbaar", "en": "Unavailable"},
}
"""What readers notice, in a few words."""

KIND: Mapping[Kind, Text] = {
    Kind.PLANNED: {"nl": "Gepland onderhoud", "en": "Planned maintenance"},
    Kind.UPDATE: {"nl": "Update", "en": "Update"},
    Kind.URGENT: {"nl": "Dringend onderhoud", "en": "Urgent maintenance"},
}
"""Which sort of maintenance, as readers know it."""

STATE: Mapping[State, Text] = {
    State.DRAFT: {"nl": "Concept", "en": "Draft"},
    State.PROPOSED: {"nl": "Voorgesteld", "en": "Proposed"},
    State.SCHEDULED: {"nl": "Gepland", "en": "Scheduled"},
    State.IN_PROGRESS: {"nl": "Bezig", "en": "In progress"},
    State.COMPLETED: {"nl": "Afgerond", "en": "Completed"},
    State.CANCELLED: {"nl": "Geannuleerd", "en": "Cancelled"},
    State.REJECTED: {"nl": "Afgewezen", "en": "Rejected"},
}
"""Where a window stands, in one word."""

_UNITS: Mapping[str, tuple[tuple[str, str], tuple[str, str]]] = {
    "nl": (("uur", "uur"), ("minuut", "minuten")),
    "en": (("hour", "hours"), ("minute", "minutes")),
}
_LOCALE = {"nl": "nl_NL", "en": "en_GB"}
_BREAKS = dict.fromkeys("\r\n\v\f\x85\u2028\u2029", "\n")
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def said(text: Text, language: str) -> str:
    """This text in the language asked, else in any that it has."""
    return text.get(language) or next((words for words in text.values() if words), "")


def services(window: Window) -> str:
    """The names of its services, as in "Nmbrs, Factuurportal"."""
    return ", ".join(service.name for service in window.services)


def lines(text: str) -> str:
    """Text that any format can hold: each line break a newline, no control, no bidi mark."""
    if text.replace("\n", "").isprintable():  # a short cut: what most texts are
        return text
    text = text.replace("\r\n", "\n")
    return "".join(_BREAKS.get(char, char) for char in text if _shown(char))


def line(text: str) -> str:
    """The same on one line, with single spaces."""
    return " ".join(lines(text).split())


def duration(minutes: int, language: str) -> str:
    """A length as people say it: "1 uur 30 minuten"."""
    hour, minute = _UNITS[language]
    hours, rest = divmod(minutes, 60)
    parts = [_counted(hours, hour)] if hours else []
    if rest or not hours:
        parts.append(_counted(rest, minute))
    return " ".join(parts)


def day(moment: datetime, zone: ZoneInfo, language: str) -> str:
    """The local date in full: "dinsdag 1 december 2026"."""
    return date_name(moment.astimezone(zone).date(), language)


@lru_cache(maxsize=4096)
def date_name(day: date, language: str) -> str:
    """A date in full: "dinsdag 1 december 2026"."""
    return format_date(day, "EEEE d MMMM y", locale=_LOCALE[language])


def weekdays(language: str) -> list[tuple[str, str]]:
    """The days of the week from Monday, each short and in full: ("ma", "maandag")."""
    monday = date(2026, 11, 23)
    return [
        (format_date(day, "EEEEEE", locale=_LOCALE[language]), date_name(day, language).split()[0])
        for day in (monday + timedelta(days=number) for number in range(7))
    ]


def month(moment: datetime, language: str) -> str:
    """The month of a date: "december 2026"."""
    return format_date(moment.date(), "MMMM y", locale=_LOCALE[language])


def clock(moment: datetime, zone: ZoneInfo) -> str:
    """The local time with the zone's short name, which tells the two 02:30s apart: "20:00 CET"."""
    return f"{moment.astimezone(zone):%H:%M %Z}"


def ends(start: datetime, end: datetime, zone: ZoneInfo, language: str) -> tuple[str, str]:
    """From when and until when, saying the day and the zone once where once is enough."""
    first, last = start.astimezone(zone), end.astimezone(zone)
    begin = f"{first:%H:%M}" if first.tzname() == last.tzname() else clock(start, zone)
    until = clock(end, zone)
    if first.date() != last.date():
        until = f"{day(end, zone, language)}, {until}"
    return f"{day(start, zone, language)}, {begin}", until


def span(start: datetime, end: datetime, zone: ZoneInfo, language: str) -> str:
    """From when to when: "dinsdag 1 december 2026, 20:00 - 22:00 CET"."""
    return " \N{EN DASH} ".join(ends(start, end, zone, language))


def _counted(number: int, unit: tuple[str, str]) -> str:
    return f"{number} {unit[0] if number == 1 else unit[1]}"


def _shown(char: str) -> bool:
    if char in _BREAKS or char == "\t":
        return True
    nothing = ord(char) & 0xFFFE == 0xFFFE or "\ufdd0" <= char <= "\ufdef"  # XML refuses them
    return not nothing and char not in _BIDI and unicodedata.category(char) not in {"Cc", "Cs"}
