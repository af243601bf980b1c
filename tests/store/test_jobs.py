"""jobs: one for each batch of mails, in the transaction that makes them, or none."""

import sys
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from maintenance import planning
from maintenance.app import create_app
from maintenance.config import BadSetting
from maintenance.models import Delivery, db
from maintenance.store import jobs, outbox
from maintenance.store.session import writing
from tests import build, mailing
from tests.build import NOW

pytestmark = pytest.mark.postgres

WORDS = ("Welcome", "Hello\n", "<p>Hello</p>\n")


def waiting() -> list[list[int]]:
    """The deliveries of each job."""
    db.session.rollback()
    found = db.session.scalars(text("SELECT args FROM procrastinate_jobs ORDER BY id"))
    return [each["ids"] for each in found]


def mails() -> list[int]:
    return list(db.session.scalars(select(Delivery.id).order_by(Delivery.id)))


def test_an_approval_adds_a_job_for_its_mails(carried: Flask) -> None:
    mailing.two_contacts()
    mailing.approved()
    assert waiting() == [mails()]
    assert len(mails()) == 2


def test_a_mail_to_an_account_has_a_job_too(carried: Flask) -> None:
    with writing() as session:
        outbox.add_account_mail(session, "new@vendor.example", "en", *WORDS, NOW)
    assert waiting() == [mails()]


def test_what_goes_by_another_channel_has_none(carried: Flask) -> None:
    build.target("https://hook.example/")
    mailing.approved()
    assert len(mails()) == 1
    assert waiting() == []


def test_a_notice_to_many_is_a_job_for_each_batch(carried: Flask) -> None:
    acme = build.customer("acme")
    for number in range(2 * jobs.BATCH + 1):
        build.contact(acme, f"c{number}@acme.example")
    mailing.approved()
    found = waiting()
    assert [len(ids) for ids in found] == [jobs.BATCH, jobs.BATCH, 1]
    assert sorted(id_ for ids in found for id_ in ids) == mails()


def test_deliveries_that_are_rolled_back_leave_no_job(
    carried: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert left_of_an_approval_that_fails(monkeypatch) == (0, 0)


def test_the_twin_that_adds_them_by_a_connection_of_their_own_leaves_one(
    carried: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = jobs.add

    def add(_session: Session, ids: Any) -> None:
        with db.engine.begin() as connection:
            real(Session(connection), ids)

    monkeypatch.setattr(jobs, "add", add)
    assert left_of_an_approval_that_fails(monkeypatch) == (0, 1)


def left_of_an_approval_that_fails(monkeypatch: pytest.MonkeyPatch) -> tuple[int, int]:
    """How many deliveries and jobs there are after an approval that fails at its commit."""
    mailing.two_contacts()
    row = build.window(state="proposed", revision=1, notice_revision=None, times_revision=None)
    db.session.commit()

    def fail(_session: Session) -> None:
        assert db.session.scalar(select(func.count()).select_from(Delivery)) == 2
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(Session, "commit", fail)
        with pytest.raises(RuntimeError):
            planning.approve(row.public_id, mailing.APPROVER, NOW, override_reason="agreed")
    return len(mails()), len(waiting())


def test_a_job_may_be_for_later_by_the_clock_of_the_database(carried: Flask) -> None:
    with writing() as session:
        now = session.scalar(text("SELECT now()"))
        jobs.add(session, [1], timedelta(hours=1))
        jobs.add(session, [])
    found = db.session.scalars(text("SELECT scheduled_at FROM procrastinate_jobs"))
    assert list(found) == [now + timedelta(hours=1)]


def test_without_the_extra_the_start_says_what_is_missing(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "procrastinate", None)
    url = "postgresql+psycopg://db.vendor.example/maintenance"
    with pytest.raises(BadSetting, match="extra `postgres`"):
        create_app({**environ, "MAINTENANCE_PROCRASTINATE": "1", "MAINTENANCE_DATABASE_URL": url})
