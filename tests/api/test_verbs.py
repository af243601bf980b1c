"""What is done with a window by the API, and when it is refused."""

from typing import Any

import pytest

from maintenance.models import db
from tests import build
from tests.api.conftest import PROPOSAL, Call

LATE = {**PROPOSAL, "start": "2026-11-24T20:00", "end": "2026-11-24T22:00"}


def late(call: Call) -> str:
    """The path of a proposal that breaks the notice rule."""
    return f"/windows/{call('POST', '/windows', LATE).get_json()['id']}"


def test_a_proposal_that_complies_is_approved(call: Call, proposed: dict[str, Any]) -> None:
    answer = call("POST", f"/windows/{proposed['id']}/approve")
    window = answer.get_json()
    assert (answer.status_code, window["state"]) == (200, "scheduled")
    assert (window["approved_by"], window["announced_at"]) == (
        "robot-approver",
        "2026-11-23T09:00:00Z",
    )


def test_approving_what_breaks_a_rule_answers_the_verdict(call: Call) -> None:
    path = late(call)
    answer = call("POST", f"{path}/approve")
    assert (answer.status_code, answer.content_type) == (409, "application/problem+json")
    verdict = answer.get_json()["verdict"]
    assert (verdict["compliant"], verdict["findings"][0]["outcome"]) == (False, "violation")
    assert call("GET", path).get_json()["state"] == "proposed"


def test_an_approver_may_override_with_a_reason(call: Call) -> None:
    path = late(call)
    assert call("POST", f"{path}/approve", {"override_reason": "  "}).status_code == 409
    window = call("POST", f"{path}/approve", {"override_reason": "The disk fails"}).get_json()
    assert (window["overridden_by"], window["override_reason"]) == (
        "robot-approver",
        "The disk fails",
    )


def test_an_operator_who_moves_may_not_override(call: Call, proposed: dict[str, Any]) -> None:
    path = f"/windows/{proposed['id']}"
    call("POST", f"{path}/approve")
    times = {"start": LATE["start"], "end": LATE["end"], "override_reason": "Because"}
    assert call("POST", f"{path}/move", times, role="operator").status_code == 409
    assert call("POST", f"{path}/move", times, role="approver").status_code == 200


def test_asking_back_makes_a_draft_of_it(call: Call, proposed: dict[str, Any]) -> None:
    path = f"/windows/{proposed['id']}/ask"
    assert list(call("POST", path, {}).get_json()["errors"]) == ["reason"]
    window = call("POST", path, {"reason": "Why that night?"}).get_json()
    assert (window["state"], window["reason"]) == ("draft", "Why that night?")


def test_a_rejection_needs_a_reason(call: Call, proposed: dict[str, Any]) -> None:
    path = f"/windows/{proposed['id']}/reject"
    assert list(call("POST", path, {}).get_json()["errors"]) == ["reason"]
    assert list(call("POST", path, {"reason": 7}).get_json()["errors"]) == ["reason"]
    window = call("POST", path, {"reason": "Not that week"}).get_json()
    assert (window["state"], window["reason"]) == ("rejected", "Not that week")


def test_a_move_names_both_times(call: Call, proposed: dict[str, Any]) -> None:
    path = f"/windows/{proposed['id']}/move"
    errors = call("POST", path, {"start": "tomorrow"}).get_json()["errors"]
    assert sorted(errors) == ["end", "start"]
    window = call(
        "POST", path, {"start": "2026-12-03T20:00", "end": "2026-12-03T21:00+01:00"}
    ).get_json()
    assert (window["start"], window["end"]) == ("2026-12-03T19:00:00Z", "2026-12-03T20:00:00Z")
    assert window["outage_minutes"] == 30


def test_a_move_may_change_outage_and_announcement(call: Call, proposed: dict[str, Any]) -> None:
    body = {
        "start": "2026-12-03T20:00",
        "end": "2026-12-03T21:00",
        "outage_minutes": 5,
        "announce_at": "2026-11-25T09:00",
    }
    window = call("POST", f"/windows/{proposed['id']}/move", body).get_json()
    assert (window["outage_minutes"], window["announce_at"]) == (5, "2026-11-25T08:00:00Z")


