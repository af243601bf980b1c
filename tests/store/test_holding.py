"""The switch that holds all sending."""

from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, true

from maintenance import sending, worker
from maintenance.models import Audit, Customer, Delivery, db
from maintenance.store import claims, holding, outbox
from maintenance.store.session import writing
from tests import build
from tests.build import NOW
from tests.smtp import serving

LEASE = timedelta(minutes=15)


@pytest.fixture(autouse=True)
def _waiting(database: str, app: Flask) -> None:
    build.contact(build.customer())
    build.announced(build.window())
    db.session.commit()


def hold() -> None:
    with writing() as session:
        holding.hold(session, "ann@vendor.example", "a backup was put back", NOW)


def states() -> list[str]:
    return list(db.session.scalars(select(Delivery.state)))


def test_nothing_is_sent_while_it_is_on_and_all_of_it_afterwards() -> None:
    hold()
    worker.tick(NOW)
    assert states() == ["waiting"]
    with writing() as session:
        holding.release(session, "ann@vendor.example", NOW)
    worker.tick(NOW)
    assert states() == ["sent"]


@pytest.fixture
def unseen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The switch, not looked at before a mail goes out."""
    real = claims.Standing
    monkeypatch.setattr(claims, "Standing", lambda *said: real(*said[:2]))


@pytest.mark.usefixtures("unseen")
def test_without_the_switch_being_looked_at_it_would_go_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hold()
    monkeypatch.setattr(holding, "FREE", true())
    worker.tick(NOW)
    assert states() == ["sent"]


def hold_amid_three(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """The switch is turned while the first of three mails is on its way."""
    for address in ("kim@acme.example", "lee@acme.example"):
        contact = build.contact(db.session.scalars(select(Customer)).one(), address)
        outbox.add_to_contact(db.session(), contact, NOW)
    db.session.commit()
    monkeypatch.setattr(sending, "CONNECTIONS", 1)

    def script(stage: str, address: str) -> str | None:
        if (stage, address) == ("RCPT", "jan@acme.example"):
            with app.app_context():
                hold()
        return None

    with serving(script) as server:
        app.config["SETTINGS"] = replace(app.config["SETTINGS"], smtp_url=server.smtp)
        worker.tick(NOW)


def test_amid_a_batch_the_next_mail_waits(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    hold_amid_three(app, monkeypatch)
    rows = db.session.execute(select(Delivery.state, Delivery.attempts).order_by(Delivery.id))
    assert rows.all() == [("sent", 1), ("waiting", 0), ("waiting", 0)]


@pytest.mark.usefixtures("unseen")
def test_without_the_look_before_each_mail_the_batch_would_go_on(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold_amid_three(app, monkeypatch)
    assert states() == ["sent", "sent", "sent"]


def test_a_claim_made_in_the_same_moment_finds_nothing_either() -> None:
    hold()
    with writing() as session:
        assert claims.claim(session, NOW, LEASE, 10) == []


def test_held_twice_is_held_once_and_each_turn_is_logged() -> None:
    hold()
    hold()
    with writing() as session:
        holding.release(session, "ann@vendor.example", NOW)
        holding.release(session, "ann@vendor.example", NOW)
    assert holding.held(db.session()) is None
    assert list(db.session.scalars(select(Audit.verb).order_by(Audit.id))) == ["hold", "release"]
