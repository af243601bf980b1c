"""Customers of whom nobody can and wants to be told."""

import pytest
from flask import Flask

from maintenance.models import Contact, Customer, db
from maintenance.store import reachable
from tests import build
from tests.build import NOW


@pytest.fixture
def jan(database: str, app: Flask) -> Contact:
    """The only contact of acme."""
    return build.contact(build.customer())


def unreached(*slugs: str) -> list[str]:
    db.session.flush()
    ids = [build.service(slug).id for slug in slugs] or None
    return [row.slug for row in reachable.unreached(db.session(), ids)]


def test_a_customer_with_a_contact_that_is_told_is_reached(jan: Contact) -> None:
    assert unreached() == []


@pytest.mark.parametrize(
    "values",
    [
        {"active": False},
        {"flagged": "550 no such user"},
        {"stopped_at": NOW},
        {"declined": frozenset({"change"})},
    ],
)
def test_one_whose_only_contact_cannot_or_will_not_be_told_is_not(
    jan: Contact, values: dict[str, object]
) -> None:
    for name, value in values.items():
        setattr(jan, name, value)
    assert unreached() == ["acme"]
    build.contact(jan.customer, "kim@acme.example")
    assert unreached() == []


def test_leaving_reminders_leaves_nothing_that_is_promised(jan: Contact) -> None:
    jan.declined = frozenset({"reminder"})
    assert unreached() == []


def test_it_is_asked_per_service(jan: Contact) -> None:
    acme: Customer = jan.customer
    acme.services.append(build.service("factuurportal"))
    jan.declined_services.append(build.service("factuurportal"))
    assert unreached("nmbrs") == []
    assert unreached("factuurportal") == ["acme"]
    assert unreached() == ["acme"]


def test_a_customer_without_contacts_counts_and_one_that_left_does_not(jan: Contact) -> None:
    build.customer("bakker")
    build.customer("closed", active=False)
    assert unreached() == ["bakker"]