def test_a_draft_is_submitted(call: Call) -> None:
    draft = call("POST", "/windows", {**PROPOSAL, "draft": True}).get_json()
    path = f"/windows/{draft['id']}"
    assert call("POST", f"{path}/approve").status_code == 409
    assert call("POST", f"{path}/submit").get_json()["state"] == "proposed"


def test_a_window_is_started_extended_and_completed(call: Call, proposed: dict[str, Any]) -> None:
    path = f"/windows/{proposed['id']}"
    call("POST", f"{path}/approve")
    assert call("POST", f"{path}/extend", {"end": "2026-12-02T23:00"}).status_code == 409
    assert call("POST", f"{path}/start").get_json()["started_at"] == "2026-11-23T09:00:00Z"
    window = call("POST", f"{path}/extend", {"end": "2026-12-02T23:00"}).get_json()
    assert (window["state"], window["end"]) == ("in_progress", "2026-12-02T22:00:00Z")
    assert call("POST", f"{path}/complete").get_json()["state"] == "completed"
    assert call("POST", f"{path}/complete").status_code == 409


@pytest.mark.parametrize(
    "end", [None, 5, "later", "2026-12-02T23:00:30", "2026-03-29T02:30", "2026-12-02T22:00"]
)
def test_an_extension_needs_a_later_end(call: Call, proposed: dict[str, Any], end: object) -> None:
    path = f"/windows/{proposed['id']}"
    call("POST", f"{path}/approve")
    call("POST", f"{path}/start")
    answer = call("POST", f"{path}/extend", {"end": end})
    assert (answer.status_code, list(answer.get_json()["errors"])) == (422, ["end"])


def test_a_window_is_cancelled_with_or_without_a_reason(call: Call) -> None:
    for body in (None, {}, {"reason": "Supplier is ill"}):
        window = call("POST", "/windows", PROPOSAL).get_json()
        answer = call("POST", f"/windows/{window['id']}/cancel", body).get_json()
        assert (answer["state"], answer["reason"]) == (
            "cancelled",
            (body or {}).get("reason", ""),
        )


def test_a_message_goes_to_the_readers_of_an_announced_window(
    call: Call, proposed: dict[str, Any]
) -> None:
    build.contact(build.customer())
    db.session.commit()
    path = f"/windows/{proposed['id']}"
    assert call("POST", f"{path}/messages", {"text": "Hello"}).status_code == 409
    call("POST", f"{path}/approve")
    text = {"nl": "Het loopt uit", "en": "It takes longer"}
    assert call("POST", f"{path}/messages", {"text": text}).status_code == 201
    told = call("GET", f"{path}/deliveries").get_json()["items"]
    assert [each["kind"] for each in told] == ["announcement", "message"]


NO_WORDS = [None, "", " ", 7, {}, {"fr": "x"}, {"nl": ""}, "a\x00b"]


def test_a_message_needs_words(call: Call, proposed: dict[str, Any]) -> None:
    for text in NO_WORDS:
        answer = call("POST", f"/windows/{proposed['id']}/messages", {"text": text})
        assert answer.status_code == 422, text
        assert list(answer.get_json()["errors"]) == ["text"]


@pytest.mark.parametrize(
    ("verb", "body"),
    [
        ("approve", {}),
        ("reject", {"reason": "No"}),
        ("move", {"start": "2026-12-03T20:00", "end": "2026-12-03T21:00"}),
        ("cancel", {}),
    ],
)
def test_a_verb_is_refused_where_another_was_first(
    call: Call, proposed: dict[str, Any], verb: str, body: dict[str, str]
) -> None:
    path = f"/windows/{proposed['id']}"
    read = {"If-Match": f'"{proposed["revision"]}"'}
    call("PATCH", path, {"impact": "none"})
    assert call("POST", f"{path}/{verb}", body, headers=read).status_code == 412
    now = {"If-Match": f'"7", "{proposed["revision"] + 1}"'}
    assert call("POST", f"{path}/{verb}", body, headers=now).status_code == 200
