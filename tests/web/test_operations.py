"""/healthz, /readyz and /metrics, for whoever runs it."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError

from maintenance import migrations
from maintenance.models import db
from tests import build


def test_the_process_says_that_it_is_alive(client: FlaskClient):
    answer = client.get("/healthz")
    assert (answer.status_code, answer.text) == (200, "ok\n")
    assert answer.headers["Cache-Control"] == "no-store"


def test_it_is_ready_once_the_database_is_migrated(database: str, app: Flask):
    client = app.test_client()
    assert client.get("/readyz").status_code == 503
    assert "maintenance migrate" in client.get("/readyz").text
    db.session.remove()
    db.drop_all()
    migrations.apply()
    assert client.get("/readyz").text == "ok\n"


def test_it_is_not_ready_without_the_database(client: FlaskClient, monkeypatch: pytest.MonkeyPatch):
    def fail(_engine: object) -> None:
        raise OperationalError("SELECT", {}, Exception("secret host"))

    monkeypatch.setattr(migrations, "require", fail)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.text) == (503, "The database does not answer\n")


def test_the_figures_count_the_queue(client: FlaskClient):
    build.contact(build.customer())
    build.announced(build.window())
    db.session.commit()
    said = client.get("/metrics").text
    assert "maintenance_database_up 1.0" in said
    assert 'maintenance_deliveries{state="waiting"} 1.0' in said
    assert 'maintenance_deliveries{state="sent"} 0.0' in said
    overdue = next(
        line for line in said.splitlines() if line.startswith("maintenance_delivery_overdue")
    )
    assert float(overdue.split()[1]) >= 0


def test_the_figures_say_when_the_database_is_gone(client: FlaskClient, app: Flask):
    db.session.remove()
    db.drop_all()
    said = client.get("/metrics").text
    assert "maintenance_database_up 0.0" in said
    assert "maintenance_deliveries" not in said
