"""Who is told what, and when. Pure: a window and what happened to it in, notices to store out."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from maintenance.windows import NoticeKind, State, Text, Window

OVERRUN_AFTER = timedelta(minutes=15)
"""How long after its end a window that is not completed counts as overrun."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to tell, once, at its due instant; unique by (window, revision, kind, due_at)."""

    kind: NoticeKind
    due_at: datetime
    revision: int
    was: tuple[datetime, datetime] | None = None  # the times a change replaces
    text: Text | None = None  # the words of a message
    to_operators: bool = False  # to the people who plan, not to contacts


def announces(window: Window) -> bool:
    """Whether this window is to be told of at all; without channels it is left out by choice."""
    return bool(window.channels)


def told(window: Window) -> bool:
    """Whether readers have been told of this window."""
    return window.announced_at is not None


def on_approval(window: Window, now: datetime) -> list[Notice]:
    """The announcement, now or at its chosen moment, and the reminders after it."""
    if not announces(window):
        return []
    due = max(now, window.announce_at or now)
    first = Notice(NoticeKind.ANNOUNCEMENT, due, window.revision)
    return [first, *_reminders(window, after=due)]


def on_move(window: Window, was: tuple[datetime, datetime], now: datetime) -> list[Notice]:
    """For a window with new times: one change to those already told, else its announcement anew."""
    if not told(window):
        return on_approval(window, now)
    change = Notice(NoticeKind.CHANGE, now, window.revision, was=was)
    return [change, *_reminders(window, after=now)]


def on_start(window: Window, now: datetime) -> list[Notice]:
    """That it began, and when operators are asked why it is not completed."""
    return [*_if_told(window, NoticeKind.START, now), _overrun(window)]


def on_extension(window: Window, was: tuple[datetime, datetime], now: datetime) -> list[Notice]:
    """The new end to those told, and a new moment to ask operators."""
    if not told(window):
        return [*on_approval(window, now), _overrun(window)]
    return [Notice(NoticeKind.CHANGE, now, window.revision, was=was), _overrun(window)]


def on_new_reminders(window: Window, now: datetime) -> list[Notice]:
    """For an announced window with other reminders: those still to come."""
    return list(_reminders(window, after=now))


def on_completion(window: Window, now: datetime) -> list[Notice]:
    """That it is done, to those told."""
    return list(_if_told(window, NoticeKind.COMPLETION, now))


def on_registration(window: Window, now: datetime) -> list[Notice]:
    """Of work that was done before anybody was told: that it was done."""
    return [Notice(NoticeKind.COMPLETION, now, window.revision)] if announces(window) else []


def on_cancellation(window: Window, now: datetime) -> list[Notice]:
    """That it is off, to those told."""
    return list(_if_told(window, NoticeKind.CANCELLATION, now))


def on_message(window: Window, text: Text, now: datetime) -> list[Notice]:
    """A word, to those told."""
    return list(_if_told(window, NoticeKind.MESSAGE, now, text))


def stale(notice: Notice, window: Window, now: datetime) -> str | None:
    """Why this notice must no longer go out, or None where it is still true.

    Asked when a notice falls due and again when each of its deliveries is sent.
    """
    match notice.kind:
        case NoticeKind.ANNOUNCEMENT | NoticeKind.CHANGE:
            return (
                _unless(window, State.SCHEDULED, State.IN_PROGRESS)
                or _superseded(notice, window)
                or _past(useless_after(notice, window), now)
            )
        case NoticeKind.REMINDER:
            return (
                _unless(window, State.SCHEDULED)
                or _other_reminder(notice, window, now)
                or _past(useless_after(notice, window), now)
            )
        case NoticeKind.START:
            return _unless(window, State.IN_PROGRESS) or _past(useless_after(notice, window), now)
        case NoticeKind.OVERRUN:
            return _unless(window, State.IN_PROGRESS) or _extended(notice, window)
        case NoticeKind.CANCELLATION:
            return _past(useless_after(notice, window), now)
        case _:
            return None


def useless_after(notice: Notice, window: Window) -> datetime | None:
    """From when on this notice is not told any more; None where it stays worth telling."""
    match notice.kind:
        case NoticeKind.REMINDER:
            return window.start
        case (
            NoticeKind.ANNOUNCEMENT | NoticeKind.CHANGE | NoticeKind.START | NoticeKind.CANCELLATION
        ):
            return window.end
        case _:
            return None


def _unless(window: Window, *states: State) -> str | None:
    return None if window.state in states else f"the window is {window.state}"


def _past(moment: datetime | None, now: datetime) -> str | None:
    return "its moment has passed" if moment is not None and now >= moment else None


def _superseded(notice: Notice, window: Window) -> str | None:
    return None if notice.revision == window.times_revision else "a later notice says it anew"


def _other_reminder(notice: Notice, window: Window, now: datetime) -> str | None:
    due = {window.start - lead for lead in _leads(window)}
    if notice.due_at not in due:
        return "the window moved"
    later = any(notice.due_at < other <= now for other in due)
    return "a later reminder says it" if later else None


def _extended(notice: Notice, window: Window) -> str | None:
    return None if notice.due_at == window.end + OVERRUN_AFTER else "the window was extended"


def _overrun(window: Window) -> Notice:
    due = window.end + OVERRUN_AFTER
    return Notice(NoticeKind.OVERRUN, due, window.revision, to_operators=True)


def _if_told(
    window: Window, kind: NoticeKind, now: datetime, text: Text | None = None
) -> Iterator[Notice]:
    if told(window):
        yield Notice(kind, now, window.revision, text=text)


def _leads(window: Window) -> set[timedelta]:
    return {timedelta(minutes=minutes) for minutes in window.reminders}


def _reminders(window: Window, after: datetime) -> Iterator[Notice]:
    for lead in sorted(_leads(window), reverse=True):
        if window.start - lead > after:
            yield Notice(NoticeKind.REMINDER, window.start - lead, window.revision)
