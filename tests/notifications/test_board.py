"""notifications.board: who sees what, and when that changes by itself."""

from datetime import timedelta

import pytest

from maintenance.windows import Channel, State
from notifications import board
from notifications.board import Moments, Phase
from tests.notifications.values import FACTUURPORTAL, NMBRS, NOW, START, month, window

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
END = START + timedelta(hours=2)


@pytest.mark.parametrize("state", [State.DRAFT, State.PROPOSED, State.REJECTED])
def test_what_was_never_promised_is_shown_to_nobody(state: State) -> None:
    assert board.announced([window(state=state)]) == []


def test_what_is_not_announced_is_shown_to_nobody() -> None:
    assert board.announced([window(announced_at=None)]) == []


def test_what_is_told_by_mail_alone_is_not_public() -> None:
    mailed = window(channels=(Channel.EMAIL,))
    assert board.announced([mailed]) == [mailed]
    assert board.public([mailed]) == []


@pytest.mark.parametrize(
    ("state", "before", "during", "after"),
    [
        (State.SCHEDULED, Phase.COMING, Phase.NOW, Phase.PAST),
        (State.IN_PROGRESS, Phase.NOW, Phase.NOW, Phase.NOW),
        (State.COMPLETED, Phase.PAST, Phase.PAST, Phase.PAST),
        (State.CANCELLED, Phase.COMING, Phase.PAST, Phase.PAST),
    ],
)
def test_a_phase_follows_from_state_and_clock(
    state: State, before: Phase, during: Phase, after: Phase
) -> None:
    it = window(state=state)
    found = [board.phase(it, moment) for moment in (START - MINUTE, START, END)]
    assert found == [before, during, after]


def test_what_comes_is_soonest_first_and_what_was_latest_first() -> None:
    coming = board.in_phase(month(), Phase.COMING, NOW)
    assert [each.id for each in coming] == ["w_off", "w_7Q2hC0ffee", "w_both"]
    past = board.in_phase(month(), Phase.PAST, NOW)
    assert [each.id for each in past] == ["w_done", "w_old"]


def test_what_comes_next_is_not_what_was_cancelled() -> None:
    following = board.next_up(month(), NOW)
    assert following is not None
    assert following.id == "w_7Q2hC0ffee"


def test_the_page_holds_90_days_and_older_months_have_their_own() -> None:
    assert [each.id for each in board.recent(month(), NOW)] == ["w_done"]
    assert board.months(month(), NOW) == ["2026-11", "2026-07"]
    assert [each.id for each in board.in_month(month(), "2026-07", NOW)] == ["w_old"]


def test_a_month_is_that_of_the_local_start() -> None:
    assert board.month_of(window(start=START.replace(day=31, hour=23, minute=30))) == "2027-01"


def test_a_service_has_the_windows_that_touch_it() -> None:
    both = window(services=(NMBRS, FACTUURPORTAL))
    assert board.on([window(), both], ["factuurportal"]) == [both]


def test_a_feed_drops_a_cancelled_window_after_30_days_and_others_after_13_months() -> None:
    done, off = window(state=State.COMPLETED), window(state=State.CANCELLED)
    assert board.kept([done, off], END + 30 * DAY - MINUTE) == [done, off]
    assert board.kept([done, off], END + 30 * DAY) == [done]
    assert board.kept([done, off], END + 396 * DAY) == []


def test_a_page_changes_by_itself_when_a_window_starts_and_ends() -> None:
    it = window()
    assert board.page_moments([it], START - MINUTE).next == START
    assert board.page_moments([it], START).next == END
    assert board.page_moments([it], START) == Moments(last=START, next=END)
    assert board.page_moments([it], END).next == END + board.PAST


def test_a_feed_changes_by_itself_only_when_it_drops_a_window() -> None:
    it = window()
    assert board.feed_moments([it], START) == Moments(it.announced_at, END + board.KEPT)
    assert board.feed_moments([], NOW) == Moments(None, None)
