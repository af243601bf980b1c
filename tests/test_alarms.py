"""alarms: operators hear of a customer that is not told yet, while it can still be kept."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from maintenance import alarms, judging, planning, risk, worker
from maintenance.accounts import Actor
from maintenance.models import Agreement, Customer, Delivery, Notice, Window, db
from maintenance.results import Done, NotPossible
from maintenance.store import standing
from tests import build
from tests.build import NOW

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
DEADLINE = NOW.replace(day=30, hour=19)
"""By the SLA of Nmbrs, for a window on Wednesday 2 December at 20:00."""
RISKY = DEADLINE - 12 * HOUR
OPERATOR = Actor("op@vendor.example", "operator")


@pytest.fixture(autouse=True)
def acme(database: str, app: Flask) -> Customer:
    build.user()
    found = build.customer()
    build.contact(found)
    return found


def announced(**values: object) -> Window:
    window = build.window(**{"channels": ["email"], **values})
    build.announced(window)
    db.session.commit()
    return window


def accept(at: datetime) -> None:
    for row in db.session.scalars(select(Delivery)):
        row.state, row.accepted_at, row.next_attempt_at = "sent", at, None
    db.session.commit()


def watch(app: Flask, now: datetime) -> list[str]:
    """The subjects of the alarms there are after a look at `now`."""
    alarms.watch(app.config["SETTINGS"], now)
    mails = select(Notice).where(Notice.kind == "account").order_by(Notice.id)
    return [(row.words or {})["subject"] for row in db.session.scalars(mails)]


def test_a_delivery_says_until_when_its_customer_must_be_told_and_when_it_is_useless() -> None:
    window = announced()
    (row,) = db.session.scalars(select(Delivery))
    assert (row.notify_by, row.useless_after) == (DEADLINE, window.end_at)


def test_an_agreement_moves_the_latest_moment(acme: Customer) -> None:
    longer = {"notice": {"length": 5}}
    acme.agreements.append(Agreement(service=build.service("nmbrs"), rules=longer))
    announced()
    (row,) = db.session.scalars(select(Delivery))
    assert row.notify_by == NOW.replace(day=25, hour=19)


def test_operators_are_alarmed_once_when_time_runs_out(app: Flask) -> None:
    announced()
    assert watch(app, RISKY - MINUTE) == []
    (subject,) = watch(app, RISKY)
    assert subject.startswith("0 of 1 customers told of M-2026-001")
    assert len(watch(app, RISKY + HOUR)) == 1


def test_without_a_moment_to_look_nobody_would_hear(app: Flask, monkeypatch: Any) -> None:
    monkeypatch.setattr(risk, "first_look", lambda *_: None)
    announced()
    assert watch(app, RISKY) == []


def test_a_customer_that_is_told_alarms_nobody(app: Flask) -> None:
    announced()
    accept(NOW)
    assert watch(app, RISKY) == []


def test_a_mail_that_bounces_later_alarms_after_all(app: Flask) -> None:
    announced()
    accept(NOW)
    assert watch(app, RISKY) == []
    (row,) = db.session.scalars(select(Delivery))
    row.state = "failed"
    db.session.commit()
    assert len(watch(app, RISKY + HOUR)) == 1


def test_what_is_too_late_is_no_alarm(app: Flask) -> None:
    announced()
    assert watch(app, DEADLINE) == []


def test_a_window_that_is_off_alarms_nobody(app: Flask) -> None:
    window = announced()
    assert isinstance(planning.cancel(window.public_id, "", OPERATOR, NOW), Done)
    assert watch(app, RISKY) == []


def test_a_move_is_watched_anew(app: Flask) -> None:
    window = announced()
    assert len(watch(app, RISKY)) == 1
    later = window.start_at + timedelta(days=7)
    moved = planning.move(window.public_id, later, later + HOUR, OPERATOR, RISKY + HOUR)
    assert isinstance(moved, Done)
    assert len(watch(app, RISKY + timedelta(days=7))) == 2


def test_what_the_status_page_shows_is_told_where_the_sla_allows_it(app: Flask) -> None:
    announced(channels=["email", "status_page"])
    assert watch(app, RISKY) == []


def test_the_mail_says_who_and_until_when_and_offers_the_page(app: Flask) -> None:
    announced()
    watch(app, RISKY)
    text = db.session.scalars(select(Notice).where(Notice.kind == "account")).one().words["text"]
    assert "acme: Monday 30 November 2026, 20:00" in text
    assert "the SLA allows the status page too" in text
    assert "/ledger" in text


def test_putting_it_on_the_page_tells_who_could_not_be_reached(app: Flask) -> None:
    window = announced()
    shown = planning.show_on_page(window.public_id, OPERATOR, RISKY)
    assert isinstance(shown, Done)
    (each,) = standing.standings(db.session(), window)
    assert (each.told_at, each.in_time) == (RISKY, True)
    assert judging.verdict_of(db.session(), window, RISKY + HOUR).compliant


def test_the_page_tells_from_when_it_shows_the_window_and_not_before(app: Flask) -> None:
    window = announced()
    planning.show_on_page(window.public_id, OPERATOR, DEADLINE + MINUTE)
    (each,) = standing.standings(db.session(), window)
    assert not each.in_time
    assert not judging.verdict_of(db.session(), window, DEADLINE + HOUR).compliant


def test_a_window_goes_on_the_page_once(app: Flask) -> None:
    window = announced(channels=["email", "status_page"])
    assert isinstance(planning.show_on_page(window.public_id, OPERATOR, NOW), NotPossible)


def test_the_worker_looks(app: Flask) -> None:
    announced()
    for row in db.session.scalars(select(Delivery)):
        row.next_attempt_at = RISKY + HOUR  # its server does not take it yet
    db.session.commit()
    worker.tick(RISKY)
    assert db.session.scalars(select(Notice).where(Notice.kind == "account")).one()
