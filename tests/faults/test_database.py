"""A database that is locked, full, read-only or restarted."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from maintenance import sending, worker
from maintenance.sending import Sender
from tests import mailing
from tests.build import NOW
from tests.mailing import HOUR, JAN, KIM, approved, settings, states
from tests.smtp import Server


@pytest.fixture(autouse=True)
def installation(app: Flask) -> None:
    mailing.two_contacts()


@contextmanager
def _busy() -> Iterator[None]:
    raise OperationalError("COMMIT", {}, Exception("database is locked"))
    yield


def test_an_answer_waits_for_a_database_that_is_busy(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    approved()
    real, turns = sending.writing, iter([False, True, True])  # the claim, then two busy marks
    monkeypatch.setattr(sending, "writing", lambda: _busy() if next(turns, False) else real())
    worker.tick(NOW)
    assert states() == [(JAN, "sent", 1), (KIM, "sent", 1)]
    assert len(server.accepted) == 2


def test_without_waiting_the_answer_would_be_forgotten_and_the_mail_repeated(
    app: Flask, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin: told to stop, it does not wait, and another worker has to say it again."""
    approved()
    real, turns = sending.writing, iter([False, True])
    monkeypatch.setattr(sending, "writing", lambda: _busy() if next(turns, False) else real())
    sender = Sender(settings(app), lambda: NOW)
    with sender._lines() as lines:
        batch = sending._Batch(sender, lines, sender._claim())
        monkeypatch.setattr(batch, "_may_go_on", lambda _each: sender.stopping.set() or True)
        with pytest.raises(OperationalError):
            batch.run()
    worker.tick(NOW + HOUR)
    assert len(server.accepted) > 2
