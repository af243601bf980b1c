"""A database with many stored windows, on SQLite or PostgreSQL, for the benchmarks that ask it.

Each service has the same number of windows whatever the total, as a vendor with more windows has
more services: what grows is the tables.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import insert

from maintenance.app import create_app
from maintenance.models import Policy, Service, Version, Window, WindowService, db
from maintenance.sla.policy import shipped, shipped_texts
from tests import postgres

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
PER_SERVICE = 200
ASKED = [f"service-{number}" for number in range(5)]
BATCH = 5_000


@contextmanager
def database(kind: str, total: int) -> Iterator[Flask]:
    """An app, in its context, on a database of that kind with `total` windows."""
    with tempfile.TemporaryDirectory() as folder, _url(kind, folder) as url:
        app = create_app(
            {
                "MAINTENANCE_INSTANCE_PATH": folder,
                "MAINTENANCE_DATABASE_URL": url,
                "MAINTENANCE_SECRET_KEY": "only for this benchmark",
            }
        )
        with app.app_context():
            db.create_all()
            _fill(total)
            yield app
            db.session.remove()
            db.engine.dispose()


@contextmanager
def _url(kind: str, folder: str) -> Iterator[str]:
    if kind == "sqlite":
        yield f"sqlite:///{Path(folder) / 'bench.sqlite3'}"
        return
    with postgres.running() as server, server.database() as url:
        yield url


def _fill(total: int) -> None:
    policy = shipped()["nmbrs"]
    text = shipped_texts()["nmbrs"]
    services = max(len(ASKED), total // PER_SERVICE)
    with db.engine.begin() as connection:
        connection.execute(insert(Version).values(id=1, number=0))
        connection.execute(
            insert(Policy).values(
                slug="nmbrs", effective_from=policy.version, text=text, created_at=NOW
            )
        )
        names = [f"service-{number}" for number in range(services)]
        shared = {"policy": "nmbrs", "created_at": NOW, "updated_at": NOW}
        rows = [{"slug": name, "name": name, **shared} for name in names]
        connection.execute(insert(Service), rows)
        for first in range(0, total, BATCH):
            numbers = range(first, min(first + BATCH, total))
            connection.execute(insert(Window), [_window(number, services) for number in numbers])
            connection.execute(
                insert(WindowService), [_place(number, services) for number in numbers]
            )
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")


def _times(number: int, services: int) -> tuple[datetime, datetime]:
    """Windows of one service lie a week apart, over four years around now, at night."""
    start = NOW + timedelta(weeks=number // services % PER_SERVICE - PER_SERVICE // 2, hours=11)
    return start, start + timedelta(hours=1)


def _window(number: int, services: int) -> dict[str, Any]:
    start, end = _times(number, services)
    return {
        "id": number + 1,
        "public_id": f"w_{number}",
        "reference": f"M-{number}",
        "state": "scheduled",
        "revision": 2,
        "kind": "planned",
        "title": {"nl": "Onderhoud", "en": "Maintenance"},
        "description": {"nl": "", "en": ""},
        "start_at": start,
        "end_at": end,
        "outage_minutes": 30,
        "impact": "outage",
        "channels": ["email", "status_page"],
        "reminders": [],
        "verdict": {"compliant": True, "findings": []},
        "created_at": NOW,
        "updated_at": NOW,
    }


def _place(number: int, services: int) -> dict[str, Any]:
    start, end = _times(number, services)
    return {
        "window_id": number + 1,
        "service_id": number % services + 1,
        "start_at": start,
        "end_at": end,
        "state": "scheduled",
        "kind": "planned",
        "outage_minutes": 30,
    }
