"""Rows that tests need: each function inserts one, with values that are fine unless given."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select

from maintenance.models import (
    Base,
    Contact,
    Customer,
    Notice,
    Policy,
    Series,
    Service,
    Target,
    User,
    Window,
    db,
)
from maintenance.sla.policy import shipped, shipped_texts
from maintenance.store import outbox, windows

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
"""A Monday morning, 10:00 in Amsterdam."""

START = datetime(2026, 12, 2, 19, 0, tzinfo=UTC)
"""The Wednesday of the SLA's worked example, 20:00 in Amsterdam."""


def added(row: Base) -> Any:
    """The row, inserted."""
    db.session.add(row)
    db.session.flush()
    return row


def service(slug: str = "nmbrs", **values: Any) -> Service:
    """The service with this slug and the shipped policy of that name; made once."""
    row = db.session.scalar(select(Service).where(Service.slug == slug))
    if row is not None:
        return row
    policy(values.get("policy", slug))
    names = {"nmbrs": "Nmbrs", "factuurportal": "Factuurportal"}
    fields = {"name": names.get(slug, slug), "policy": slug, **values}
    return added(Service(slug=slug, **{"created_at": NOW, "updated_at": NOW, **fields}))  # type: ignore[no-any-return]


def policy(slug: str) -> None:
    """The shipped policy, stored as `maintenance migrate` does; once."""
    if db.session.scalar(select(Policy).where(Policy.slug == slug)) is None:
        since = shipped()[slug].version
        text = shipped_texts()[slug]
        added(Policy(slug=slug, effective_from=since, text=text, created_at=NOW))


def customer(slug: str = "acme", services: Sequence[str] = ("nmbrs",), **values: Any) -> Customer:
    """A customer with these services."""
    fields = {"name": slug.title(), "updated_at": NOW, **values}
    return added(  # type: ignore[no-any-return]
        Customer(slug=slug, services=[service(each) for each in services], **fields)
    )


def contact(of: Customer, email: str = "", **values: Any) -> Contact:
    """A contact of this customer."""
    fields = {"name": "Jan de Vries", "language": "nl", **values}
    email = email or f"jan@{of.slug}.example"
    return added(Contact(customer=of, email=email, **fields))  # type: ignore[no-any-return]


def window(services: Sequence[str] = ("nmbrs",), **values: Any) -> Window:
    """A window, scheduled and its announcement planned but not yet made, unless given otherwise."""
    start = values.get("start_at", START)
    fields: dict[str, Any] = {
        "public_id": windows.new_id("w"),
        "reference": windows.next_reference(db.session(), NOW.year),
        "state": "scheduled",
        "revision": 2,
        "kind": "planned",
        "title": {"nl": "Databases bijwerken", "en": "Database upgrade"},
        "description": {
            "nl": "We zetten de databases over naar een nieuwe versie.",
            "en": "We move the databases to a new version.",
        },
        "start_at": start,
        "end_at": start + timedelta(hours=2),
        "outage_minutes": 30,
        "impact": "outage",
        "channels": ["email", "status_page"],
        "reminders": [],
        "notice_revision": 2,
        "times_revision": 2,
        "verdict": {"compliant": True, "findings": []},
        "created_at": NOW,
        "updated_at": NOW,
        **values,
    }
    row: Window = added(Window(**fields))
    windows.place_on(row, [service(each) for each in services])
    db.session.flush()
    return row


def series(**values: Any) -> Series:
    """The weekly update of Nmbrs, Tuesdays at 20:00, proposed; none of its windows made yet."""
    shared = {
        "title": {"nl": "Wekelijkse update", "en": "Weekly update"},
        "description": {"nl": "", "en": ""},
        "services": ["nmbrs"],
        "kind": "update",
        "outage_minutes": 90,
        "impact": "partial",
        "justification": "",
        "channels": ["email", "status_page"],
        "reminders": [],
    }
    fields: dict[str, Any] = {
        "public_id": windows.new_id("s"),
        "state": "proposed",
        "first": date(2026, 12, 1),
        "at": time(20, 0),
        "length_minutes": 90,
        "unit": "week",
        "every": 1,
        "on_holiday": "keep",
        "announce_days": 7,
        "fields": shared,
        "filled_until": date(2026, 11, 30),
        "created_at": NOW,
        "updated_at": NOW,
        **values,
    }
    return added(Series(**fields))  # type: ignore[no-any-return]


def notice(of: Window, kind: str = "announcement", **values: Any) -> Notice:
    """A notice of this window, due now; not fanned out."""
    fields = {"revision": of.revision, "due_at": NOW, "created_at": NOW, **values}
    row: Notice = added(Notice(kind=kind, window=of, **fields))
    return row


def announced(of: Window, now: datetime = NOW) -> Notice:
    """The window's announcement, fanned out to its readers."""
    row = notice(of)
    outbox.fan_out(db.session(), row, now)
    db.session.flush()
    return row


def user(email: str = "op@vendor.example", role: str = "operator", **values: Any) -> User:
    """An operator's account; nobody can log in with it."""
    fields = {"fs_uniquifier": email, "created_at": NOW, "active": True, **values}
    return added(User(email=email, role=role, **fields))  # type: ignore[no-any-return]


def target(address: str, channel: str = "webhook", **values: Any) -> Target:
    """A webhook at this address that gets every notice; committed."""
    fields = {
        "public_id": windows.new_id("t"),
        "settings": {},
        "active": True,
        "created_at": NOW,
        "updated_at": NOW,
        **values,
    }
    row: Target = added(Target(address=address, channel=channel, **fields))
    db.session.commit()
    return row
