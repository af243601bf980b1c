"""When may we, given all that is stored: the slots, the nearest changes, and what is left."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from sqlalchemy.orm import Session

from maintenance import judging
from maintenance.intake import Proposal
from maintenance.models import Service
from maintenance.sla import changes as core
from maintenance.sla import left as rest
from maintenance.sla import slots as finder
from maintenance.sla.changes import Change
from maintenance.sla.check import Terms
from maintenance.sla.left import Left
from maintenance.sla.slots import Slot
from maintenance.sla.verdict import Window
from maintenance.store import windows
from maintenance.store.pushed import counting
from maintenance.windows import Channel

DAY = timedelta(days=1)


def slots(
    session: Session,
    values: Proposal,
    until: datetime,
    now: datetime,
    *,
    every: bool = False,
    most: int | None = None,
    window_id: str | None = None,
) -> Sequence[Slot]:
    """The slots for a window like this that start from its start up to `until`, the best first.

    They comply with every SLA and agreement; the window `window_id`, whose slots these are, does
    not count. Unless `every` one is asked there is at most one per night and day. Each says
    whether it is lost if approval waits until tomorrow.
    """
    window = judging.for_rules(values, now)
    later = max(judging.expected(values.channels, None, now + DAY).values(), default=None)
    found = [
        slot
        for first, end, terms in _stretches(session, values, window, window.start, until, window_id)
        for slot in finder.find(window, terms, first, end, every, later=later)
    ]
    return sorted(found, key=lambda slot: (bool(slot.advice), slot.by_day, slot.start))[:most]


def changes(
    session: Session,
    values: Proposal,
    since: datetime,
    until: datetime,
    now: datetime,
    window_id: str | None = None,
) -> Sequence[Change]:
    """The nearest changes that would make this window comply, one of each kind that can.

    Another start lies in `[since, until)`, which holds the window's own.
    """
    window = judging.for_rules(values, now)
    found: dict[str, Change] = {}
    for first, end, terms in _stretches(session, values, window, since, until, window_id):
        for change in core.changes(window, terms, first, end):
            if change.window.start != window.start or first <= window.start < end:
                known = found.setdefault(change.how, change)
                found[change.how] = min(known, change, key=lambda one: _distance(one, window))
    return list(found.values())


def _distance(change: Change, window: Window) -> timedelta:
    return abs(change.window.start - window.start)


def left(
    session: Session, services: Sequence[Service], since: datetime, until: datetime | None = None
) -> Sequence[Left]:
    """Each quota and cap of these services, in every period that `[since, until)` touches.

    Without `until` in the period around that instant; by the policies in force at `since`.
    """
    moment = Window("planned", since, until or since, 0, {})
    return rest.left(windows.terms(session, services, moment), since, until)


Stretch = tuple[datetime, datetime, Sequence[Terms]]


def _stretches(
    session: Session,
    values: Proposal,
    window: Window,
    since: datetime,
    until: datetime,
    window_id: str | None,
) -> Iterator[Stretch]:
    """The time from `since` to `until`, in parts that have the same terms throughout."""
    row = windows.by_public_id(session, window_id) if window_id else None
    services = windows.services(session, values.services)
    length = window.end - window.start
    turns = windows.turns(session, services, since, until)
    for first, end in pairwise([since, *turns, until]):
        reached = window._replace(start=first, end=end + length)
        terms = windows.terms(
            session,
            services,
            reached,
            exclude=row.id if row else None,
            outages=values.outages,
        )
        yield first, end, counting(session, terms, window.announced.get(Channel.STATUS_PAGE))
