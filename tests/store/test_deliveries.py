"""store.deliveries: what a window's page shows of a notice to many."""

import pytest
from flask import Flask

from maintenance.models import Delivery, Window, db
from maintenance.store import deliveries
from tests import build


@pytest.fixture
def window(database: str, app: Flask) -> Window:
    """Announced to four, of whom one is still to be told; then changed."""
    acme = build.customer("acme")
    for number in range(4):
        build.contact(acme, f"c{number}@acme.example", language="en" if number else "nl")
    row = build.window()
    build.announced(row)
    db.session.commit()
    for each in of(row)[:3]:
        each.state = "sent"
    db.session.commit()
    return row


def of(window: Window) -> list[Delivery]:
    return deliveries.of_window(db.session(), window.id)


def test_they_are_counted_by_state_and_language(window: Window) -> None:
    (tally,) = deliveries.tally(db.session(), window.id).values()
    assert tally == {("sent", "nl"): 1, ("sent", "en"): 2, ("waiting", "en"): 1}


def test_those_who_are_still_to_be_told_come_first_and_no_more_than_asked_for(
    window: Window,
) -> None:
    (some,) = deliveries.some_of_each(db.session(), window.id, 2).values()
    assert [each.address for each in some] == ["c3@acme.example", "c0@acme.example"]


def test_of_another_window_there_are_none(window: Window) -> None:
    assert deliveries.tally(db.session(), window.id + 1) == {}
    assert deliveries.some_of_each(db.session(), window.id + 1, 2) == {}
