"""Real processes whose database is really stopped, or its disk full, amid their work.

Web answers 503 and writes nothing, the public reads on, the worker goes on by itself: every mail
arrives once.
"""

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest
from sqlalchemy import select

from maintenance.app import create_app
from maintenance.models import Delivery, Window, db
from maintenance.store import tokens
from maintenance.store.session import publish, writing
from tests import build, postgres
from tests.browser.installation import _free_port, _wait_for
from tests.faults import figures
from tests.smtp import Server, serving

PROGRAM = (sys.executable, "-m", "maintenance")
READERS = [f"c{number}@acme.example" for number in range(40)]
AMID = 8
"""After so many mails the database is taken away."""

PATIENCE = 120.0
"""Seconds for what needs one; no test takes as long."""


@dataclass
class Answer:
    """What a server said."""

    status: int
    age: str | None


@dataclass
class Installed:
    """An installation with a proposal that waits and forty mails that are due; served later."""

    environ: dict[str, str]
    token: str
    proposal: str
    address: str = ""

    def approve(self) -> int:
        """The status of an approval by the API."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        body = json.dumps({"override_reason": "agreed"}).encode()
        return self.ask(f"/api/v1/windows/{self.proposal}/approve", body, headers).status

    def ask(
        self, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Get it, or post this body."""
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        request = urllib.request.Request(self.address + path, body, dict(headers or {}))
        try:
            with opener.open(request, timeout=60) as found:
                return Answer(found.status, found.headers["Age"])
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, error.headers["Age"])


def until(holds: Callable[[], bool], what: str) -> None:
    """Wait for it; a failure says what never came."""
    last = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < last, f"never: {what}"
        time.sleep(0.05)


@contextmanager
def running(environ: dict[str, str], *command: str) -> Iterator["subprocess.Popen[bytes]"]:
    """A process of this installation, as long as the block."""
    env = {**os.environ, **environ}
    quiet = subprocess.DEVNULL
    with subprocess.Popen([*PROGRAM, *command], env=env, stdout=quiet, stderr=quiet) as process:
        try:
            yield process
        finally:
            process.terminate()


@contextmanager
def installed(path: Path, url: str, smtp: Server) -> Iterator[Installed]:
    environ = {
        "MAINTENANCE_INSTANCE_PATH": str(path),
        "MAINTENANCE_DATABASE_URL": url,
        "MAINTENANCE_SECRET_KEY": "a key that only the tests know",
        "MAINTENANCE_BASE_URL": "http://127.0.0.1:1",
        "MAINTENANCE_SMTP_URL": f"smtp://{smtp.smtp.host}:{smtp.smtp.port}",
    }
    command = [*PROGRAM, "migrate"]
    subprocess.run(command, env={**os.environ, **environ}, check=True, capture_output=True)
    now = datetime.now(UTC)
    app = create_app(environ)
    with app.app_context():
        acme = build.customer("acme")
        for address in READERS:
            build.contact(acme, address)
        soon = build.window(start_at=_minute(now) + timedelta(days=10))
        build.announced(soon, now)
        proposal = build.window(
            state="proposed", revision=1, start_at=_minute(now) + timedelta(days=20)
        ).public_id
        publish(db.session())
        db.session.commit()
        with writing() as database:
            token = tokens.create(database, "robot", "approver", "tests", now)
        assert token is not None
        yield Installed(environ, token, proposal)
        db.session.remove()
        db.engine.dispose()


def _minute(now: datetime) -> datetime:
    return now.replace(second=0, microsecond=0)


@dataclass
class Stopped:
    """PostgreSQL, stopped and started again."""

    cluster: postgres.Server

    def begin(self) -> None:
        self.cluster.stop()

    def end(self) -> None:
        self.cluster.start()


class FullDisk:
    """No file of these processes may grow, nor be written to: as on a disk that is full."""

    processes: list[psutil.Process]

    def begin(self) -> None:
        self._limit(0)

    def end(self) -> None:
        self._limit(psutil.RLIM_INFINITY)

    def _limit(self, size: int) -> None:
        for parent in self.processes:
            for process in (parent, *parent.children(recursive=True)):
                _, most = process.rlimit(psutil.RLIMIT_FSIZE)
                process.rlimit(psutil.RLIMIT_FSIZE, (size, most))


@contextmanager
def postgresql_stopped(_path: Path) -> Iterator[tuple[str, Stopped]]:
    with postgres.running() as cluster:
        yield cluster.url.render_as_string(hide_password=False), Stopped(cluster)


@contextmanager
def sqlite_disk_full(path: Path) -> Iterator[tuple[str, FullDisk]]:
    if not sys.platform.startswith("linux"):
        pytest.skip("file sizes of other processes can be limited on Linux only")
    yield f"sqlite:///{path / 'maintenance.sqlite3'}", FullDisk()


Way = Callable[[Path], AbstractContextManager[tuple[str, Stopped | FullDisk]]]


@pytest.mark.parametrize(
    "way", [pytest.param(postgresql_stopped, marks=pytest.mark.postgres), sqlite_disk_full]
)
def test_amid_work_nothing_is_lost_repeated_or_half_written(tmp_path: Path, way: Way) -> None:
    name = way.__name__.replace("_", ", ", 1).replace("_", " ")
    with figures.of(f"database, amid work: {name}") as noted, ExitStack() as stack:
        url, fault = stack.enter_context(way(tmp_path))
        smtp = stack.enter_context(serving(lambda at, _to: interrupt() if at == "DATA" else None))

        def interrupt() -> None:
            if len(smtp.accepted) == AMID:
                fault.begin()

        here = stack.enter_context(installed(tmp_path, url, smtp))
        port = _free_port()
        here.address = f"http://127.0.0.1:{port}"
        web = stack.enter_context(running(here.environ, "web", "--port", str(port)))
        _wait_for(here.address, web)
        assert here.ask("/feeds/all.ics").status == 200
        db.session.remove()
        db.engine.dispose()
        with running(here.environ, "worker") as worker:
            if isinstance(fault, FullDisk):
                fault.processes = [psutil.Process(each.pid) for each in (web, worker)]
            until(lambda: len(smtp.accepted) > AMID, "the fault, amid the mails")
            assert here.approve() == 503
            assert here.ask("/status").status == here.ask("/feeds/all.ics").status == 200
            fault.end()
            with noted.draining():
                until(all_sent, "every mail marked as sent")
            until(lambda: here.approve() != 503, "an answer to the approval")
        assert (
            db.session.scalars(select(Window.state).where(Window.public_id == here.proposal)).one()
            == "scheduled"
        )
        until(lambda: here.ask("/feeds/all.ics").age is None, "a feed that is fresh again")
        noted.rounds = 1
        noted.lost = len({*READERS} - {each.address for each in smtp.accepted})
        said = [each.mail["Message-ID"] for each in smtp.accepted]
        noted.repeats = len(said) - len({*said})
        assert (noted.lost, noted.repeats) == (0, 0)


def all_sent() -> bool:
    try:
        states = set(db.session.scalars(select(Delivery.state)))
    finally:
        db.session.rollback()
    return states == {"sent"}
