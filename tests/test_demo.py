"""The demo data: a month that shows everything the tool does, whatever day it is loaded on."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from maintenance import demo
from maintenance.models import Audit, Contact, Customer, Delivery, JobTemplate, Version, Window, db
from maintenance.sla.verdict import Verdict
from maintenance.store import shipped
from maintenance.store.session import writing
from maintenance.windows import LANGUAGES, State

NOW = datetime(2026, 11, 25, 10, 7, 30, tzinfo=UTC)

DAYS = [
    datetime(2027, 3, 26, 23, 59, tzinfo=UTC),  # two days before the clocks go forward
    datetime(2026, 10, 25, 0, 30, tzinfo=UTC),  # in the night with 02:30 twice
    datetime(2026, 12, 29, 15, 0, tzinfo=UTC),  # a Tuesday at the end of a year
    datetime(2028, 2, 29, 7, 0, tzinfo=UTC),
]


@pytest.fixture
def ready(app: Flask) -> Flask:
    """An installation as `maintenance migrate` leaves it."""
    with writing() as session:
        shipped.put(session, {}, "tests", NOW - timedelta(days=100))
    return app


def test_it_shows_a_whole_month(ready: Flask, environ: Mapping[str, str]):
    demo.load(NOW)
    rows = list(db.session.scalars(select(Window)))
    assert {row.state for row in rows} == set(State)
    assert_every_sort_of_window(rows)
    assert db.session.query(Customer).count() >= 12
    assert {row.language for row in db.session.query(Contact)} == set(LANGUAGES)
    assert [row.name for row in db.session.query(JobTemplate)] == ["Nieuw certificaat voor de API"]
    deliveries = db.session.query(Delivery).all()
    assert {row.state for row in deliveries} == {"sent"}
    mails = list((Path(environ["MAINTENANCE_INSTANCE_PATH"]) / "mail" / "new").iterdir())
    assert len(mails) == len(deliveries) > 300
    assert db.session.get_one(Version, 1).number > 10
    page = ready.test_client().get("/status?lang=en").text
    assert "Reindex payslips" in page
    assert "Better text recognition" not in page  # only proposed


def assert_every_sort_of_window(rows: list[Window]) -> None:
    """What a newcomer is to see is there: broken, overridden, moved, told, cancelled, urgent."""
    by_title = {row.title["en"]: row for row in rows}
    assert all(
        row.title["nl"] != title and row.description["nl"] for title, row in by_title.items()
    )
    broken = by_title["Migration of historical payroll data"]
    assert broken.state == "proposed"
    assert not Verdict.from_json(broken.verdict).compliant
    overridden = by_title["New certificate for the API"]
    assert overridden.state == "scheduled"
    assert overridden.override_reason
    assert by_title["Maintenance of the database servers"].announced_at is not None
    assert by_title["New leave module"].announced_at is None
    verbs = {row.verb for row in db.session.query(Audit)}
    assert {"move", "extend", "message", "cancel", "reject", "approve", "complete"} <= verbs
    assert {row.kind for row in rows} == {"planned", "update", "urgent"}


@pytest.mark.parametrize("now", DAYS, ids=lambda day: day.date().isoformat())
def test_it_can_be_loaded_on_any_day(ready: Flask, now: datetime, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("maintenance.worker.Sender.send_due", lambda _: None)
    demo.load(now)
    assert {row.state for row in db.session.query(Window)} == set(State)


def test_it_is_not_mixed_with_other_data(ready: Flask):
    with writing() as session:
        session.add(Customer(slug="acme", name="Acme", updated_at=NOW))
    with pytest.raises(demo.NotEmpty, match="empty database"):
        demo.load(NOW)
