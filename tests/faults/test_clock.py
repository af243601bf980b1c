"""No worker for minutes, hours, days: what is still true is sent once, the rest is recorded."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from maintenance import notices, worker
from maintenance.models import Audit, Window, db
from tests import build
from tests.build import NOW, START
from tests.mailing import DAY, END, HOUR, JAN, MINUTE, approved, subjects
from tests.smtp import Server

pytestmark = pytest.mark.usefixtures("two_contacts")

LAST = START - 62 * MINUTE
"""When the worker was last awake: a reminder is due two minutes later."""


def asleep(length: timedelta) -> tuple[Window, Window]:
    """Two windows, the second to be announced while nobody is awake; afterwards all is done."""
    build.service().clock_completes = True
    first = approved(reminders=[60])
    second = approved(start_at=START + DAY, announce_at=START - HOUR, channels=["email"])
    worker.tick(NOW)
    worker.tick(LAST)
    for _ in range(3):  # what was missed is told once, however often it wakes
        worker.tick(LAST + length)
    db.session.expire_all()
    return first, second


def recorded(row: Window) -> list[tuple[str, str | None]]:
    """Each notice to readers that fell due, with why it was not told."""
    due = [each for each in row.notices if each.fanned_out_at and not each.to_operators]
    return [(each.kind, each.dropped) for each in due]


@pytest.mark.parametrize(
    ("length", "told", "states"),
    [
        (5 * MINUTE, ["Gepland", "Gepland", "Herinnering"], ["scheduled", "scheduled"]),
        (6 * HOUR, ["Gepland", "Gepland", "Afgerond"], ["completed", "scheduled"]),
        (3 * DAY, ["Gepland", "Afgerond"], ["completed", "completed"]),
    ],
    ids=["five minutes", "six hours", "three days"],
)
def test_what_is_still_true_is_sent_once(
    server: Server, length: timedelta, told: Sequence[str], states: Sequence[str]
) -> None:
    rows = asleep(length)
    assert sorted(subjects(server.to(JAN))) == sorted(told)
    assert [row.state for row in rows] == states


def test_what_no_longer_is_is_recorded_with_why(server: Server) -> None:
    first, second = asleep(3 * DAY)
    assert recorded(first) == [
        ("announcement", None),
        ("reminder", "the window is completed"),
        ("start", "its moment has passed"),
        ("completion", None),
    ]
    assert recorded(second) == [("announcement", "the window is completed")]


def test_states_catch_up_in_order_as_of_their_moments(server: Server) -> None:
    row, _ = asleep(3 * DAY)
    assert (row.started_at, row.completed_at) == (START, END)
    verbs = select(Audit.verb).where(Audit.subject == f"window:{row.public_id}")
    assert list(db.session.scalars(verbs.order_by(Audit.id))) == ["approve", "start", "complete"]


def test_without_looking_whether_it_is_still_true_all_of_it_would_go_out(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin."""
    monkeypatch.setattr(notices, "stale", lambda *_all: None)
    asleep(3 * DAY)
    told = subjects(server.to(JAN))
    assert {"Herinnering", "Begonnen"} <= {*told}
    assert told.count("Gepland") == 2


def test_after_minutes_without_a_worker_each_reminder_is_sent_once(server: Server) -> None:
    approved(reminders=[60, 30])
    for moment in (NOW, START - 55 * MINUTE, START - 25 * MINUTE, START + 5 * MINUTE):
        worker.tick(moment)
    assert subjects(server.to(JAN)) == ["Gepland", "Herinnering", "Herinnering", "Begonnen"]


def test_of_two_reminders_missed_the_later_is_sent(server: Server) -> None:
    approved(reminders=[60, 30])
    worker.tick(NOW)
    worker.tick(START - 10 * MINUTE)
    assert subjects(server.to(JAN)) == ["Gepland", "Herinnering"]


def test_what_waits_for_approval_past_its_start_is_rejected_as_expired(app: Flask) -> None:
    row = build.window(state="proposed", revision=1, notice_revision=None, times_revision=None)
    db.session.commit()
    worker.tick(START + 3 * DAY)
    db.session.refresh(row)
    assert (row.state, row.reason) == ("rejected", "expired: not approved before its start")
