"""By which words a notice goes: those of its kind, or of what happened; and an example of each."""

from datetime import datetime, timedelta

from maintenance.notices import Notice
from maintenance.windows import NoticeKind, State, Window

EARLY_END = "early_end"
"""The completion of a window before its end."""

_MINUTE, _DAY = timedelta(minutes=1), timedelta(days=1)
_SAID = {"nl": "Tot zover gaat alles goed.", "en": "All is well so far."}


def of(notice: Notice, window: Window) -> str:
    """The name of the words for this notice of this window: a key of `texts.NEEDED`."""
    done = window.completed_at
    early = done is not None and window.end - done >= _MINUTE
    return EARLY_END if notice.kind == NoticeKind.COMPLETION and early else str(notice.kind)


def kind_of(occasion: str) -> NoticeKind:
    """The kind of notice that goes by these words."""
    return NoticeKind.COMPLETION if occasion == EARLY_END else NoticeKind(occasion)


def example(occasion: str, window: Window, now: datetime) -> tuple[Notice, Window]:
    """A notice that goes by these words, and the window as it is by then."""
    kind = kind_of(occasion)
    notice = Notice(
        kind,
        now,
        window.revision,
        was=(window.start - _DAY, window.end - _DAY) if kind == NoticeKind.CHANGE else None,
        text=_SAID if kind == NoticeKind.MESSAGE else None,
        to_operators=kind == NoticeKind.OVERRUN,
    )
    if occasion == EARLY_END:
        done = window.start + (window.end - window.start) / 2
        window = window.changed(state=State.COMPLETED, completed_at=done)
    return notice, window
