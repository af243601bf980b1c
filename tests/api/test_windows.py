"""Windows by the API: proposed, read, listed, edited."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from maintenance import planning
from maintenance.models import db
from maintenance.store import windows
from tests import build
from tests.api.conftest import PROPOSAL, Call


def test_a_proposal_is_stored_with_its_verdict(call: Call) -> None:
    answer = call("POST", "/windows", PROPOSAL)
    window = answer.get_json()
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/api/v1/windows/{window['id']}"
    assert answer.headers["ETag"] == f'"{window["revision"]}"'
    assert window["state"] == "proposed"
    assert window["start"] == "2026-12-02T19:00:00Z"
    assert window["proposed_by"] == "robot-approver"
    assert window["verdict"]["compliant"] is True
    assert [each["rule"] for each in window["verdict"]["findings"]] == [
        "notice",
        "daytime-quota",
        "weekly-update-cap",
    ]


def test_a_proposal_that_breaks_a_rule_is_stored_all_the_same(call: Call) -> None:
    late = {**PROPOSAL, "start": "2026-11-24T20:00", "end": "2026-11-24T22:00"}
    answer = call("POST", "/windows", late)
    assert (answer.status_code, answer.get_json()["verdict"]["compliant"]) == (201, False)


def test_its_verdict_follows_who_was_told(call: Call, proposed: dict[str, Any]) -> None:
    path = f"/windows/{proposed['id']}"
    build.contact(build.customer())
    db.session.commit()
    values = {"channels": ["email"]}
    assert call("PATCH", path, values).get_json()["verdict"]["compliant"]
    assert call("POST", f"{path}/approve", {}).status_code == 200
    assert call("GET", path).get_json()["verdict"]["compliant"]
    with time_machine.travel(build.START - timedelta(days=1), tick=False):  # and nobody is told
        assert not call("GET", path).get_json()["verdict"]["compliant"]


def test_what_is_over_keeps_the_verdict_it_was_recorded_with(
    call: Call, proposed: dict[str, Any]
) -> None:
    path = f"/windows/{proposed['id']}"
    call("POST", f"{path}/cancel", {"reason": "not needed"})
    with time_machine.travel(build.START - timedelta(days=1), tick=False):
        assert call("GET", path).get_json()["verdict"]["compliant"]


DONE = {
    **PROPOSAL,
    "kind": "urgent",
    "start": "2026-11-23T02:00",
    "end": "2026-11-23T03:00",
    "outage_minutes": 60,
    "justification": "The disk was full",
    "afterwards": True,
}


def test_urgent_work_is_registered_after_it_was_done(call: Call) -> None:
    answer = call("POST", "/windows", DONE)
    window = answer.get_json()
    assert (answer.status_code, window["state"]) == (201, "completed")
    assert window["completed_at"] == window["end"] == "2026-11-23T02:00:00Z"
    assert window["registered_at"] == window["announced_at"] == "2026-11-23T09:00:00Z"


def test_what_is_registered_afterwards_is_urgent_and_says_why(call: Call) -> None:
    answer = call("POST", "/windows", {**DONE, "kind": "planned", "justification": None})
    assert (answer.status_code, set(answer.get_json()["errors"])) == (
        422,
        {"kind", "justification"},
    )
    assert "afterwards" in call("POST", "/windows", {**DONE, "afterwards": "yes"}).text


def test_a_draft_is_written_down_only(call: Call) -> None:
    assert call("POST", "/windows", {**PROPOSAL, "draft": True}).get_json()["state"] == "draft"


def test_one_text_serves_both_languages(call: Call) -> None:
    window = call("POST", "/windows", {**PROPOSAL, "title": "Upgrade"}).get_json()
    assert window["title"] == {"nl": "Upgrade", "en": "Upgrade"}


def test_every_field_that_is_wrong_is_named_at_once(call: Call) -> None:
    wrong = {
        "title": "a\u202eb",
        "services": ["payroll"],
        "kind": "other",
        "start": "2026-12-02T20:00",
        "end": 5,
        "outage_minutes": "many",
        "impact": "huge",
        "channels": ["fax"],
        "reminders": [0],
        "draft": "yes",
    }
    answer = call("POST", "/windows", wrong)
    assert answer.status_code == 422
    assert answer.content_type == "application/problem+json"
    assert {"title", "services", "kind", "end", "outage_minutes", "impact", "channels"} <= set(
        answer.get_json()["errors"]
    )


def test_a_window_is_read_with_its_revision_as_etag(call: Call, proposed: dict[str, Any]) -> None:
    answer = call("GET", f"/windows/{proposed['id']}", role="viewer")
    assert answer.get_json() == proposed
    assert answer.headers["ETag"] == f'"{proposed["revision"]}"'


NO_IDS = ["w_none", "9" * 40, "%00", "%F0%9F%98%80", "a" * 3000, "..%2f..", "'--", "%ff"]


def test_an_id_that_names_nothing_is_not_found(call: Call) -> None:
    for window_id in NO_IDS:
        for method, path in [
            ("GET", ""),
            ("PATCH", ""),
            ("POST", "/approve"),
            ("POST", "/move"),
            ("GET", "/deliveries"),
        ]:
            answer = call(
                method, f"/windows/{window_id}{path}", None if method == "GET" else {"title": "x"}
            )
            assert answer.status_code == 404, window_id
            assert answer.content_type == "application/problem+json"


def test_what_is_named_is_changed_and_the_rest_stays(call: Call, proposed: dict[str, Any]) -> None:
    path = f"/windows/{proposed['id']}"
    changed = call("PATCH", path, {"title": {"nl": "Anders"}, "outage_minutes": 0}).get_json()
    assert changed["title"]["nl"] == "Anders"
    assert (changed["outage_minutes"], changed["end"]) == (0, proposed["end"])
    assert changed["revision"] == proposed["revision"] + 1


def test_a_change_is_refused_where_another_was_first(call: Call, proposed: dict[str, Any]) -> None:
    path = f"/windows/{proposed['id']}"
    read = {"If-Match": f'"{proposed["revision"]}"'}
    assert call("PATCH", path, {"impact": "none"}, headers=read).status_code == 200
    answer = call("PATCH", path, {"impact": "outage"}, headers=read)
    assert answer.status_code == 412
    assert answer.content_type == "application/problem+json"
    assert call("GET", path).get_json()["impact"] == "none"


@pytest.mark.parametrize("tag", ['"one"', "*", 'W/"1"', '"99999999999999999999"', "1", ""])
def test_any_if_match_is_understood(call: Call, proposed: dict[str, Any], tag: str) -> None:
    answer = call(
        "PATCH", f"/windows/{proposed['id']}", {"impact": "none"}, headers={"If-Match": tag}
    )
    assert answer.status_code == (200 if tag in {"*", "1"} else 412)


def test_a_change_without_if_match_loses_nothing_of_a_change_at_the_same_time(
    call: Call, proposed: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    edit, others = planning.edit, iter(["Other"])

    def edit_after_another(window_id: str, *rest: Any) -> Any:
        if title := next(others, None):
            row = windows.by_public_id(db.session(), window_id)
            assert row is not None
            row.title = {"nl": title, "en": title}
            row.revision += 1
            db.session.commit()
        return edit(window_id, *rest)

    monkeypatch.setattr(planning, "edit", edit_after_another)
    changed = call("PATCH", f"/windows/{proposed['id']}", {"impact": "none"}).get_json()
    assert (changed["impact"], changed["title"]["en"]) == ("none", "Other")


def test_an_approved_window_keeps_its_times_when_edited(
    call: Call, proposed: dict[str, Any]
) -> None:
    path = f"/windows/{proposed['id']}"
    assert call("POST", f"{path}/approve").status_code == 200
    assert call("PATCH", path, {"title": "Other words"}).status_code == 200
    answer = call("PATCH", path, {"end": "2026-12-02T23:00"})
    assert (answer.status_code, list(answer.get_json()["errors"])) == (422, ["end"])


def listed(call: Call, query: str = "") -> list[str]:
    answer = call("GET", f"/windows{query}", role="viewer")
    assert answer.status_code == 200, answer.text
    return [each["start"][:10] for each in answer.get_json()["items"]]


def propose_days(call: Call, *days: int) -> None:
    for day in days:
        times = {"start": f"2026-12-{day:02}T20:00", "end": f"2026-12-{day:02}T22:00"}
        assert call("POST", "/windows", {**PROPOSAL, **times}).status_code == 201


def test_windows_are_listed_by_start_and_filtered(call: Call) -> None:
    propose_days(call, 9, 2)
    on_other = {**PROPOSAL, "services": ["factuurportal"], "start": "2026-12-05T20:00"}
    call("POST", "/windows", {**on_other, "end": "2026-12-05T21:00", "draft": True})
    assert listed(call) == ["2026-12-02", "2026-12-05", "2026-12-09"]
    assert listed(call, "?state=draft") == ["2026-12-05"]
    assert listed(call, "?state=draft&state=proposed&service=nmbrs") == ["2026-12-02", "2026-12-09"]
    assert listed(call, "?since=2026-12-02T22:00") == ["2026-12-05", "2026-12-09"]
    assert listed(call, "?since=2026-12-02T21:59") == ["2026-12-02", "2026-12-05", "2026-12-09"]
    assert listed(call, "?until=2026-12-05T19:00:00Z") == ["2026-12-02"]
    assert listed(call, "?service=none") == []


def test_a_list_is_read_page_by_page(call: Call) -> None:
    propose_days(call, 1, 2, 3)
    seen, query = [], "?limit=2"
    while True:
        page = call("GET", f"/windows{query}").get_json()
        seen += [each["start"][:10] for each in page["items"]]
        if page["next"] is None:
            break
        query = f"?limit=2&cursor={page['next']}"
    assert seen == ["2026-12-01", "2026-12-02", "2026-12-03"]


BAD_QUERIES = [
    ("state=gone", "state"),
    ("since=yesterday", "since"),
    ("since=", "since"),
    ("until=2026-12-02", "until"),
    ("limit=0", "limit"),
    ("limit=201", "limit"),
    ("limit=%D9%A3", "limit"),
    ("limit=" + "9" * 5000, "limit"),
    ("cursor=x", "cursor"),
    ("cursor=%00", "cursor"),
    ("cursor=MjAyNi0xMi0wMQo5OTk5OTk5OTk5OTk5OTk5OTk5OTk5", "cursor"),
    ("cursor=eA", "cursor"),
]


def test_a_bad_query_names_its_parameter(call: Call) -> None:
    for query, field in BAD_QUERIES:
        answer = call("GET", f"/windows?{query}")
        assert answer.status_code == 422, query
        assert list(answer.get_json()["errors"]) == [field]


def test_deliveries_tell_who_was_told_what(call: Call, proposed: dict[str, Any]) -> None:
    customer = build.customer()
    for name in ("ann", "bob", "cas"):
        build.contact(customer, f"{name}@acme.example")
    db.session.commit()
    path = f"/windows/{proposed['id']}"
    assert call("GET", f"{path}/deliveries").get_json() == {"items": [], "next": None}
    call("POST", f"{path}/approve")
    first = call("GET", f"{path}/deliveries?limit=2", role="viewer").get_json()
    rest = call("GET", f"{path}/deliveries?limit=2&cursor={first['next']}").get_json()
    assert rest["next"] is None
    told = first["items"] + rest["items"]
    assert [each["address"] for each in told] == [
        "ann@acme.example",
        "bob@acme.example",
        "cas@acme.example",
    ]
    assert told[0].keys() >= {"id", "attempts", "reply", "message_id", "accepted_at"}
    assert {(one["kind"], one["channel"], one["customer"], one["state"]) for one in told} == {
        ("announcement", "email", "acme", "waiting")
    }
