"""A feed of 2,000 events: at the first asking and after one change, beside the plain way.

The plain way reads the windows through the ORM and builds the calendar with icalendar. The three
take turns; each is asked through the door that readers use.
"""

import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask
from icalendar import Calendar
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session, selectinload

from bench.stored import NOW, database
from maintenance.models import Version, Window, WindowService, db
from maintenance.published import Site, Source, answer
from maintenance.published.edition import Keeper
from maintenance.store.policies import Versions
from maintenance.store.windows import value
from notifications import ical

EVENTS, ROUNDS = 2_000, 7
BASE = "https://maintenance.example"
FEED = {"REQUEST_METHOD": "GET", "PATH_INFO": "/feeds/all.ics"}
PAGE = {"REQUEST_METHOD": "GET", "PATH_INFO": "/status", "HTTP_ACCEPT_ENCODING": "gzip"}


def run() -> list[tuple[str, str]]:
    """The figures, each with its name: medians of rounds that take turns."""
    figures = []
    for kind in ("sqlite", "postgresql"):
        with database(kind, 0) as app:
            fill(EVENTS)
            plain, cold, changed = _medians(app)
            page = _page_after_one_change(app)
        about = f"feed of {EVENTS:,} events, {kind}"
        figures += [
            (f"{about}, by ORM and icalendar", f"{plain * 1e3:.0f} ms"),
            (f"{about}, cold", f"{cold * 1e3:.0f} ms"),
            (f"{about}, cold / plain (goal >= 12 x as fast)", f"{plain / cold:.0f} x"),
            (f"{about}, after one change", f"{changed * 1e3:.1f} ms"),
            (f"{about}, after one change / plain (goal >= 70 x)", f"{plain / changed:.0f} x"),
            (f"/status of as many windows, {kind}, after one change, gzip", f"{page * 1e3:.0f} ms"),
        ]
    return figures


def fill(events: int, services: int = 5) -> None:
    """As many announced windows as that: one every four hours, from half a year ago."""
    places = [_place(number, services) for number in range(events)]
    with db.engine.begin() as connection:
        connection.execute(insert(Window), [_window(number) for number in range(events)])
        connection.execute(insert(WindowService), places)


def _medians(app: Flask) -> list[float]:
    warm = _keeper(app)
    _ask(warm)
    sides = (lambda _: _plain(), lambda _: _ask(_keeper(app)), lambda _: _ask(warm))
    taken: list[list[float]] = [[] for _ in sides]
    for round in range(ROUNDS):
        for side, times in zip(sides, taken, strict=True):
            _change(round)
            warm.look_anew()
            times.append(_seconds(side))
    return [statistics.median(times) for times in taken]


def _page_after_one_change(app: Flask) -> float:
    """Seconds for the status page, zipped as browsers ask for it: the median of the rounds."""
    keeper = _keeper(app)
    taken = []
    for round in range(ROUNDS + 1):
        _change(round)
        keeper.look_anew()
        began = time.perf_counter()
        found = answer.to(PAGE, keeper, NOW)
        taken.append(time.perf_counter() - began)
        assert found is not None
    return statistics.median(taken[1:])  # the first makes every window's article


def _seconds(side: Callable[[Any], bytes]) -> float:
    began = time.perf_counter()
    body = side(None)
    taken = time.perf_counter() - began
    assert body.count(b"BEGIN:VEVENT") == EVENTS
    return taken


def _keeper(app: Flask) -> Keeper:
    return Keeper(Source(app), Site(BASE, "only for this benchmark", "x@vendor.example"))


def _ask(keeper: Keeper) -> bytes:
    found = answer.to(FEED, keeper, NOW)
    assert found is not None
    return found.body


def _plain() -> bytes:
    query = select(Window).where(Window.announced_at.is_not(None)).order_by(Window.start_at)
    options = (
        selectinload(Window.places).joinedload(WindowService.service),
        selectinload(Window.notices),
    )
    calendar = Calendar()
    with Session(db.engine) as session:
        versions = Versions(session)
        for row in session.scalars(query.options(*options)):
            calendar.add_component(ical.vevent(value(row, versions), "nl", BASE))
    return bytes(calendar.to_ical())


def _change(round: int) -> None:
    with db.engine.begin() as connection:
        connection.execute(
            update(Window).where(Window.id == 7).values(revision=3 + round, updated_at=_now())
        )
        connection.execute(update(Version).values(number=Version.number + 1))


def _now() -> datetime:
    return datetime.now(UTC)


def _window(number: int) -> dict[str, Any]:
    start = NOW - timedelta(days=182) + timedelta(hours=4 * number)
    return {
        "id": number + 1,
        "public_id": f"w_{number:022}",
        "reference": f"M-2026-{number:03}",
        "state": "scheduled",
        "revision": 2,
        "kind": "planned",
        "title": {"nl": f"Databases bijwerken, deel {number}", "en": f"Databases, part {number}"},
        "description": {
            "nl": f"We zetten database {number} over.\n\nUw gegevens blijven staan.",
            "en": f"We move database {number}.\n\nYour data stay in place.",
        },
        "start_at": start,
        "end_at": start + timedelta(hours=2),
        "outage_minutes": 30,
        "impact": "outage",
        "channels": ["email", "status_page"],
        "reminders": [1440],
        "verdict": {"compliant": True, "findings": []},
        "announced_at": NOW - timedelta(days=1),
        "created_at": NOW,
        "updated_at": NOW,
    }


def _place(number: int, services: int) -> dict[str, Any]:
    row = _window(number)
    shared = {name: row[name] for name in ("start_at", "end_at", "state", "kind", "outage_minutes")}
    return {"window_id": number + 1, "service_id": number % services + 1, **shared}


if __name__ == "__main__":
    for name, figure in run():
        print(f"{name:70} {figure}")
