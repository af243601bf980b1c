"""Secret links open one thing, for one purpose, until they are replaced."""

import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maintenance import links
from maintenance.links import Purpose

KEY = "a key that only the tests know"


def opens(token: str, generations: dict[int, int], purpose: Purpose = Purpose.FEED) -> int | None:
    return links.opens(token, KEY, purpose, generations.get)


def test_a_token_opens_its_row() -> None:
    assert opens(links.token(KEY, Purpose.FEED, 7, 1), {7: 1}) == 7


def test_a_token_carries_256_bits_and_its_id() -> None:
    token = links.token(KEY, Purpose.FEED, 7, 1)
    mac, _, row = token.rpartition("-")
    assert (len(mac) * 6 // 8 * 8, row) == (256, "7")


def test_a_raised_generation_ends_the_links_made_before() -> None:
    token = links.token(KEY, Purpose.FEED, 7, 1)
    assert opens(token, {7: 2}) is None


def test_a_token_for_one_purpose_opens_no_other() -> None:
    token = links.token(KEY, Purpose.PREFERENCES, 7, 1)
    assert opens(token, {7: 1}) is None


def test_a_token_for_one_row_opens_no_other() -> None:
    mac = links.token(KEY, Purpose.FEED, 7, 1).rpartition("-")[0]
    assert opens(f"{mac}-8", {7: 1, 8: 1}) is None


def test_a_token_of_another_installation_opens_nothing() -> None:
    token = links.token("the key of somebody else", Purpose.FEED, 7, 1)
    assert opens(token, {7: 1}) is None


def test_an_unknown_row_is_refused_even_with_the_token_of_generation_zero() -> None:
    assert opens(links.token(KEY, Purpose.FEED, 7, 0), {}) is None


def test_what_two_rows_sign_never_runs_together() -> None:
    assert links.token(KEY, Purpose.FEED, 1, 11) != links.token(KEY, Purpose.FEED, 11, 1)


@given(st.text(max_size=70))
def test_what_is_no_token_opens_nothing(text: str) -> None:
    assert opens(text, {7: 1}) is None


@pytest.mark.parametrize("row", ["0", "-1", "07", "9" * 19, "", "7\n"])
def test_an_id_that_no_row_can_have_is_not_looked_up(row: str) -> None:
    def never(_: int) -> int:
        raise AssertionError("looked up")

    mac = links.token(KEY, Purpose.FEED, 7, 1).rpartition("-")[0]
    assert links.opens(f"{mac}-{row}", KEY, Purpose.FEED, never) is None


def test_tokens_are_compared_without_telling_where_they_differ(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compared = []

    def seen(one: bytes, other: bytes) -> bool:
        compared.append((one, other))
        return one == other

    monkeypatch.setattr(hmac, "compare_digest", seen)
    token = links.token(KEY, Purpose.FEED, 7, 1)
    assert opens(token, {7: 1}) == 7
    assert opens(token, {}) is None
    assert len(compared) == 2
