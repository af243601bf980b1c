"""What needs somebody, on the first page: what no longer complies, what cannot wait, series."""

from datetime import timedelta

import pytest

from maintenance import recurring
from maintenance.accounts import Actor
from maintenance.models import db
from tests import build
from tests.test_recurring import plan
from tests.web.conftest import Browser

pytestmark = pytest.mark.usefixtures("services")
BROKEN = {"compliant": False, "findings": []}


def test_what_no_longer_complies_is_shown_unless_it_was_overridden(browser: Browser) -> None:
    build.window(title={"nl": "Eerste", "en": "First"}, verdict=BROKEN)
    build.window(title={"nl": "Tweede", "en": "Second"}, verdict=BROKEN, overridden_by="anna")
    build.window(title={"nl": "Derde", "en": "Third"})
    db.session.commit()
    page = browser("viewer").get("/").text
    panel = page.split("No longer within the agreement", 1)[1].split("</section>", 1)[0]
    assert "First" in panel
    assert "Second" not in panel
    assert "Third" not in panel


def test_what_cannot_wait_until_tomorrow_says_so(browser: Browser) -> None:
    start = build.START - timedelta(days=7)
    build.window(state="proposed", start_at=start, end_at=start + timedelta(hours=1))
    db.session.commit()
    assert "approved tomorrow, it would break a promise" in browser("viewer").get("/").text


def test_what_starts_today_is_shown_and_what_starts_tomorrow_is_not(browser: Browser) -> None:
    for title, hours in (("Tonight", 10), ("Tomorrow", 20)):
        at = build.NOW + timedelta(hours=hours)
        end = at + timedelta(hours=1)
        build.window(title={"nl": title, "en": title}, start_at=at, end_at=end)
    db.session.commit()
    page = browser("viewer").get("/").text
    panel = page.split("Starting today", 1)[1].split("</section>", 1)[0]
    assert "Tonight" in panel
    assert "Tomorrow" not in panel
    assert 'starts in <span data-until="2026-11-23T19:00:00Z">10 hours</span>' in panel


def test_a_deadline_carries_its_moment_for_the_countdown(browser: Browser) -> None:
    build.window(state="proposed")
    db.session.commit()
    page = browser("viewer").get("/").text
    assert 'announce within <span data-until="2026-11-30T19:00:00Z">7 days</span>' in page


def test_what_is_left_is_counted_for_the_next_month_and_week_too(browser: Browser) -> None:
    at = build.START.replace(day=7, hour=9)
    build.window(start_at=at, end_at=at + timedelta(hours=1))
    db.session.commit()
    page = browser("viewer").get("/").text
    places = page.split('<ul class="places">', 1)[1].split("</ul>", 1)[0]
    assert "December 2026" in places
    assert "0 used, 4 free" in places
    assert "1 used, 3 free" in places
    assert "week 48 of 2026" in places
    assert "week 49 of 2026" in places
    later = browser("viewer").get("/?month=2027-03").text
    places = later.split('<ul class="places">', 1)[1].split("</ul>", 1)[0]
    assert "April 2027" not in places
    weeks = [f"week {week} of 2027" for week in range(8, 15)]
    assert [week for week in weeks if week in places] == weeks[1:6]


def test_a_series_waits_as_one(browser: Browser) -> None:
    row = recurring.propose(plan(), Actor("otto", "operator"), build.NOW)
    page = browser("viewer").get("/").text
    panel = page.split("Waiting for approval", 1)[1].split("</section>", 1)[0]
    assert '<span class="count">1</span>' in panel
    assert f"/series/{row.public_id}" in panel


def test_what_is_left_is_counted_by_month_and_by_week(browser: Browser) -> None:
    at = build.NOW + timedelta(hours=2)
    build.window(kind="update", start_at=at, end_at=at + timedelta(hours=1), outage_minutes=40)
    db.session.commit()
    page = browser("viewer").get("/").text
    assert "1 used, 3 free" in page
    assert "week 48 of 2026" in page
    assert "40 min of 2 h used" in page
