"""Two of everything: two workers, two clocks, two clicks."""

from datetime import timedelta
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from maintenance import clock, planning, worker
from maintenance.models import Audit, Window, db
from maintenance.store import claims, windows
from maintenance.store.session import writing
from tests import build
from tests.build import NOW, START
from tests.faults import figures
from tests.faults.rounds import RACES
from tests.faults.together import at_once
from tests.mailing import APPROVER, JAN, KIM, MINUTE, deliveries
from tests.smtp import Server

pytestmark = pytest.mark.usefixtures("two_contacts")
WEEK = timedelta(days=7)


def test_two_workers_at_once_send_each_mail_once(app: Flask, database: str, server: Server) -> None:
    big = build.customer("big")
    for number in range(60):
        build.contact(big, f"c{number}@big.example")
    later = build.window()
    build.notice(later, due_at=NOW)
    db.session.commit()
    assert at_once(app, *[lambda: worker.tick(NOW)] * 2) == ["NoneType", "NoneType"]
    assert sorted(each.address for each in server.accepted) == sorted(
        [JAN, KIM, *(f"c{number}@big.example" for number in range(60))]
    )
    assert {(each.state, each.attempts) for each in deliveries()} == {("sent", 1)}


def test_what_one_sender_holds_no_other_gets(database: str) -> None:
    assert handed_out(MINUTE) == (2, 0)


def test_without_a_lease_both_would_have_it(database: str) -> None:
    """The twin."""
    assert handed_out(0 * MINUTE) == (2, 2)


def handed_out(lease: timedelta) -> tuple[int, int]:
    """How many deliveries two senders get of two, one after the other."""
    build.announced(build.window())
    db.session.commit()
    found = []
    for _ in range(2):
        with writing() as session:
            found.append(len(claims.claim(session, NOW, lease, 100)))
    return found[0], found[1]


def test_two_clocks_at_once_take_each_step_once(app: Flask, database: str) -> None:
    on = "PostgreSQL" if "postgresql" in database else "SQLite"
    rounds = max(2, RACES // 10)
    build.service().clock_completes = True
    day = START.date()
    row = build.series(state="active", first=day, filled_until=day, until=day + 5 * WEEK)
    with figures.of(f"two clocks, {on}") as noted:
        for number in range(rounds):
            now = START + number * WEEK
            build.announced(build.window(start_at=now), now - WEEK)
            build.window(state="proposed", start_at=now, notice_revision=None)
            db.session.commit()
            assert at_once(app, *[lambda now=now: worker.step(now)] * 2) == ["NoneType"] * 2
            noted.rounds += 1
    days = [each.occurrence for each in row.windows]
    assert len(days) == len({*days}) == 5
    steps = db.session.execute(select(Audit.subject, Audit.verb)).all()
    assert len(steps) == len({tuple(step) for step in steps})
    assert {"start", "expire", "complete", "approve"} <= {verb for _, verb in steps}
    started = deliveries("start")
    assert len(started) == len({(each.notice_id, each.address) for each in started}) >= 2 * rounds


def test_two_approvals_at_once_are_one_and_tell_once(app: Flask, database: str) -> None:
    """A double click, or two approvers."""
    on = "PostgreSQL" if "postgresql" in database else "SQLite"
    with figures.of(f"approved twice at once, {on}") as noted:
        for _ in range(RACES):
            assert approved_twice(app) == ["Done", "Stale"]
            noted.rounds += 1
    assert len(deliveries("announcement")) == 2 * RACES


def approved_twice(app: Flask) -> list[str]:
    row = build.window(state="proposed", revision=1, notice_revision=None, times_revision=None)
    db.session.commit()
    window_id = row.public_id
    db.session.rollback()
    return at_once(app, *[lambda: planning.approve(window_id, APPROVER, NOW, "agreed", seen=1)] * 2)


on_postgresql = pytest.mark.parametrize(
    "database", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True
)


@pytest.fixture
def unlocked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both read the window before either writes, and neither holds it."""
    both, real = Barrier(2), windows.by_public_id

    def read(session: Session, public_id: str) -> Window | None:
        found = real(session, public_id)
        both.wait(timeout=20)
        return found

    monkeypatch.setattr(windows, "lock_window", read)
    monkeypatch.setattr(planning, "lock", windows.services)


@on_postgresql
def test_without_the_lock_both_would_believe_that_they_approved(
    app: Flask, database: str, unlocked: None
) -> None:
    """The twin: that notices are unique is then all that keeps one from being told twice."""
    assert approved_twice(app) != ["Done", "Stale"]


@on_postgresql
def test_without_the_lock_both_clocks_would_begin_it(
    app: Flask, database: str, unlocked: None
) -> None:
    """The twin."""
    build.announced(build.window())
    db.session.commit()
    began = at_once(app, *[lambda: clock.begin(START)] * 2)
    steps = db.session.scalars(select(Audit.verb).where(Audit.verb == "start")).all()
    assert (began, len(steps)) != (["NoneType"] * 2, 1)
