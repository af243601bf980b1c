"""Reads a policy file's tables strictly: each key of the right kind, none unknown."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date, datetime
from typing import Any

WORD = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])|24:00")


class PolicyError(ValueError):
    """A policy that cannot be used: the file, the key (or line), and what was expected there."""

    def __init__(self, file: str, key: str, expected: str):
        super().__init__(f"{file}: {key}: {expected}" if key else f"{file}: {expected}")
        self.file, self.key, self.expected = file, key, expected


class Table:
    """One table of a policy file: each key is read once, and `close` refuses what was not read."""

    def __init__(self, values: object, path: str, file: str):
        self.path, self.file = path, file
        if not isinstance(values, Mapping):
            raise PolicyError(file, path, f"expected a table, found {shown(values)}")
        self._values = values
        self._read: set[str] = set()

    def error(self, key: str, expected: str) -> PolicyError:
        """The refusal of one key of this table."""
        return PolicyError(self.file, self.key(key), expected)

    def key(self, key: str) -> str:
        """The whole path of a key."""
        return f"{self.path}.{key}" if self.path and key else self.path or key

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def close(self) -> None:
        """Refuse a key that nothing asked for: a mistyped one must not be ignored in silence."""
        for key in self._values:
            if key not in self._read:
                known = ", ".join(sorted(self._read))
                raise self.error(key, f"unknown key; expected one of {known}")

    def has(self, key: str) -> bool:
        """Whether a key that may be left out is there."""
        self._read.add(key)
        return key in self._values

    def value(
        self, key: str, expected: str, fits: Callable[[Any], bool], default: Any = None
    ) -> Any:
        """The value of a key, `default` where it is absent; without a default it must be there."""
        if not self.has(key):
            if default is None:
                raise self.error(key, f"missing; expected {expected}")
            return default
        value = self._values[key]
        if not fits(value):
            raise self.error(key, f"expected {expected}, found {shown(value)}")
        return value

    def optional(self, key: str) -> "Table | None":
        """The table under a key, if it is there."""
        return self.table(key) if self.has(key) else None

    def table(self, key: str) -> "Table":
        """The table under a key."""
        values = self.value(key, "a table", lambda v: isinstance(v, Mapping))
        return Table(values, self.key(key), self.file)

    def tables(self, key: str) -> list["Table"]:
        """The tables of a list of tables; none where the key is absent."""
        values = self.value(key, "a list of tables", lambda v: isinstance(v, list), [])
        return [Table(v, f"{self.key(key)}[{i}]", self.file) for i, v in enumerate(values)]

    def whole(self, key: str, least: int, most: int, default: int | None = None) -> int:
        """A whole number within bounds."""
        found: int = self.value(
            key,
            f"a whole number from {least} to {most}",
            lambda v: type(v) is int and least <= v <= most,
            default,
        )
        return found

    def percent(self, key: str) -> float:
        """A number above 0, up to 100."""
        fits = lambda v: type(v) in (int, float) and 0 < v <= 100  # noqa: E731
        return float(self.value(key, "a percentage above 0, up to 100", fits))

    def text(self, key: str, default: str | None = None) -> str:
        """Some text, not only white space."""
        found: str = self.value(
            key, "text", lambda v: isinstance(v, str) and bool(v.strip()), default
        )
        return found

    def word(self, key: str) -> str:
        """A name of small letters, digits and hyphens."""
        found: str = self.value(
            key,
            "a name of small letters, digits and single hyphens",
            lambda v: isinstance(v, str) and bool(WORD.fullmatch(v)),
        )
        return found

    def choice(self, key: str, among: Collection[str], default: str | None = None) -> str:
        """One of some words."""
        found: str = self.value(
            key,
            "one of " + ", ".join(among),
            lambda v: isinstance(v, str) and v in among,
            default,
        )
        return found

    def choices(
        self, key: str, among: Collection[str], default: Collection[str] | None = None
    ) -> tuple[str, ...]:
        """A list of one or more of some words, each at most once."""
        found = self.value(
            key,
            "a list of one or more of " + ", ".join(among),
            lambda v: (
                isinstance(v, list)
                and bool(v)
                and all(isinstance(word, str) and word in among for word in v)
                and len(set(v)) == len(v)
            ),
            default,
        )
        return tuple(found)

    def both(self, key: str) -> Mapping[str, str]:
        """Text in Dutch and in English: a table with `nl` and `en`."""
        words = self.table(key)
        said = {lang: words.text(lang) for lang in ("nl", "en")}
        words.close()
        return said

    def day(self, key: str) -> date:
        """A date."""
        value = self.value(key, "a date (YYYY-MM-DD)", lambda v: as_date(v) is not None)
        found = as_date(value)
        assert found is not None
        return found

    def seconds(self, key: str) -> int:
        """A time of day, `HH:MM` up to `24:00`, in seconds on the wall clock."""
        text = self.value(
            key,
            'a time of day as "HH:MM", up to "24:00"',
            lambda v: isinstance(v, str) and bool(TIME.fullmatch(v)),
        )
        hours, minutes = text.split(":")
        return (int(hours) * 60 + int(minutes)) * 60


def as_date(value: object) -> date | None:
    """A TOML date, or one written as text; None where it is neither."""
    if isinstance(value, datetime):
        return None
    if isinstance(value, date):
        return value
    if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            return None
    return None


def shown(value: object) -> str:
    """A value as an error shows it: short, on one line."""
    if isinstance(value, list):
        return "a list"
    if isinstance(value, Mapping):
        return "a table"
    text = ascii(value)
    return text if len(text) <= 60 else text[:57] + "..."
