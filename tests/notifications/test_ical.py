"""notifications.ical: what calendars are told, read back with two libraries."""

from datetime import UTC, datetime, timedelta

import icalendar
import pytest
import recurring_ical_events
from hypothesis import given
from hypothesis import strategies as st

from maintenance.windows import Channel, State, Window
from notifications import ical, words
from notifications.ical import Head
from tests import golden
from tests.notifications.values import (
    BAD_TITLES,
    FACTUURPORTAL,
    NMBRS,
    START,
    month,
    uneven,
    window,
)

BASE = "https://maintenance.example"
HEAD = Head("Onderhoud Nmbrs", f"{BASE}/feeds/nmbrs.ics", f"{BASE}/status/nmbrs", "#0b5cad")


def feed(*windows: Window, language: str = "nl") -> bytes:
    events = [bytes(ical.vevent(each, language, BASE).to_ical()) for each in windows]
    return ical.calendar(HEAD, events, language)


def read(*windows: Window, language: str = "nl") -> icalendar.Event:
    calendar = icalendar.Calendar.from_ical(feed(*windows, language=language))
    (event,) = calendar.walk("VEVENT")
    return event


def seen(feed: bytes) -> list[tuple[str, datetime]]:
    """What a calendar shows in December: the title and the start of each event."""
    calendar = icalendar.Calendar.from_ical(feed)
    december = recurring_ical_events.of(calendar).between((2026, 12, 1), (2027, 1, 1))
    return [(str(e["SUMMARY"]), e["DTSTART"].dt) for e in december if e["STATUS"] != "CANCELLED"]


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_feed_of_a_month_is_the_one_that_was_found_good(language: str) -> None:
    assert golden.holds(f"feeds/month.{language}.ics", feed(*month(), language=language))


def test_times_are_utc_and_those_of_the_window() -> None:
    event = read(window())
    assert event["DTSTART"].dt == START
    assert event["DTEND"].dt == START + timedelta(hours=2)
    assert event["DTSTART"].to_ical() == b"20261202T190000Z"


def test_an_event_says_when_it_changed_and_never_when_it_was_read() -> None:
    event = read(window())
    changed = datetime(2026, 11, 20, 8, 30, 15, tzinfo=UTC)
    assert event["DTSTAMP"].dt == event["LAST-MODIFIED"].dt == changed
    assert feed(window()) == feed(window())


def test_an_event_takes_nobody_s_time_and_rings_no_bell() -> None:
    event = read(window())
    assert event["TRANSP"] == "TRANSPARENT"
    assert event.subcomponents == []


def test_an_event_says_what_which_service_and_for_how_long() -> None:
    event = read(window(services=(NMBRS, FACTUURPORTAL)), language="en")
    assert event["SUMMARY"] == "Database upgrade"
    for said in ("M-2026-041", "Nmbrs, Factuurportal", "Unavailable", "1 hour 30 minutes"):
        assert said in event["DESCRIPTION"]
    assert event["CATEGORIES"].to_ical() == b"Nmbrs,Factuurportal"
    assert event["URL"] == f"{BASE}/status/w/w_7Q2hC0ffee"


def test_services_that_differ_in_outage_are_named_with_their_own() -> None:
    said = read(uneven(), language="en")["DESCRIPTION"]
    assert "Expected time unavailable: Factuurportal 15 minutes, Nmbrs 2 hours" in said
    own = read(uneven().only(["factuurportal"]), language="en")["DESCRIPTION"]
    assert "Expected time unavailable: 15 minutes" in own


def test_a_window_that_is_not_on_the_status_page_links_to_no_page_of_its_own() -> None:
    assert read(window(channels=(Channel.EMAIL,)))["URL"] == f"{BASE}/status"


@pytest.mark.parametrize("state", list(State))
def test_every_state_is_one_of_the_three_that_rfc_5545_knows(state: State) -> None:
    assert read(window(state=state))["STATUS"] in {"CONFIRMED", "CANCELLED", "TENTATIVE"}


def test_a_calendar_follows_a_move_and_a_cancellation() -> None:
    created = window()
    moved = window(start=START + timedelta(days=1), revision=4)
    cancelled = moved.changed(state=State.CANCELLED, revision=5)
    assert seen(feed(created)) == [("Databases bijwerken", START)]
    assert seen(feed(moved)) == [("Databases bijwerken", START + timedelta(days=1))]
    assert seen(feed(cancelled)) == []
    events = [read(each) for each in (created, moved, cancelled)]
    assert {str(event["UID"]) for event in events} == {"w_7Q2hC0ffee@maintenance.example"}
    assert [event["SEQUENCE"] for event in events] == [3, 4, 5]


@pytest.mark.parametrize("bad", BAD_TITLES, ids=range(len(BAD_TITLES)))
def test_a_bad_title_leaves_the_feed_whole(bad: str) -> None:
    text = {"nl": bad, "en": bad}
    event = read(window(title=text, description=text))
    assert str(event["SUMMARY"]) == words.line(bad)
    assert event.subcomponents == []
    assert words.lines(bad).strip() in str(event["DESCRIPTION"])


@given(st.text())
def test_any_title_leaves_the_feed_whole(title: str) -> None:
    raw = feed(window(title={"nl": title, "en": title}))
    assert str(icalendar.Calendar.from_ical(raw).walk("VEVENT")[0]["SUMMARY"]) == words.line(title)
    raw_lines = raw.split(b"\r\n")
    assert all(len(line) <= 75 for line in raw_lines)
    assert not any(set(line) & {*range(9), *range(10, 32), 127} for line in raw_lines)


def test_without_the_stripping_a_bad_title_does_not_survive(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(words, "line", str)
    monkeypatch.setattr(words, "lines", str)
    raw = feed(window(title={"nl": "NUL\x00VT\v"}, description={}))
    assert b"\x00" in raw


def test_a_calendar_names_itself_as_rfc_7986_asks() -> None:
    calendar = icalendar.Calendar.from_ical(feed())
    assert calendar["NAME"] == calendar["X-WR-CALNAME"] == "Onderhoud Nmbrs"
    assert calendar["REFRESH-INTERVAL"].dt == timedelta(hours=1)
    assert calendar["REFRESH-INTERVAL"].params["VALUE"] == "DURATION"
    assert calendar["SOURCE"] == f"{BASE}/feeds/nmbrs.ics"
    assert calendar["COLOR"] == "dodgerblue"
    assert "METHOD" not in calendar


def test_joined_events_are_what_the_library_would_have_written() -> None:
    calendar = icalendar.Calendar.from_ical(feed())
    for each in month():
        calendar.add_component(ical.vevent(each, "nl", BASE))
    assert calendar.to_ical() == feed(*month())


def test_a_cancelled_event_says_so_first() -> None:
    event = read(window(state=State.CANCELLED), language="en")
    assert str(event["DESCRIPTION"]).startswith("This maintenance is cancelled.")
