"""Customers and contacts from a file: what it changes, what it leaves, what it refuses."""

import pytest
from flask import Flask
from sqlalchemy import event, select

from maintenance import importing
from maintenance.importing import BadRow, Plan
from maintenance.models import Audit, Contact, Delivery, db
from maintenance.store import people
from maintenance.store.session import writing
from tests import build
from tests.build import NOW


@pytest.fixture(autouse=True)
def _there(app: Flask) -> None:
    build.service("factuurportal")
    acme = build.customer("acme", ("nmbrs",), level="gold")
    build.contact(acme)
    build.contact(acme, "old@acme.example", active=False)
    db.session.commit()


def plan(text: str) -> Plan:
    """What this file would do."""
    return importing.plan(db.session(), text.encode(), NOW)


def done(text: str) -> Plan:
    """The file, imported."""
    with writing() as session:
        found = importing.plan(session, text.encode(), NOW)
        importing.apply(session, found, "jan", NOW)
    return found


def contacts(slug: str = "acme") -> dict[str, tuple[str, str, bool]]:
    customer = people.find_customer(db.session(), slug)
    assert customer is not None
    return {one.email: (one.name, one.language, one.active) for one in customer.contacts}


def test_customers_are_added_and_changed():
    found = done(
        "customer,name,services,level,active\n"
        "acme,Acme BV,nmbrs factuurportal,gold,\n"
        "bakker,Bakker,factuurportal,,no\n"
    )
    assert [(c.line, c.customer, c.new, dict(c.fields)) for c in found.changes] == [
        (
            2,
            "acme",
            False,
            {"name": ("Acme", "Acme BV"), "services": ("nmbrs", "factuurportal nmbrs")},
        ),
        (
            3,
            "bakker",
            True,
            {"name": ("", "Bakker"), "services": ("", "factuurportal"), "active": ("", "no")},
        ),
    ]
    acme, bakker = people.customers(db.session())
    assert (acme.name, acme.level, acme.active) == ("Acme BV", "gold", True)
    assert [service.slug for service in acme.services] == ["factuurportal", "nmbrs"]
    assert (bakker.name, bakker.active) == ("Bakker", False)
    assert len(contacts()) == 2


def test_a_column_that_is_left_out_changes_nothing():
    done("customer;name\nacme;Acme\n")
    (acme,) = people.customers(db.session())
    assert (acme.level, [service.slug for service in acme.services]) == ("gold", ["nmbrs"])


def test_contacts_are_added_changed_stopped_and_brought_back():
    done(
        "customer,email,name,language,active\n"
        "acme,JAN@acme.example,Jan,en,\n"
        "acme,kim@acme.example,Kim,,\n"
        "acme,old@acme.example,Old,nl,yes\n"
    )
    assert contacts() == {
        "jan@acme.example": ("Jan", "en", True),
        "kim@acme.example": ("Kim", "nl", True),
        "old@acme.example": ("Old", "nl", True),
    }
    done("customer,email,active\nacme,kim@acme.example,nee\n")
    assert contacts()["kim@acme.example"] == ("Kim", "nl", False)
    assert contacts()["jan@acme.example"] == ("Jan", "en", True)


def test_a_new_contact_hears_of_what_was_announced():
    build.announced(build.window())
    db.session.commit()
    done("customer,email\nacme,kim@acme.example\n")
    told = db.session.scalars(select(Delivery.address).order_by(Delivery.address)).all()
    assert told == ["jan@acme.example", "kim@acme.example"]


def test_each_bad_row_is_named_with_its_line_and_nothing_is_done():
    found = plan(
        "customer,email,language,active\n"
        "acme,kim@acme.example,nl,\n"
        "nobody,kim@acme.example,nl,\n"
        "acme,kim,fr,perhaps\n"
        "acme,KIM@acme.example,nl,\n"
    )
    assert [(row.line, row.field) for row in found.bad] == [
        (3, "customer"),
        (4, "active"),
        (4, "email"),
        (4, "language"),
        (5, "email"),
    ]
    with pytest.raises(AssertionError):
        importing.apply(db.session(), found, "jan", NOW)
    assert "kim@acme.example" not in contacts()


def test_a_bad_customer_is_named_with_its_line():
    found = plan("customer,name,services\nAcme BV,Acme,\nx,,\ny,Y,none\nacme,A,\nacme,B,\n")
    assert found.bad == [
        BadRow(2, "customer", "expected small letters, digits and dashes, as in acme-bv"),
        BadRow(3, "name", "is required"),
        BadRow(4, "services", "unknown service: none"),
        BadRow(6, "customer", "is in the file already"),
    ]


@pytest.mark.parametrize("kind", ["customers", "contacts"])
@pytest.mark.parametrize("separator", [",", ";"])
def test_an_export_imports_without_a_change(kind: str, separator: str):
    build.contact(build.customer("evil", (), name="=1+1"), name="@SUM(A1)")
    db.session.commit()
    found = importing.plan(db.session(), importing.export(db.session(), kind, separator), NOW)
    assert (found.changes, found.bad) == ([], [])
    assert found.same == {"customers": 2, "contacts": 3}[kind]


def test_what_was_imported_is_in_the_log():
    done("customer,name\nacme,Acme BV\n")
    row = db.session.scalars(select(Audit).where(Audit.verb == "put")).one()
    assert (row.actor, row.subject) == ("jan", "customer:acme")
    assert row.details["to"]["name"] == "Acme BV"


def test_the_queries_for_a_contact_do_not_grow_with_the_contacts():
    build.announced(build.window())
    db.session.commit()
    few, many = _statements(10, "a"), _statements(40, "b")
    assert many <= few + 30 * 1


def _statements(number: int, mark: str) -> int:
    """How many statements an import of so many contacts of one customer takes."""
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        rows = "".join(f"acme,{mark}{n}@acme.example\n" for n in range(number))
        done(f"customer,email\n{rows}")
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    assert db.session.query(Contact).count() >= number
    return len(asked)
