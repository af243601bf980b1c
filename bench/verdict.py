"""One verdict on five services, beside one indexed COUNT, on a database with many windows.

`python -m bench.verdict [TOTAL ...]`: how many windows are stored; 1,000 to 1,000,000 unless given.
"""

import statistics
import sys
import time
from collections.abc import Callable, Sequence
from datetime import timedelta

from sqlalchemy import func, select

from bench.stored import ASKED, NOW, database
from maintenance.intake import Proposal
from maintenance.judging import judge
from maintenance.models import WindowService, db

ROUNDS = 300
GOALS = {"sqlite": 7, "postgresql": 3}
TOTALS = (1_000, 10_000, 100_000, 1_000_000)


def run(totals: Sequence[int] = TOTALS) -> list[tuple[str, str]]:
    """The figures, each with its name: medians of rounds that take turns."""
    figures = []
    for kind, goal in GOALS.items():
        for total in totals:
            with database(kind, total):
                count, verdict = medians(_count, _verdict)
            name = f"verdict, 5 services, {total:,} windows stored, {kind}"
            figures += [
                (name, f"{verdict * 1e3:.2f} ms"),
                (f"{name} / one COUNT (goal <= {goal})", f"{verdict / count:.1f} x"),
            ]
    return figures


def medians(*sides: Callable[[], None]) -> list[float]:
    """The median seconds of each side, in rounds that take turns."""
    taken: list[list[float]] = [[] for _ in sides]
    for _ in range(ROUNDS):
        for side, times in zip(sides, taken, strict=True):
            began = time.perf_counter()
            side()
            times.append(time.perf_counter() - began)
    return [statistics.median(times) for times in taken]


def _count() -> None:
    query = select(func.count()).where(
        WindowService.service_id == 1,
        WindowService.start_at >= NOW,
        WindowService.start_at < NOW + timedelta(days=31),
        WindowService.state == "scheduled",
    )
    session = db.session()
    session.execute(query).scalar()
    session.rollback()


def _verdict() -> None:
    session = db.session()
    found = judge(session, PROPOSAL, NOW)
    assert found.compliant
    session.rollback()


PROPOSAL = Proposal(
    title={"nl": "Onderhoud", "en": "Maintenance"},
    description={"nl": "", "en": ""},
    services=tuple(ASKED),
    kind="planned",
    start=NOW + timedelta(days=10),
    end=NOW + timedelta(days=10, hours=2),
    outage_minutes=60,
    impact="outage",
    justification="",
    announce_at=None,
    channels=("email", "status_page"),
    reminders=(),
)

if __name__ == "__main__":
    for name, figure in run([int(total) for total in sys.argv[1:]] or TOTALS):
        print(f"{name}: {figure}")
