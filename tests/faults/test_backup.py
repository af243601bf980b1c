"""A backup under load is whole; put back, its queue is held by itself."""

import os
import shutil
import sqlite3
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import make_url

from maintenance import planning, worker
from maintenance.app import create_app
from maintenance.cli import main
from maintenance.models import db
from maintenance.store import holding
from tests import build, mailing, postgres
from tests.build import NOW
from tests.faults import figures
from tests.faults.rounds import KILLS
from tests.mailing import APPROVER, JAN, KIM, MINUTE, approved, deliveries
from tests.smtp import Server

pytestmark = pytest.mark.usefixtures("two_contacts")

Backup = Callable[[Path], None]


@pytest.fixture
def backup(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Backup:
    """`maintenance backup FILE`, with a pg_dump of the test server's own version at hand."""
    monkeypatch.setenv("PATH", f"{postgres.programs()}:{os.environ['PATH']}")

    def call(file: Path) -> None:
        done = CliRunner(env=environ).invoke(main, ["backup", str(file)])
        assert done.exit_code == 0, done.output

    return call


@contextmanager
def put_back(file: Path, database: str, environ: dict[str, str], tmp_path: Path) -> Iterator[Flask]:
    """The installation that this file was put back into; on PostgreSQL in the place of the old."""
    url = f"sqlite:///{file}"
    if "postgresql" in database:
        url, plain = database, make_url(database).set(drivername="postgresql")
        db.session.remove()
        db.engine.dispose()
        emptied = ["-c", "DROP SCHEMA public CASCADE", "-c", "CREATE SCHEMA public"]
        psql = [postgres.programs() / "psql", "-q", "-v", "ON_ERROR_STOP=1", "-d"]
        for what in (emptied, ["-f", str(file)]):
            subprocess.run([*psql, str(plain), *what], check=True, capture_output=True)
    settings = {**environ, "MAINTENANCE_DATABASE_URL": url}
    app = create_app(settings | {"MAINTENANCE_INSTANCE_PATH": str(tmp_path / "other")})
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def test_put_back_it_sends_nothing_until_somebody_lets_it(
    database: str, environ: dict[str, str], server: Server, backup: Backup, tmp_path: Path
) -> None:
    approved()
    backup(tmp_path / "copy")
    assert holding.held(db.session()) is None
    with put_back(tmp_path / "copy", database, environ, tmp_path) as app:
        mailing.send_by(app, server.smtp)
        found = holding.held(db.session())
        assert found is not None
        assert "was put back" in found.why
        worker.tick(NOW + MINUTE)
        assert server.accepted == []
        assert {each.state for each in deliveries()} == {"waiting"}
        CliRunner(env=environ | {"MAINTENANCE_DATABASE_URL": _url(app)}).invoke(main, ["release"])
        worker.tick(NOW + MINUTE)
        assert sorted(each.address for each in server.accepted) == [JAN, KIM]


def _url(app: Flask) -> str:
    return str(app.config["SETTINGS"].database_url)


def test_a_copy_that_does_not_hold_its_queue_would_send_at_once(
    environ: dict[str, str], server: Server, tmp_path: Path
) -> None:
    """The twin: SQLite's own backup, as anybody makes it."""
    approved()
    with (
        closing(sqlite3.connect(str(db.engine.url.database))) as old,
        closing(sqlite3.connect(tmp_path / "copy")) as new,
    ):
        old.backup(new)
    with put_back(tmp_path / "copy", "sqlite", environ, tmp_path) as app:
        mailing.send_by(app, server.smtp)
        worker.tick(NOW + MINUTE)
    assert len(server.accepted) == 2


def test_under_load_each_copy_is_whole(
    app: Flask, environ: dict[str, str], backup: Backup, tmp_path: Path
) -> None:
    copies = max(3, KILLS // 4)
    with figures.of("backup under load") as noted, loaded(app) as written:
        for number in range(copies):
            before = written.value
            backup(tmp_path / f"copy {number}")
            assert before <= whole(tmp_path / f"copy {number}") <= written.value + 1
            noted.rounds += 1
        assert written.value > copies


class Count:
    """How many windows are committed so far."""

    value = 0


@contextmanager
def loaded(app: Flask) -> Iterator[Count]:
    """Windows are proposed as quickly as they can be, meanwhile."""
    written, stop = Count(), threading.Event()
    values = planning.as_proposal(build.window(state="rejected"))
    db.session.rollback()
    build.service()
    db.session.commit()

    def propose() -> None:
        with app.app_context():
            while not stop.is_set():
                planning.propose(values, APPROVER, NOW)
                written.value += 1

    thread = threading.Thread(target=propose)
    thread.start()
    try:
        yield written
    finally:
        stop.set()
        thread.join()


def whole(file: Path) -> int:
    """The number of windows in a copy: sound, one file, each with what was written with it."""
    assert sorted(each.name for each in file.parent.glob(f"{file.name}*")) == [file.name]
    with closing(sqlite3.connect(file)) as copy:
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert copy.execute("PRAGMA foreign_key_check").fetchall() == []
        assert copy.execute("SELECT count(*) FROM held").fetchone() == (1,)
        counted = "SELECT (SELECT count(*) FROM {}), (SELECT count(*) FROM audit WHERE verb = ?)"
        windows, logged = copy.execute(counted.format('"window"'), ["propose"]).fetchone()
        places = copy.execute("SELECT count(*) FROM window_service").fetchone()[0]
    assert windows == logged == places
    return int(windows)


def test_a_copy_of_the_file_alone_would_miss_what_is_committed(app: Flask, tmp_path: Path) -> None:
    """The twin: what was written last is in the log beside the file, not in it."""
    database = Path(str(db.engine.url.database))
    values = planning.as_proposal(build.window(state="rejected"))
    db.session.rollback()
    build.service()
    db.session.commit()
    db.session.execute(db.text("PRAGMA wal_checkpoint(TRUNCATE)"))
    planning.propose(values, APPROVER, NOW)
    shutil.copy(database, tmp_path / "copy")
    with closing(sqlite3.connect(tmp_path / "copy")) as copy:
        assert copy.execute('SELECT count(*) FROM "window"').fetchone() == (0,)


def test_what_cannot_be_written_is_said_in_one_line_and_leaves_nothing(
    app: Flask, environ: dict[str, str], tmp_path: Path
) -> None:
    done = CliRunner(env=environ).invoke(main, ["backup", str(tmp_path / "no" / "such" / "file")])
    assert done.exit_code == 1
    assert done.stderr.startswith("Error: No such file or directory")
    missing = environ | {"MAINTENANCE_DATABASE_URL": f"sqlite:///{tmp_path / 'none'}"}
    done = CliRunner(env=missing).invoke(main, ["backup", str(tmp_path / "file")])
    assert (done.exit_code, done.stderr) == (1, "Error: unable to open database file\n")
    assert not list(tmp_path.glob("file*"))
