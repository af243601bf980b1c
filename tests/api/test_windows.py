"""Windows by the API: proposed, listed, changed, and every verb."""

from typing import Any

from tests.api.conftest import PROPOSAL, Call


def test_a_proposal_is_stored_with_its_verdict(call: Call) -> None:
    answer = call("POST", "/windows", PROPOSAL)
    window = answer.get_json()
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/api/v1/windows/{window['id']}"
    assert answer.headers["ETag"] == f'"{window["revision"]}"'
    assert window["state"] == "proposed"
    assert window["start"] == "2026-12-02T19:00:00Z"
    assert window["verdict"]["compliant"] is True
    assert window["proposed_by"] == "robot-approver"
