"""Series in the browser: previewed before anything is saved, approved, ended."""

from typing import Any

import pytest

from maintenance import recurring
from maintenance.models import Series, Window, db
from tests.web.conftest import Browser

pytestmark = pytest.mark.usefixtures("services")

TYPED: dict[str, Any] = {
    "planning": "yes",
    "times": "yes",
    "telling": "yes",
    "services": ["nmbrs"],
    "kind": "update",
    "start_date": "2026-12-01",
    "start_time": "20:00",
    "end_date": "2026-12-01",
    "end_time": "21:30",
    "title_nl": "Wekelijkse update",
    "channels": ["email", "status_page"],
    "repeat_unit": "week",
    "repeat_every": "1",
    "repeat_until": "2026-12-31",
    "repeat_on_holiday": "keep",
    "repeat_announce_days": "7",
}
BY_DAY = {**TYPED, "start_time": "10:00", "end_time": "11:00"}


def saved() -> Series:
    db.session.rollback()
    return db.session.query(Series).one()


def plan_in(page: str) -> str:
    return page.split('name="previewed" value="', 1)[1].split('"', 1)[0]


def propose(browser: Browser, typed: dict[str, Any] = TYPED) -> Series:
    operator = browser("operator")
    shown = operator.send("/series/new", {**typed, "act": "preview"}).text
    answer = operator.send("/series/new", {**typed, "act": "propose", "previewed": plan_in(shown)})
    assert answer.status_code == 303, answer.text
    return saved()


def test_the_form_is_ready_for_the_weekly_update(browser: Browser) -> None:
    page = browser("operator").get("/series/new").text
    assert 'value="update" selected' in page
    assert "The preview appears here" in page


def test_a_preview_shows_each_verdict_and_saves_nothing(browser: Browser) -> None:
    page = browser("operator").send("/series/new", {**BY_DAY, "act": "preview"}).text
    assert "1 of 5 windows break a promise" in page
    assert "Tue 29 Dec 2026, 10:00–11:00 CET" in page
    assert (db.session.query(Series).count(), db.session.query(Window).count()) == (0, 0)


def test_nothing_is_saved_that_was_not_previewed(browser: Browser) -> None:
    operator = browser("operator")
    shown = operator.send("/series/new", {**TYPED, "act": "preview"}).text
    other = {**BY_DAY, "act": "propose", "previewed": plan_in(shown)}
    for typed in ({**TYPED, "act": "propose"}, other):
        page = operator.send("/series/new", typed).text
        assert "Nothing is saved yet" in page
    assert db.session.query(Series).count() == 0


def test_what_was_previewed_is_proposed(browser: Browser) -> None:
    row = propose(browser)
    assert len(row.windows) == 5
    page = browser("viewer").get(f"/series/{row.public_id}").text
    assert "Every week on Tuesday, 20:00" in page
    assert "Approve the series" not in page
    window = browser("viewer").get(f"/windows/{row.windows[0].public_id}").text
    assert f'href="/series/{row.public_id}"' in window


def test_what_is_wrong_stands_at_its_field_and_what_was_typed_is_kept(browser: Browser) -> None:
    wrong = {**TYPED, "repeat_every": "often", "repeat_until": "2026-01-01", "title_nl": ""}
    answer = browser("operator").send("/series/new", {**wrong, "act": "preview"})
    assert answer.status_code == 422
    assert 'id="repeat_every-error"' in answer.text
    assert 'value="often"' in answer.text
    assert "Title is required." in answer.text


def test_a_series_that_never_comes_by_is_not_proposed(browser: Browser) -> None:
    never = {**TYPED, "repeat_on_holiday": "skip", "start_date": "2026-12-25"}
    never |= {"end_date": "2026-12-25", "repeat_until": "2026-12-26"}
    page = browser("operator").send("/series/new", {**never, "act": "propose"}).text
    assert "nothing to propose" in page


def test_an_approver_approves_the_series_as_a_whole(browser: Browser) -> None:
    path = f"/series/{propose(browser, BY_DAY).public_id}"
    approver = browser("approver")
    page = approver.get(path).text
    assert "One of its windows breaks a promise." in page
    said = page.split("To approve those anyway breaks a promise:", 1)[1]
    assert "“Daytime places” of Nmbrs" in said
    assert "/customers/acme" in said
    assert approver.send(f"{path}/approve").status_code == 303
    states = [window.state for window in saved().windows]
    assert states == ["scheduled"] * 4 + ["proposed"]
    assert approver.send(f"{path}/approve").status_code == 409


def test_a_reason_overrides_what_is_broken(browser: Browser) -> None:
    path = f"/series/{propose(browser, BY_DAY).public_id}"
    browser("approver").send(f"{path}/approve", {"override_reason": "Agreed by phone"})
    assert {window.state for window in saved().windows} == {"scheduled"}


def test_ending_asks_to_be_sure(browser: Browser) -> None:
    path = f"/series/{propose(browser).public_id}"
    operator = browser("operator")
    assert operator.send(f"{path}/end", {"reason": "Enough"}).status_code == 422
    assert saved().state == "proposed"
    assert operator.send(f"{path}/end", {"reason": "Enough", "sure": "yes"}).status_code == 303
    assert saved().state == "ended"
    assert {window.state for window in saved().windows} == {"cancelled"}


def test_a_series_is_listed_with_its_next_window(browser: Browser) -> None:
    assert "There is no series yet." in browser("viewer").get("/series/").text
    propose(browser)
    page = browser("viewer").get("/series/").text
    assert "Tue 1 Dec 2026, 20:00" in page


@pytest.mark.parametrize(
    ("first", "unit", "every", "said"),
    [
        ("2026-12-01", "week", "1", "Every week on Tuesday"),
        ("2026-12-01", "week", "3", "Every 3 weeks on Tuesday"),
        ("2026-12-08", "month", "1", "Every month on the second Tuesday"),
        ("2026-12-29", "month", "2", "Every 2 months on the last Tuesday"),
    ],
)
def test_its_rhythm_is_said_in_words(
    browser: Browser, first: str, unit: str, every: str, said: str
) -> None:
    typed = {**TYPED, "start_date": first, "end_date": first, "repeat_until": "2027-03-01"}
    row = propose(browser, {**typed, "repeat_unit": unit, "repeat_every": every})
    assert said in browser("viewer").get(f"/series/{row.public_id}").text
    assert recurring.listed(db.session())[0].public_id == row.public_id
