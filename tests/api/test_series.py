"""Series by the API: previewed, proposed, approved, ended."""

from typing import Any

import pytest

from maintenance.models import Series, Window, db
from tests.api.conftest import Call

WEEKLY: dict[str, Any] = {
    "title": {"nl": "Wekelijkse update", "en": "Weekly update"},
    "services": ["nmbrs"],
    "kind": "update",
    "start": "2026-12-01T20:00",
    "end": "2026-12-01T21:30",
    "repeat": {"unit": "week", "until": "2026-12-31"},
}
"""Five Tuesday evenings."""

BY_DAY = {**WEEKLY, "start": "2026-12-01T10:00", "end": "2026-12-01T11:00"}
"""Five Tuesday mornings: one more than Nmbrs allows by day in a month."""


def proposed(call: Call, asked: dict[str, Any] = WEEKLY) -> dict[str, Any]:
    answer = call("POST", "/series", asked)
    assert answer.status_code == 201, answer.text
    series: dict[str, Any] = answer.get_json()
    return series


def test_a_preview_shows_each_verdict_and_saves_nothing(call: Call) -> None:
    shown = call("POST", "/series/preview", BY_DAY).get_json()
    dates = [each["date"] for each in shown["occurrences"]]
    assert dates == ["2026-12-01", "2026-12-08", "2026-12-15", "2026-12-22", "2026-12-29"]
    verdicts = [each["verdict"]["compliant"] for each in shown["occurrences"]]
    assert verdicts == [True, True, True, True, False]
    assert shown["compliant"] is False
    assert shown["occurrences"][0]["start"] == "2026-12-01T09:00:00Z"
    assert (db.session.query(Series).count(), db.session.query(Window).count()) == (0, 0)


def test_a_series_is_proposed_with_its_windows(call: Call) -> None:
    answer = call("POST", "/series", WEEKLY)
    series = answer.get_json()
    assert answer.headers["Location"] == f"/api/v1/series/{series['id']}"
    assert (series["state"], series["at"], series["length_minutes"]) == ("proposed", "20:00", 90)
    assert series["repeat"]["until"] == "2026-12-31"
    assert len(series["occurrences"]) == 5
    assert {each["state"] for each in series["occurrences"]} == {"proposed"}
    assert call("GET", f"/series/{series['id']}", role="viewer").get_json() == series
    window = call("GET", f"/windows/{series['occurrences'][0]['window']}").get_json()
    assert window["series"] == series["id"]


def test_series_are_listed(call: Call) -> None:
    first, second = proposed(call), proposed(call)
    items = call("GET", "/series", role="viewer").get_json()["items"]
    assert {each["id"] for each in items} == {first["id"], second["id"]}


def test_approving_schedules_what_complies(call: Call) -> None:
    path = f"/series/{proposed(call, BY_DAY)['id']}"
    series = call("POST", f"{path}/approve").get_json()
    assert (series["state"], series["approved_by"]) == ("active", "robot-approver")
    states = [each["state"] for each in series["occurrences"]]
    assert states == ["scheduled"] * 4 + ["proposed"]
    assert call("POST", f"{path}/approve").status_code == 409


def test_an_approver_may_override_what_breaks_a_rule(call: Call) -> None:
    path = f"/series/{proposed(call, BY_DAY)['id']}"
    series = call("POST", f"{path}/approve", {"override_reason": "Agreed by phone"}).get_json()
    assert {each["state"] for each in series["occurrences"]} == {"scheduled"}


def test_one_is_skipped_by_cancelling_its_window(call: Call) -> None:
    series = proposed(call)
    call("POST", f"/windows/{series['occurrences'][1]['window']}/cancel")
    after = call("GET", f"/series/{series['id']}").get_json()
    states = [each["state"] for each in after["occurrences"]]
    assert states == ["proposed", "cancelled", "proposed", "proposed", "proposed"]


def test_ending_a_series_cancels_what_has_not_begun(call: Call) -> None:
    path = f"/series/{proposed(call)['id']}"
    call("POST", f"{path}/approve")
    series = call("POST", f"{path}/end", {"reason": "Automated away"}).get_json()
    assert series["state"] == "ended"
    assert {each["state"] for each in series["occurrences"]} == {"cancelled"}
    assert call("POST", f"{path}/end").status_code == 409


def test_a_write_to_a_series_that_was_changed_since_it_was_read_is_refused(call: Call) -> None:
    answer = call("POST", "/series", WEEKLY)
    series, tag = answer.get_json(), answer.headers["ETag"]
    path = f"/series/{series['id']}"
    call("POST", f"/windows/{series['occurrences'][1]['window']}/cancel")
    for verb in ("approve", "end"):
        late = call("POST", f"{path}/{verb}", headers={"If-Match": tag})
        assert late.status_code == 412
    read = call("GET", path)
    assert read.get_json()["state"] == "proposed"
    done = call("POST", f"{path}/approve", headers={"If-Match": read.headers["ETag"]})
    assert done.status_code == 200
    assert done.headers["ETag"] == call("GET", path).headers["ETag"] != read.headers["ETag"]


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"repeat": None}, ["repeat"]),
        ({"repeat": {"every": 0, "unit": "day"}}, ["repeat.unit", "repeat.every"]),
        ({"repeat": {"until": "2026-11-01"}}, ["repeat.until"]),
        ({"end": "2026-12-01T19:00", "repeat": {"announce_days": 99}}, ["end", "repeat"]),
    ],
)
def test_what_is_wrong_is_named_by_field(
    call: Call, changes: dict[str, Any], fields: list[str]
) -> None:
    for path in ("/series", "/series/preview"):
        answer = call("POST", path, {**WEEKLY, **changes})
        assert answer.status_code == 422
        assert [name.split(".announce")[0] for name in answer.get_json()["errors"]] == fields


@pytest.mark.parametrize("series_id", ["s_none", "%00", "%F0%9F%98%80", "a" * 3000])
def test_an_id_that_names_nothing_is_not_found(call: Call, series_id: str) -> None:
    for method, path in [("GET", ""), ("POST", "/approve"), ("POST", "/end")]:
        answer = call(method, f"/series/{series_id}{path}", None if method == "GET" else {})
        assert answer.status_code == 404
        assert answer.content_type == "application/problem+json"
