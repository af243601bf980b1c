"""The next slots where there are none in the year, beside the one query for that year's windows.

`python -m bench.slots [TOTAL ...]`: how many windows are stored; 1,000 to 100,000 unless given.
The answer is held against asking the rules for every quarter of an hour.
"""

import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import select, update

from bench.stored import NOW, database
from bench.verdict import PROPOSAL, TOTALS, medians
from maintenance.intake import Proposal
from maintenance.judging import for_rules
from maintenance.models import WindowService, db
from maintenance.openings import slots
from maintenance.sla.check import check
from maintenance.store import windows
from maintenance.windows import HOLDING

GOAL = 4
YEAR = timedelta(days=365)
QUARTER = timedelta(minutes=15)
KINDS = ("sqlite", "postgresql")

ASKED = replace(
    PROPOSAL,
    services=("service-0",),
    kind="update",
    start=NOW + timedelta(days=3),
    end=NOW + timedelta(days=3, hours=1),
    outage_minutes=60,
)
"""An update of an hour: every week has had its two hours already."""


def run(totals: Sequence[int] = TOTALS) -> list[tuple[str, str]]:
    """The figures, each with its name: medians of rounds that take turns."""
    figures = []
    for kind in KINDS:
        for total in totals:
            with database(kind, total):
                _fill_every_week()
                _hold_against_brute_force()
                query, found = medians(_query, _slots)
            name = f"next slots, none in the year, {total:,} windows stored, {kind}"
            figures += [
                (name, f"{found * 1e3:.2f} ms"),
                (f"{name} / the one range query (goal <= {GOAL})", f"{found / query:.1f} x"),
            ]
    return figures


def _fill_every_week() -> None:
    """Make each stored window an update that leaves nothing of its week."""
    with db.engine.begin() as connection:
        connection.execute(update(WindowService).values(kind="update", outage_minutes=120))


def _query() -> None:
    statement = select(
        WindowService.service_id,
        WindowService.kind,
        WindowService.start_at,
        WindowService.end_at,
        WindowService.outage_minutes,
    ).where(
        WindowService.service_id == 1,
        WindowService.start_at >= ASKED.start,
        WindowService.start_at < ASKED.start + YEAR,
        WindowService.state.in_(HOLDING),
    )
    session = db.session()
    session.execute(statement).all()
    session.rollback()


def _slots() -> None:
    session = db.session()
    assert not slots(session, ASKED, ASKED.start + YEAR, NOW)
    session.rollback()


def _hold_against_brute_force() -> None:
    """The same answer as the rules give for each quarter: for none, and where there are some."""
    planned = replace(ASKED, kind="planned")
    for values, days in ((ASKED, 365), (planned, 28)):
        until = values.start + timedelta(days=days)
        session = db.session()
        found = slots(session, values, until, NOW, every=True)
        assert sorted(slot.start for slot in found) == _asked_everywhere(values, until)
        session.rollback()


def _asked_everywhere(values: Proposal, until: datetime) -> list[datetime]:
    session, window = db.session(), for_rules(values, NOW)
    length = window.end - window.start
    services = windows.services(session, values.services)
    terms = windows.terms(session, services, window._replace(end=until + length))
    found, start = [], window.start
    while start < until:
        if check(window._replace(start=start, end=start + length), terms).compliant:
            found.append(start)
        start += QUARTER
    return found


if __name__ == "__main__":
    for name, figure in run([int(total) for total in sys.argv[1:]] or TOTALS):
        print(f"{name}: {figure}")
