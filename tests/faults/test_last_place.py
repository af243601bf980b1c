"""Two operators take the last daytime place of a month at once: one gets it, the other the verdict.

Real threads, each with a connection of its own, on SQLite and on PostgreSQL.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import Barrier
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from maintenance import judging, planning, recurring
from maintenance.accounts import Actor
from maintenance.models import Service, db
from maintenance.results import Done, Refused, Result
from maintenance.store import windows
from tests import build
from tests.faults import figures
from tests.faults.rounds import RACES
from tests.faults.together import at_once

APPROVER = Actor("approver@vendor.example", "approver")
AMSTERDAM = ZoneInfo("Europe/Amsterdam")
NIGHT = timedelta(hours=12)

Way = Callable[[datetime], Callable[[], Result]]
"""Makes a window that wants its place at this noon, and answers what takes the place."""


def approving(noon: datetime) -> Callable[[], Result]:
    """A proposal for this place; approving it takes the place."""
    window = build.window(
        state="proposed", start_at=noon, end_at=noon + timedelta(hours=1), notice_revision=None
    ).public_id
    return lambda: planning.approve(window, APPROVER, build.NOW)


def moving(noon: datetime) -> Callable[[], Result]:
    """A window that is scheduled at night; moving it takes the place."""
    start = noon - NIGHT
    window = build.window(start_at=start, end_at=start + timedelta(hours=1)).public_id
    until = noon + timedelta(hours=1)
    return lambda: planning.move(window, noon, until, APPROVER, build.NOW)


def proposing_and_approving(noon: datetime) -> Callable[[], Result]:
    """From nothing to the place, in two verbs."""
    copy = planning.as_proposal(
        build.window(state="rejected", start_at=noon, end_at=noon + timedelta(hours=1))
    )

    def take() -> Result:
        proposed = planning.propose(copy, APPROVER, build.NOW)
        assert isinstance(proposed, planning.Done)
        return planning.approve(proposed.window.public_id, APPROVER, build.NOW)

    return take


def approving_a_series(noon: datetime) -> Callable[[], Result]:
    """A series of one window, proposed; approving the series takes the place."""
    local = noon.astimezone(AMSTERDAM)
    day = local.date()
    row = build.series(first=day, at=local.time(), length_minutes=60, until=day, filled_until=day)
    window = build.window(
        state="proposed",
        start_at=noon,
        end_at=noon + timedelta(hours=1),
        notice_revision=None,
        series=row,
        occurrence=day,
    ).public_id
    series = row.public_id

    def take() -> Result:
        recurring.approve(series, APPROVER, build.NOW)
        db.session.rollback()
        found = windows.by_public_id(db.session(), window)
        assert found is not None
        return (
            Done(found)
            if found.state == "scheduled"
            else Refused(judging.present(db.session(), found, build.NOW))
        )

    return take


WAYS = [
    pytest.param(approving, approving, id="approve and approve"),
    pytest.param(moving, moving, id="move and move"),
    pytest.param(approving, moving, id="approve and move"),
    pytest.param(proposing_and_approving, approving, id="propose and approve"),
    pytest.param(approving_a_series, moving, id="series and move"),
]


def spoken(way: Way) -> str:
    return way.__name__.replace("_", " ")


@pytest.mark.parametrize(("one", "other"), WAYS)
def test_the_last_place_goes_to_one_and_the_other_gets_the_verdict(
    database: str, app: Flask, one: Way, other: Way
):
    on = "PostgreSQL" if "postgresql" in database else "SQLite"
    with figures.of(f"last place: {spoken(one)} and {spoken(other)}, {on}") as noted:
        for number in range(RACES):
            assert race(app, number, one, other) == ["Done", "Refused"]
            noted.rounds += 1


@pytest.mark.parametrize(("one", "other"), WAYS[:3])
def test_the_twin_without_the_lock_does_not(
    database: str, app: Flask, one: Way, other: Way, monkeypatch: pytest.MonkeyPatch
):
    take_the_locks_off(monkeypatch)
    unlocked = ["Done", "Done"] if "postgresql" in database else ["Done", "OperationalError"]
    assert race(app, 0, one, other) == unlocked


def race(app: Flask, number: int, one: Way, other: Way) -> list[str]:
    """Let both ways run for the fourth place of a month of their own; what each answered."""
    month = datetime(2027 + number // 12, number % 12 + 1, 1, 11, tzinfo=UTC)
    for day in (4, 5, 6):
        start = month.replace(day=day)
        build.window(start_at=start, end_at=start + timedelta(hours=1))
    takes = [one(month.replace(day=12)), other(month.replace(day=13))]
    db.session.commit()
    return at_once(app, *takes)


def take_the_locks_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lock nothing, and let both judge before either writes.

    PostgreSQL then gives the place twice; SQLite, in WAL mode, fails the one that read too early.
    """
    both = Barrier(2)
    judge = planning.verdict_of

    def slowly(*args: object, **kwargs: object) -> object:
        verdict = judge(*args, **kwargs)  # type: ignore[arg-type]
        both.wait(timeout=10)
        return verdict

    monkeypatch.setattr(planning, "writing", _unlocked)
    monkeypatch.setattr(planning, "lock", _services)
    monkeypatch.setattr(planning, "verdict_of", slowly)


@contextmanager
def _unlocked() -> Iterator[Session]:
    session = db.session()
    session.rollback()
    try:
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise


def _services(session: Session, slugs: list[str]) -> list[Service]:
    return list(session.scalars(select(Service).where(Service.slug.in_(slugs))))
