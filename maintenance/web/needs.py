"""What needs somebody now: approvals before their deadline, overruns, mails that failed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from maintenance import judging
from maintenance.models import Delivery, Window
from maintenance.sla.verdict import Verdict
from maintenance.store import desk, windows
from maintenance.windows import State

SOON = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A proposal that waits for an approver."""

    window: Window
    verdict: Verdict
    deadline: datetime  # the latest announcement, or the start where none is asked
    soon: bool


@dataclass(frozen=True, slots=True)
class Needs:
    """All of it, soonest first."""

    approvals: Sequence[Waiting]
    overruns: Sequence[Window]
    running: Sequence[Window]
    failures: Sequence[Delivery]


def needs(session: Session, now: datetime) -> Needs:
    """What needs somebody at this moment."""
    running = windows.listed(session, states=[State.IN_PROGRESS])
    proposed = windows.listed(session, states=[State.PROPOSED])
    waiting = [_waiting(row, judging.present(session, row, now), now) for row in proposed]
    return Needs(
        approvals=sorted(waiting, key=lambda each: each.deadline),
        overruns=[row for row in running if row.end_at < now],
        running=[row for row in running if row.end_at >= now],
        failures=desk.failures(session, since=now - timedelta(days=30)),
    )


def _waiting(row: Window, verdict: Verdict, now: datetime) -> Waiting:
    deadlines = [
        finding.deadline
        for finding in verdict.findings
        if finding.deadline is not None and finding.outcome != "not_applicable"
    ]
    deadline = min(deadlines, default=row.start_at)
    return Waiting(row, verdict, deadline, deadline - now < SOON)
