"""What the clock does to windows: each step is the verb an operator would call, at its moment."""

from collections.abc import Callable
from datetime import datetime, timedelta

from maintenance import notices, planning
from maintenance.accounts import CLOCK
from maintenance.models import Window, db
from maintenance.store import windows
from maintenance.windows import State


def expire(now: datetime) -> None:
    """Reject the proposals whose time has passed; urgent work may begin until it would end."""
    why = "expired: not approved before its start"
    for window_id, _at in _due(State.PROPOSED, now, _expiry):
        planning.step(window_id, State.REJECTED, "expire", CLOCK, now, reason=why)


def begin(now: datetime) -> None:
    """Start the scheduled windows whose start has come, as of that start."""
    for window_id, at in _due(State.SCHEDULED, now, lambda row: row.start_at):
        plan = notices.on_start
        planning.step(window_id, State.IN_PROGRESS, "start", CLOCK, now, plan=plan, at=at)


def complete(now: datetime) -> None:
    """Complete the windows whose end has come, where each service leaves it to the clock."""
    for window_id, at in _due(State.IN_PROGRESS, now, _completion):
        plan = notices.on_completion
        planning.step(window_id, State.COMPLETED, "complete", CLOCK, now, plan=plan, at=at)


def _expiry(row: Window) -> datetime:
    return planning.latest_approval(row)


def _completion(row: Window) -> datetime | None:
    by_clock = all(place.service.clock_completes for place in row.places)
    return row.end_at if by_clock else None


def _due(
    state: State, now: datetime, moment: Callable[[Window], datetime | None]
) -> list[tuple[str, datetime]]:
    """The windows in this state whose moment has come, each with it."""
    session = db.session()
    rows = windows.listed(session, states=[state], until=now + timedelta(microseconds=1))
    moments = [(row.public_id, moment(row)) for row in rows]
    session.rollback()
    return [(window_id, at) for window_id, at in moments if at is not None and at <= now]
