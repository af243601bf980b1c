"""The form for urgent work that is done, and telling of it from its page."""

from typing import Any

import pytest
from sqlalchemy import select

from maintenance.models import Delivery, Window, db
from tests.web.conftest import Browser, Page

DONE: dict[str, Any] = {
    "planning": "yes",
    "times": "yes",
    "afterwards": "yes",
    "kind": "urgent",
    "services": ["nmbrs"],
    "start_date": "2026-11-23",
    "start_time": "02:00",
    "end_date": "2026-11-23",
    "end_time": "03:00",
    "title_nl": "Volle schijf geleegd",
    "title_en": "Full disk emptied",
    "justification": "The disk was full",
    "channels": ["email", "status_page"],
    "act": "register",
}


@pytest.fixture
def operator(browser: Browser, services: None) -> Page:
    """An operator at the form."""
    return browser("operator")


def windows() -> list[Window]:
    return list(db.session.scalars(select(Window)))


def readers() -> set[str]:
    return set(db.session.scalars(select(Delivery.address)))


def test_the_form_begins_today_as_urgent_work(operator: Page) -> None:
    page = operator.get("/windows/afterwards").text
    assert 'name="kind" value="urgent"' in page
    assert 'name="start_date" value="2026-11-23"' in page


def test_what_is_registered_is_completed_and_its_readers_are_told(operator: Page) -> None:
    answer = operator.send("/windows/afterwards", DONE)
    (row,) = windows()
    assert answer.headers["Location"] == f"/windows/{row.public_id}"
    assert (row.state, row.justification) == ("completed", "The disk was full")
    assert readers() == {"jan@acme.example", "jan@bakker.example"}
    page = operator.get(answer.headers["Location"]).text
    assert "Its readers are told that it was done" in page
    assert "registered it afterwards" in page
    assert "Write to the readers" in page
    assert "Cancel the window" not in page


def test_it_is_on_the_status_page_but_its_reason_is_not(operator: Page) -> None:
    operator.send("/windows/afterwards", DONE)
    page = operator.get("/status?lang=en").text
    assert "Full disk emptied" in page
    assert "The disk was full" not in page


def test_sent_twice_it_is_one_window(operator: Page) -> None:
    first, second = (operator.send("/windows/afterwards", {**DONE, "once": "k"}) for _ in range(2))
    assert first.headers["Location"] == second.headers["Location"]
    assert len(windows()) == 1


def test_every_error_stands_at_its_field(operator: Page) -> None:
    wrong = {**DONE, "justification": " ", "end_time": "11:00", "title_nl": "", "title_en": ""}
    answer = operator.send("/windows/afterwards", wrong)
    assert answer.status_code == 422
    for field in ("justification", "end", "title"):
        assert f'id="{field}-error"' in answer.text, field
    assert windows() == []


def test_the_live_verdict_takes_the_past(operator: Page) -> None:
    live = operator.send("/windows/verdict", {**DONE, "title_nl": "", "title_en": ""})
    assert "Allowed, though" in live.text
    planned = {name: value for name, value in DONE.items() if name != "afterwards"}
    live = operator.send("/windows/verdict", planned).text
    assert "must lie in the future" in live
    assert "/windows/afterwards" in live


def test_what_was_not_told_can_be_told_from_its_page(operator: Page) -> None:
    operator.send("/windows/afterwards", {**DONE, "channels": []})
    (row,) = windows()
    path = f"/windows/{row.public_id}"
    page = operator.get(path).text
    assert "Nobody was told of it" in page
    assert readers() == set()
    values = {"revision": row.revision, "channels": ["email"]}
    assert operator.send(f"{path}/tell", {**values, "channels": []}).status_code == 422
    assert operator.send(f"{path}/tell", values).status_code == 303
    assert readers() == {"jan@acme.example", "jan@bakker.example"}
    assert "Nobody was told of it" not in operator.get(path).text
