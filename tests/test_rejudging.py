"""A new policy version re-judges what is planned, and shows what no longer complies."""

from datetime import date, timedelta

import pytest
from flask import Flask

from maintenance import judging, planning, rejudging
from maintenance.accounts import Actor
from maintenance.models import Audit, Window, db
from maintenance.results import Done
from maintenance.sla.policy import parse, shipped_texts
from maintenance.store import shipped, windows
from maintenance.store.session import writing
from tests import build
from tests.build import NOW, START
from tests.test_outages import proposal

APPROVER = Actor("anna@vendor.example", "approver")


@pytest.fixture(autouse=True)
def installation(database: str, app: Flask) -> None:
    for slug in ("nmbrs", "factuurportal"):
        build.contact(build.customer(f"of-{slug}", [slug]))
    db.session.commit()


def scheduled(days: int = 0, services: tuple[str, ...] = ("nmbrs",)) -> Window:
    start = START + timedelta(days=days)
    values = proposal(
        services=list(services), kind="planned", start=start, end=start + timedelta(hours=1)
    )
    result = planning.propose(values, APPROVER, NOW)
    assert isinstance(result, Done)
    result = planning.approve(result.window.public_id, APPROVER, NOW)
    assert isinstance(result, Done), result
    return result.window


def stricter(since: date, length: int = 60) -> list[str]:
    """A version of Nmbrs' SLA that asks more notice, in force from then on."""
    text = shipped_texts()["nmbrs"].replace(
        "effective_from = 2020-01-01", f"effective_from = {since}"
    )
    text = text.replace("length = 2\n", f"length = {length}\n", 1)
    with writing() as session:
        shipped.put_policy(session, parse(text, "new"), text, "tests", NOW)
        return [str(each) for each in rejudging.rejudge(session, "tests", NOW)]


def test_what_starts_under_the_new_version_is_judged_by_it() -> None:
    before, after = scheduled(), scheduled(days=21)
    said = stricter(date(2026, 12, 10))
    assert said == [f"{after.reference} no longer complies: nmbrs notice"]
    assert (before.verdict["compliant"], after.verdict["compliant"]) == (True, False)
    broken = windows.listed(db.session(), complies=False)
    assert [row.reference for row in broken] == [after.reference]


def test_its_log_says_so_and_its_revision_stays() -> None:
    row = scheduled()
    revision = row.revision
    stricter(date(2026, 12, 1))
    entry = db.session.query(Audit).filter_by(verb="rejudge").one()
    assert (entry.subject, entry.actor) == (f"window:{row.public_id}", "tests")
    assert entry.details == {"broken": [[], ["nmbrs notice"]]}
    assert row.revision == revision


def test_what_breaks_no_more_rules_than_before_is_not_told() -> None:
    row = scheduled()
    assert stricter(date(2026, 12, 1), length=1) == []
    assert row.verdict == judging.verdict_of(db.session(), row, NOW).as_json()


def test_a_laxer_version_says_what_complies_again() -> None:
    row = scheduled()
    stricter(date(2026, 12, 1))
    assert stricter(date(2026, 12, 1), length=1) == [
        f"{row.reference} breaks fewer rules than it did"
    ]
    assert row.verdict["compliant"] is True


def test_what_has_begun_or_is_over_stays_as_recorded() -> None:
    running, off = scheduled(), scheduled(days=1)
    planning.start(running.public_id, APPROVER, NOW)
    planning.cancel(off.public_id, "", APPROVER, NOW)
    assert stricter(date(2026, 11, 1)) == []
    assert running.verdict["compliant"] is True


def test_other_services_are_not_touched_where_some_are_named() -> None:
    other = scheduled(services=("factuurportal",), days=9)
    was = other.updated_at, other.verdict
    with writing() as session:
        assert rejudging.rejudge(session, "tests", NOW, ["nmbrs"]) == []
    assert (other.updated_at, other.verdict) == was
