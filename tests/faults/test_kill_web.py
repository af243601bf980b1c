"""Kill -9 of web amid a request: nothing half-written; its repeat makes one window, never two."""

import signal
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, func, select, update
from werkzeug.test import TestResponse

from maintenance.api import repeating
from maintenance.models import Audit, Delivery, Notice, Repeat, Window, db
from maintenance.store import repeats, tokens
from maintenance.store.session import writing
from tests import build
from tests.build import NOW
from tests.faults import figures
from tests.faults.dying import ASKED
from tests.faults.mortal import Mortal
from tests.faults.rounds import KILLS

LATER = NOW + repeats.GIVEN_UP + timedelta(seconds=1)
PROPOSAL = {
    "title": "Database upgrade",
    "services": ["nmbrs"],
    "kind": "planned",
    "start": "2026-12-02T20:00",
    "end": "2026-12-02T22:00",
}
UNDONE = ("before its key is claimed", "in the claim of its key", "before the verb", "in the verb")
ANSWERED = ("after all",)

Send = Callable[[dict[str, Any]], TestResponse]


@pytest.fixture
def token(app: Flask) -> str:
    """An approver's, on an installation with one customer to tell."""
    build.contact(build.customer("acme"))
    db.session.commit()
    with writing() as session:
        made = tokens.create(session, "robot", "approver", "tests", NOW)
    assert made is not None
    return made


@pytest.fixture
def send(app: Flask, monkeypatch: pytest.MonkeyPatch, time_machine: Any) -> Send:
    """Send a request after the first one counts as given up."""
    monkeypatch.setattr(repeating, "PATIENCE", -1)  # it asks once, and does not wait
    time_machine.move_to(LATER, tick=False)
    return lambda request: app.test_client().open(**request)


def request_for(path: str, token: str, json: object = None) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "order 66"}
    return {"method": "POST", "path": f"/api/v1{path}", "headers": headers, "json": json}


def count(table: type) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(table)) or 0


def start_over() -> None:
    db.session.rollback()
    for table in (Delivery, Notice, Window, Audit, Repeat):
        db.session.execute(delete(table))
    db.session.commit()


def expected(point: str, done: int) -> int:
    """What the repeat is answered: as the first would be, or that the answer to it is lost."""
    return done if point in (*UNDONE, *ANSWERED) else 409


@pytest.mark.parametrize("point", [each for each in ASKED if each != "before the verb"])
def test_a_killed_proposal_is_whole_or_not_there_and_its_repeat_makes_one_window(
    mortal: Mortal, token: str, send: Send, point: str
) -> None:
    request = request_for("/windows", token, PROPOSAL)
    with figures.of(f"kill -9 of web, proposing: {point}") as noted:
        for _ in range(KILLS):
            noted.kills += mortal.die(point, request=request) == -signal.SIGKILL
            assert count(Window) == logged("propose") == (0 if point in UNDONE else 1)
            answer = send(request)
            assert answer.status_code == expected(point, 201), answer.text
            assert count(Window) == logged("propose") == 1
            noted.rounds += 1
            start_over()
        assert noted.kills == KILLS


def logged(verb: str) -> int:
    return db.session.scalar(select(func.count(Audit.id)).where(Audit.verb == verb)) or 0


@pytest.mark.parametrize("point", ASKED)
def test_a_killed_approval_is_whole_or_not_there_and_tells_once(
    mortal: Mortal, token: str, send: Send, point: str
) -> None:
    with figures.of(f"kill -9 of web, approving: {point}") as noted:
        for _ in range(KILLS):
            row = build.window(
                state="proposed", revision=1, notice_revision=None, times_revision=None
            )
            db.session.commit()
            request = request_for(f"/windows/{row.public_id}/approve", token)
            noted.kills += mortal.die(point, request=request) == -signal.SIGKILL
            assert whole(0 if point in UNDONE else 1)
            assert send(request).status_code == expected(point, 200)
            assert whole(1)
            noted.rounds += 1
            start_over()
        assert noted.kills == KILLS


def whole(times: int) -> bool:
    """Whether it was approved so many times, told so many times, and logged as often."""
    told = (count(Notice), count(Delivery))  # ends the transaction that read what was before
    scheduled = db.session.scalar(select(func.count(Window.id)).where(Window.state == "scheduled"))
    return {*told, scheduled, logged("approve")} == {times}


def test_without_the_mark_in_its_own_transaction_a_repeat_would_make_a_second_window(
    mortal: Mortal, token: str, send: Send
) -> None:
    """The twin: what says in the verb's own commit that it was carried out is taken back."""
    request = request_for("/windows", token, PROPOSAL)
    mortal.die("after the verb", request=request)
    db.session.execute(update(Repeat).values(status=None))
    db.session.commit()
    assert send(request).status_code == 201
    assert count(Window) == 2
