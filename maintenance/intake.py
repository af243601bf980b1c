"""What a form or a JSON body says of a window -> its values, or every error by field at once."""

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from maintenance.sla.request import BadTime, parse_instant
from maintenance.windows import LANGUAGES, LONGEST, Channel, Impact, Kind, differing, shrunk

TITLE_LENGTH = 200
TEXT_LENGTH = 10_000
MOST_REMINDERS = 10
LONGEST_LEAD = 60 * 24 * 60
"""No reminder goes out more than 60 days before the start; in minutes."""

CALM = {"\n", "\t"}
"""The control characters a text of several lines may hold."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A window as somebody asks for it: every field checked, none yet judged."""

    title: dict[str, str]
    description: dict[str, str]
    services: tuple[str, ...]
    kind: str
    start: datetime
    end: datetime
    outage_minutes: int
    impact: str
    justification: str
    announce_at: datetime | None
    channels: tuple[str, ...]
    reminders: tuple[int, ...] | None  # None: those of its services' ladders
    draft: bool = False
    outages: dict[str, int] = field(default_factory=dict)
    """The minutes of each service, where they are not `outage_minutes`, the greatest, for all."""

    def as_fields(self) -> dict[str, Any]:
        """The same by field name."""
        return asdict(self)


class Bad(ValueError):
    """A value that cannot be used; the text says what was expected."""


def parse_window(
    data: Mapping[str, Any],
    zones: Mapping[str, ZoneInfo],
    now: datetime,
    current: Proposal | None = None,
    *,
    afterwards: bool = False,
) -> Proposal | dict[str, str]:
    """The proposal in `data`, or {field: message} with every field that is wrong.

    `zones` gives each known service's zone, in which a time without offset is read. With `current`,
    the window as it stands, what `data` does not name is kept, and what it keeps is not held
    against the clock. None counts as not named. `afterwards` it is urgent work that was done: it
    has ended, and needs its justification.
    """
    given = {name: value for name, value in data.items() if value is not None}
    reader = _Reader(given, zones, now, current, afterwards)
    return reader.read()


