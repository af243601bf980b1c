"""The form finds slots, offers what would comply, and is filled by one click."""

import html
import re
from typing import Any

import pytest

from maintenance.models import Window, db
from tests import build
from tests.web.conftest import Browser

pytestmark = pytest.mark.usefixtures("services")

LATE: dict[str, Any] = {
    "planning": "yes",
    "times": "yes",
    "telling": "yes",
    "services": ["nmbrs"],
    "kind": "planned",
    "start_date": "2026-11-24",
    "start_time": "10:00",
    "end_date": "2026-11-24",
    "end_time": "11:00",
    "title_en": "Database upgrade",
    "channels": ["email", "status_page"],
}
"""Tomorrow: too late to announce."""


def fills(page: str) -> list[str]:
    return [html.unescape(found) for found in re.findall(r'name="fill" value="([^"]+)"', page)]


def test_slots_are_found_without_script_and_with(browser: Browser) -> None:
    operator = browser("operator")
    whole = operator.send("/windows/new", {**LATE, "act": "slots"}).text
    piece = operator.send("/windows/slots", LATE).text
    assert "<html" in whole
    assert "<html" not in piece
    best = "2026-11-25T17:00:00Z/2026-11-25T18:00:00Z"
    assert fills(piece)[0] == best
    assert best in fills(whole)
    assert "announce by Mon 23 Nov 2026, 18:00 CET" in piece


def test_where_no_times_are_typed_two_hours_are_taken(browser: Browser) -> None:
    typed = {name: value for name, value in LATE.items() if "start_" not in name}
    piece = browser("operator").send("/windows/slots", typed).text
    assert "Two hours" in piece
    assert fills(piece)[0] == "2026-11-25T17:00:00Z/2026-11-25T19:00:00Z"


def test_a_search_begins_on_the_day_that_is_typed(browser: Browser) -> None:
    typed = {**LATE, "start_date": "2026-12-07", "end_date": "2026-12-07"}
    found = fills(browser("operator").send("/windows/slots", typed).text)
    assert min(found) >= "2026-12-06T23:00"


def test_what_is_missing_is_said(browser: Browser) -> None:
    piece = browser("operator").send("/windows/slots", {**LATE, "services": []}).text
    assert "Choose at least one service." in piece


def test_a_window_that_breaks_a_rule_shows_what_would_comply(browser: Browser) -> None:
    operator = browser("operator")
    page = operator.send("/windows/verdict", LATE).text
    assert "the next that is later" in page
    assert "the nearest at night" in page
    fine = {**LATE, "start_date": "2026-12-02", "end_date": "2026-12-02"}
    assert "What would comply" not in operator.send("/windows/verdict", fine).text


def test_what_comes_to_the_same_is_offered_once(browser: Browser) -> None:
    build.window(kind="update", outage_minutes=100)
    db.session.commit()
    typed = {**LATE, "kind": "update", "start_date": "2026-12-04", "end_date": "2026-12-04"}
    page = browser("operator").send("/windows/verdict", typed).text
    assert "the next that is later, the nearest at night" in page
    assert fills(page).count("2026-12-06T23:00:00Z/2026-12-07T00:00:00Z") == 1


def test_one_click_fills_the_form_and_saves_nothing(browser: Browser) -> None:
    operator = browser("operator")
    fill = fills(operator.send("/windows/verdict", LATE).text)[0]
    page = operator.send("/windows/new", {**LATE, "fill": fill}).text
    assert 'name="start_date" value="2026-11-25"' in page
    assert 'value="Database upgrade"' in page
    assert "Within the agreement" in page
    assert db.session.query(Window).count() == 0


def test_less_outage_is_filled_in_too(browser: Browser) -> None:
    build.window(kind="update", outage_minutes=100)
    db.session.commit()
    operator = browser("operator")
    typed = {**LATE, "kind": "update", "outage_minutes": "50"}
    typed |= {"start_date": "2026-12-04", "end_date": "2026-12-04"}
    page = operator.send("/windows/verdict", typed).text
    assert "with at most 20 min down" in page
    less = next(fill for fill in fills(page) if fill.endswith("/20"))
    page = operator.send("/windows/new", {**typed, "fill": less}).text
    assert 'name="outage_minutes" type="text" value="20"' in page
    assert "Within the agreement" in page


@pytest.mark.parametrize("fill", ["", "x", "2026-12-02T19:00:00Z", "//", "a/b/c", "9" * 5000])
def test_a_click_that_says_nothing_changes_nothing(browser: Browser, fill: str) -> None:
    answer = browser("operator").send("/windows/new", {**LATE, "fill": fill})
    assert answer.status_code == 200


def test_a_window_that_is_moved_is_offered_them_too(browser: Browser) -> None:
    row = build.window()
    db.session.commit()
    operator = browser("operator")
    page = operator.send(f"/windows/{row.public_id}/move/verdict", LATE).text
    fill = fills(page)[0]
    page = operator.send(f"/windows/{row.public_id}/move", {**LATE, "fill": fill}).text
    assert 'name="start_date" value="2026-11-25"' in page


def test_a_window_does_not_stand_in_its_own_way(browser: Browser) -> None:
    row = build.window(state="proposed", kind="update", outage_minutes=100)
    db.session.commit()
    typed = {**LATE, "window_id": row.public_id, "kind": "update", "outage_minutes": "60"}
    typed |= {"start_date": "2026-12-02", "end_date": "2026-12-02"}
    assert fills(browser("operator").send("/windows/slots", typed).text)
