"""The JSON that `maintenance check` takes -> what is asked, or its first bad field."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from maintenance.sla.check import Agreement, Terms
from maintenance.sla.instant import BadTime, parse_instant
from maintenance.sla.plain import HOLD_NO_PLACE, STATES, Entry, plain_entry
from maintenance.sla.policy import Policy, PolicyError, in_force, with_deviations
from maintenance.sla.reading import shown
from maintenance.sla.verdict import CHANNELS, KINDS, Window

__all__ = ["BadField", "BadTime", "Request", "id_of", "parse", "parse_instant"]

MINUTE = timedelta(minutes=1)
Id = str | int | float | None
Policies = Mapping[str, Policy | Sequence[Policy]]
"""The policy of each service, or its versions."""
Zones = Mapping[str, ZoneInfo]


class BadField(ValueError):
    """The first bad field of a request, by its path, and what is wrong with it."""

    def __init__(self, field: str | None, message: str):
        super().__init__(f"{field}: {message}" if field else message)
        self.field, self.message = field, message


@dataclass(frozen=True, slots=True)
class Request:
    """A window to judge, by which terms; `id` is for the answer, `window_id` for the history."""

    id: Id
    window: Window
    terms: Sequence[Terms]
    window_id: Id = None


def parse(asked: object, policies: Policies, now: datetime) -> Request:
    """The request an object states; BadField for the first field that is wrong.

    `now` is when the announcement goes out where the request does not say.
    """
    if not isinstance(asked, dict):
        raise BadField(None, f"expected an object, found {shown(asked)}")
    zones = {service: _newest(policy).zone for service, policy in policies.items()}
    fields = _Fields(asked, None, zones, now)
    services, window = fields.services(), fields.window()
    identity, window_id = fields.id("id"), fields.id("window_id")
    history = list(_history(asked, zones, now, window_id))
    chosen = {service: _version(policies[service], window.start) for service in services}
    _refuse_unknown_years(window, chosen.values())
    agreements = list(_agreements(asked, chosen))
    terms = [
        Terms(
            service,
            policy,
            [_on(service, entry) for entry in history if service in entry.services],
            [each for name, each in agreements if name in (None, service)],
            fields.outages.get(service),
        )
        for service, policy in chosen.items()
    ]
    return Request(identity, window, terms, window_id)


def id_of(asked: object) -> Id:
    """The id of a request to echo, also where the rest of it is bad; None where it is no id."""
    value = asked.get("id") if isinstance(asked, dict) else None
    return value if is_id(value) else None


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


class _Fields:
    """The fields of one window, each read or refused under its path.

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


def _history(
    asked: Mapping[str, Any], zones: Zones, now: datetime, window_id: Id
) -> Iterator[Entry]:
    """The windows of the history that hold a place."""
    told = dict.fromkeys(CHANNELS, now)
    for number, given in enumerate(_list(asked, "history")):
        entry = plain_entry(given, zones, told) or read_entry(given, number, zones, now)
        if entry.holds_a_place and not same_id(entry.id, window_id):
            yield entry


def _on(service: str, entry: Entry) -> Window:
    """A window of the history as this service had it."""
    if not entry.outages:
        return entry.window
    return entry.window._replace(outage_minutes=entry.outages[service])


def read_entry(given: object, number: int, zones: Zones, now: datetime) -> Entry:
    """A window of the history, read field by field; BadField for the first that is wrong."""
    if not isinstance(given, dict):
        raise BadField(f"history[{number}]", f"expected an object, found {shown(given)}")
    fields = _Fields(given, number, zones, now)
    services, window, identity = fields.services(), fields.window(), fields.id("id")
    return Entry(services, window, identity, fields.holds_a_place(), fields.outages)


def same_id(one: Id, other: Id) -> bool:
    """Whether two ids are the same JSON value: the text "7" is not the number 7."""
    return one is not None and one == other and isinstance(one, str) == isinstance(other, str)


def _list(asked: Mapping[str, Any], field: str) -> list[Any]:
    value = asked.get(field)
    if value is None:
        return []
    if not isinstance(value, list):
        raise BadField(field, f"expected a list, found {shown(value)}")
    return value


def _agreements(
    asked: Mapping[str, Any], policies: Mapping[str, Policy]
) -> Iterator[tuple[str, Agreement]]:
    """Each agreement that touches a service asked for, with that service."""
    for number, entry in enumerate(_list(asked, "agreements")):
        path = f"agreements[{number}]"
        if not isinstance(entry, dict):
            raise BadField(path, f"expected an object, found {shown(entry)}")
        customer = _text(entry, path, "customer")
        service = entry.get("service")
        if service is None and len(policies) == 1:
            service = next(iter(policies))
        if not isinstance(service, str) or service not in policies:
            raise BadField(f"{path}.service", "expected one of the services asked for")
        yield service, Agreement(customer, _deviating(policies[service], entry, path))


def _text(entry: Mapping[str, Any], path: str, field: str) -> str:
    value = entry.get(field)
    if not isinstance(value, str) or not value.strip() or not is_unicode(value):
        raise BadField(f"{path}.{field}", f"expected text, found {shown(value)}")
    return value


def _deviating(policy: Policy, entry: Mapping[str, Any], path: str) -> Policy:
    rules = entry.get("rules")
    if not isinstance(rules, dict):
        raise BadField(f"{path}.rules", "expected an object: by rule id, the keys that differ")
    try:
        return with_deviations(policy, rules)
    except PolicyError as error:
        raise BadField(f"{path}.{error.key}", error.expected) from None
    except RecursionError:
        raise BadField(f"{path}.rules", "nested too deep") from None


def _refuse_unknown_years(window: Window, policies: Iterable[Policy]) -> None:
    """Refuse a start in a year whose holidays nobody knows, rather than judge it wrongly."""
    for policy in policies:
        country = policy.calendar.country
        if country and not country.first_year < window.start.year <= country.last_year:
            years = f"{country.first_year + 1} to {country.last_year}"
            raise BadField("start", f"the holidays of {country.code} are known for {years}")


def _newest(policy: Policy | Sequence[Policy]) -> Policy:
    return policy if isinstance(policy, Policy) else max(policy, key=lambda each: each.version)


def _version(policy: Policy | Sequence[Policy], start: datetime) -> Policy:
    if isinstance(policy, Policy):
        return policy
    return in_force(policy, start.astimezone(_newest(policy).zone).date())
