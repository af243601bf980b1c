"""What a form or JSON says about customers and services -> values, or every error by field.

A field inside a list is named by its place: `contacts[1].email`.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from maintenance import addresses
from maintenance.intake import Bad, line
from maintenance.sla.policy import Policy, PolicyError, in_force_between, with_deviations
from maintenance.windows import LANGUAGES

Errors = dict[str, str]
"""What is wrong, by field."""

Policies = Mapping[str, Sequence[Policy]]
"""By service, its SLA: the version in force and those that follow it."""

LONGEST_NAME = 200
MOST = 1000
"""So many contacts or agreements at most in one customer."""
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")


@dataclass(frozen=True, slots=True)
class ContactValues:
    """A person of a customer."""

    email: str
    name: str = ""
    language: str = LANGUAGES[0]


@dataclass(frozen=True, slots=True)
class AgreementValues:
    """A customer's deviations from the SLA of one service; the days it holds are both included."""

    service: str
    rules: Mapping[str, Any]
    effective_from: date | None = None
    effective_until: date | None = None


@dataclass(frozen=True, slots=True)
class CustomerValues:
    """A customer; contacts or agreements that are None are left as they are."""

    name: str
    services: tuple[str, ...] = ()
    level: str = ""
    active: bool = True
    contacts: tuple[ContactValues, ...] | None = None
    agreements: tuple[AgreementValues, ...] | None = None


@dataclass(frozen=True, slots=True)
class ServiceValues:
    """A service; `policy` is the slug that the versions of its SLA share.

    Who may approve (`four_eyes`, `deputy`) stays as it is where it is None.
    """

    name: str
    policy: str
    color: str = "#0b5cad"
    clock_completes: bool = False
    four_eyes: bool | None = None
    deputy: str | None = None  # an address, or empty


def is_slug(text: str) -> bool:
    """Whether this can name a service or a customer in an address: a-z, 0-9 and single dashes."""
    return len(text) <= 63 and _SLUG.fullmatch(text) is not None


def parse_contact(data: Mapping[str, Any]) -> ContactValues | Errors:
    """A contact from `email`, `name` and `language` (absent: the first of LANGUAGES)."""
    read = _Reader(data)
    values = ContactValues(
        email=read.email("email"),
        name=read.line("name"),
        language=read.choice("language", LANGUAGES, LANGUAGES[0]),
    )
    return read.errors or values


def parse_service(data: Mapping[str, Any], policies: Collection[str]) -> ServiceValues | Errors:
    """A service; `policies` are the slugs of those that are stored."""
    read = _Reader(data)
    values = ServiceValues(
        name=read.line("name", needed=True),
        policy=read.choice("policy", policies, ""),
        color=read.color("color"),
        clock_completes=read.flag("clock_completes", default=False),
        four_eyes=None if data.get("four_eyes") is None else read.flag("four_eyes", default=False),
        deputy=None if data.get("deputy") is None else read.email("deputy", needed=False),
    )
    return read.errors or values


def parse_customer(data: Mapping[str, Any], policies: Policies) -> CustomerValues | Errors:
    """A customer; `policies` holds the SLA of every service, by the service's slug.

    An agreement's `rules` are in the terms of the policy file (docs/policies.md).
    """
    read = _Reader(data)
    services = _services(read, policies)
    values = CustomerValues(
        name=read.line("name", needed=True),
        services=services,
        level=read.line("level", most=63),
        active=read.flag("active", default=True),
        contacts=_contacts(read),
        agreements=_agreements(read, {slug: policies[slug] for slug in services}),
    )
    return read.errors or values


def _services(read: "_Reader", known: Collection[str]) -> tuple[str, ...]:
    asked = read.items("services") or ()
    unknown = [slug for slug in asked if not isinstance(slug, str) or slug not in known]
    if unknown:
        read.errors["services"] = f"unknown service: {str(unknown[0])[:63]}"
        return ()
    return tuple(dict.fromkeys(asked))


def _contacts(read: "_Reader") -> tuple[ContactValues, ...] | None:
    entries = read.items("contacts")
    if entries is None:
        return None
    contacts: dict[str, ContactValues] = {}
    for place, entry in enumerate(entries):
        path = f"contacts[{place}]"
        parsed = parse_contact(entry) if isinstance(entry, Mapping) else _NO_OBJECT
        if not isinstance(parsed, ContactValues):
            read.within(path, parsed)
        elif parsed.email.casefold() in contacts:
            read.errors[f"{path}.email"] = "is in the list already"
        else:
            contacts[parsed.email.casefold()] = parsed
    return tuple(contacts.values())


