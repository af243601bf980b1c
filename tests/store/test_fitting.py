"""A policy that a customer's agreement could not be read with is refused before it is stored."""

from datetime import date

import pytest
from flask import Flask

from maintenance import planning
from maintenance.accounts import Actor
from maintenance.models import Agreement, Customer, Policy, db
from maintenance.results import Done
from maintenance.sla.policy import PolicyError, parse, shipped_texts
from maintenance.store import fitting
from maintenance.store import shipped as stored
from maintenance.store.session import writing
from tests import build
from tests.build import NOW
from tests.test_outages import proposal


@pytest.fixture(autouse=True)
def installation(database: str, app: Flask) -> None:
    build.contact(build.customer("acme", ["nmbrs"]))
    build.service("factuurportal")
    db.session.commit()


def agreed(since: date | None = None, until: date | None = None) -> None:
    service = build.service("nmbrs")
    customer = db.session.query(Customer).one()
    db.session.add(
        Agreement(
            customer=customer,
            service=service,
            rules={"daytime-quota": {"limit": 2}},
            effective_from=since,
            effective_until=until,
        )
    )
    db.session.commit()


def renamed(since: str) -> None:
    """A version of Nmbrs' SLA that calls its daytime quota otherwise."""
    text = shipped_texts()["nmbrs"].replace("2020-01-01", since)
    text = text.replace("[rules.daytime-quota", "[rules.by-day")
    with writing() as session:
        stored.put_policy(session, parse(text, "new.toml"), text, "tests", NOW)


def versions() -> int:
    return db.session.query(Policy).filter_by(slug="nmbrs").count()


def test_a_version_that_lacks_what_an_agreement_names_is_refused_with_the_customers_name() -> None:
    agreed()
    with pytest.raises(PolicyError) as refused:
        renamed("2026-12-24")
    assert str(refused.value).startswith(
        "new.toml: rules: the agreement of acme does not fit it: rules.daytime-quota."
    )
    assert versions() == 1


def test_without_that_no_window_could_be_judged_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    agreed()
    monkeypatch.setattr(fitting, "of_version", lambda *_: None)
    renamed("2026-11-25")
    with pytest.raises(PolicyError):
        planning.propose(proposal(), Actor("otto", "operator"), NOW)


@pytest.mark.parametrize(
    ("since", "until"),
    [
        (None, date(2026, 12, 23)),
        (None, date(2026, 1, 1)),
    ],
)
def test_an_agreement_that_ends_before_is_no_hindrance(
    since: date | None, until: date | None
) -> None:
    agreed(since, until)
    renamed("2026-12-24")
    assert versions() == 2
    assert isinstance(planning.propose(proposal(), Actor("otto", "operator"), NOW), Done)


def test_a_service_gets_no_sla_that_an_agreement_on_it_does_not_fit() -> None:
    agreed()
    found = fitting.of_service(db.session(), "nmbrs", "factuurportal", NOW)
    assert found is not None
    assert (found.customer, found.service) == ("acme", "nmbrs")
    assert fitting.of_service(db.session(), "nmbrs", "nmbrs", NOW) is None
    assert fitting.of_service(db.session(), "factuurportal", "nmbrs", NOW) is None
