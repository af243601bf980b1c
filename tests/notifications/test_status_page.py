"""notifications.status_page: what people read."""

import re
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser

import pytest

from maintenance.windows import LANGUAGES, Service, State, Window
from notifications import status_page, words
from notifications.status_page import TEXTS, Shown
from tests import golden
from tests.notifications.values import (
    BAD_TITLES,
    FACTUURPORTAL,
    NMBRS,
    NOW,
    START,
    month,
    uneven,
    window,
)

BASE = "https://maintenance.example"
MINUTE = timedelta(minutes=1)


def shown(*windows: Window, language: str = "en") -> Shown:
    return Shown((FACTUURPORTAL, NMBRS), windows, BASE, language)


class Text(HTMLParser):
    """The elements of a page and the text in them."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.words: list[str] = []
        self.feed(page.decode())

    def handle_starttag(self, tag: str, _attrs: object) -> None:
        self.elements.append(tag)

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def said(page: bytes) -> str:
    return " ".join(" ".join(Text(page).words).split())


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_of_a_month_is_the_one_that_was_found_good(language: str) -> None:
    page = status_page.index(shown(*month(), language=language), NOW)
    assert golden.holds(f"feeds/status.{language}.html", page)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_of_a_window_is_the_one_that_was_found_good(language: str) -> None:
    page = status_page.window(shown(language=language), month()[0], NOW)
    assert golden.holds(f"feeds/window.{language}.html", page)


def test_both_languages_say_the_same_things() -> None:
    assert TEXTS["nl"].keys() == TEXTS["en"].keys()
    for key, text in TEXTS["nl"].items():
        other = TEXTS["en"][key]
        if isinstance(text, str):
            assert re.findall(r"{\w+}", text) == re.findall(r"{\w+}", other), key
        else:
            assert len(text) == len(other)


def test_with_nothing_to_tell_the_page_says_so() -> None:
    assert "No maintenance planned" in said(status_page.index(shown(), NOW))
    dutch = said(status_page.index(shown(language="nl"), NOW))
    assert "Er is geen onderhoud gepland" in dutch


def test_the_clock_moves_a_window_from_coming_to_now() -> None:
    before = said(status_page.index(shown(window()), START - MINUTE))
    after = said(status_page.index(shown(window()), START))
    assert "No maintenance right now" in before
    assert "Maintenance in progress on Nmbrs" in after


def test_each_window_says_in_which_zone_its_times_are() -> None:
    host = Service("host", "Host", zone="Asia/Singapore")
    page = status_page.index(shown(window(), window(id="w_host", services=(host,))), NOW).decode()
    zones = re.findall(r'class="times" data-zone="([^"]+)"', page)
    assert sorted(zones) == ["Asia/Singapore", "Europe/Amsterdam"]
    assert "03:00" in page


def test_what_comes_is_counted_down_to_and_what_was_is_not() -> None:
    coming = status_page.index(shown(window()), NOW).decode()
    article = coming[coming.index("<article") :]
    assert article.count("data-countdown") == 1
    for state in (State.CANCELLED, State.IN_PROGRESS):
        other = status_page.index(shown(window(state=state)), NOW).decode()
        assert "data-countdown" not in other[other.index("<article") :]


def test_times_are_local_with_their_zone_and_in_utc_for_programs() -> None:
    page = status_page.index(shown(window()), NOW)
    assert b'<time datetime="2026-12-02T19:00:00Z">Wednesday 2 December 2026, 20:00</time>' in page
    assert "Times in Europe/Amsterdam" in said(page)


def test_a_service_s_page_holds_its_own_windows_only() -> None:
    page = said(status_page.index(shown(*month()), NOW, slug="factuurportal"))
    assert "Network" in page
    assert "Database upgrade" not in page


def test_a_month_s_page_holds_what_was_in_it() -> None:
    page = said(status_page.index(shown(*month()), NOW, month="2026-07"))
    assert "Maintenance in July 2026" in page
    assert "Weekly update" in page
    assert "Peppol" not in page


def test_a_window_s_page_holds_every_message_newest_first() -> None:
    page = said(status_page.window(shown(), month()[0], NOW))
    parts = ["Half is done.", "We have started.", "Started", "Announced"]
    assert [page.index(part) for part in parts] == sorted(page.index(part) for part in parts)


def test_a_window_past_its_end_says_that_it_takes_longer() -> None:
    late = window(state=State.IN_PROGRESS)
    assert "longer than planned" in said(status_page.window(shown(), late, late.end))
    assert "longer than planned" not in said(status_page.window(shown(), late, START))


def test_services_that_differ_in_outage_are_named_with_their_own() -> None:
    page = said(status_page.window(shown(), uneven(), NOW))
    assert "Factuurportal: for about 15 minutes Nmbrs: for about 2 hours" in page
    listed = said(status_page.index(shown(uneven()), NOW))
    assert "Factuurportal for about 15 minutes, Nmbrs for about 2 hours" in listed
    alike = replace(uneven(), outages={})
    assert "Unavailable For about 2 hours" in said(status_page.window(shown(), alike, NOW))


def test_a_cancelled_window_says_that_it_will_not_take_place() -> None:
    page = said(status_page.index(shown(window(state=State.CANCELLED)), NOW))
    assert "will not take place" in page
    assert "No maintenance planned" in page  # nothing else comes


def test_a_page_that_cannot_be_fresh_says_from_when_it_is() -> None:
    old = Shown((NMBRS,), (), BASE, "en", as_of=NOW)
    assert "how things stood at Monday 23 November 2026, 10:00 CET" in said(
        status_page.index(old, NOW)
    )


@pytest.mark.parametrize("bad", BAD_TITLES, ids=range(len(BAD_TITLES)))
def test_a_bad_title_is_text_and_nothing_else(bad: str) -> None:
    text = {"nl": bad, "en": bad}
    fine, odd = window(), window(title=text, description=text)
    for draw in (
        lambda w: status_page.index(shown(w), NOW),
        lambda w: status_page.window(shown(), w, NOW),
    ):
        assert Text(draw(odd)).elements == Text(draw(fine)).elements
        assert " ".join(words.line(bad).split()) in said(draw(odd))


def test_a_page_loads_nothing_inline_and_nothing_from_elsewhere() -> None:
    page = status_page.index(shown(*month()), NOW).decode()
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?! src=)", page)
    assert re.findall(r'src="([^"]+)"', page)
    assert all(source.startswith("/status/") for source in re.findall(r'src="([^"]+)"', page))


def test_links_stand_under_the_path_of_the_installation() -> None:
    page = status_page.index(Shown((NMBRS,), (), f"{BASE}/onderhoud", "en"), NOW).decode()
    inside = re.findall(r'(?:href|src)="(/[^"]+)"', page)
    assert inside
    assert all(link.startswith("/onderhoud/") for link in inside)
