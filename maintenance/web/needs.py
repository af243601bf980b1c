"""What needs somebody now: approvals before their deadline, overruns, mails that failed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from maintenance.models import Customer, Delivery, Window
from maintenance.store import desk, queue, reachable, standing, windows
from maintenance.store.standing import Standing
from maintenance.waiting import Waiting, judged, proposals
from maintenance.web.access import actor
from maintenance.windows import State

SOON = timedelta(hours=24)
MOST = 6
"""So many proposals are judged anew for the first page, however many there are."""


@dataclass(frozen=True, slots=True)
class Needs:
    """All of it, soonest first."""

    approvals: Sequence[Waiting]  # the first MOST of those
    proposals: int
    broken: Sequence[Window]  # scheduled, and no longer within the agreement
    untold: Sequence[tuple[Window, Sequence[Standing]]]  # with whom the time is running out
    overruns: Sequence[Window]
    running: Sequence[Window]
    today: Sequence[Window]  # scheduled, and starting before the day ends
    failures: Sequence[Delivery]
    drafts: Sequence[Window]  # of whoever looks
    mail_fault: str | None  # what is wrong with the mail server
    unreached: Sequence[Customer]  # of whom nobody can be told
    soon: datetime  # a deadline before this is near


def needs(session: Session, now: datetime, tonight: datetime) -> Needs:
    """What needs somebody at this moment; `tonight` is when the day ends."""
    found = proposals(session)
    running = windows.listed(session, states=[State.IN_PROGRESS])
    scheduled = windows.listed(session, states=[State.SCHEDULED], since=now, complies=False)
    return Needs(
        approvals=judged(session, found[:MOST], now),
        proposals=len(found),
        broken=[row for row in scheduled if not row.overridden_by],
        untold=standing.risky(session, now),
        overruns=[row for row in running if row.end_at < now],
        running=[row for row in running if row.end_at >= now],
        today=windows.listed(session, states=[State.SCHEDULED], since=now, until=tonight),
        drafts=desk.drafts(session, actor().name) if actor().may("plan") else (),
        mail_fault=queue.mail_fault(session),
        unreached=reachable.unreached(session),
        failures=desk.failures(session, since=now - timedelta(days=30)),
        soon=now + SOON,
    )
