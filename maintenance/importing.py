"""Customers and contacts from a file: first what it would change, then the change, whole.

A row adds a customer or contact, or changes the one there is; what the file does not name stays as
it is. A file with a bad row changes nothing.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy.orm import Session

from maintenance import spreadsheet
from maintenance.customers import (
    ContactValues,
    CustomerValues,
    Errors,
    Policies,
    is_slug,
    parse_contact,
    parse_customer,
)
from maintenance.models import Customer
from maintenance.spreadsheet import Row, Sheet
from maintenance.store import people

COLUMNS = {
    "contacts": ("customer", "email", "name", "language", "active"),
    "customers": ("customer", "name", "services", "level", "active"),
}
"""The columns of each kind of file: the first two are needed, the others may be left out."""

YES, NO = ("yes", "ja", "true", "1"), ("no", "nee", "false", "0")


@dataclass(frozen=True, slots=True)
class Change:
    """What one row does: to which customer, to whom there, and each field from what to what."""

    line: int
    customer: str
    contact: str  # its address; empty where the customer itself changes
    new: bool
    fields: Mapping[str, tuple[str, str]]


@dataclass(frozen=True, slots=True)
class BadRow:
    """What is wrong with one row."""

    line: int
    field: str
    message: str


@dataclass(slots=True)
class Plan:
    """What a file would do: its changes, its bad rows, and how many rows say what is there."""

    kind: str = ""
    changes: list[Change] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)
    same: int = 0
    wanted: dict[str, CustomerValues] = field(default_factory=dict)


def plan(session: Session, data: bytes, now: datetime) -> Plan:
    """What this file would change; spreadsheet.Unreadable where it is no such file."""
    kind, sheet = spreadsheet.read(data, COLUMNS)
    there = {row.slug: row for row in people.customers(session)}
    found = Plan(kind)
    if kind == "customers":
        _customers(found, sheet, there, people.policies(session, now))
    else:
        _contacts(found, sheet, there)
    return found


def apply(session: Session, found: Plan, actor: str, now: datetime) -> None:
    """Make the changes of a plan without bad rows, made in this same `writing` transaction."""
    assert not found.bad
    people.put_customers(session, found.wanted, actor, now)


def export(session: Session, kind: str, separator: str) -> bytes:
    """Every customer, or every contact, as a file that can be imported again."""
    rows = people.customers(session)
    lines = _customer_lines(rows) if kind == "customers" else _contact_lines(rows)
    return spreadsheet.write(COLUMNS[kind], lines, separator)


def _customer_lines(rows: Iterable[Customer]) -> Iterator[tuple[str, ...]]:
    for row in rows:
        values = _customer_values(row)
        yield (row.slug, *_shown(values).values())


def _contact_lines(rows: Iterable[Customer]) -> Iterator[tuple[str, ...]]:
    for row in rows:
        for one in row.contacts:
            yield (row.slug, one.email, one.name, one.language, _flag(one.active))


def _customers(
    found: Plan, sheet: Sheet, there: Mapping[str, Customer], policies: Policies
) -> None:
    seen: set[str] = set()
    for row in sheet.rows:
        slug = row.cells.get("customer", "")
        wrong = _slug_errors(slug, seen)
        seen.add(slug)
        active = _active(row, wrong)
        was = _customer_values(there[slug]) if slug in there else None
        values = parse_customer(_given(row, was, active), policies)
        if wrong or not isinstance(values, CustomerValues):
            _refuse(found, row, wrong, values)
        elif _note(found, row, slug, "", _shown(was) if was else {}, _shown(values)):
            found.wanted[slug] = values


def _given(row: Row, was: CustomerValues | None, active: bool | None) -> dict[str, object]:
    """The fields of a customer: as the row says, else as they are."""
    there = was or CustomerValues("")
    cells = row.cells
    return {
        "name": cells.get("name", there.name),
        "services": cells["services"].split() if "services" in cells else there.services,
        "level": cells.get("level", there.level),
        "active": there.active if active is None else active,
    }


def _contacts(found: Plan, sheet: Sheet, there: Mapping[str, Customer]) -> None:
    seen: set[tuple[str, str]] = set()
    active: dict[str, dict[str, ContactValues]] = {}
    for row in sheet.rows:
        slug, key = row.cells.get("customer", ""), row.cells.get("email", "").casefold()
        wrong = _contact_errors(slug, key, there, seen)
        seen.add((slug, key))
        wanted = _active(row, wrong)
        was = _contact_of(there.get(slug), key)
        values = parse_contact({**was, **_filled(row)})
        if wrong or not isinstance(values, ContactValues):
            _refuse(found, row, wrong, values)
            continue
        before = {name: said for name, said in was.items() if name != "email"}
        if _note(found, row, slug, values.email, before, _contact_then(values, wanted, before)):
            mine = active.setdefault(slug, _active_contacts(there[slug]))
            mine.pop(key, None)
            if wanted is not False:
                mine[key] = replace(values, email=was.get("email", values.email))
    for slug, mine in active.items():
        kept = _customer_values(there[slug])
        found.wanted[slug] = replace(kept, contacts=tuple(mine.values()))


def _contact_errors(
    slug: str, key: str, there: Mapping[str, Customer], seen: set[tuple[str, str]]
) -> Errors:
    if slug not in there:
        return {"customer": f"there is no customer {slug[:63]!r}"}
    return {"email": "is in the file already"} if (slug, key) in seen else {}


def _contact_then(
    values: ContactValues, active: bool | None, before: Mapping[str, str]
) -> Mapping[str, str]:
    """A contact as it will be; of one that is not, or no longer, written to nothing else counts."""
    if active is None:
        active = before.get("active", "yes") == "yes"
    if not active:
        return {**before, "active": "no"} if before else {}
    return {"name": values.name, "language": values.language, "active": "yes"}


def _refuse(found: Plan, row: Row, wrong: Errors, values: object) -> None:
    errors = wrong | (values if isinstance(values, dict) else {})
    found.bad += [BadRow(row.line, name, said) for name, said in errors.items()]


def _filled(row: Row) -> dict[str, str]:
    """What the row says of a contact; an empty language says nothing."""
    names = ("email", "name", "language")
    return {
        name: row.cells[name]
        for name in names
        if name in row.cells and (name != "language" or row.cells[name])
    }


def _contact_of(customer: Customer | None, key: str) -> dict[str, str]:
    """A contact as a file says it; empty where it is not there."""
    for one in customer.contacts if customer else ():
        if one.email.casefold() == key:
            return {
                "email": one.email,
                "name": one.name,
                "language": one.language,
                "active": _flag(one.active),
            }
    return {}


def _active_contacts(row: Customer) -> dict[str, ContactValues]:
    return {
        one.email.casefold(): ContactValues(one.email, one.name, one.language)
        for one in row.contacts
        if one.active
    }


def _note(
    found: Plan, row: Row, slug: str, contact: str, was: Mapping[str, str], to: Mapping[str, str]
) -> bool:
    """Count the row, and say what it changes, if anything."""
    fields = {name: (was.get(name, ""), said) for name, said in to.items()}
    changed = {name: pair for name, pair in fields.items() if pair[0] != pair[1]}
    if changed:
        found.changes.append(Change(row.line, slug, contact, not was, changed))
    else:
        found.same += 1
    return bool(changed)


def _slug_errors(slug: str, taken: Collection[str]) -> Errors:
    if not is_slug(slug):
        return {"customer": "expected small letters, digits and dashes, as in acme-bv"}
    return {"customer": "is in the file already"} if slug in taken else {}


def _active(row: Row, wrong: Errors) -> bool | None:
    """What the row says of it; None where it says nothing."""
    said = row.cells.get("active", "").lower()
    if said not in ("", *YES, *NO):
        wrong["active"] = "expected yes or no"
    return None if not said else said in YES


def _customer_values(row: Customer) -> CustomerValues:
    services = tuple(service.slug for service in row.services)
    return CustomerValues(row.name, services, row.level, row.active)


def _shown(values: CustomerValues) -> dict[str, str]:
    return {
        "name": values.name,
        "services": " ".join(sorted(values.services)),
        "level": values.level,
        "active": _flag(values.active),
    }


def _flag(value: bool) -> str:
    return "yes" if value else "no"
