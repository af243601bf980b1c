"""A database that is locked, full or read-only, and how all goes on by itself afterwards."""

import secrets
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import structlog
from flask import Flask
from sqlalchemy import Connection, event, func, select, text
from sqlalchemy.exc import OperationalError

from maintenance import links, sending, worker
from maintenance.models import Audit, Contact, Delivery, Notice, Repeat, Window, db
from maintenance.sending import Sender
from maintenance.store import session, tokens
from maintenance.store.session import writing
from tests import build
from tests.build import NOW
from tests.faults import figures
from tests.mailing import HOUR, JAN, KIM, approved, settings, states
from tests.smtp import Server

pytestmark = pytest.mark.usefixtures("two_contacts")

Fault = Callable[[Flask], AbstractContextManager[None]]


@contextmanager
def _each_connection(*statements: str) -> Iterator[None]:
    """Every connection made from here on begins with these; afterwards all are made anew."""

    def prepare(connection: Any, _record: object) -> None:
        for statement in statements:
            connection.execute(statement)
        connection.commit()

    db.session.remove()
    db.engine.dispose()
    event.listen(db.engine, "connect", prepare)
    try:
        yield
    finally:
        event.remove(db.engine, "connect", prepare)
        db.session.remove()
        db.engine.dispose()


def _executed(statement: str) -> Any:
    with db.engine.begin() as connection:
        return connection.execute(text(statement))


@contextmanager
def sqlite_locked(_app: Flask) -> Iterator[None]:
    with (
        _each_connection("PRAGMA busy_timeout = 100"),
        closing(sqlite3.connect(str(db.engine.url.database), isolation_level=None)) as other,
    ):
        other.execute("BEGIN IMMEDIATE")
        yield


@contextmanager
def sqlite_full(_app: Flask) -> Iterator[None]:
    with db.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    with _each_connection(f"PRAGMA max_page_count = {pages}"):
        _fill_what_is_free()
        yield


def _fill_what_is_free() -> None:
    """Take the room within the file too, so that nothing more fits in."""
    for size in (4000, 400, 40, 0):
        with suppress(OperationalError):
            for _ in range(1000):
                _executed(
                    "INSERT INTO audit (at, actor, verb, subject, details) VALUES "
                    f"('2026-01-01 00:00:00', 'x', 'x', '{'x' * size}', '{{}}')"
                )


@contextmanager
def sqlite_read_only(_app: Flask) -> Iterator[None]:
    with _each_connection("PRAGMA query_only = ON"):
        yield


@contextmanager
def postgresql_locked(_app: Flask) -> Iterator[None]:
    with _each_connection("SET lock_timeout = 100"), db.engine.connect() as other:
        other.execute(text('LOCK TABLE "window", delivery, contact IN EXCLUSIVE MODE'))
        yield


@contextmanager
def postgresql_full(_app: Flask) -> Iterator[None]:
    """What PostgreSQL says when a file cannot grow, said by a trigger."""
    _executed(
        "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION "
        "'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$"
    )
    tables = ("notice", "delivery", "audit")
    for table in tables:
        _executed(
            f"CREATE TRIGGER full_disk BEFORE INSERT OR UPDATE ON {table} "
            "EXECUTE FUNCTION full_disk()"
        )
    yield
    for table in tables:
        _executed(f"DROP TRIGGER full_disk ON {table}")


@contextmanager
def postgresql_read_only(_app: Flask) -> Iterator[None]:
    with _each_connection("SET default_transaction_read_only = on"):
        yield


def on(database: str, *faults: Fault) -> list[Any]:
    marks = [pytest.mark.postgres] if database == "postgresql" else []
    return [pytest.param(database, each, marks=marks, id=each.__name__) for each in faults]


FAULTS = on("sqlite", sqlite_locked, sqlite_full, sqlite_read_only)
FAULTS += on("postgresql", postgresql_locked, postgresql_full, postgresql_read_only)

each_fault = pytest.mark.parametrize(("database", "fault"), FAULTS, indirect=["database"])


def counted() -> list[int]:
    """Everything that an approval writes."""
    db.session.rollback()
    tables = (Notice, Delivery, Audit, Repeat)
    return [db.session.scalar(select(func.count()).select_from(table)) or 0 for table in tables]


