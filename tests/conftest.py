"""The fixtures that most tests share.

A test runs on SQLite. One that asks for `database` runs twice, on SQLite and on PostgreSQL.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from maintenance.app import create_app
from maintenance.models import Version, db
from tests import postgres


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Server]:
    """A PostgreSQL server of this test run's own."""
    with postgres.running() as server:
        yield server


@pytest.fixture
def postgres_url(postgres_server: postgres.Server) -> Iterator[str]:
    """An empty database on that server."""
    with postgres_server.database() as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database: one test on SQLite, one on PostgreSQL."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgres_url"))
    return f"sqlite:///{tmp_path / 'maintenance.sqlite3'}"


@pytest.fixture
def environ(tmp_path: Path, request: pytest.FixtureRequest) -> dict[str, str]:
    """The settings of a fresh installation, on `database` where the test asks for it."""
    settings = {
        "MAINTENANCE_INSTANCE_PATH": str(tmp_path / "instance"),
        "MAINTENANCE_SECRET_KEY": "a key that only the tests know",
        "MAINTENANCE_BASE_URL": "https://maintenance.example",
    }
    if "database" in request.fixturenames:
        settings["MAINTENANCE_DATABASE_URL"] = request.getfixturevalue("database")
    return settings


@pytest.fixture
def app(environ: dict[str, str]) -> Iterator[Flask]:
    """An application on an empty database, inside its context."""
    app = create_app(environ)
    app.config["TESTING"] = True
    with app.app_context():
        db.create_all()
        db.session.add(Version(id=1))
        db.session.commit()
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser that is not logged in."""
    return app.test_client()
