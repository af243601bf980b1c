"""Holidays as data: a day of the year, a date, or days from Easter Sunday; or a country's own."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from importlib import import_module
from typing import Any

FIRST_YEAR, LAST_YEAR = 1950, 2210
"""What the tables cover: the years a window may lie in, and a margin for notice lengths."""


@dataclass(frozen=True, slots=True)
class Holiday:
    """One rule for a holiday, or its absence where `struck`; `name` by language.

    `day` is `MM-DD` (each year), `YYYY-MM-DD` (once) or `easter+N` / `easter-N`; `on_sunday` is
    the `MM-DD` it moves to where it would fall on a Sunday.
    """

    day: str
    name: Mapping[str, str]
    on_sunday: str | None = None
    struck: bool = False

    def dates(self) -> Iterable[date]:
        """The dates it falls on, in the years the tool knows."""
        if self.day.startswith("easter"):
            away = timedelta(days=int(self.day.removeprefix("easter") or 0))
            return [easter(year) + away for year in range(FIRST_YEAR, LAST_YEAR + 1)]
        if len(self.day) == len("2026-12-25"):
            return [date.fromisoformat(self.day)]
        return [self._in(year) for year in range(FIRST_YEAR, LAST_YEAR + 1) if self._exists(year)]

    def _exists(self, year: int) -> bool:
        return self.day != "02-29" or (date(year, 3, 1) - date(year, 2, 28)).days > 1

    def _in(self, year: int) -> date:
        day = date.fromisoformat(f"{year}-{self.day}")
        if self.on_sunday and day.isoweekday() == 7:
            return date.fromisoformat(f"{year}-{self.on_sunday}")
        return day


@dataclass(frozen=True, slots=True)
class Country:
    """A country whose public holidays are those the library `holidays` knows."""

    code: str
    subdivision: str | None
    language: str | None
    first_year: int
    last_year: int

    def days(self) -> Mapping[int, Holiday]:
        """Each of its holidays by its date's ordinal, in the years the library knows."""
        years = range(max(FIRST_YEAR, self.first_year), min(LAST_YEAR, self.last_year) + 1)
        named = _library().country_holidays(
            self.code, subdiv=self.subdivision, language=self.language, years=years
        )
        return {
            day.toordinal(): Holiday(day.isoformat(), dict.fromkeys(("nl", "en"), name))
            for day, name in named.items()
        }


class UnknownCountry(ValueError):
    """What the library does not know: `key` is `country`, `subdivision` or `language`."""

    def __init__(self, key: str, known: Iterable[str]):
        super().__init__("expected one of " + ", ".join(sorted(known)))
        self.key = key


def country(code: str, subdivision: str | None, language: str | None) -> Country:
    """The country of an ISO 3166 code, or UnknownCountry."""
    codes = _library().list_supported_countries(include_aliases=False)
    if code not in codes:
        raise UnknownCountry("country", codes)
    if subdivision is not None and subdivision not in codes[code]:
        raise UnknownCountry("subdivision", codes[code])
    known = _library().country_holidays(code)
    if language is not None and language not in known.supported_languages:
        raise UnknownCountry("language", known.supported_languages)
    return Country(code, subdivision, language, known.start_year, known.end_year)


def _library() -> Any:
    """The library, loaded for the first policy that names a country: it takes a while."""
    return import_module("holidays")


def holidays_of(rules: Sequence[Holiday], of: Country | None = None) -> Mapping[int, Holiday]:
    """Each holiday by its date's ordinal; what is struck falls away, wherever it stands."""
    found = dict(of.days()) if of else {}
    found |= {day.toordinal(): rule for rule in rules if not rule.struck for day in rule.dates()}
    for rule in rules:
        if rule.struck:
            for day in rule.dates():
                found.pop(day.toordinal(), None)
    return found


def easter(year: int) -> date:
    """Easter Sunday in the Gregorian calendar (the Meeus/Jones/Butcher reckoning)."""
    century, rest = divmod(year, 100)
    golden = year % 19
    epact = (
        19 * golden + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15
    ) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (rest // 4) - epact - rest % 4) % 7
    shift = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * shift + 114, 31)
    return date(year, month, day + 1)
