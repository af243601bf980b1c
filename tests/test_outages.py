"""Each service has its own outage in one window: read, stored, judged, kept when it moves."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from maintenance import planning
from maintenance.accounts import Actor
from maintenance.intake import Proposal, parse_window
from maintenance.models import Window, db
from maintenance.results import Done
from maintenance.store import windows
from maintenance.store.policies import Versions
from tests import build
from tests.build import NOW, START

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
ZONES = {"nmbrs": AMSTERDAM, "factuurportal": AMSTERDAM}
APPROVER = Actor("anna@vendor.example", "approver")
FINE: dict[str, Any] = {
    "title": "Database upgrade",
    "services": ["nmbrs", "factuurportal"],
    "kind": "update",
    "start": "2026-12-02T20:00",
    "end": "2026-12-02T23:00",
}
OWN = {"nmbrs": 90, "factuurportal": 10}


def read(current: Proposal | None = None, **changes: Any) -> Proposal | dict[str, str]:
    return parse_window({**FINE, **changes}, ZONES, NOW, current)


def proposal(**changes: Any) -> Proposal:
    found = read(**changes)
    assert isinstance(found, Proposal), found
    return found


def test_a_number_is_for_all_and_an_object_for_each() -> None:
    assert (proposal(outage_minutes=30).outage_minutes, proposal().outages) == (30, {})
    each = proposal(outage_minutes=OWN)
    assert (each.outage_minutes, each.outages) == (90, OWN)
    assert proposal(outage_minutes=dict.fromkeys(OWN, 30)).outages == {}


def test_a_service_that_is_not_named_is_out_all_the_time() -> None:
    assert proposal(outage_minutes={"nmbrs": 0}).outages == {"nmbrs": 0, "factuurportal": 180}


def test_errors_name_the_service() -> None:
    wrong = {"nmbrs": 181, "factuurportal": "long", "payroll": 5}
    found = read(outage_minutes=wrong)
    assert isinstance(found, dict)
    assert sorted(found) == [
        "outage_minutes.factuurportal",
        "outage_minutes.nmbrs",
        "outage_minutes.payroll",
    ]


def test_each_outage_is_kept_and_follows_a_new_length() -> None:
    before = proposal(outage_minutes={"nmbrs": 180, "factuurportal": 10})
    after = read(before, end="2026-12-02T22:00")
    assert isinstance(after, Proposal)
    assert after.outages == {"nmbrs": 120, "factuurportal": 10}


@pytest.fixture
def installation(database: str, app: Flask) -> None:
    for slug in ("nmbrs", "factuurportal"):
        build.contact(build.customer(f"of-{slug}", [slug]))
    db.session.commit()


def proposed(**changes: Any) -> Window:
    result = planning.propose(proposal(outage_minutes=OWN, **changes), APPROVER, NOW)
    assert isinstance(result, Done)
    return result.window


def stored(row: Window) -> dict[str, int]:
    db.session.refresh(row)
    return {place.service.slug: place.outage_minutes for place in row.places}


def outcomes(row: Window) -> dict[str, str]:
    findings = row.verdict["findings"]
    return {f"{each['service']} {each['rule']}": each["outcome"] for each in findings}


@pytest.mark.usefixtures("installation")
class TestStored:
    def test_each_service_is_stored_and_judged_with_its_own(self) -> None:
        row = proposed()
        assert (row.outage_minutes, stored(row)) == (90, OWN)
        assert outcomes(row)["factuurportal notice"] == "not_applicable"
        weekly = next(f for f in row.verdict["findings"] if f["rule"] == "weekly-update-cap")
        assert weekly["adds"] == 90

    def test_what_is_scheduled_counts_with_each_services_own(self) -> None:
        first = proposed()
        planning.approve(first.public_id, APPROVER, NOW)
        second = proposed(start="2026-12-03T20:00", end="2026-12-03T23:00")
        weekly = next(f for f in second.verdict["findings"] if f["rule"] == "weekly-update-cap")
        assert (weekly["used"], weekly["outcome"]) == (90, "violation")

    def test_readers_of_one_service_hear_of_its_own(self) -> None:
        value = windows.value(proposed(), Versions(db.session()))
        assert value.outages == OWN
        assert value.only({"factuurportal"}).outage_minutes == 10

    def test_approving_starting_and_completing_leave_them_as_they_are(self) -> None:
        row = proposed()
        for verb in (planning.approve, planning.start, planning.complete):
            assert isinstance(verb(row.public_id, APPROVER, NOW), Done)
            assert stored(row) == OWN

    def test_a_move_keeps_them_or_takes_others(self) -> None:
        row = proposed()
        start = START + timedelta(days=7)
        planning.move(row.public_id, start, start + timedelta(hours=1), APPROVER, NOW)
        assert stored(row) == {"nmbrs": 60, "factuurportal": 10}
        others = {"nmbrs": 5, "factuurportal": 20}
        planning.move(
            row.public_id, start, start + timedelta(hours=1), APPROVER, NOW, outage_minutes=others
        )
        assert (row.outage_minutes, stored(row)) == (20, others)

    def test_an_extension_keeps_them(self) -> None:
        row = proposed()
        planning.approve(row.public_id, APPROVER, NOW)
        planning.start(row.public_id, APPROVER, row.start_at)
        planning.extend(row.public_id, row.end_at + timedelta(hours=1), APPROVER, row.start_at)
        assert stored(row) == OWN

    def test_an_edit_starts_from_them(self) -> None:
        row = proposed()
        assert planning.as_proposal(row).outages == OWN
        planning.edit(row.public_id, proposal(outage_minutes=15), APPROVER, NOW)
        assert stored(row) == {"nmbrs": 15, "factuurportal": 15}
