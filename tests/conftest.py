"""The fixtures that most tests share.

A test runs on SQLite. One that asks for `database` runs twice, on SQLite and on PostgreSQL.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck
from hypothesis import settings as examples
from sqlalchemy import create_engine, insert, make_url

from maintenance import migrations
from maintenance.app import create_app
from maintenance.models import Version, db
from tests import mailing, postgres
from tests.smtp import Script, Server, serving

examples.register_profile("calm", deadline=None, suppress_health_check=[HealthCheck.too_slow])
examples.load_profile("calm")  # a busy machine is no fault of what is tested


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Server]:
    """A PostgreSQL server of this test run's own."""
    with postgres.running() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_tables(postgres_server: postgres.Server) -> Iterator[str]:
    """The name of a database on that server with the tables made, to copy."""
    with postgres_server.database() as url:
        _make_tables(url)
        yield url_name(url)


@pytest.fixture(scope="session")
def sqlite_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with the tables made, to copy: making them takes longer than most tests."""
    path = tmp_path_factory.mktemp("tables") / "maintenance.sqlite3"
    _make_tables(f"sqlite:///{path}")
    return path


def _make_tables(url: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        db.metadata.create_all(connection)
        connection.execute(insert(Version).values(id=1, number=0))
    engine.dispose()


def url_name(url: str) -> str:
    """The name of the database at this URL."""
    name = make_url(url).database
    assert name is not None
    return name


@pytest.fixture
def postgres_url(postgres_server: postgres.Server, request: pytest.FixtureRequest) -> Iterator[str]:
    """A database on that server; it has the tables where the test asks for `app`, else nothing."""
    ready = "app" in request.fixturenames
    template = request.getfixturevalue("postgres_tables") if ready else "template1"
    with postgres_server.database(template) as url:
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
    if "carried" in request.fixturenames:
        settings["MAINTENANCE_DATABASE_URL"] = request.getfixturevalue("postgres_url")
        settings["MAINTENANCE_PROCRASTINATE"] = "1"
    return settings


@pytest.fixture
def app(environ: dict[str, str], sqlite_tables: Path) -> Iterator[Flask]:
    """An application on a database with empty tables, inside its context."""
    app = create_app(environ)
    app.config["TESTING"] = True
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            shutil.copy(sqlite_tables, str(db.engine.url.database))
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def carried(app: Flask) -> Flask:
    """The application on PostgreSQL, where Procrastinate's jobs carry the mails."""
    migrations.jobs.apply(db.engine)
    return app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser that is not logged in."""
    return app.test_client()


@pytest.fixture
def serve(app: Flask) -> Iterator[Callable[[Script], Server]]:
    """Start a mail server with this script, and send by it from then on."""
    with ExitStack() as stack:

        def start(script: Script = lambda _stage, _address: None) -> Server:
            server = stack.enter_context(serving(script))
            mailing.send_by(app, server.smtp)
            return server

        yield start


@pytest.fixture
def server(serve: Callable[[], Server]) -> Server:
    """A mail server that takes everything."""
    return serve()
