"""No worker for minutes, hours, days: what is still true is sent once, the rest is recorded."""

import pytest
from flask import Flask

from maintenance import worker
from maintenance.models import db
from tests import mailing
from tests.build import NOW, START
from tests.mailing import DAY, JAN, MINUTE, approved, subjects
from tests.smtp import Server


@pytest.fixture(autouse=True)
def installation(app: Flask) -> None:
    mailing.two_contacts()


def test_after_minutes_without_a_worker_what_is_still_true_is_sent_once(server: Server) -> None:
    approved(reminders=[60, 30])
    for moment in (NOW, START - 55 * MINUTE, START - 25 * MINUTE, START + 5 * MINUTE):
        worker.tick(moment)
    assert subjects(server.to(JAN)) == ["Gepland", "Herinnering", "Herinnering", "Begonnen"]


def test_after_days_without_a_worker_what_is_no_longer_true_is_recorded(server: Server) -> None:
    window = approved(reminders=[60, 30])
    worker.tick(NOW)
    worker.tick(START + 3 * DAY)
    db.session.refresh(window)
    assert window.state == "in_progress"
    assert subjects(server.to(JAN)) == ["Gepland"]
    assert [(n.kind, n.dropped) for n in window.notices if n.dropped] == [
        ("reminder", "the window is in_progress"),
        ("reminder", "the window is in_progress"),
        ("start", "its moment has passed"),
    ]
