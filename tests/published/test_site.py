"""published.site: what is kept of each window is what would be made anew."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from maintenance.published.site import Site
from maintenance.windows import LANGUAGES, Message, State, Window
from notifications import status_page, vevent
from notifications.status_page import Shown
from tests.notifications.values import BAD_TITLES, FACTUURPORTAL, NMBRS, NOW, START, month, window

BASE = "https://maintenance.example/onderhoud"
HOUR = timedelta(hours=1)


@pytest.fixture
def site() -> Site:
    return Site(BASE, "a key", "x@vendor.example")


def both(site: Site, windows: list[Window], language: str, now: datetime) -> tuple[bytes, bytes]:
    """The page as it is kept, and as it is made anew."""
    plain = Shown((FACTUURPORTAL, NMBRS), windows, BASE, language)
    kept = replace(plain, article=site.article)
    return status_page.index(kept, now), status_page.index(plain, now)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_of_kept_articles_is_the_plain_one_at_any_moment(site: Site, language: str) -> None:
    windows = month()
    edges = [moment for each in windows for moment in (each.start, each.end)]
    for now in sorted([NOW, *edges, *(edge - HOUR for edge in edges)]):
        kept, plain = both(site, windows, language, now)
        assert kept == plain


@pytest.mark.parametrize(
    "change",
    [
        {"title": {"nl": "Anders", "en": "Other"}},
        {"start": START + HOUR},
        {"state": State.CANCELLED, "cancelled_at": NOW},
        {"state": State.IN_PROGRESS, "started_at": NOW},
        {"messages": (Message(NOW, {"nl": "Half.", "en": "Half."}),)},
        {"services": (FACTUURPORTAL,)},
    ],
)
def test_a_change_of_any_sort_is_seen(site: Site, change: dict[str, object]) -> None:
    before = window()
    both(site, [before], "en", NOW)
    kept, plain = both(site, [before.changed(**change)], "en", NOW)
    assert kept == plain


def test_an_article_is_made_once_for_each_of_its_forms(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    plain = status_page.article

    def counted(*given: object, **more: object) -> object:
        made.append("one")
        return plain(*given, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(status_page, "article", counted)
    it = window()
    for now in (NOW, NOW + HOUR, it.start, it.start + HOUR):
        site.article(it, "nl", "", now, brief=False)
    assert len(made) == 2  # before it begins, and from then on


def test_wicked_texts_are_escaped_in_what_is_kept(site: Site) -> None:
    for number, bad in enumerate([*BAD_TITLES, "</article><script>alert(1)</script>"]):
        it = window(id=f"w_{number}", title={"nl": bad}, description={"nl": bad})
        kept, plain = both(site, [it], "nl", NOW)
        assert kept == plain
        assert b"<script>alert" not in kept


def test_events_in_a_row_are_those_made_one_by_one(site: Site) -> None:
    windows = month()
    for language in LANGUAGES:
        plain = [vevent.text(each, language, BASE) for each in windows]
        assert site.events(windows, language) == plain
        assert [site.event(each, language) for each in windows] == plain


def test_what_is_kept_has_a_bound(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("maintenance.published.site._MOST", 10)
    windows = [window(id=f"w_{number}") for number in range(40)]
    assert len(site.events(windows, "nl")) == 40
    for each in windows:
        site.article(each, "nl", "", NOW, brief=True)
    assert len(site._articles["nl"]) <= 11
    assert len(site._events["nl"]) <= 11