def proposed() -> str:
    row = build.window(state="proposed", revision=1, notice_revision=None, times_revision=None)
    db.session.commit()
    return row.public_id


@pytest.fixture
def approve(app: Flask, time_machine: Any) -> Callable[[], tuple[int, str | None]]:
    """Ask for the approval of a window by the API, each time with the same key."""
    time_machine.move_to(NOW, tick=False)
    with writing() as database:
        token = tokens.create(database, "robot", "approver", "tests", NOW)
    path = f"/api/v1/windows/{proposed()}/approve"
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "order 66"}

    def ask() -> tuple[int, str | None]:
        answer = app.test_client().post(path, headers=headers)
        return answer.status_code, answer.headers.get("Retry-After")

    return ask


@each_fault
def test_the_api_answers_503_and_writes_nothing_and_afterwards_it_is_done_once(
    app: Flask, database: str, fault: Fault, approve: Callable[[], tuple[int, str | None]]
) -> None:
    before = counted()
    with figures.of(f"database: {fault.__name__.replace('_', ', ', 1).replace('_', '-')}") as noted:
        with fault(app):
            assert [approve() for _ in range(3)] == [(503, "5")] * 3
        assert db.session.scalars(select(Window.state)).one() == "proposed"
        assert counted()[:2] == before[:2] == [0, 0]
        assert approve() == (200, None)
        assert approve() == (200, None)
        assert counted()[:2] == [1, 2]
        noted.rounds += 1


