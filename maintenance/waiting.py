"""What waits for an approver: by when it must be announced, and what breaks if it waits longer."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from maintenance import four_eyes, judging
from maintenance.models import Window
from maintenance.planning import latest_approval
from maintenance.sla.verdict import Verdict
from maintenance.store import windows

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A proposal that waits. Of a series that waits whole there is one: its first window."""

    window: Window
    verdict: Verdict
    deadline: datetime  # the latest announcement, or the start where none is asked
    breaks_tomorrow: bool  # it complies now, and would not if it were approved a day later


def waiting(session: Session, now: datetime, services: Collection[str] = ()) -> Sequence[Waiting]:
    """The proposals on these services (none: on any), those with the earliest deadline first."""
    return judged(session, proposals(session, services), now)


def proposals(session: Session, services: Collection[str] = ()) -> list[int]:
    """The same as their ids, by the deadline that was last known: nothing is judged."""
    found: dict[tuple[str, int], int] = {}
    for window_id, series_id in windows.waiting(session, services):
        key = ("series", series_id) if series_id else ("window", window_id)
        found.setdefault(key, window_id)
    return list(found.values())


def judged(session: Session, ids: Collection[int], now: datetime) -> Sequence[Waiting]:
    """What these proposals wait for, by the deadline of what the rules say now."""
    found = [_waiting(session, row, now) for row in windows.by_ids(session, ids)]
    return sorted(found, key=lambda each: each.deadline)


def _waiting(session: Session, row: Window, now: datetime) -> Waiting:
    verdict = judging.present(session, row, now)
    deadline = four_eyes.deadline(row, verdict)
    tomorrow = verdict.compliant and _breaks(session, row, deadline, now + DAY)
    return Waiting(row, verdict, deadline, tomorrow)


def _breaks(session: Session, row: Window, deadline: datetime, later: datetime) -> bool:
    """Whether it would break a rule if it were approved then, or could not be approved at all."""
    if latest_approval(row) <= later:
        return True
    soon = later + DAY  # what is due long after that needs no second look
    return deadline <= soon and not judging.verdict_of(session, row, later).compliant
