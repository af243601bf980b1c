"""How findings are worded: templates of a policy file, and values as each language writes them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from string import Formatter
from typing import Any
from zoneinfo import ZoneInfo

from maintenance.sla.hours import Hours
from maintenance.sla.period import Stretch

LANGUAGES = ("en", "nl")
DAYS = {
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    "nl": ("ma", "di", "wo", "do", "vr", "za", "zo"),
}
MONTHS = {
    "en": (
        *("January", "February", "March", "April", "May", "June", "July"),
        *("August", "September", "October", "November", "December"),
    ),
    "nl": (
        *("januari", "februari", "maart", "april", "mei", "juni", "juli"),
        *("augustus", "september", "oktober", "november", "december"),
    ),
}
CHANNEL_WORDS = {
    "en": {"email": "e-mail", "status_page": "status page", "statuspage": "Statuspage"},
    "nl": {"email": "e-mail", "status_page": "statuspagina", "statuspage": "Statuspage"},
}
OR = {"en": " or ", "nl": " of "}
UNITS = {
    "en": {
        "hours": ("hour", "hours"),
        "clock_days": ("day", "days"),
        "calendar_days": ("calendar day", "calendar days"),
        "clear_days": ("clear day", "clear days"),
        "working_days": ("working day", "working days"),
    },
    "nl": {
        "hours": ("uur", "uur"),
        "clock_days": ("dag", "dagen"),
        "calendar_days": ("kalenderdag", "kalenderdagen"),
        "clear_days": ("vrije dag", "vrije dagen"),
        "working_days": ("werkdag", "werkdagen"),
    },
}


@dataclass(frozen=True, slots=True)
class Length:
    """So many of a unit: hours or some kind of days."""

    count: int
    unit: str


@dataclass(frozen=True, slots=True)
class Channels:
    """The channels of which any will do."""

    names: tuple[str, ...]


Sayable = int | datetime | date | Stretch | Hours | Length | Channels | None


@dataclass(frozen=True, slots=True)
class Template:
    """A sentence with `{name}` where a value goes, kept with `%s` for each of `names`."""

    text: str
    names: tuple[str, ...]

    def bound(self, values: Mapping[str, Sayable], lang: str, zone: ZoneInfo) -> "Template":
        """The same sentence with these values, which never change, put in for good."""
        words = [say(values[name], lang, zone) if name in values else None for name in self.names]
        put = tuple("%s" if said is None else said.replace("%", "%%") for said in words)
        text = self.text.replace("%%", "%%%%") % put
        return Template(text, tuple(name for name in self.names if name not in values))

    def filled(self, values: Mapping[str, Sayable], lang: str, zone: ZoneInfo) -> str:
        """The sentence with its values in words."""
        said = [values[name] for name in self.names]
        return self.text % tuple(
            [v if type(v) is int else SAY[type(v)](v, lang, zone) for v in said]
        )


def template(text: str) -> Template:
    """The template a text is; ValueError where its braces do not hold plain names."""
    parts, names = [], []
    for literal, name, spec, conversion in Formatter().parse(text):
        parts.append(literal.replace("%", "%%"))
        if name is None:
            continue
        if spec or conversion or not name.isidentifier():
            raise ValueError("a brace may hold only a name, as in {deadline}")
        names.append(name)
        parts.append("%s")
    return Template("".join(parts), tuple(names))


def say(value: Sayable, lang: str, zone: ZoneInfo) -> str:
    """A value in the words of a language; instants as local time with the zone's short name."""
    return SAY[type(value)](value, lang, zone)


def _length(value: Length, lang: str, _: ZoneInfo) -> str:
    one, more = UNITS[lang][value.unit]
    return f"{value.count} {one if value.count == 1 else more}"


def _channels(value: Channels, lang: str, _: ZoneInfo) -> str:
    return OR[lang].join(CHANNEL_WORDS[lang][name] for name in value.names)


def day(at: date, lang: str) -> str:
    """A date such as `Wed 2 December 2026`."""
    return _day(at.toordinal(), lang)


@lru_cache(maxsize=10_000)
def _day(ordinal: int, lang: str) -> str:
    at = date.fromordinal(ordinal)
    return f"{DAYS[lang][at.weekday()]} {at.day} {MONTHS[lang][at.month - 1]} {at.year}"


def moment(at: datetime, lang: str, zone: ZoneInfo) -> str:
    """An instant such as `Wed 2 December 2026 20:00 CET`."""
    ordinal, clock = _wall(at, zone)
    return f"{_day(ordinal, lang)} {clock}"


@lru_cache(maxsize=100)
def _wall(at: datetime, zone: ZoneInfo) -> tuple[int, str]:
    """The local date and the clock's reading; kept, as each language says the same instants."""
    local = at.astimezone(zone)
    name = local.tzname() or ""
    if name[:1] in "+-":
        name = "UTC" + name
    return local.toordinal(), f"{local.hour:02}:{local.minute:02} {name}"


def stretch(value: Stretch, lang: str) -> str:
    """A period such as `December 2026`, `week 49 of 2026` or a date to a date."""
    label = value.label
    if "/" in label:
        last = date.fromordinal(value.end - 1)
        to = {"en": "to", "nl": "t/m"}[lang]
        return f"{day(date.fromordinal(value.first), lang)} {to} {day(last, lang)}"
    if "W" in label:
        of = {"en": "of", "nl": "van"}[lang]
        return f"week {int(label[-2:])} {of} {label[:4]}"
    if "Q" in label:
        word = {"en": "quarter", "nl": "kwartaal"}[lang]
        return f"{word} {label[-1]}, {label[:4]}"
    if "-" in label:
        return f"{MONTHS[lang][int(label[5:]) - 1]} {label[:4]}"
    return label


SAY: Mapping[type, Callable[[Any, str, ZoneInfo], str]] = {
    int: lambda value, _, __: str(value),
    type(None): lambda _, __, ___: "-",
    datetime: moment,
    date: lambda value, lang, _: day(value, lang),
    Stretch: lambda value, lang, _: stretch(value, lang),
    Hours: lambda value, lang, _: value.label[lang],
    Length: _length,
    Channels: _channels,
}
