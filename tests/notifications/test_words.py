"""notifications.words: values and times as people write them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from maintenance.windows import LANGUAGES, Impact, Kind, State
from notifications import words

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
EVENING = datetime(2026, 12, 1, 19, 0, tzinfo=UTC)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_value_has_its_words(language: str) -> None:
    for kinds, named in ((Impact, words.IMPACT), (Kind, words.KIND), (State, words.STATE)):
        for each in kinds:
            assert named[each][language]  # type: ignore[index]


@pytest.mark.parametrize(
    ("minutes", "nl", "en"),
    [
        (0, "0 minuten", "0 minutes"),
        (1, "1 minuut", "1 minute"),
        (60, "1 uur", "1 hour"),
        (150, "2 uur 30 minuten", "2 hours 30 minutes"),
    ],
)
def test_a_length_is_said_in_hours_and_minutes(minutes: int, nl: str, en: str) -> None:
    assert [words.duration(minutes, language) for language in ("nl", "en")] == [nl, en]


def test_a_span_says_day_and_zone_once() -> None:
    said = words.span(EVENING, EVENING + timedelta(hours=2), AMSTERDAM, "nl")
    assert said == "dinsdag 1 december 2026, 20:00 \N{EN DASH} 22:00 CET"


def test_a_span_past_midnight_says_both_days() -> None:
    said = words.span(EVENING, EVENING + timedelta(hours=8), AMSTERDAM, "en")
    assert said == "Tuesday 1 December 2026, 20:00 \N{EN DASH} Wednesday 2 December 2026, 04:00 CET"


def test_the_night_with_two_half_past_twos_tells_them_apart() -> None:
    start = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    said = words.span(start, start + timedelta(hours=1), AMSTERDAM, "en")
    assert said == "Sunday 25 October 2026, 02:30 CEST \N{EN DASH} 02:30 CET"


def test_a_text_missing_in_one_language_is_said_in_another() -> None:
    assert words.said({"nl": "", "en": "Hello"}, "nl") == "Hello"
    assert words.said({}, "nl") == ""


def test_an_emoji_of_several_parts_stays_whole() -> None:
    assert words.line("\U0001f468\u200d\U0001f4bb") == "\U0001f468\u200d\U0001f4bb"
