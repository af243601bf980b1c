"""published.edition: what is kept, and when it is made anew."""

import time
from dataclasses import replace
from datetime import timedelta

import pytest

from maintenance.published import edition
from maintenance.windows import Channel, State
from notifications import board
from tests.notifications.values import NOW, START, window
from tests.published.sources import SECRET, Database, get, header

SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)
FEED = "/feeds/nmbrs.ics"


class Clock:
    """time.monotonic, moved by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(time, "monotonic", clock)
    return clock


def test_the_version_is_looked_at_once_a_second(clock: Clock) -> None:
    database = Database()
    keeper = database.keeper()
    for _ in range(10):
        get(keeper, FEED)
    clock.now += 0.99
    get(keeper, FEED)
    assert database.looks == 0
    clock.now += 0.02
    get(keeper, FEED)
    assert database.looks == 1


def test_what_did_not_change_is_read_and_made_once(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database((window(),))
    keeper = database.keeper()
    first = get(keeper, FEED)
    monkeypatch.setattr(board, "kept", None)  # making it anew would fail
    for _ in range(5):
        clock.now += 2
        assert get(keeper, FEED) == first
    assert database.reads == 1


def test_a_change_of_another_process_shows_within_a_second(clock: Clock) -> None:
    database = Database((window(),))
    keeper = database.keeper()
    before = get(keeper, FEED)
    database.change(window(start=START + HOUR, revision=4))
    assert get(keeper, FEED) == before
    clock.now += 1
    assert b"20261202T200000Z" in get(keeper, FEED).body


def test_a_look_that_takes_long_delays_no_change(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database((window(),))
    keeper = database.keeper()
    get(keeper, FEED)
    number = database.number

    def slowly() -> int:
        """Another process commits while the old version is on its way here."""
        monkeypatch.undo()
        monkeypatch.setattr(time, "monotonic", clock)
        database.change(window(start=START + HOUR, revision=4))
        clock.now += 0.5
        return number

    monkeypatch.setattr(database, "version", slowly)
    clock.now += 1
    get(keeper, FEED)
    clock.now += 0.5
    assert b"20261202T200000Z" in get(keeper, FEED).body


def test_a_change_of_this_process_shows_at_once(clock: Clock) -> None:
    database = Database((window(),))
    keeper = database.keeper()
    get(keeper, FEED)
    database.change(window(start=START + HOUR, revision=4))
    keeper.look_anew()
    assert b"20261202T200000Z" in get(keeper, FEED).body


def test_a_replaced_feed_address_is_dead_within_a_second(clock: Clock) -> None:
    database = Database((window(),))
    keeper = database.keeper()
    assert get(keeper, SECRET).status == "200 OK"
    del database.owners[7]
    database.change(window())
    clock.now += 1
    assert get(keeper, SECRET).status == "404 Not Found"


@pytest.mark.parametrize("path", [FEED, "/status", "/api/v2/summary.json"])
def test_who_asks_by_date_alone_sees_a_service_under_another_name(clock: Clock, path: str) -> None:
    database = Database((window(),))
    keeper = database.keeper()
    seen = header(get(keeper, path), "Last-Modified") or ""
    database.services = tuple(replace(each, name="Z", updated_at=NOW) for each in database.services)
    database.change(window())
    clock.now += 1
    assert get(keeper, path, HTTP_IF_MODIFIED_SINCE=seen).status == "200 OK"


def test_who_asks_by_date_alone_sees_that_a_customer_has_other_services(clock: Clock) -> None:
    database = Database((window(),))
    keeper = database.keeper()
    seen = header(get(keeper, SECRET), "Last-Modified") or ""
    database.owners[7] = replace(database.owners[7], services=frozenset(), updated_at=NOW)
    database.change(window())
    clock.now += 1
    found = get(keeper, SECRET, HTTP_IF_MODIFIED_SINCE=seen)
    assert (found.status, b"VEVENT" in found.body) == ("200 OK", False)


def test_a_page_follows_the_clock_without_a_change(clock: Clock) -> None:
    keeper = Database((window(),)).keeper()
    before = get(keeper, "/status?lang=en", START - SECOND)
    after = get(keeper, "/status?lang=en", START)
    assert b"No maintenance right now" in before.body
    assert b"Maintenance in progress" in after.body
    assert header(before, "ETag") != header(after, "ETag")


def test_without_the_next_instant_a_page_would_stay_behind(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board, "page_moments", lambda *_: board.Moments(None, None))
    keeper = Database((window(),)).keeper()
    before = get(keeper, "/status?lang=en", START - SECOND)
    assert get(keeper, "/status?lang=en", START) == before


def test_a_feed_drops_a_cancelled_window_by_the_clock(clock: Clock) -> None:
    keeper = Database((window(state=State.CANCELLED),)).keeper()
    gone = START + 2 * HOUR + board.CANCELLED_KEPT
    assert b"STATUS:CANCELLED" in get(keeper, FEED, gone - SECOND).body
    assert b"VEVENT" not in get(keeper, FEED, gone).body


def test_with_the_database_down_the_public_reads_on_and_is_told_the_age(clock: Clock) -> None:
    database = Database((window(),))
    keeper = database.keeper()
    fresh = get(keeper, FEED)
    database.down = True
    clock.now += 1
    later = get(keeper, FEED, NOW + HOUR)
    assert (later.status, later.body) == ("200 OK", fresh.body)
    assert header(fresh, "Age") is None
    assert header(later, "Age") == "3600"
    page = get(keeper, "/status?lang=en", NOW + HOUR)
    assert b"how things stood at Monday 23 November 2026, 10:00 CET" in page.body
    never_asked = get(keeper, "/feeds/all.atom", NOW + HOUR)
    assert b"Databases bijwerken" in never_asked.body


def test_with_the_database_down_pages_still_follow_the_clock(clock: Clock) -> None:
    database = Database((window(),))
    keeper = database.keeper()
    get(keeper, "/status?lang=en")
    database.down = True
    clock.now += 1
    assert b"Maintenance in progress" in get(keeper, "/status?lang=en", START).body


def test_with_the_database_back_pages_are_fresh_again(clock: Clock) -> None:
    database = Database((window(),))
    keeper = database.keeper()
    fresh = get(keeper, "/status")
    database.down = True
    clock.now += 1
    assert get(keeper, "/status") != fresh
    database.down = False
    clock.now += 1
    assert get(keeper, "/status") == fresh


def test_with_the_database_down_secret_feeds_answer_503(clock: Clock) -> None:
    database = Database((window(),))
    keeper = database.keeper()
    assert get(keeper, SECRET).status == "200 OK"
    database.down = True
    clock.now += 1
    down = get(keeper, SECRET)
    assert down.status == "503 Service Unavailable"
    assert header(down, "Retry-After") == "60"
    assert header(down, "Cache-Control") == "no-store"


def test_a_process_that_never_reached_the_database_answers_503(clock: Clock) -> None:
    database = Database(down=True)
    keeper = database.keeper()
    assert get(keeper, "/status").status == "503 Service Unavailable"
    database.down = False
    clock.now += 1
    assert get(keeper, "/status").status == "200 OK"


def test_what_is_kept_is_bounded(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edition, "MOST_BYTES", 20_000)
    database = Database((window(),))
    keeper = database.keeper()
    for number in range(50):
        get(keeper, f"/status?lang=en&x={number}")
        get(keeper, "/status/subscribe")
        get(keeper, "/feeds/all.atom")
        get(keeper, f"/status/unknown-{number}")
    kept = keeper._edition
    assert kept is not None
    assert kept.size <= 20_000
    assert kept.size == sum(entry.size for entry in kept.entries.values())


def test_what_is_not_ours_in_a_query_makes_no_new_entry(clock: Clock) -> None:
    keeper = Database((window(),)).keeper()
    for query in ("", "?x=1", "?lang=xx", "?month=1", "?month=2026-13", "?utm_source=" + "y" * 900):
        assert get(keeper, f"/status{query}").status == "200 OK"
    assert keeper._edition is not None
    assert len(keeper._edition.entries) == 1


def test_only_the_months_around_now_are_kept(clock: Clock) -> None:
    keeper = Database((window(),)).keeper()
    asked = [f"/status/calendar?month={year}-{m:02}" for year in range(2000, 2060) for m in (1, 7)]
    found = [get(keeper, path).status for path in asked]
    assert found.count("200 OK") == 4
    assert keeper._edition is not None
    assert len(keeper._edition.entries) == 4


def test_the_calendar_follows_midnight(clock: Clock) -> None:
    keeper = Database((window(),)).keeper()
    midnight = NOW.replace(hour=23)  # in Amsterdam
    path = "/status/calendar?lang=en"
    assert b"Monday 23 November 2026 (today)" in get(keeper, path, midnight - SECOND).body
    assert b"Tuesday 24 November 2026 (today)" in get(keeper, path, midnight).body


def test_the_banner_appears_two_weeks_before(clock: Clock) -> None:
    keeper = Database((window(),)).keeper()
    soon = START - timedelta(days=14)
    assert b"strip" not in get(keeper, "/embed/nmbrs", soon - SECOND).body
    assert b"strip" in get(keeper, "/embed/nmbrs", soon).body
    assert b"strip" not in get(keeper, "/embed/factuurportal", soon).body


def test_a_customer_s_feed_holds_what_was_told_by_mail_alone(clock: Clock) -> None:
    mailed = window(channels=(Channel.EMAIL,))
    keeper = Database((mailed,)).keeper()
    assert b"VEVENT" in get(keeper, SECRET).body
    assert b"VEVENT" not in get(keeper, FEED).body
    assert get(keeper, f"/status/w/{mailed.id}").status == "404 Not Found"
