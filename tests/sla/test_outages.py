"""Each service may have its own outage in one window, and is judged by it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from maintenance.sla.changes import changes
from maintenance.sla.check import check
from maintenance.sla.policy import shipped
from maintenance.sla.request import BadField, parse
from maintenance.sla.slots import find

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
BOTH: dict[str, Any] = {
    "services": ["nmbrs", "factuurportal"],
    "kind": "update",
    "start": "2026-12-03T20:00",
    "end": "2026-12-03T23:00",
}


def outcomes(**changes: Any) -> dict[str, str]:
    request = parse({**BOTH, **changes}, dict(shipped()), NOW)
    found = check(request.window, request.terms).findings
    return {f"{each.service} {each.rule}": each.outcome for each in found}


def cap(**changes: Any) -> int | None:
    request = parse({**BOTH, **changes}, dict(shipped()), NOW)
    found = check(request.window, request.terms).findings
    return next(each.adds for each in found if each.rule == "weekly-update-cap")


def test_a_number_holds_for_every_service() -> None:
    assert cap(outage_minutes=40) == 40
    assert outcomes(outage_minutes=10)["factuurportal notice"] == "not_applicable"


def test_each_service_is_judged_by_its_own() -> None:
    mixed = outcomes(outage_minutes={"nmbrs": 121, "factuurportal": 15})
    assert mixed["nmbrs weekly-update-cap"] == "violation"
    assert mixed["factuurportal notice"] == "not_applicable"
    mixed = outcomes(outage_minutes={"nmbrs": 0, "factuurportal": 16})
    assert mixed["nmbrs weekly-update-cap"] == "pass"
    assert mixed["factuurportal notice"] == "pass"


def test_a_service_that_is_not_named_is_out_all_the_time() -> None:
    assert cap(outage_minutes={"factuurportal": 0}) == 180
    assert cap(outage_minutes={"nmbrs": None}) == 180


def test_the_window_has_the_greatest() -> None:
    asked = {**BOTH, "outage_minutes": {"nmbrs": 20, "factuurportal": 35}}
    assert parse(asked, dict(shipped()), NOW).window.outage_minutes == 35


def test_history_counts_with_what_each_service_had() -> None:
    earlier = {**BOTH, "start": "2026-12-01T20:00", "end": "2026-12-01T22:00"}
    earlier["outage_minutes"] = {"nmbrs": 30, "factuurportal": 120}
    request = parse({**BOTH, "outage_minutes": 90, "history": [earlier]}, dict(shipped()), NOW)
    findings = check(request.window, request.terms).findings
    weekly = next(each for each in findings if each.rule == "weekly-update-cap")
    assert (weekly.used, weekly.adds, weekly.outcome) == (30, 90, "pass")


@pytest.mark.parametrize(
    ("outage", "field"),
    [
        ({"nmbrs": -1}, "outage_minutes.nmbrs"),
        ({"nmbrs": 30, "factuurportal": 181}, "outage_minutes.factuurportal"),
        ({"nmbrs": "30"}, "outage_minutes.nmbrs"),
        ({"nmbrs": True}, "outage_minutes.nmbrs"),
        ({"nmbrs": {}}, "outage_minutes.nmbrs"),
        ({"payroll": 30}, "outage_minutes.payroll"),
        ([30], "outage_minutes"),
    ],
)
def test_what_is_wrong_is_named_by_its_service(outage: object, field: str) -> None:
    with pytest.raises(BadField) as bad:
        outcomes(outage_minutes=outage)
    assert bad.value.field == field
    with pytest.raises(BadField) as bad:
        outcomes(history=[{**BOTH, "outage_minutes": outage}])
    assert bad.value.field == f"history[0].{field}"


def test_slots_and_changes_reckon_with_each_services_own() -> None:
    earlier = {**BOTH, "start": "2026-12-01T20:00", "end": "2026-12-01T22:00"}
    earlier["outage_minutes"] = {"nmbrs": 90, "factuurportal": 0}
    asked = {**BOTH, "outage_minutes": {"nmbrs": 31, "factuurportal": 15}, "history": [earlier]}
    request = parse(asked, dict(shipped()), NOW)
    assert not check(request.window, request.terms).compliant
    since, until = request.window.start - 3 * DAY, request.window.start + 9 * DAY
    slots = find(request.window, request.terms, since, until)
    assert min(slot.start for slot in slots) == datetime(2026, 12, 6, 23, 0, tzinfo=UTC)
    assert all(slot.announce_by for slot in slots)
    less = next(c for c in changes(request.window, request.terms, since, until) if c.how == LESS)
    assert less.window.outage_minutes == 30
    assert check(less.window, request.terms).compliant


DAY = timedelta(days=1)
LESS = "less_outage"
