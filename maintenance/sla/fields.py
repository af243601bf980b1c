"""The fields of one window of a request, each read or refused under its path."""

import math
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from maintenance.sla.instant import BadTime, parse_instant
from maintenance.sla.plain import HOLD_NO_PLACE, STATES
from maintenance.sla.reading import shown
from maintenance.sla.verdict import CHANNELS, KINDS, Window

MINUTE = timedelta(minutes=1)
Id = str | int | float | None
Zones = Mapping[str, ZoneInfo]
"""The zone of each service there is."""


class BadField(ValueError):
    """The first bad field of a request, by its path, and what is wrong with it."""

    def __init__(self, field: str | None, message: str):
        super().__init__(f"{field}: {message}" if field else message)
        self.field, self.message = field, message


def is_id(value: object) -> bool:
    """Whether a value can name a window: text, or a number; what JSON cannot carry cannot."""
    if isinstance(value, float):
        return math.isfinite(value)
    return (isinstance(value, str) and is_unicode(value)) or type(value) is int


def is_unicode(text: str) -> bool:
    """Whether a text can be written as UTF-8; half a surrogate pair cannot."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


class Fields:
    """The fields of one window; ask for them in the order of the contract, to name the first bad.

    `number` is its place in the history, None for the window to judge.
    """

    __slots__ = ("_asked", "_now", "_number", "_services", "_zone", "_zones", "outages")

    def __init__(self, asked: Mapping[str, Any], number: int | None, zones: Zones, now: datetime):
        self._asked, self._number, self._zones, self._now = asked, number, zones, now
        self._zone: ZoneInfo | None = None
        self._services: Sequence[str] = ()
        self.outages: Mapping[str, int] = {}
        """By service, where each has its own; after `window`."""

    def bad(self, field: str, message: str) -> BadField:
        path = "" if self._number is None else f"history[{self._number}]."
        return BadField(path + field, message)

    def services(self) -> Sequence[str]:
        self._services = self._named()
        return self._services

    def _named(self) -> Sequence[str]:
        one, several = self._asked.get("service"), self._asked.get("services")
        if several is None:
            if one is None:
                raise self.bad("service", "missing: name the service, or several as `services`")
            self._known("service", one)
            self._zone = self._zones[one]
            return (one,)
        if one is not None:
            raise self.bad("services", "give either `service` or `services`, not both")
        names = self._several(several)
        zones = {self._zones[name] for name in names}
        self._zone = zones.pop() if len(zones) == 1 else None
        return names

    def _several(self, several: object) -> Sequence[str]:
        if not isinstance(several, list) or not several:
            raise self.bad("services", "expected a list of one or more services")
        for name in several:
            self._known("services", name)
        if len(set(several)) < len(several):
            raise self.bad("services", "a service stands here twice")
        return several

    def _known(self, field: str, name: object) -> None:
        if not isinstance(name, str) or name not in self._zones:
            known = ", ".join(sorted(self._zones))
            raise self.bad(field, f"unknown service {shown(name)}; known: {known}")

    def window(self) -> Window:
        kind = self._kind()
        start, end = self._whole("start"), self._whole("end")
        if end <= start:
            raise self.bad("end", "must be after start")
        outage = self._outage((end - start) // MINUTE)
        announce_at = self._announce_at()
        announced = dict.fromkeys(self._channels(), announce_at)
        return Window(kind, start, end, outage, announced, self._justification())

    def _kind(self) -> str:
        kind = self._asked.get("kind")
        if not isinstance(kind, str) or kind not in KINDS:
            raise self.bad("kind", f"expected one of {', '.join(KINDS)}, found {shown(kind)}")
        return kind

    def _bad_time(self, field: str, error: BadTime) -> BadField:
        return self.bad(field, f"{error.message}, found {shown(self._asked.get(field))}")

    def _whole(self, field: str) -> datetime:
        try:
            at = parse_instant(self._asked.get(field), self._zone)
        except BadTime as error:
            raise self._bad_time(field, error) from None
        if at.second or at.microsecond:
            raise self.bad(field, "must be in whole minutes")
        return at

    def _outage(self, most: int) -> int:
        """The outage, or the greatest where each service has its own."""
        value = self._asked.get("outage_minutes")
        if not isinstance(value, dict):
            return self._minutes("outage_minutes", value, most)
        for name in value:
            if name not in self._services:
                field = f"outage_minutes.{shown(name)[1:-1]}"
                raise self.bad(field, "expected one of the services asked for")
        self.outages = {
            service: self._minutes(f"outage_minutes.{service}", value.get(service), most)
            for service in self._services
        }
        return max(self.outages.values())

    def _minutes(self, field: str, value: Any, most: int) -> int:
        if value is None:
            return most
        whole = type(value) is int or (type(value) is float and value.is_integer())
        if not whole or not 0 <= value <= most:
            raise self.bad(
                field,
                f"expected a whole number from 0 to {most}, the window's length in minutes,"
                f" found {shown(value)}",
            )
        return int(value)

    def _announce_at(self) -> datetime:
        value = self._asked.get("announce_at")
        if value is None:
            return self._now
        try:
            return parse_instant(value, self._zone)
        except BadTime as error:
            raise self._bad_time("announce_at", error) from None

    def _channels(self) -> Sequence[str]:
        value = self._asked.get("channels")
        if value is None:
            return CHANNELS
        if not isinstance(value, list) or not all(
            isinstance(channel, str) and channel in CHANNELS for channel in value
        ):
            known = ", ".join(CHANNELS)
            raise self.bad("channels", f"expected a list of {known}, found {shown(value)}")
        return value

    def _justification(self) -> str:
        value = self._asked.get("justification")
        if value is None:
            return ""
        if not isinstance(value, str) or not is_unicode(value):
            raise self.bad("justification", f"expected text, found {shown(value)}")
        return value

    def id(self, field: str) -> Id:
        value: Id = self._asked.get(field)
        if value is not None and not is_id(value):
            raise self.bad(field, f"expected text or a number, found {shown(value)}")
        return value

    def holds_a_place(self) -> bool:
        state = self._asked.get("state")
        if state is None:
            return True
        if not isinstance(state, str) or state not in STATES:
            raise self.bad("state", f"expected one of {', '.join(STATES)}, found {shown(state)}")
        return state not in HOLD_NO_PLACE


def same_id(one: Id, other: Id) -> bool:
    """Whether two ids are the same JSON value: the text "7" is not the number 7."""
    return one is not None and one == other and isinstance(one, str) == isinstance(other, str)