def _agreements(read: "_Reader", policies: Policies) -> tuple[AgreementValues, ...] | None:
    entries = read.items("agreements")
    if entries is None:
        return None
    agreements: list[AgreementValues] = []
    for place, entry in enumerate(entries):
        parsed = parse_agreement(entry, policies) if isinstance(entry, Mapping) else _NO_OBJECT
        if isinstance(parsed, AgreementValues):
            agreements.append(parsed)
        else:
            read.within(f"agreements[{place}]", parsed)
    return tuple(agreements)


def parse_agreement(data: Mapping[str, Any], policies: Policies) -> AgreementValues | Errors:
    """An agreement on one of the services of whose SLA `policies` holds the versions.

    It must fit every version in force while it holds.
    """
    read = _Reader(data)
    values = AgreementValues(
        service=read.choice("service", policies, ""),
        rules=read.rules("rules"),
        effective_from=read.day("effective_from"),
        effective_until=read.day("effective_until"),
    )
    if not policies:
        read.errors["service"] = "the customer has no service"
    first, last = values.effective_from, values.effective_until
    if first and last and last < first:
        read.errors["effective_until"] = "must not be before effective_from"
    if not read.errors:
        try:
            for policy in in_force_between(policies[values.service], first, last):
                with_deviations(policy, values.rules)
        except PolicyError as error:
            read.errors[error.key or "rules"] = error.expected
    return read.errors or values


_NO_OBJECT: Errors = {"": "expected an object"}


class _Reader:
    """Reads one object's fields, and collects what is wrong with them."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.data = data
        self.errors: Errors = {}

    def line(self, field: str, needed: bool = False, most: int = LONGEST_NAME) -> str:
        """One line of plain text, stripped; empty where it is absent."""
        value = self.data.get(field)
        try:
            text = "" if value is None else line(value, most)
        except Bad as error:
            return self._wrong(field, str(error))
        return self._wrong(field, "is required") if needed and not text else text

    def email(self, field: str, needed: bool = True) -> str:
        """An address that can exist, as it is written to; its domain in lower case."""
        text = self.line(field, needed=needed, most=320)
        if field in self.errors or not text:
            return ""
        try:
            return addresses.normalized(text)
        except addresses.BadAddress as error:
            return self._wrong(field, str(error))

    def choice(self, field: str, choices: Collection[str], default: str) -> str:
        """One of these; where it is absent the default, if that is one of them."""
        value = self.data.get(field)
        if value is None or value == "":
            value = default
        if not isinstance(value, str) or value not in choices:
            return self._wrong(field, f"expected one of: {', '.join(choices)}")
        return value

    def flag(self, field: str, default: bool) -> bool:
        """expected true or false"""
        value = self.data.get(field)
        if value is None:
            return default
        if not isinstance(value, bool):
            self._wrong(field, "expected true or false")
        return value is True

    def color(self, field: str) -> str:
        """A colour, as #0b5cad."""
        value = self.data.get(field) or "#0b5cad"
        if not isinstance(value, str) or not _COLOR.fullmatch(value):
            return self._wrong(field, "expected a colour, as #0b5cad")
        return value.lower()

    def day(self, field: str) -> date | None:
        """A date, as 2026-12-31, or None where it is absent."""
        value = self.data.get(field)
        if value is None or value == "":
            return None
        try:
            if not isinstance(value, str) or len(value) != len("2026-12-31"):
                raise ValueError
            return date.fromisoformat(value)
        except ValueError:
            self._wrong(field, "expected a date, as 2026-12-31")
            return None

    def rules(self, field: str) -> Mapping[str, Any]:
        """An object of at least one rule."""
        value = self.data.get(field)
        if not isinstance(value, Mapping) or not value:
            self._wrong(field, "expected an object with the rules that differ")
            return {}
        return value

    def items(self, field: str, most: int = MOST) -> Sequence[Any] | None:
        """A list, or None where it is absent."""
        value = self.data.get(field)
        if value is None:
            return None
        if not isinstance(value, list | tuple):
            self._wrong(field, "expected a list")
            return None
        if len(value) > most:
            self._wrong(field, f"at most {most}")
            return None
        return value

    def within(self, path: str, errors: Errors) -> None:
        """What is wrong inside one entry of a list."""
        for field, message in errors.items():
            self.errors[f"{path}.{field}" if field else path] = message

    def _wrong(self, field: str, message: str) -> str:
        self.errors[field] = message
        return ""
