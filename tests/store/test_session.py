"""store.session: a transaction is whole, and what it read under its lock still holds."""

from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import StatementError

from maintenance.models import Audit, Customer, Service, db
from maintenance.store.session import lock, publish, version, writing
from tests import build


@pytest.fixture(autouse=True)
def services(database: str, app: Flask) -> None:
    build.service("nmbrs")
    build.service("factuurportal")
    db.session.commit()


def test_an_exception_undoes_all_of_it() -> None:
    def fail() -> None:
        with writing():
            build.customer("acme")
            raise RuntimeError("halfway")

    with pytest.raises(RuntimeError):
        fail()
    assert db.session.scalar(select(Customer)) is None


def test_services_are_locked_in_one_order_whatever_was_asked() -> None:
    with writing() as session:
        assert [row.slug for row in lock(session, ["nmbrs", "factuurportal", "nope"])] == [
            "factuurportal",
            "nmbrs",
        ]


def test_what_was_read_before_the_lock_is_read_again() -> None:
    row = db.session.scalars(select(Service).where(Service.slug == "nmbrs")).one()
    with db.engine.begin() as other:
        other.exec_driver_sql("UPDATE service SET name = 'Changed' WHERE slug = 'nmbrs'")
    with writing():
        assert row.name == "Changed"


def test_publishing_raises_the_version_with_the_change() -> None:
    before = version(db.session())
    with writing() as session:
        publish(session)
    assert version(db.session()) == before + 1


def test_an_instant_comes_back_aware_and_a_naive_one_is_refused() -> None:
    at = datetime(2026, 12, 1, 22, 0, tzinfo=UTC)
    db.session.add(Audit(at=at, actor="a", verb="v", subject="s", details={}))
    db.session.commit()
    db.session.expire_all()
    assert db.session.scalars(select(Audit.at)).one() == at
    db.session.add(Audit(at=datetime(2026, 12, 1), actor="a", verb="v", subject="s", details={}))  # noqa: DTZ001
    with pytest.raises(StatementError, match="without offset"):
        db.session.commit()
