"""The switch that holds all sending."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, true

from maintenance import worker
from maintenance.models import Audit, Delivery, db
from maintenance.store import claims, holding
from maintenance.store.session import writing
from tests import build
from tests.build import NOW

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


def test_without_the_switch_being_looked_at_it_would_go_out(monkeypatch: Any) -> None:
    hold()
    monkeypatch.setattr(holding, "FREE", true())
    worker.tick(NOW)
    assert states() == ["sent"]


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
