"""POST check: as `maintenance check`, with what is stored added to the history."""

from typing import Any

import pytest

from maintenance.models import Agreement, db
from tests import build
from tests.api.conftest import PROPOSAL, Call

DAYTIME = {
    "service": "nmbrs",
    "kind": "planned",
    "start": "2026-12-15T10:00",
    "end": "2026-12-15T11:00",
}


def finding(answer: Any, rule: str) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = next(
        each for each in answer.get_json()["findings"] if each["rule"] == rule
    )
    return found


def daytime_windows(call: Call, number: int) -> list[str]:
    """So many approved windows that take a daytime place in December."""
    made = []
    for day in range(1, number + 1):
        times = {"start": f"2026-12-{day:02}T10:00", "end": f"2026-12-{day:02}T11:00"}
        window = call("POST", "/windows", PROPOSAL | times).get_json()
        assert call("POST", f"/windows/{window['id']}/approve").status_code == 200
        made.append(window["id"])
    return made


def test_a_window_is_judged_by_anyone_with_a_token(call: Call) -> None:
    answer = call("POST", "/check", DAYTIME | {"id": 7}, role="viewer")
    said = answer.get_json()
    assert (said["id"], said["compliant"]) == (7, True)
    assert [each["rule"] for each in said["findings"]] == [
        "notice",
        "daytime-quota",
        "weekly-update-cap",
    ]
    assert said["findings"][0]["deadline"] == "2026-12-11T09:00:00Z"


def test_stored_windows_are_added_to_the_history(call: Call) -> None:
    daytime_windows(call, 3)
    given = {**DAYTIME, "start": "2026-12-20T10:00", "end": "2026-12-20T11:00"}
    assert finding(call("POST", "/check", DAYTIME), "daytime-quota")["used"] == 3
    answer = call("POST", "/check", DAYTIME | {"history": [given]})
    quota = finding(answer, "daytime-quota")
    assert (quota["used"], quota["adds"], quota["outcome"]) == (4, 1, "violation")


def test_the_stored_window_that_it_is_does_not_count(call: Call) -> None:
    window_id = daytime_windows(call, 3)[0]
    answer = call("POST", "/check", DAYTIME | {"window_id": window_id})
    assert finding(answer, "daytime-quota")["used"] == 2


def test_what_is_only_proposed_does_not_count(call: Call) -> None:
    call("POST", "/windows", PROPOSAL | {"start": "2026-12-01T10:00", "end": "2026-12-01T11:00"})
    assert finding(call("POST", "/check", DAYTIME), "daytime-quota")["used"] == 0


def test_stored_agreements_go_before_the_sla(call: Call) -> None:
    customer = build.customer()
    service = build.service("nmbrs")
    customer.agreements.append(Agreement(service=service, rules={"daytime-quota": {"limit": 0}}))
    db.session.commit()
    quota = finding(call("POST", "/check", DAYTIME), "daytime-quota")
    assert (quota["outcome"], quota["customer"], quota["limit"]) == ("violation", "acme", 0)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"service": "payroll"}, "service"),
        ({"services": ["nmbrs"]}, "services"),
        ({"end": "2026-12-15T10:00"}, "end"),
        ({"history": [DAYTIME, {"service": "nmbrs"}]}, "history[1].kind"),
        ({"outage_minutes": 30.5}, "outage_minutes"),
    ],
)
def test_the_first_bad_field_is_named_as_the_command_names_it(
    call: Call, change: dict[str, Any], field: str
) -> None:
    answer = call("POST", "/check", DAYTIME | change | {"id": "seven"})
    said = answer.get_json()
    assert (answer.status_code, answer.content_type) == (422, "application/problem+json")
    assert (said["id"], said["error"]["field"], list(said["errors"])) == ("seven", field, [field])


WINDOW_IDS = [None, 7, "", "\x00", "w_none", "\u202e"]


def test_any_window_id_is_taken(call: Call) -> None:
    for window_id in WINDOW_IDS:
        answer = call("POST", "/check", DAYTIME | {"window_id": window_id})
        assert answer.status_code == 200, window_id
