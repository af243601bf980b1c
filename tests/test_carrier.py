"""carrier: jobs are run, what is left becomes a job, what stalled is given back."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from procrastinate.exceptions import ConnectorException
from sqlalchemy import select, text

from maintenance import carrier, worker
from maintenance.config import Smtp
from maintenance.models import Customer, db
from maintenance.sending import Hold, Sender
from maintenance.store import holding, jobs, outbox
from maintenance.store.session import writing
from tests import build, mailing
from tests.build import NOW
from tests.mailing import HOUR, JAN, KIM, approved, states
from tests.smtp import Script, Server, free_port

pytestmark = pytest.mark.postgres

NEW = "new@vendor.example"
LONG = 60
"""Seconds that any of it may take on a busy machine."""


@pytest.fixture(autouse=True)
def installation(carried: Flask) -> None:
    mailing.two_contacts()


def sender(app: Flask, now: datetime = NOW) -> Sender:
    return Sender(mailing.settings(app), lambda: now)


def jobs_left() -> list[tuple[str, timedelta | None]]:
    """Status of each, and how long after it was made it is to begin."""
    db.session.rollback()
    query = text(
        "SELECT status::text, scheduled_at - (SELECT min(at) FROM procrastinate_events"
        " WHERE job_id = procrastinate_jobs.id AND type = 'deferred')"
        " FROM procrastinate_jobs ORDER BY id"
    )
    return [(status, wait) for status, wait in db.session.execute(query)]


def fast_forward() -> None:
    """Let the moment of every job, and of every worker's silence, have come."""
    with writing() as session:
        session.execute(text("UPDATE procrastinate_jobs SET scheduled_at = NULL"))
        session.execute(
            text("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 day'")
        )


def test_a_job_sends_its_deliveries_and_is_gone(carried: Flask, server: Server) -> None:
    approved()
    carrier.drain(carried, sender(carried))
    assert states() == [(JAN, "sent", 1), (KIM, "sent", 1)]
    assert jobs_left() == []
    assert len(server.accepted) == 2


def test_what_is_put_off_is_a_job_for_when_it_may_be_tried_again(
    carried: Flask, serve: Callable[[Script], Server]
) -> None:
    said = ["451 later"]
    server = serve(lambda stage, to: said[0] if (stage, to) == ("RCPT", KIM) and said else None)
    approved()
    carrier.drain(carried, sender(carried))
    assert states() == [(JAN, "sent", 1), (KIM, "waiting", 1)]
    kim = mailing.deliveries()[1]
    assert kim.next_attempt_at is not None
    assert jobs_left() == [("todo", kim.next_attempt_at - NOW)]
    said.clear()
    fast_forward()
    carrier.drain(carried, sender(carried, NOW + HOUR))
    assert states() == [(JAN, "sent", 1), (KIM, "sent", 2)]
    assert jobs_left() == []
    assert len(server.to(JAN)) == 1


def no_server(app: Flask) -> None:
    """Nobody listens where the mails are to go."""
    mailing.send_by(app, Smtp("127.0.0.1", free_port()))


def test_a_server_that_is_down_is_tried_again_when_the_sender_says(carried: Flask) -> None:
    no_server(carried)
    approved()
    down = replace(sender(carried), hold=Hold(faults=3))
    carrier.drain(carried, down)
    assert states() == [(JAN, "waiting", 0), (KIM, "waiting", 0)]
    assert down.hold.until is not None
    assert jobs_left() == [("todo", down.hold.until - NOW)]


def test_what_is_due_for_a_minute_waits_for_a_server_that_is_down(carried: Flask) -> None:
    no_server(carried)
    approved()
    carrier.send_rest(sender(carried, NOW + HOUR))
    assert states() == [(JAN, "waiting", 0), (KIM, "waiting", 0)]


def test_what_is_held_has_no_job_and_is_found_after_the_release(
    carried: Flask, server: Server
) -> None:
    approved()
    with writing() as session:
        holding.hold(session, "op@vendor.example", "a test", NOW)
    carrier.drain(carried, sender(carried))
    assert jobs_left() == []
    with writing() as session:
        holding.release(session, "op@vendor.example", NOW)
    carrier.send_rest(sender(carried, NOW + carrier.OVERDUE))
    assert states() == [(JAN, "sent", 1), (KIM, "sent", 1)]


def test_a_job_that_fails_is_run_again(
    carried: Flask, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_sender: Sender, _ids: object) -> None:
        raise RuntimeError

    approved()
    with monkeypatch.context() as patch:
        patch.setattr(Sender, "send", fail)
        carrier.drain(carried, sender(carried))
    ((status, wait),) = jobs_left()
    assert status == "todo"
    assert wait is not None
    assert wait >= carrier.SOON
    fast_forward()
    carrier.drain(carried, sender(carried))
    assert jobs_left() == []
    assert len(server.accepted) == 2