class _Reader:
    """Reads field by field and collects what is wrong."""

    def __init__(
        self,
        data: Mapping[str, Any],
        zones: Mapping[str, ZoneInfo],
        now: datetime,
        current: Proposal | None,
        afterwards: bool,
    ) -> None:
        self.data, self.zones, self.now, self.current = data, zones, now, current
        self.afterwards = afterwards
        self.errors: dict[str, str] = {}

    def read(self) -> Proposal | dict[str, str]:
        title = self._field("title", _title)
        description = self._field("description", _description, dict.fromkeys(LANGUAGES, ""))
        services = self._field("services", self._services)
        kind = self._field("kind", one_of(Kind))
        zone = self._zone(services)
        start = self._field("start", lambda raw: _minute(_instant(raw, zone)))
        end = self._field("end", lambda raw: _minute(_instant(raw, zone)))
        self._order(start, end, kind)
        length = _minutes(end - start) if start and end and end > start else 0
        outages = self._outages(length, services or ())
        outage = max(outages.values(), default=0)
        default_impact = Impact.OUTAGE if outage else Impact.NONE
        impact = self._field("impact", one_of(Impact), default_impact)
        justification = self._field("justification", _internal_text, "")
        announce_at = self._field("announce_at", lambda raw: _instant(raw, zone), None)
        self._announcement(announce_at)
        if self.afterwards:
            self._done(kind, justification)
        channels = self._field("channels", _channels, tuple(map(str, Channel)))
        reminders = self._field("reminders", _reminders, None)
        draft = self._field("draft", _flag, False)
        if self.errors:
            return self.errors
        return Proposal(
            title,
            description,
            services,
            kind,
            start,
            end,
            outage,
            impact,
            justification,
            announce_at,
            channels,
            reminders,
            draft,
            differing(outages),
        )

    def _field(self, name: str, read: Callable[[Any], Any], *default: Any) -> Any:
        if name not in self.data:
            if self.current is not None:
                return getattr(self.current, name)
            if default:
                return default[0]
            self.errors[name] = "is required"
            return None
        try:
            return read(self.data[name])
        except Bad as error:
            self.errors[name] = str(error)
            return None

    def _services(self, raw: Any) -> tuple[str, ...]:
        if not isinstance(raw, list | tuple) or not all(isinstance(slug, str) for slug in raw):
            raise Bad("expected a list of services")
        if not raw:
            raise Bad("choose at least one service")
        unknown = [slug for slug in raw if slug not in self.zones]
        if unknown:
            raise Bad(f"unknown service: {unknown[0][:63]}")
        if len(set(raw)) < len(raw):
            raise Bad("names a service twice")
        return tuple(sorted(raw))

    def _zone(self, services: tuple[str, ...] | None) -> ZoneInfo | None:
        """The zone these services share; None where they do not, or are not known."""
        shared = {self.zones[slug].key: self.zones[slug] for slug in services or ()}
        return next(iter(shared.values())) if len(shared) == 1 else None

    def _order(self, start: datetime | None, end: datetime | None, kind: str | None) -> None:
        if start is None or end is None:
            return
        if end <= start:
            self.errors["end"] = "must be after the start"
        elif end - start > LONGEST:
            self.errors["end"] = f"must be within {LONGEST.days} days of the start"
        if self.current is not None and (start, end) == (self.current.start, self.current.end):
            return
        if self.afterwards:
            if end > self.now:
                self.errors.setdefault("end", "must not lie in the future: the work is done")
            return
        if kind == Kind.URGENT and end <= self.now:
            self.errors.setdefault("end", "must lie in the future")
        if kind != Kind.URGENT and start <= self.now:
            self.errors["start"] = "must lie in the future"

    def _outages(self, length: int, services: tuple[str, ...]) -> dict[str, int]:
        """The minutes of each service: as given, else as they were, else the full length."""
        given = self.data.get("outage_minutes")
        if given is None and self.current is not None:
            return self._kept_outages(self.current, length, services)
        if not isinstance(given, Mapping):
            return dict.fromkeys(services, self._outage("outage_minutes", given, length))
        for name in given:
            if name not in services:
                self.errors[f"outage_minutes.{str(name)[:63]}"] = "is none of the window's services"
        return {
            slug: self._outage(f"outage_minutes.{slug}", given.get(slug), length)
            for slug in services
        }

    def _kept_outages(
        self, current: Proposal, length: int, services: tuple[str, ...]
    ) -> dict[str, int]:
        was = _minutes(current.end - current.start)
        return {
            slug: shrunk(current.outages.get(slug, current.outage_minutes), was, length)
            for slug in services
        }

    def _outage(self, name: str, raw: Any, length: int) -> int:
        """The minutes given under this name; the full length where none are."""
        try:
            given = length if raw is None else whole(raw)
        except Bad as error:
            self.errors[name] = str(error)
            return 0
        if not 0 <= given <= length and "end" not in self.errors:
            self.errors[name] = f"must be from 0 to the window's length, {length}"
        return given

    def _done(self, kind: str | None, justification: str | None) -> None:
        """Work that is told of after it was done could not wait, and says why."""
        if kind not in (None, Kind.URGENT):
            self.errors["kind"] = "only urgent work is registered afterwards"
        if justification == "":
            self.errors["justification"] = "is required"

    def _announcement(self, announce_at: datetime | None) -> None:
        if announce_at is None or "announce_at" not in self.data:
            return
        unchanged = self.current is not None and announce_at == self.current.announce_at
        if announce_at < self.now - timedelta(minutes=1) and not unchanged:
            self.errors["announce_at"] = "must not lie in the past"


def line(raw: Any, most: int = TITLE_LENGTH) -> str:
    """One line of text without control or direction characters; Bad otherwise."""
    return _clean(raw, most, allowed=set())


