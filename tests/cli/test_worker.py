"""`maintenance worker`: does what is due, once or until it is told to stop."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from mailbox import Maildir
from pathlib import Path

import pytest
from sqlalchemy import func, select

from maintenance.app import create_app
from maintenance.models import Delivery, db
from maintenance.store import outbox
from tests.cli.conftest import Command
from tests.smtp import Server, free_port, serving

LONG = 60
"""Seconds that a start or an end may take on a busy machine."""

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(environ: Mapping[str, str]) -> Iterator[Start]:
    """`start(*words)` runs the worker in a process of its own."""
    with ExitStack() as stack:

        def call(*words: str, **settings: str) -> "subprocess.Popen[str]":
            process = stack.enter_context(
                subprocess.Popen(
                    [sys.executable, "-m", "maintenance", "worker", *words],
                    env={**os.environ, **environ, **settings},
                    stderr=subprocess.PIPE,
                    text=True,
                )
            )
            stack.callback(process.kill)
            return process

        yield call


def queue_mails(environ: Mapping[str, str], number: int) -> None:
    with create_app(environ).app_context():
        for each in range(number):
            said = ("Welcome", "Hello\n", "<p>Hello</p>\n")
            address = f"u{each}@vendor.example"
            outbox.add_account_mail(db.session(), address, "en", *said, datetime.now(UTC))
        db.session.commit()
        db.engine.dispose()


def states(environ: Mapping[str, str]) -> set[tuple[str, int]]:
    with create_app(environ).app_context():
        rows = db.session.execute(select(Delivery.state, Delivery.attempts))
        found = {(state, attempts) for state, attempts in rows}
        db.session.remove()
        db.engine.dispose()
        return found


def url(server: Server) -> str:
    return f"smtp://{server.smtp.host}:{server.smtp.port}"


def test_once_it_sends_what_is_due_and_exits(
    migrated: Command, environ: Mapping[str, str], start: Start
) -> None:
    queue_mails(environ, 3)
    assert start("--once").wait(LONG) == 0
    box = Maildir(Path(environ["MAINTENANCE_INSTANCE_PATH"]) / "mail")
    assert len(box) == 3
    box.close()
    assert states(environ) == {("sent", 1)}


def test_with_nothing_due_it_exits_as_well(migrated: Command, start: Start) -> None:
    assert start("--once").wait(LONG) == 0


def test_once_with_a_server_that_is_down_it_says_so_and_keeps_the_queue(
    migrated: Command, environ: Mapping[str, str], start: Start
) -> None:
    queue_mails(environ, 1)
    process = start("--once", MAINTENANCE_SMTP_URL=f"smtp://127.0.0.1:{free_port()}")
    _, errors = process.communicate(timeout=LONG)
    assert process.returncode == 1
    assert "the mail server could not be used; the queue is kept" in errors
    assert "Traceback" not in errors
    assert states(environ) == {("waiting", 0)}


def test_on_a_database_that_is_not_migrated_it_says_what_to_do(start: Start) -> None:
    process = start("--once")
    _, errors = process.communicate(timeout=LONG)
    assert process.returncode != 0
    assert "maintenance migrate" in errors
    assert "Traceback" not in errors


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_told_to_stop_it_ends_after_the_mail_in_hand(
    migrated: Command, environ: Mapping[str, str], start: Start, number: signal.Signals
) -> None:
    queue_mails(environ, 40)
    process: list[subprocess.Popen[str]] = []

    def script(stage: str, _address: str) -> str | None:
        if stage == "DATA":
            process[0].send_signal(number)
        return None

    with serving(script) as server:
        process.append(start(MAINTENANCE_SMTP_URL=url(server)))
        assert process[0].wait(LONG) == 0
    found = states(environ)
    assert found <= {("sent", 1), ("waiting", 0)}
    with create_app(environ).app_context():
        sent = db.session.scalar(select(func.count()).where(Delivery.state == "sent"))
        db.session.remove()
        db.engine.dispose()
    assert sent == len(server.accepted)
    assert server.accepted