@contextmanager
def small_disk(folder: Path, owner: int) -> Iterator[None]:
    """A file system of half a megabyte in this folder; where none can be made, the test skips."""
    size = f"size=512k,uid={owner},mode=700"
    command = ["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(folder)]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("a file system of its own cannot be mounted here")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextmanager
def on_a_disk_of_their_own(*tables: str) -> Iterator[None]:
    """PostgreSQL keeps these tables on a small disk, which something else has filled."""
    db.session.remove()
    with db.engine.connect() as connection:
        data = Path(connection.execute(text("SHOW data_directory")).scalar_one())
    folder = data.parent / f"disk-{secrets.token_hex(4)}"
    folder.mkdir()
    name = folder.name.replace("-", "_")
    autocommit = db.engine.execution_options(isolation_level="AUTOCOMMIT")
    with small_disk(folder, data.stat().st_uid), autocommit.connect() as connection:
        connection.execute(text(f"CREATE TABLESPACE {name} LOCATION '{folder}'"))
        for table in tables:
            connection.execute(text(f"ALTER TABLE {table} SET TABLESPACE {name}"))
        connection.execute(text(f"CREATE UNLOGGED TABLE filler (x text) TABLESPACE {name}"))
        with pytest.raises(OperationalError, match="No space left on device"):
            _fill(connection)
        yield
        connection.execute(text("DROP TABLE filler"))
        for table in tables:
            connection.execute(text(f"ALTER TABLE {table} SET TABLESPACE pg_default"))
        connection.execute(text("CHECKPOINT"))
        connection.execute(text(f"DROP TABLESPACE {name}"))


def _fill(connection: Connection) -> None:
    while True:
        connection.execute(text("INSERT INTO filler VALUES (repeat('x', 1900))"))


@pytest.mark.postgres
@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_disk_under_postgresql_that_is_full_is_a_503_and_nothing_is_written(
    app: Flask, database: str, approve: Callable[[], tuple[int, str | None]]
) -> None:
    with figures.of("database: postgresql, disk really full") as noted:
        with on_a_disk_of_their_own("notice"):
            assert approve() == (503, "5")
            assert counted()[:2] == [0, 0]
            db.session.rollback()
        assert approve() == (200, None)
        noted.rounds = 1


@each_fault
def test_pages_that_write_answer_503_and_the_public_reads_on(
    app: Flask, database: str, fault: Fault
) -> None:
    jan = db.session.scalars(select(Contact).where(Contact.email == JAN)).one()
    key = settings(app).secret_key
    token = links.token(key, links.Purpose.PREFERENCES, jan.id, jan.link_generation)
    client = app.test_client()
    for path in ("/status", "/feeds/all.ics"):
        assert client.get(path).status_code == 200
    with fault(app):
        answer = client.post(f"/unsubscribe/{token}")
        assert answer.status_code == 503
        assert "Traceback" not in answer.text
        for path in ("/status", "/feeds/all.ics", "/api/v2/summary.json"):
            assert client.get(path).status_code == 200
    assert client.post(f"/unsubscribe/{token}").status_code == 200


@each_fault
def test_the_worker_says_so_and_goes_on_by_itself(
    app: Flask, database: str, fault: Fault, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "FIRST_PATIENCE", 0)
    approved()
    now = [NOW]
    wake = worker._wake(app, lambda: worker.tick(now[0]))
    with fault(app), structlog.testing.capture_logs() as logs:
        for hours in range(3):
            now[0] = NOW + hours * HOUR
            wake()
    assert [each["event"] for each in logs] == ["the database cannot be used now"] * 3
    assert server.accepted == []
    now[0] = NOW + 3 * HOUR
    wake()
    assert [state for _, state, _ in states()] == ["sent", "sent"]
    assert len(server.accepted) == 2


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
@pytest.mark.postgres
def test_without_knowing_what_a_database_says_a_page_would_be_a_500(
    app: Flask, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin: the handler of one of the two is taken away."""
    monkeypatch.delitem(app.error_handler_spec[None][None], session.UNUSABLE[1])
    app.testing = False
    with pytest.raises(AssertionError, match="500"):
        test_pages_that_write_answer_503_and_the_public_reads_on(
            app, database, postgresql_read_only
        )


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
@pytest.mark.postgres
def test_no_transaction_waits_for_a_lock_for_ever(app: Flask, database: str) -> None:
    with db.engine.connect() as connection:
        assert connection.execute(text("SHOW lock_timeout")).scalar_one() == "5s"


@contextmanager
def _busy() -> Iterator[None]:
    raise OperationalError("COMMIT", {}, Exception("database is locked"))
    yield


def busy_marks(server: Server, monkeypatch: pytest.MonkeyPatch, times: int) -> None:
    """Once the server has a mail, what is to be written finds the database busy so many times."""
    real, left = sending.writing, iter([True] * times)

    def writing() -> AbstractContextManager[Any]:
        return _busy() if server.accepted and next(left, False) else real()

    monkeypatch.setattr(sending, "writing", writing)


def test_an_answer_waits_for_a_database_that_is_busy(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    approved()
    busy_marks(server, monkeypatch, 2)
    worker.tick(NOW)
    assert states() == [(JAN, "sent", 1), (KIM, "sent", 1)]
    assert len(server.accepted) == 2


def sent_past_a_busy_first_look(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database is busy once, right after a sender claimed what is due."""
    approved()
    sender = Sender(settings(app), lambda: NOW)
    with sender._lines() as lines:
        batch = sending._Batch(sender, lines, sender._claim())
        real, busy = sending.writing, iter([True])
        monkeypatch.setattr(sending, "writing", lambda: _busy() if next(busy, False) else real())
        batch.run()


def test_a_database_that_is_busy_at_the_first_look_is_asked_again(
    app: Flask, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent_past_a_busy_first_look(app, monkeypatch)
    assert states() == [(JAN, "sent", 1), (KIM, "sent", 1)]


def test_without_asking_again_the_batch_is_given_back_unharmed(
    app: Flask, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin; nothing is parked until the lease ends."""
    monkeypatch.setattr(sending, "FIRST_PATIENCE", 0)
    with pytest.raises(OperationalError):
        sent_past_a_busy_first_look(app, monkeypatch)
    assert states() == [(JAN, "waiting", 0), (KIM, "waiting", 0)]


def test_without_waiting_the_answer_would_be_forgotten_and_the_mail_repeated(
    app: Flask, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin: told to stop, it does not wait, and another worker has to say it again."""
    approved()
    busy_marks(server, monkeypatch, 1)
    sender = Sender(settings(app), lambda: NOW)
    with sender._lines() as lines:
        batch = sending._Batch(sender, lines, sender._claim())
        monkeypatch.setattr(batch, "_may_go_on", lambda: sender.stopping.set() or True)
        with pytest.raises(OperationalError):
            batch.run()
    worker.tick(NOW + HOUR)
    assert len(server.accepted) > 2
