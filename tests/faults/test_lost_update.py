"""Two edit one window: the second is told, nothing is overwritten silently."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask

from maintenance import planning
from maintenance.models import Window, db
from maintenance.results import Result
from tests import build
from tests.build import NOW
from tests.faults import figures
from tests.faults.rounds import RACES
from tests.faults.together import at_once
from tests.mailing import APPROVER


def edits(row: Window, *titles: str, seen: int | None) -> list[Callable[[], Result]]:
    """An edit to each of these titles, by somebody who has read this revision."""
    values, window_id = planning.as_proposal(row), row.public_id

    def edit(title: str) -> Callable[[], Result]:
        changed = replace(values, title={"nl": title, "en": title})
        return lambda: planning.edit(window_id, changed, APPROVER, NOW, seen=seen)

    found = [edit(title) for title in titles]
    db.session.rollback()
    return found


def proposed() -> Window:
    row = build.window(state="proposed", revision=1, notice_revision=None, times_revision=None)
    db.session.commit()
    return row


def test_of_two_edits_at_once_the_second_is_told(app: Flask, database: str) -> None:
    on = "PostgreSQL" if "postgresql" in database else "SQLite"
    with figures.of(f"lost update, {on}") as noted:
        row = proposed()
        for number in range(RACES):
            titles = [f"One {number}", f"Other {number}"]
            assert at_once(app, *edits(row, *titles, seen=row.revision)) == ["Done", "Stale"]
            assert row.revision == number + 2
            assert row.title["en"] in titles
            noted.rounds += 1


@pytest.mark.usefixtures("app")
def test_an_edit_of_what_was_read_before_another_s_is_told() -> None:
    row = proposed()
    first, second = edits(row, "First", "Second", seen=row.revision)
    assert [type(first()).__name__, type(second()).__name__] == ["Done", "Stale"]
    assert row.title["en"] == "First"


@pytest.mark.usefixtures("app")
def test_without_saying_what_was_read_the_first_would_be_overwritten() -> None:
    """The twin."""
    row = proposed()
    first, second = edits(row, "First", "Second", seen=None)
    assert [type(first()).__name__, type(second()).__name__] == ["Done", "Done"]
    assert row.title["en"] == "Second"
