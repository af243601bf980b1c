"""notifications.atom: what feed readers are told."""

from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maintenance.windows import Message, State, Window
from notifications import atom, words
from notifications.atom import Head
from tests import golden
from tests.notifications.values import BAD_TITLES, NOW, month, window

BASE = "https://maintenance.example"
HEAD = Head("Onderhoud", f"{BASE}/feeds/all.atom", f"{BASE}/status", BASE)
NS = {"a": atom.ATOM}


def read(*windows: Window, language: str = "nl") -> ET.Element:
    return ET.fromstring(atom.feed(HEAD, windows, language))


def texts(feed: ET.Element, path: str) -> list[str]:
    return [found.text or "" for found in feed.findall(path, NS)]


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_feed_of_a_month_is_the_one_that_was_found_good(language: str) -> None:
    assert golden.holds(f"feeds/month.{language}.atom", atom.feed(HEAD, month(), language))


def test_what_changed_last_stands_first_and_dates_the_feed() -> None:
    old, new = window(id="w_old"), window(id="w_new", updated_at=NOW)
    feed = read(old, new)
    assert texts(feed, "a:entry/a:id") == [
        "tag:maintenance.example,2026:w_new",
        "tag:maintenance.example,2026:w_old",
    ]
    assert texts(feed, "a:updated") == ["2026-11-23T09:00:00Z"]


def test_a_feed_of_nothing_is_still_a_feed() -> None:
    assert texts(read(), "a:updated") == ["1970-01-01T00:00:00Z"]


def test_an_entry_keeps_its_id_and_says_the_state_in_its_title() -> None:
    planned = read(window())
    moved = window(state=State.CANCELLED, updated_at=NOW, start=NOW + timedelta(days=3))
    cancelled = read(moved)
    assert texts(planned, "a:entry/a:id") == texts(cancelled, "a:entry/a:id")
    assert texts(planned, "a:entry/a:title") == ["Gepland: Databases bijwerken"]
    assert texts(cancelled, "a:entry/a:title") == ["Geannuleerd: Databases bijwerken"]


def test_an_entry_holds_the_times_and_the_words_since() -> None:
    said = Message(NOW, {"nl": "We zijn begonnen.", "en": "We have started."})
    (content,) = texts(read(window(messages=(said,)), language="en"), "a:entry/a:content")
    assert "Wednesday 2 December 2026, 20:00 \N{EN DASH} 22:00 CET" in content
    assert "We have started." in content


@pytest.mark.parametrize("bad", BAD_TITLES, ids=range(len(BAD_TITLES)))
def test_a_bad_title_leaves_the_feed_whole(bad: str) -> None:
    feed = read(window(title={"nl": bad}, description={"nl": bad}))
    assert texts(feed, "a:entry/a:title") == [f"Gepland: {words.line(bad)}"]


@given(st.text())
def test_any_title_leaves_the_feed_whole(title: str) -> None:
    feed = read(window(title={"nl": title}, description={"nl": title}))
    assert texts(feed, "a:entry/a:title") == [f"Gepland: {words.line(title)}"]