def test_a_worker_that_works_once_leaves_no_job(carried: Flask, server: Server) -> None:
    with writing() as session:
        words = ("Welcome", "Hello\n", "<p>Hello</p>\n")
        outbox.add_account_mail(session, NEW, "en", *words, datetime.now(UTC))
    assert jobs_left() == [("todo", None)]
    assert worker.once(carried)
    assert len(server.to(NEW)) == 1
    assert jobs_left() == []


def fails_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The database fails when it is first asked what stalled."""
    real, failed = carrier.sweep, []

    async def sweep(running: object) -> None:
        if not failed:
            failed.append(True)
            raise ConnectorException
        await real(running)

    monkeypatch.setattr(carrier, "sweep", sweep)
    monkeypatch.setattr(carrier, "AGAIN_SECONDS", 0.1)


def test_it_outlives_a_database_that_fails_and_stops_when_it_is_told(
    carried: Flask, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    fails_once(monkeypatch)
    approved()
    stopping = threading.Event()
    working = threading.Thread(target=carrier.run, args=(carried, sender(carried), stopping))
    working.start()
    end = time.monotonic() + LONG
    while jobs_left() and time.monotonic() < end:
        time.sleep(0.05)
    stopping.set()
    working.join(LONG)
    assert not working.is_alive()
    assert states() == [(JAN, "sent", 1), (KIM, "sent", 1)]


def test_told_to_stop_it_finishes_the_mails_in_hand_and_leaves_a_job_for_the_rest(
    carried: Flask, serve: Callable[[Script], Server]
) -> None:
    for number in range(40):
        build.contact(db.session.scalars(select(Customer)).one(), f"c{number}@acme.example")
    stopping = threading.Event()
    server = serve(lambda stage, _to: stopping.set() if stage == "DATA" else None)
    approved()
    carrier.run(carried, replace(sender(carried), stopping=stopping), stopping)
    found = Counter(state for _, state, _ in states())
    assert found["sent"] == len(server.accepted) > 0
    assert found["waiting"] == 42 - found["sent"] > 0
    assert jobs_left() == [("todo", carrier.SOON)]


def test_the_twin_that_tries_once_does_not(
    carried: Flask, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    fails_once(monkeypatch)
    approved()
    running = carrier._carrier(carried, sender(carried))
    with pytest.raises(ConnectorException):
        asyncio.run(carrier._run(running, threading.Event()))


DIES = """
import os, signal, json, sys
from maintenance import carrier
from maintenance.app import create_app
from maintenance.sending import Hold, Sender
Sender.send = lambda self, ids: os.kill(os.getpid(), signal.SIGKILL)
app = create_app(json.loads(sys.argv[1]))
carrier.drain(app, Sender(app.config["SETTINGS"], None))
"""


def killed(environ: dict[str, str]) -> None:
    """A worker was killed with -9 while it had the one job there is; long ago."""
    approved()
    command = [sys.executable, "-c", DIES, json.dumps(environ)]
    done = subprocess.run(command, env=os.environ, check=False, capture_output=True, timeout=120)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert jobs_left() == [("doing", None)]
    fast_forward()


def test_the_job_of_a_killed_worker_is_given_back_and_done_and_without_the_sweep_it_stays(
    carried: Flask, environ: dict[str, str], server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def sweep(_carrier: object) -> None:
        """Give nothing back."""

    killed(environ)
    with monkeypatch.context() as patch:  # the twin
        patch.setattr(carrier, "sweep", sweep)
        carrier.drain(carried, sender(carried))
        assert states() == [(JAN, "waiting", 0), (KIM, "waiting", 0)]
        assert jobs_left() == [("doing", None)]
    carrier.drain(carried, sender(carried))
    assert states() == [(JAN, "sent", 1), (KIM, "sent", 1)]
    assert jobs_left() == []


def test_what_is_due_for_a_minute_is_sent_without_a_job(
    carried: Flask, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "BATCH", 1)  # more than one
    approved()
    with writing() as session:
        session.execute(text("DELETE FROM procrastinate_jobs"))
    carrier.send_rest(sender(carried, NOW + carrier.OVERDUE / 2))
    assert states() == [(JAN, "waiting", 0), (KIM, "waiting", 0)]
    carrier.send_rest(sender(carried, NOW + carrier.OVERDUE))
    assert states() == [(JAN, "sent", 1), (KIM, "sent", 1)]
