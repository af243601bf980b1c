"""notifications.vevent: the same bytes as the library makes, for any words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maintenance.windows import LANGUAGES, Channel, Impact, Service, State
from notifications import ical, vevent
from tests.notifications.values import BAD_TITLES, FACTUURPORTAL, NMBRS, month, window

BASE = "https://maintenance.example"
ANY = st.characters(exclude_categories=())
ODD = st.text(ANY | st.sampled_from("\\N;,^\n\r\u2028é€\U0001f9e8"))


def same(it: object, language: str = "nl", base: str = BASE) -> bool:
    twin = bytes(ical.vevent(it, language, base).to_ical())  # type: ignore[arg-type]
    return vevent.text(it, language, base) == twin  # type: ignore[arg-type]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_month_is_written_as_the_library_does(language: str) -> None:
    assert all(same(each, language) for each in month())


@pytest.mark.parametrize("bad", BAD_TITLES, ids=range(len(BAD_TITLES)))
def test_so_is_a_bad_title(bad: str) -> None:
    words = {"nl": bad, "en": bad}
    named = Service("x", bad)
    assert same(window(title=words, description=words, services=(named,)))


@given(title=ODD, description=ODD, name=ODD)
def test_so_are_any_words(title: str, description: str, name: str) -> None:
    it = window(
        title={"nl": title}, description={"nl": description}, services=(Service("x", name), NMBRS)
    )
    assert same(it)


@given(start=st.integers(40, 90), filling=st.sampled_from(["\\", "^", "é", "€", "\U0001f9e8", ";"]))
def test_so_is_a_line_wherever_it_is_cut(start: int, filling: str) -> None:
    assert same(window(title={"nl": "a" * start + filling * 90}))


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("impact", list(Impact))
def test_so_are_every_state_and_impact(state: State, impact: Impact) -> None:
    assert same(window(state=state, impact=impact, services=(NMBRS, FACTUURPORTAL)))


@pytest.mark.parametrize("base", ["http://[::1]:8000", "https://Example.org/" + "long/" * 30])
def test_so_is_any_address(base: str) -> None:
    assert same(window(), base=base)
    assert same(window(channels=(Channel.EMAIL,)), base=base)
