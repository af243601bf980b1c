"""notices: who is told what and when, and when it is no longer true."""

from datetime import datetime, timedelta

import pytest

from maintenance import notices
from maintenance.notices import Notice
from maintenance.windows import NoticeKind, State, Window
from tests.notifications.values import NOW, START
from tests.notifications.values import window as any_window

HOUR, DAY, MINUTE = timedelta(hours=1), timedelta(days=1), timedelta(minutes=1)
END = START + 2 * HOUR
WAS = (START - DAY, END - DAY)
SAID = {"nl": "De helft is klaar.", "en": "Half is done."}


def window(**values: object) -> Window:
    fields = {"announced_at": None, "notice_revision": 3, "times_revision": 3, **values}
    return any_window(**fields)


def told(**values: object) -> Window:
    return window(announced_at=NOW - DAY, **values)


def brief(planned: list[Notice]) -> list[tuple[str, datetime]]:
    return [(notice.kind, notice.due_at) for notice in planned]


def test_approval_announces_at_once_and_reminds_later() -> None:
    planned = notices.on_approval(window(reminders=(60, 1440)), NOW)
    assert brief(planned) == [
        ("announcement", NOW),
        ("reminder", START - DAY),
        ("reminder", START - HOUR),
    ]
    assert {notice.revision for notice in planned} == {3}


def test_an_announcement_waits_for_its_moment_and_no_reminder_comes_before_it() -> None:
    at = START - HOUR
    planned = notices.on_approval(window(announce_at=at, reminders=(30, 60, 1440)), NOW)
    assert brief(planned) == [("announcement", at), ("reminder", START - 30 * MINUTE)]


def test_a_moment_that_has_passed_is_now() -> None:
    assert brief(notices.on_approval(window(announce_at=NOW - DAY), NOW)) == [("announcement", NOW)]


def test_without_channels_nothing_is_told() -> None:
    silent = window(channels=(), reminders=(60,))
    assert notices.on_approval(silent, NOW) == []
    assert notices.on_completion(silent, NOW) == []


def test_a_move_is_one_change_to_those_told_and_an_announcement_where_nobody_was() -> None:
    (change,) = notices.on_move(told(), WAS, NOW)
    assert (change.kind, change.was) == (NoticeKind.CHANGE, WAS)
    assert brief(notices.on_move(window(), WAS, NOW)) == [("announcement", NOW)]


def test_a_start_is_told_and_operators_are_asked_after_the_end() -> None:
    start, overrun = notices.on_start(told(), START)
    assert (start.kind, overrun.kind) == (NoticeKind.START, NoticeKind.OVERRUN)
    assert (overrun.due_at, overrun.to_operators) == (END + 15 * MINUTE, True)
    assert brief(notices.on_start(window(), START)) == [("overrun", END + 15 * MINUTE)]


def test_an_extension_tells_the_new_end_and_asks_later() -> None:
    change, overrun = notices.on_extension(told(end=END + HOUR), (START, END), START)
    assert change.was == (START, END)
    assert overrun.due_at == END + HOUR + 15 * MINUTE


@pytest.mark.parametrize(
    ("plan", "kind"),
    [
        (notices.on_completion, "completion"),
        (notices.on_cancellation, "cancellation"),
        (lambda w, now: notices.on_message(w, SAID, now), "message"),
    ],
)
def test_what_follows_is_told_to_those_who_know_of_the_window(plan: object, kind: str) -> None:
    assert callable(plan)
    assert brief(plan(told(), NOW)) == [(kind, NOW)]
    assert plan(window(), NOW) == []


def stale(kind: NoticeKind, of: Window, now: datetime = NOW, **values: object) -> str | None:
    fields = {"due_at": NOW, "revision": 3, **values}
    return notices.stale(Notice(kind, **fields), of, now)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", [NoticeKind.ANNOUNCEMENT, NoticeKind.CHANGE])
def test_an_announcement_holds_until_it_is_off_superseded_or_past(kind: NoticeKind) -> None:
    assert stale(kind, told()) is None
    assert stale(kind, told(state=State.IN_PROGRESS), START + HOUR) is None
    assert stale(kind, told(state=State.CANCELLED)) == "the window is cancelled"
    assert stale(kind, told(times_revision=4)) == "a later notice says it anew"
    assert stale(kind, told(), END) == "its moment has passed"


def test_a_reminder_holds_until_the_start_and_for_the_times_it_was_planned_for() -> None:
    both, at = told(reminders=(60, 1440)), {"due_at": START - DAY}
    assert stale(NoticeKind.REMINDER, both, START - DAY, **at) is None
    assert stale(NoticeKind.REMINDER, both, START - HOUR - MINUTE, **at) is None
    assert stale(NoticeKind.REMINDER, both, START - HOUR, **at) == "a later reminder says it"
    moved = told(start=START + DAY, end=END + DAY, reminders=(60, 1440))
    assert stale(NoticeKind.REMINDER, moved, START - DAY, **at) == "the window moved"
    last = {"due_at": START - HOUR}
    assert stale(NoticeKind.REMINDER, both, START, **last) == "its moment has passed"
    begun = told(state=State.IN_PROGRESS, reminders=(60,))
    assert stale(NoticeKind.REMINDER, begun, START - HOUR, **last) == "the window is in_progress"


def test_a_start_is_news_while_it_runs() -> None:
    running = told(state=State.IN_PROGRESS)
    assert stale(NoticeKind.START, running, END - MINUTE) is None
    assert stale(NoticeKind.START, running, END) == "its moment has passed"
    assert stale(NoticeKind.START, told(state=State.COMPLETED), START) is not None


def test_operators_are_asked_about_the_end_that_it_has() -> None:
    running, at = told(state=State.IN_PROGRESS), {"due_at": END + 15 * MINUTE}
    assert stale(NoticeKind.OVERRUN, running, **at) is None
    longer = told(state=State.IN_PROGRESS, end=END + HOUR)
    assert stale(NoticeKind.OVERRUN, longer, **at) == "the window was extended"
    assert stale(NoticeKind.OVERRUN, told(state=State.COMPLETED), **at) is not None


@pytest.mark.parametrize("kind", [NoticeKind.COMPLETION, NoticeKind.MESSAGE])
def test_that_it_is_done_and_what_was_said_stay_true(kind: NoticeKind) -> None:
    assert stale(kind, told(state=State.COMPLETED), END + 3 * DAY) is None


def test_a_cancellation_matters_until_the_window_would_have_ended() -> None:
    off = told(state=State.CANCELLED)
    assert stale(NoticeKind.CANCELLATION, off, END - MINUTE) is None
    assert stale(NoticeKind.CANCELLATION, off, END) == "its moment has passed"
