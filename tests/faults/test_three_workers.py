"""Three workers on PostgreSQL share the jobs; one is killed with -9 amid its mails."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import create_engine, select, text

from maintenance import planning
from maintenance.app import create_app
from maintenance.cli.migrate import bring_up_to_date
from maintenance.models import Delivery, db
from maintenance.sending import CONNECTIONS
from maintenance.store import jobs
from maintenance.store.session import writing
from tests import build, mailing
from tests.faults import figures
from tests.smtp import Accepted, serving

pytestmark = pytest.mark.postgres

MAILS = 200
LAST = 5
"""Of the first worker that hands in so many mails this one is the last."""

LONG = 120
"""Seconds that any of it may take on a busy machine."""


JOBS_ALONE = """
from datetime import timedelta
from maintenance import carrier
from maintenance.cli import main
carrier.OVERDUE = timedelta(days=1)
main()
"""
"""`maintenance`, with none but jobs to carry the mails."""


class Workers:
    """Real ones, each known to the mail server by the return path of its mails."""

    def __init__(self, environ: dict[str, str]) -> None:
        self.environ = environ
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.handed_in: Counter[str] = Counter()
        self.killed = ""
        self._sender: dict[int, str] = {}  # of each delivery
        self._ids: dict[str, int] = {}  # by the address

    def start(self, name: str, smtp_url: str) -> None:
        """One more."""
        own = {"MAINTENANCE_BOUNCE_ADDRESS": f"{name}@v.example", "MAINTENANCE_SMTP_URL": smtp_url}
        command = [sys.executable, "-c", JOBS_ALONE, "worker"]
        self.processes[name] = subprocess.Popen(command, env=os.environ | self.environ | own)

    def script(self, stage: str, address: str) -> str | None:
        """The mail server's: kill a worker when the whole of its mail is there, unanswered."""
        if stage == "MAIL":
            name, _, token = address.partition("@")[0].partition("+")
            self._sender[int(token.split("-")[0])] = name
        if stage == "DATA":
            name = self._sender[self._id(address)]
            self.handed_in[name] += 1
            if self.handed_in[name] == LAST and not self.killed:
                self.processes[name].kill()
                self.processes[name].wait(LONG)
                self.killed = name
        return None

    def _id(self, address: str) -> int:
        if not self._ids:
            engine = create_engine(self.environ["MAINTENANCE_DATABASE_URL"])
            with engine.connect() as connection:
                rows = connection.execute(select(Delivery.address, Delivery.id))
                self._ids = {row.address: row.id for row in rows}
            engine.dispose()
        return self._ids[address]

    def stop(self) -> list[int]:
        """Tell those that live to stop; how they ended."""
        for process in self.processes.values():
            process.terminate()
        ended = [process.wait(LONG) for process in self.processes.values()]
        self.processes.clear()
        return ended


@pytest.fixture
def environ(environ: dict[str, str], postgres_url: str) -> dict[str, str]:
    """Procrastinate carries the sending, on a migrated database."""
    settings = {"MAINTENANCE_DATABASE_URL": postgres_url, "MAINTENANCE_PROCRASTINATE": "1"}
    app = create_app(environ | settings)
    with app.app_context():
        bring_up_to_date(app, datetime.now(UTC))
        db.session.remove()
        db.engine.dispose()
    return environ | settings


@pytest.fixture
def workers(environ: dict[str, str]) -> Iterator[Workers]:
    found = Workers(environ)
    yield found
    found.stop()


@contextmanager
def inside(environ: dict[str, str]) -> Iterator[None]:
    """The installation's application, in this process."""
    with create_app(environ).app_context():
        yield
        db.session.remove()
        db.engine.dispose()


def announce() -> None:
    """A window with so many readers is approved now, its mails in many small jobs."""
    acme = build.customer("acme")
    for number in range(MAILS):
        build.contact(acme, f"c{number}@acme.example")
    now = datetime.now(UTC)
    start = now.replace(second=0, microsecond=0) + timedelta(days=20)
    row = build.window(
        state="proposed", start_at=start, notice_revision=None, times_revision=None, revision=1
    )
    db.session.commit()
    mailing.done(planning.approve(row.public_id, mailing.APPROVER, now, override_reason="agreed"))
    db.session.rollback()


def wait_for(statement: str) -> None:
    """Until the database says that it is so."""
    end = time.monotonic() + LONG
    while not db.session.execute(text(statement)).scalar_one():
        db.session.rollback()
        assert time.monotonic() < end, statement
        time.sleep(0.05)
    db.session.rollback()


def change(statement: str) -> None:
    with writing() as session:
        session.execute(text(statement))


ALL_ARE_THERE = "SELECT count(*) = 3 FROM procrastinate_workers"
ONE_JOB_LEFT = """
SELECT count(*) = 1 AND NOT EXISTS (SELECT 1 FROM delivery WHERE state = 'waiting')
FROM procrastinate_jobs
"""
LONG_SILENT = """
UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 hour'
WHERE id = (SELECT worker_id FROM procrastinate_jobs WHERE status = 'doing')
"""
WAITS_FOR_THE_LEASE = """
SELECT count(*) = 1 AND bool_and(status = 'todo' AND scheduled_at > now() + interval '1 minute')
FROM procrastinate_jobs
"""
LEASES_HAVE_ENDED = "UPDATE delivery SET next_attempt_at = now() WHERE state = 'sending'"
ITS_MOMENT_HAS_COME = "UPDATE procrastinate_jobs SET scheduled_at = now()"
ALL_IS_DONE = "SELECT count(*) = 0 FROM procrastinate_jobs"


def test_the_mails_of_a_killed_worker_go_out_by_another(
    environ: dict[str, str], workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "BATCH", 10)
    noting = figures.of("kill -9 of one of three workers with jobs")
    with serving(workers.script) as server, inside(environ), noting as noted:
        for name in ("w1", "w2", "w3"):
            workers.start(name, f"smtp://{server.smtp.host}:{server.smtp.port}")
        wait_for(ALL_ARE_THERE)
        announce()
        wait_for(ONE_JOB_LEFT)
        change(LONG_SILENT)
        wait_for(WAITS_FOR_THE_LEASE)
        change(LEASES_HAVE_ENDED)
        change(ITS_MOMENT_HAS_COME)
        with noted.draining():
            wait_for(ALL_IS_DONE)
        rows = db.session.execute(select(Delivery.address, Delivery.state, Delivery.attempts)).all()
        arrived = {row.address: server.to(row.address) for row in rows}
        noted.rounds, noted.kills = 1, 1
        noted.lost = MAILS - sum(map(bool, arrived.values()))
        noted.repeats = sum(len(mails) - 1 for mails in arrived.values() if mails)
        assert noted.lost == 0
        assert 1 <= noted.repeats <= CONNECTIONS
        for row in rows:
            assert row.state == "sent"
            assert_said_once_or_cut_off(arrived[row.address], workers.killed, row.attempts)
    assert sorted(workers.stop()) == [-signal.SIGKILL, 0, 0]


def assert_said_once_or_cut_off(mails: list[Accepted], killed: str, attempts: int) -> None:
    """Twice, and alike, only what the killed one had handed in without hearing the answer."""
    assert len({each.raw for each in mails}) == 1
    if len(mails) > 1:
        assert mails[0].sender.startswith(killed)
        assert (len(mails), attempts) == (2, 2)
