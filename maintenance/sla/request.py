"""The JSON that `maintenance check` takes -> what is asked, or its first bad field."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from maintenance.sla.check import Agreement, Terms
from maintenance.sla.fields import BadField, Fields, Id, Zones, is_id, is_unicode, same_id
from maintenance.sla.instant import BadTime, parse_instant
from maintenance.sla.plain import Entry, plain_entry
from maintenance.sla.policy import Policy, PolicyError, in_force, with_deviations
from maintenance.sla.reading import shown
from maintenance.sla.verdict import CHANNELS, Window

__all__ = ["BadField", "BadTime", "Request", "id_of", "is_unicode", "parse", "parse_instant"]

Policies = Mapping[str, Policy | Sequence[Policy]]
"""The policy of each service, or its versions."""


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
    fields = Fields(asked, None, zones, now)
    services, window = fields.services(), fields.window()
    identity, window_id = fields.id("id"), fields.id("window_id")
    history = [
        entry
        for entry in _history(asked, zones, now)
        if entry.holds_a_place and (window_id is None or not same_id(entry.id, window_id))
    ]
    chosen = {service: _version(policies[service], window.start) for service in services}
    _refuse_unknown_years(window, chosen.values())
    agreements = list(_agreements(asked, chosen))
    terms = [
        Terms(
            service,
            policy,
            _on(service, history),
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


def _history(asked: Mapping[str, Any], zones: Zones, now: datetime) -> list[Entry]:
    told = dict.fromkeys(CHANNELS, now)
    return [
        plain_entry(given, zones, told) or read_entry(given, number, zones, now)
        for number, given in enumerate(_list(asked, "history"))
    ]


def _on(service: str, history: Iterable[Entry]) -> list[Window]:
    """The windows of the history as this service had them."""
    return [
        window._replace(outage_minutes=outages[service]) if outages else window
        for services, window, _, _, outages in history
        if service in services
    ]


def read_entry(given: object, number: int, zones: Zones, now: datetime) -> Entry:
    """A window of the history, read field by field; BadField for the first that is wrong."""
    if not isinstance(given, dict):
        raise BadField(f"history[{number}]", f"expected an object, found {shown(given)}")
    fields = Fields(given, number, zones, now)
    services, window, identity = fields.services(), fields.window(), fields.id("id")
    return Entry(services, window, identity, fields.holds_a_place(), fields.outages)


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
    if isinstance(policy, Policy):
        return policy
    return policy[0] if len(policy) == 1 else max(policy, key=lambda each: each.version)


def _version(policy: Policy | Sequence[Policy], start: datetime) -> Policy:
    newest = _newest(policy)
    if isinstance(policy, Policy) or len(policy) == 1:
        return newest
    return in_force(policy, start.astimezone(newest.zone).date())
