"""Services, customers, contacts and agreements: what a write changes, logs and tells."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import select

from maintenance.customers import (
    AgreementValues,
    ContactValues,
    CustomerValues,
    ServiceValues,
    parse_contact,
    parse_customer,
    parse_service,
)
from maintenance.models import Audit, Contact, Customer, Delivery, db
from maintenance.sla.policy import shipped
from maintenance.store import people, session
from tests import build

JAN = ContactValues("jan@acme.example", "Jan", "nl")
ANN = ContactValues("ann@acme.example", "Ann", "en")

POLICIES = {slug: [policy] for slug, policy in shipped().items()}


def put(*contacts: ContactValues, **values: object) -> Customer:
    fields = {"name": "Acme", "services": ("nmbrs",), "contacts": contacts, **values}
    build.service("nmbrs")
    row, _ = people.put_customer(
        db.session(),
        "acme",
        CustomerValues(**fields),  # type: ignore[arg-type]
        "op",
        build.NOW,
    )
    return row


def active(row: Customer) -> set[str]:
    return {contact.email for contact in row.contacts if contact.active}


def mails() -> list[str]:
    return sorted(db.session.scalars(select(Delivery.address)))


def test_a_customer_is_made_and_then_replaced(app: Flask) -> None:
    put(JAN, level="gold")
    row, new = people.put_customer(
        db.session(), "acme", CustomerValues("Acme BV", ("nmbrs",)), "op", build.NOW
    )
    assert (new, row.name, row.level, active(row)) == (False, "Acme BV", "", {"jan@acme.example"})


def test_contacts_are_matched_by_address_and_absent_ones_get_no_more_mail(app: Flask) -> None:
    first = put(JAN, ANN).contacts
    kept = {contact.email: contact.id for contact in first}
    row = put(ContactValues("Jan@acme.example", "Jan Jansen", "en"))
    assert active(row) == {"Jan@acme.example"}
    (jan,) = (contact for contact in row.contacts if contact.active)
    assert (jan.id, jan.name, jan.language) == (kept["jan@acme.example"], "Jan Jansen", "en")
    assert db.session.get(Contact, kept["ann@acme.example"]) is not None


def test_every_write_is_logged_with_what_it_was_and_became(app: Flask) -> None:
    put(JAN)
    put(ANN)
    db.session.flush()
    log = db.session.scalars(select(Audit).where(Audit.subject == "customer:acme")).all()
    assert [row.actor for row in log] == ["op", "op"]
    assert [entry["email"] for entry in log[1].details["from"]["contacts"]] == [JAN.email]
    assert [entry["email"] for entry in log[1].details["to"]["contacts"]] == [ANN.email]


def test_a_new_contact_is_told_of_what_was_announced_before(app: Flask) -> None:
    put(JAN)
    build.announced(build.window())
    assert mails() == [JAN.email]
    put(JAN, ANN)
    assert mails() == [ANN.email, JAN.email]


def test_a_contact_that_stays_is_not_told_twice(app: Flask) -> None:
    put(JAN)
    build.announced(build.window())
    put(JAN, name="Acme BV")
    assert mails() == [JAN.email]


def test_a_customer_that_gets_a_service_is_told_of_its_windows(app: Flask) -> None:
    put(JAN, services=())
    build.announced(build.window())
    assert mails() == []
    put(JAN)
    assert mails() == [JAN.email]


def test_a_contact_can_be_added_edited_and_deactivated(app: Flask) -> None:
    row = put(JAN)
    added = people.add_contact(db.session(), row, ANN, "op", build.NOW)
    assert added is not None
    assert people.add_contact(db.session(), row, ANN, "op", build.NOW) is None
    assert not people.edit_contact(db.session(), added, JAN, "op", build.NOW)
    assert people.edit_contact(
        db.session(), added, ContactValues("anna@acme.example"), "op", build.NOW
    )
    people.deactivate_contact(db.session(), added, "op", build.NOW)
    assert active(row) == {JAN.email}
    again = people.add_contact(
        db.session(), row, ContactValues("anna@acme.example"), "op", build.NOW
    )
    assert again is added
    assert active(row) == {JAN.email, "anna@acme.example"}


def test_an_address_that_failed_is_fresh_again_once_it_is_put_right(app: Flask) -> None:
    row = put(JAN)
    (jan,) = row.contacts
    jan.flagged = "550 no such user"
    people.edit_contact(db.session(), jan, ContactValues("jansen@acme.example"), "op", build.NOW)
    assert jan.flagged is None


def test_agreements_are_replaced_as_a_whole(app: Flask) -> None:
    deviation = AgreementValues("nmbrs", {"notice": {"length": 10}})
    assert len(put(agreements=(deviation,)).agreements) == 1
    assert len(put(agreements=None).agreements) == 1
    assert put(agreements=()).agreements == []


def test_a_replaced_feed_has_another_generation(app: Flask) -> None:
    row = put()
    before = row.feed_generation, session.version(db.session())
    people.replace_feed(db.session(), row, "op", build.NOW)
    assert (row.feed_generation, session.version(db.session())) == (before[0] + 1, before[1] + 1)


def test_a_service_is_made_and_changed_and_readers_pages_follow(app: Flask) -> None:
    build.policy("nmbrs")
    before = session.version(db.session())
    values = ServiceValues("Nmbrs HR", "nmbrs", "#123456", clock_completes=True)
    row, new = people.put_service(db.session(), "nmbrs-hr", values, "op", build.NOW)
    assert (new, row.color, row.clock_completes) == (True, "#123456", True)
    row, new = people.put_service(
        db.session(), "nmbrs-hr", ServiceValues("HR", "nmbrs"), "op", build.NOW
    )
    assert (new, row.name, row.clock_completes) == (False, "HR", False)
    assert session.version(db.session()) == before + 2


def test_customers_are_found_by_slug_name_and_contact_page_by_page(app: Flask) -> None:
    for slug, name in (("acme", "Acme"), ("beta", "Beta 100%"), ("gamma", "Gamma")):
        build.contact(build.customer(slug, name=name))

    def found(search: str = "", after: str = "", limit: int | None = None) -> list[str]:
        return [row.slug for row in people.customers(db.session(), search, after, limit)]

    assert found() == ["acme", "beta", "gamma"]
    assert found(limit=2) == ["acme", "beta"]
    assert found(after="beta") == ["gamma"]
    assert found("GAMMA") == ["gamma"]
    assert found("jan@beta") == ["beta"]
    assert found("100%") == ["beta"]
    assert found("%") == ["beta"]


def test_inactive_customers_can_be_left_out(app: Flask) -> None:
    build.customer("acme", active=False)
    build.customer("beta")
    assert [row.slug for row in people.customers(db.session(), active=True)] == ["beta"]


def test_every_field_of_a_customer_that_is_wrong_is_named_at_once() -> None:
    wrong = {
        "name": " ",
        "services": ["nmbrs", "payroll"],
        "level": 7,
        "active": "yes",
        "contacts": [
            {"email": "jan@acme.example"},
            {"email": "nobody"},
            "ann",
            {"email": "JAN@acme.example", "language": "fr"},
            {"email": "JAN@ACME.example"},
        ],
    }
    errors = parse_customer(wrong, {"nmbrs": [shipped()["nmbrs"]]})
    assert isinstance(errors, dict)
    assert sorted(errors) == [
        "active",
        "contacts[1].email",
        "contacts[2]",
        "contacts[3].language",
        "contacts[4].email",
        "level",
        "name",
        "services",
    ]


@pytest.mark.parametrize(
    ("agreement", "field"),
    [
        ({"service": "factuurportal", "rules": {"notice": {"length": 3}}}, "service"),
        ({"service": "nmbrs"}, "rules"),
        ({"service": "nmbrs", "rules": {"notice": {"length": -1}}}, "rules.notice.length"),
        ({"service": "nmbrs", "rules": {"notice": {"lenght": 1}}}, "rules.notice.lenght"),
        ({"service": "nmbrs", "rules": [], "effective_from": "2026-13-01"}, "effective_from"),
        (
            {
                "service": "nmbrs",
                "rules": {"notice": {"length": 3}},
                "effective_from": "2026-02-01",
                "effective_until": "2026-01-01",
            },
            "effective_until",
        ),
        ("none", ""),
    ],
)
def test_an_agreement_that_cannot_be_used_names_its_key(agreement: object, field: str) -> None:
    data = {"name": "Acme", "services": ["nmbrs"], "agreements": [agreement]}
    errors = parse_customer(data, POLICIES)
    assert isinstance(errors, dict)
    assert f"agreements[0].{field}".rstrip(".") in errors


def test_an_agreement_may_deviate_from_a_service_that_the_customer_has() -> None:
    rules = {"notice": {"length": 10}}
    agreement = {"service": "nmbrs", "rules": rules, "effective_from": "2026-01-01"}
    values = parse_customer(
        {"name": "Acme", "services": ["nmbrs"], "agreements": [agreement]}, POLICIES
    )
    assert isinstance(values, CustomerValues)
    assert values.agreements is not None
    assert values.agreements[0].rules == rules


@pytest.mark.parametrize(
    "email",
    [
        "",
        "jan",
        "jan@",
        "jan@acme",
        "jan@acme.example, ann@acme.example",
        "jan@acme.example\nBcc: x@y.example",
        "Jan <jan@acme.example>",
        "j\u0430n@acme.example",
        "jan@localhost",
        "a" * 65 + "@acme.example",
        7,
    ],
)
def test_what_is_not_one_plain_address_is_refused(email: object) -> None:
    errors = parse_contact({"email": email})
    assert isinstance(errors, dict)
    assert list(errors) == ["email"]


def test_an_address_keeps_its_local_part_and_its_domain_gets_lower_case() -> None:
    assert parse_contact({"email": " J.Jansen@ACME.Example "}) == ContactValues(
        "J.Jansen@acme.example", "", "nl"
    )


@pytest.mark.parametrize("name", ["a\nb", "a\x00b", "a\u202eb", "a\u2028b", "x" * 201])
def test_a_name_is_one_line_of_visible_text(name: str) -> None:
    assert parse_contact({"email": "jan@acme.example", "name": name}) == {
        "name": "is too long: at most 200 characters"
        if len(name) > 200
        else "holds a character that cannot be shown"
    }


def test_a_service_needs_a_name_and_a_policy_that_is_stored() -> None:
    errors = parse_service({"policy": "other", "color": "red"}, ["nmbrs"])
    assert isinstance(errors, dict)
    assert sorted(errors) == ["color", "name", "policy"]
    assert parse_service({"name": "Nmbrs", "policy": "nmbrs", "color": "#ABCDEF"}, ["nmbrs"]) == (
        ServiceValues("Nmbrs", "nmbrs", "#abcdef")
    )


def test_two_who_make_the_same_customer_at_once_make_one(app: Flask, database: str) -> None:
    build.service("nmbrs")
    db.session.commit()

    def make(email: str) -> bool:
        values = CustomerValues("Acme", ("nmbrs",), contacts=(ContactValues(email),))
        with app.app_context(), session.writing() as current:
            return people.put_customer(current, "acme", values, "op", build.NOW)[1]

    with ThreadPoolExecutor(2) as both:
        made = list(both.map(make, ["jan@acme.example", "ann@acme.example"]))
    assert sorted(made) == [False, True]
    row = people.find_customer(db.session(), "acme")
    assert row is not None
    assert len(active(row)) == 1
