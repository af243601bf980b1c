"""Each service's own outage by the API."""

from typing import Any

import pytest

from tests.api.conftest import PROPOSAL, Call

BOTH: dict[str, Any] = {**PROPOSAL, "services": ["nmbrs", "factuurportal"]}
OWN = {"nmbrs": 90, "factuurportal": 10}


def proposed(call: Call) -> dict[str, Any]:
    answer = call("POST", "/windows", {**BOTH, "outage_minutes": OWN})
    assert answer.status_code == 201, answer.text
    window: dict[str, Any] = answer.get_json()
    return window


def test_a_window_answers_the_greatest_and_each(call: Call) -> None:
    window = proposed(call)
    assert (window["outage_minutes"], window["outages"]) == (90, OWN)
    alike = call("POST", "/windows", BOTH).get_json()
    assert (alike["outage_minutes"], alike["outages"]) == (30, dict.fromkeys(OWN, 30))


def test_each_is_judged_by_its_own(call: Call) -> None:
    findings = proposed(call)["verdict"]["findings"]
    portal = next(f for f in findings if (f["service"], f["rule"]) == ("factuurportal", "notice"))
    assert portal["outcome"] == "not_applicable"


def test_check_takes_them_too(call: Call) -> None:
    asked = {**BOTH, "outage_minutes": OWN}
    findings = call("POST", "/check", asked).get_json()["findings"]
    assert [f["outcome"] for f in findings if f["service"] == "factuurportal"] == [
        "not_applicable",
        "pass",
    ]


def test_a_patch_and_a_move_take_them(call: Call) -> None:
    path = f"/windows/{proposed(call)['id']}"
    assert call("PATCH", path, {"outage_minutes": {"nmbrs": 5}}).get_json()["outages"] == {
        "nmbrs": 5,
        "factuurportal": 120,
    }
    times = {"start": "2026-12-03T20:00", "end": "2026-12-03T21:00"}
    assert call("POST", f"{path}/move", times).get_json()["outages"] == {
        "nmbrs": 5,
        "factuurportal": 60,
    }
    moved = call("POST", f"{path}/move", {**times, "outage_minutes": OWN | {"nmbrs": 0}})
    assert moved.get_json()["outages"] == {"nmbrs": 0, "factuurportal": 10}


@pytest.mark.parametrize("path", ["/windows", "/series", "/check"])
def test_what_is_wrong_is_named_by_its_service(call: Call, path: str) -> None:
    asked = {**BOTH, "repeat": {}, "outage_minutes": {"nmbrs": 500}}
    answer = call("POST", path, asked)
    assert (answer.status_code, list(answer.get_json()["errors"])) == (
        422,
        ["outage_minutes.nmbrs"],
    )