def paragraphs(raw: Any, most: int = TEXT_LENGTH) -> str:
    """A text of one or more lines; Bad where it holds other control or direction characters."""
    value = raw.replace("\r\n", "\n").replace("\r", "\n") if isinstance(raw, str) else raw
    return _clean(value, most, allowed=CALM)


def in_languages(raw: Any, read: Callable[[Any], str]) -> dict[str, str]:
    """A text per language from a text, or from {"nl": ..., "en": ...}; one given serves both."""
    if not isinstance(raw, Mapping):
        return dict.fromkeys(LANGUAGES, read(raw))
    unknown = [key for key in raw if key not in LANGUAGES]
    if unknown:
        raise Bad(f"unknown language: {str(unknown[0])[:20]}")
    given = {lang: read(raw[lang]) for lang in LANGUAGES if raw.get(lang) is not None}
    filled = next((text for text in given.values() if text), "")
    return {lang: given.get(lang) or filled for lang in LANGUAGES}


def _clean(raw: Any, most: int, allowed: set[str]) -> str:
    if not isinstance(raw, str):
        raise Bad("expected a text")
    value = raw.strip()
    if len(value) > most:
        raise Bad(f"is too long: at most {most} characters")
    if any(_unprintable(char) and char not in allowed for char in value):
        raise Bad("holds a character that cannot be shown")
    return value


def _unprintable(char: str) -> bool:
    """Control, surrogate, line-separator and direction characters."""
    if unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"}:
        return True
    return char in "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"


def _title(raw: Any) -> dict[str, str]:
    title = in_languages(raw, line)
    if not all(title.values()):
        raise Bad("is required")
    return title


def _description(raw: Any) -> dict[str, str]:
    return in_languages(raw, paragraphs)


def _internal_text(raw: Any) -> str:
    return paragraphs(raw)


def one_of(choices: Iterable[str]) -> Callable[[Any], str]:
    """A reader that takes one of these texts."""
    values = [str(choice) for choice in choices]

    def read(raw: Any) -> str:
        if not isinstance(raw, str) or raw not in values:
            raise Bad(f"expected one of: {', '.join(values)}")
        return raw

    return read


def _instant(raw: Any, zone: ZoneInfo | None) -> datetime:
    if isinstance(raw, datetime):
        return raw
    if not isinstance(raw, str):
        raise Bad("expected a time, as 2026-12-01T20:00")
    try:
        return parse_instant(raw, zone)
    except BadTime as error:
        raise Bad(str(error)) from None


def _minute(instant: datetime) -> datetime:
    if instant.second or instant.microsecond:
        raise Bad("must be in whole minutes")
    return instant


def _minutes(length: timedelta) -> int:
    return int(length / timedelta(minutes=1))


def whole(raw: Any, expected: str = "expected a whole number of minutes") -> int:
    """A whole number, as JSON or as a form writes it."""
    if isinstance(raw, float) and raw.is_integer():
        raw = int(raw)
    if isinstance(raw, str) and raw.strip().isascii() and raw.strip().isdigit():
        raw = int(raw.strip()[:9])
    if isinstance(raw, bool) or not isinstance(raw, int):
        raise Bad(expected)
    return raw


def _channels(raw: Any) -> tuple[str, ...]:
    known = [str(channel) for channel in Channel]
    if not isinstance(raw, list | tuple) or not all(channel in known for channel in raw):
        raise Bad(f"expected a list of: {', '.join(known)}")
    return tuple(channel for channel in known if channel in raw)


def _reminders(raw: Any) -> tuple[int, ...]:
    if not isinstance(raw, list | tuple):
        raise Bad("expected a list of minutes before the start")
    minutes = {whole(one) for one in raw}
    if len(minutes) > MOST_REMINDERS:
        raise Bad(f"at most {MOST_REMINDERS} reminders")
    if not all(1 <= one <= LONGEST_LEAD for one in minutes):
        raise Bad(f"expected minutes from 1 to {LONGEST_LEAD}")
    return tuple(sorted(minutes, reverse=True))


def _flag(raw: Any) -> bool:
    if not isinstance(raw, bool):
        raise Bad("expected true or false")
    return raw
