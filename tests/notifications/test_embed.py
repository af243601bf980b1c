"""notifications.embed: the banner says what is on, else what comes first and soon, else nothing."""

from datetime import datetime, timedelta

from maintenance.windows import State, Window
from notifications import embed
from notifications.status_page import Shown
from tests.notifications.values import FACTUURPORTAL, NMBRS, NOW, START, window

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LATER = window(id="w_later", start=START + DAY)


def banner(*windows: Window, now: datetime = NOW) -> list[str]:
    """The ids of the windows it tells of."""
    shown = Shown((FACTUURPORTAL, NMBRS), windows, "https://maintenance.example", "en")
    text = embed.banner(shown, now).decode()
    return [part.split("?")[0] for part in text.split("/status/w/")[1:]]


def test_what_comes_first_is_told() -> None:
    assert banner(LATER, window()) == ["w_7Q2hC0ffee"]


def test_what_is_on_goes_before_what_comes() -> None:
    on = window(id="w_on", state=State.IN_PROGRESS, start=NOW - HOUR, end=NOW + HOUR)
    assert banner(window(), on, LATER) == ["w_on"]


def test_what_is_far_away_cancelled_or_done_is_not_told() -> None:
    far = window(start=NOW + 15 * DAY)
    off = window(state=State.CANCELLED)
    done = window(state=State.COMPLETED, start=NOW - DAY)
    assert banner(far, off, done) == []
    assert banner() == []


def test_it_says_when_it_changes() -> None:
    shown = Shown((NMBRS,), (window(start=NOW + 20 * DAY),), "https://x.example", "en")
    assert embed.moments(shown, NOW).next == NOW + 6 * DAY
    assert embed.moments(shown, NOW + 6 * DAY).next == NOW + 20 * DAY
    assert embed.moments(Shown((), (), "https://x.example", "en"), NOW).next is None


def test_the_code_to_paste_is_whole_and_escaped() -> None:
    shown = Shown((NMBRS,), (), "https://maintenance.example/x", "nl")
    text = embed.how(shown).decode()
    assert "&lt;script src=&#34;https://maintenance.example/x/embed/banner.js&#34;" in text
    assert "data-service=&#34;nmbrs&#34;" in text
    assert "https://maintenance.example toe" in text
