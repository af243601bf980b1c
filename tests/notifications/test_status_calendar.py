"""notifications.status_calendar: a month of days, each with what is on it."""

import re
from datetime import datetime, timedelta

import pytest

from maintenance.windows import State, Window
from notifications import status_calendar
from notifications.status_page import Shown
from tests.notifications.values import BAD_TITLES, FACTUURPORTAL, NMBRS, NOW, START, window

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def page(*windows: Window, month: str = "2026-12", now: datetime = NOW) -> str:
    shown = Shown((FACTUURPORTAL, NMBRS), windows, "https://maintenance.example", "en")
    made = status_calendar.page(shown, now, month)
    return made.decode() if made else ""


def days(text: str) -> dict[str, list[str]]:
    """The hours of each event by day, as they stand on the page."""
    cells = re.findall(r'<td class="([^"]*)">\s*<time datetime="([^"]*)">(.*?)</td>', text, re.S)
    found = {day: re.findall(r'class="hours">([^<]*)<', cell) for _, day, cell in cells}
    return {day: hours for day, hours in found.items() if hours}


def test_a_window_stands_on_its_local_day() -> None:
    assert days(page(window())) == {"2026-12-02": ["20:00 – 22:00"]}


def test_a_window_over_midnight_stands_on_both_days() -> None:
    late = window(start=START + 3 * HOUR, end=START + 5 * HOUR)  # 23:00 - 01:00
    assert days(page(late)) == {"2026-12-02": ["23:00 –"], "2026-12-03": ["– 01:00"]}


def test_one_that_ends_at_midnight_leaves_the_next_day_free() -> None:
    assert list(days(page(window(end=START + 4 * HOUR)))) == ["2026-12-02"]


def test_the_whole_of_a_day_is_said_so() -> None:
    long = window(end=START + 2 * DAY)
    assert days(page(long))["2026-12-03"] == ["all day"]


def test_the_night_that_has_an_hour_twice_is_one_day() -> None:
    spring = datetime.fromisoformat("2027-03-28T00:30:00Z")  # 01:30, and 03:30 an hour later
    found = days(page(window(start=spring, end=spring + HOUR), month="2027-03"))
    assert found == {"2027-03-28": ["01:30 – 03:30"]}


def test_what_is_cancelled_says_so() -> None:
    text = page(window(state=State.CANCELLED))
    assert "event-cancelled" in text
    assert "Nmbrs, Cancelled</span>" in text


def test_a_month_without_anything_says_so() -> None:
    assert "There is no maintenance in this month." in page()
    assert "There is no maintenance in this month." not in page(window())


@pytest.mark.parametrize(
    ("month", "before", "after"),
    [("2025-10", "", "2025-11"), ("", "2026-10", "2026-12"), ("2027-12", "2027-11", "")],
)
def test_the_months_lead_to_each_other_and_end(month: str, before: str, after: str) -> None:
    text = page(month=month)
    for rel, other in (("prev", before), ("next", after)):
        link = re.search(rf'month=([0-9-]*)" rel="{rel}"', text)
        assert (link[1] if link else "") == other


@pytest.mark.parametrize("month", ["2025-09", "2028-01", "1999-01"])
def test_a_month_too_far_away_is_not_there(month: str) -> None:
    assert page(month=month) == ""


@pytest.mark.parametrize("bad", BAD_TITLES, ids=range(len(BAD_TITLES)))
def test_a_bad_title_leaves_the_page_whole(bad: str) -> None:
    text = page(window(title={"en": bad}))
    assert text.count("<td ") == 35
    assert "<img" not in text
    assert "<script>" not in text
