"""Urgent work that was done before anybody wrote it down: registered, and told of, afterwards.

No rule refuses it, as none refuses starting: it is a fact. What the rules say of it is recorded and
shown. It was not approved, so where a service asks for two people the approvers are told of it.
"""

from collections.abc import Sequence
from datetime import datetime

from maintenance import four_eyes, judging, notices, planning
from maintenance.accounts import Actor
from maintenance.intake import Proposal
from maintenance.models import Window
from maintenance.planning import Act
from maintenance.results import Bad, Done, NotPossible, Result
from maintenance.store import windows
from maintenance.store.session import lock, writing
from maintenance.windows import State


def register(values: Proposal, actor: Actor, now: datetime) -> Result:
    """A window completed as of its end, by the policies of its start; told by its channels, if any.

    The values are those of intake with `afterwards`: urgent, ended, with a justification.
    """
    with writing() as session:
        services = lock(session, values.services)
        row = planning.add(session, services, values, actor, now)
        row.state, row.reminders, row.announce_at = State.COMPLETED, [], None
        row.started_at, row.completed_at, row.registered_at = row.start_at, row.end_at, now
        windows.place_on(row, services)
        verdict = judging.verdict_of(session, row, now)
        row.verdict = verdict.as_json()
        four_eyes.tell_approvers(session, row, verdict, actor, now)
        act = Act(session, row, "register", actor, now)
        return _told(act) if values.channels else act.done()


def tell(
    window_id: str, channels: Sequence[str], actor: Actor, now: datetime, seen: int | None = None
) -> Result:
    """Tell of a window that was registered afterwards, of which nobody was told yet."""
    with writing() as session:
        row = planning.take(session, window_id, seen, State.COMPLETED)
        if not isinstance(row, Window):
            return row
        if row.registered_at is None or row.announced_at is not None:
            return NotPossible("only what was registered afterwards and not told of is told so")
        if not channels:
            return Bad({"channels": "is required"})
        row.channels = list(channels)
        return _told(Act(session, row, "tell", actor, now), {"channels": list(channels)})


def _told(act: Act, changes: dict[str, list[str]] | None = None) -> Done:
    """Done, and public from now on."""
    act.row.announced_at = act.now
    return act.done(changes, notices.on_registration)
