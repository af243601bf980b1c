"""Where a policy counts a page elsewhere: customers are told when that page took the window."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from maintenance import alarms, judging, ledger, planning, targets
from maintenance.accounts import Actor
from maintenance.ledger import Answer
from maintenance.models import Delivery, Policy, Target, Window, db
from maintenance.results import Done
from maintenance.sla.policy import shipped, shipped_texts
from maintenance.store import outbox, standing
from maintenance.targets import TargetValues
from maintenance.windows import DeliveryState
from tests import build
from tests.build import NOW, START

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
SOMEBODY = Actor("plan@vendor.example", "approver")
TEXT = shipped_texts()["nmbrs"].replace('["status_page", "email"]', '["statuspage"]')


@pytest.fixture(autouse=True)
def policy(app: Flask) -> None:
    """Nmbrs as it would be where its page at Statuspage alone counts; a customer of it."""
    since = shipped()["nmbrs"].version
    build.added(Policy(slug="nmbrs", effective_from=since, text=TEXT, created_at=NOW))
    build.contact(build.customer())
    db.session.commit()


def page(address: str = "page1", service: str = "nmbrs") -> Target:
    return build.target(address, channel="statuspage", services=[build.service(service)])


def announced(**values: object) -> Window:
    row = build.window(**values)  # type: ignore[arg-type]
    build.announced(row)
    db.session.commit()
    return row


def accept(address: str, at: datetime = NOW, state: str = DeliveryState.SENT) -> None:
    """What went to this page, or this reader, was taken."""
    values = {"state": state, "accepted_at": at if state == DeliveryState.SENT else None}
    db.session.execute(update(Delivery).where(Delivery.address == address).values(**values))
    db.session.commit()


def told_at(row: Window) -> datetime | None:
    (found,) = standing.standings(db.session(), row)
    return found.told_at


def outcome(row: Window, now: datetime = NOW) -> str:
    findings = judging.verdict_of(db.session(), row, now).findings
    return next(each.outcome for each in findings if each.rule == "notice")


def test_a_customer_is_told_when_the_page_took_the_window(database: str) -> None:
    page()
    row = announced()
    accept("jan@acme.example")
    assert told_at(row) is None
    accept("page1", NOW + MINUTE)
    assert told_at(row) == NOW + MINUTE
    (account,) = ledger.of(db.session(), row, NOW).accounts
    assert account.answer == Answer.IN_TIME


def test_taken_too_late_is_late_and_breaks_the_rule() -> None:
    page()
    row = announced()
    accept("page1", START - DAY)
    (account,) = ledger.of(db.session(), row, NOW).accounts
    assert (account.answer, outcome(row)) == (Answer.LATE, "violation")


def test_before_it_is_announced_a_service_with_a_page_can_keep_the_rule() -> None:
    row = build.window(state="proposed")
    assert outcome(row) == "violation"
    page()
    assert outcome(row) == "pass"
    row.channels = ["email"]
    assert outcome(row) == "violation"


def test_what_the_page_has_not_taken_yet_is_expected_soon() -> None:
    page()
    row = announced()
    assert outcome(row) == "pass"
    assert outcome(row, START - DAY) == "violation"


def test_a_move_starts_it_anew() -> None:
    page()
    row = announced()
    accept("page1")
    start = row.start_at + DAY
    moved = planning.move(row.public_id, start, start + 2 * MINUTE, SOMEBODY, NOW)
    assert isinstance(moved, Done)
    assert told_at(row) is None
    accept("page1", NOW + MINUTE)
    assert told_at(row) == NOW + MINUTE


def test_of_two_pages_of_a_service_the_last_counts() -> None:
    page()
    page("page2")
    row = announced()
    accept("page1")
    assert told_at(row) is None
    accept("page2", NOW + MINUTE)
    assert told_at(row) == NOW + MINUTE


def test_a_page_that_nothing_is_sent_to_any_more_holds_nothing_up() -> None:
    page()
    gone = page("page2")
    row = announced()
    accept("page1")
    targets.remove(db.session(), gone, "admin", NOW)
    db.session.commit()
    assert told_at(row) == NOW


def test_what_a_page_showed_still_counts_when_the_page_is_removed(database: str) -> None:
    there = page()
    row = announced()
    accept("page1")
    targets.remove(db.session(), there, "admin", NOW)
    db.session.commit()
    assert (told_at(row), outcome(row)) == (NOW, "pass")


def test_the_page_of_another_service_does_not_count() -> None:
    page("page1", "factuurportal")
    row = announced(services=["nmbrs", "factuurportal"])
    accept("page1")
    assert told_at(row) is None
    assert outcome(row) == "violation"


def test_a_page_that_refuses_leaves_the_customer_at_risk_while_there_is_time() -> None:
    page()
    row = announced()
    accept("page1", state=DeliveryState.FAILED)
    found = standing.standings(db.session(), row)
    (promise,) = found[0].promises
    assert found[0].at_risk(promise.risky_from)
    accept("page1")
    assert not standing.standings(db.session(), row)[0].at_risk(promise.risky_from)


def test_putting_the_window_on_the_status_page_puts_it_on_that_page_too() -> None:
    row = announced(channels=["email"])
    assert not alarms.may_show(row, standing.standings(db.session(), row))
    page()
    assert alarms.may_show(row, standing.standings(db.session(), row))
    assert isinstance(planning.show_on_page(row.public_id, SOMEBODY, NOW), Done)
    accept("page1", NOW + MINUTE)
    assert told_at(row) == NOW + MINUTE


def test_a_new_page_takes_what_was_announced_before_and_once(database: str) -> None:
    row = announced()
    values = TargetValues("statuspage", "page1", services=("nmbrs",))
    there = targets.put(db.session(), None, values, "admin", NOW)
    assert isinstance(there, Target)
    targets.put(db.session(), there, values, "admin", NOW)
    accept("page1")
    outbox.add_to_page(db.session(), there, NOW)
    query = select(Delivery).where(Delivery.channel == "statuspage")
    assert len(db.session.scalars(query).all()) == 1
    assert told_at(row) == NOW


def test_a_page_that_becomes_another_takes_it_anew() -> None:
    row = announced()
    values = TargetValues("statuspage", "page1", services=("nmbrs",))
    there = targets.put(db.session(), None, values, "admin", NOW)
    assert isinstance(there, Target)
    accept("page1")
    targets.put(db.session(), there, replace(values, address="page2"), "admin", NOW)
    assert told_at(row) is None
    accept("page2", NOW + MINUTE)
    assert told_at(row) == NOW + MINUTE


def test_where_the_policy_does_not_name_it_the_page_tells_nobody() -> None:
    """The twin: Factuurportal counts mail to the contacts alone."""
    build.contact(build.customer("beta", ["factuurportal"]))
    page("page1", "factuurportal")
    row = announced(services=["factuurportal"])
    accept("page1")
    assert told_at(row) is None
