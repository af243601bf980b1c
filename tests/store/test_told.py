"""store.told: the windows as the ORM gives them, read anew only where they changed."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select, update

from maintenance.models import Service, Window, db
from maintenance.store import told
from maintenance.store.policies import Versions
from maintenance.store.told import Told
from maintenance.store.windows import value
from maintenance.windows import NoticeKind
from maintenance.windows import Window as WindowValue
from tests import build
from tests.build import NOW, START

SINCE = NOW - timedelta(days=396)


@pytest.fixture(autouse=True)
def windows(database: str, app: Flask) -> list[Window]:
    """One of every sort: on two services, with messages, long past, not told."""
    both = build.window(["nmbrs", "factuurportal"], announced_at=NOW, start_at=START)
    word = {"nl": "De helft.", "en": "Half."}
    for minutes in (20, 10):
        at = NOW + timedelta(minutes=minutes)
        build.notice(both, NoticeKind.MESSAGE, words=word, due_at=at)
    started: dict[str, Any] = {
        "state": "in_progress",
        "started_at": NOW,
        "reminders": [60],
        "channels": ["email"],
    }
    found = [both, build.window(start_at=NOW, announced_at=NOW, **started)]
    build.window(start_at=SINCE - timedelta(days=1), announced_at=NOW)
    build.window()
    db.session.commit()
    return found


def plain(*rows: Window) -> tuple[WindowValue, ...]:
    """The twin: each row through the ORM, by start."""
    versions = Versions(db.session())
    return tuple(value(row, versions) for row in sorted(rows, key=lambda each: each.start_at))


def read(reader: Told) -> tuple[WindowValue, ...]:
    db.session.rollback()
    return reader.windows(db.session(), SINCE)


def test_they_are_those_that_the_orm_gives(windows: list[Window]) -> None:
    assert read(Told()) == plain(*windows)


def test_so_they_are_where_many_changed(
    windows: list[Window], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(told, "_MANY", 0)
    assert read(Told()) == plain(*windows)


def test_only_what_changed_is_read_anew(windows: list[Window]) -> None:
    reader = Told()
    first = read(reader)
    windows[0].revision += 1
    windows[0].title = {"nl": "Anders", "en": "Other"}
    db.session.commit()
    second = read(reader)
    assert second == plain(*windows)
    assert second[0] is first[0]
    assert second[1] != first[1]


@pytest.mark.parametrize(
    "change", [{"state": "cancelled"}, {"announced_at": NOW + timedelta(seconds=1)}]
)
def test_a_change_without_a_revision_is_seen_too(
    windows: list[Window], change: dict[str, object]
) -> None:
    reader = Told()
    read(reader)
    db.session.execute(update(Window).values(**change))
    db.session.commit()
    announced = db.session.scalars(select(Window).where(Window.end_at > SINCE)).all()
    told_of = [row for row in announced if row.announced_at]
    assert read(reader) == plain(*told_of)


def test_a_renamed_service_is_read_anew(windows: list[Window]) -> None:
    reader = Told()
    read(reader)
    db.session.scalars(select(Service).where(Service.slug == "nmbrs")).one().name = "Loon"
    db.session.commit()
    assert {each.services[0].name for each in read(reader)} == {"Loon"}


def test_what_goes_is_forgotten(windows: list[Window]) -> None:
    reader = Told()
    assert len(read(reader)) == 2
    assert len(reader.windows(db.session(), START)) == 1
    assert len(read(reader)) == 2


def test_an_unchanged_window_s_row_is_not_read(windows: list[Window]) -> None:
    reader = Told()
    read(reader)
    asked: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    read(reader)
    assert not [statement for statement in asked if "description" in statement]
