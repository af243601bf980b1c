"""What a window overlaps is told beside its verdict."""

from tests.api.conftest import PROPOSAL, Call


def test_an_overlap_on_the_same_service_is_advice_beside_the_verdict(call: Call) -> None:
    first = call("POST", "/windows", PROPOSAL).get_json()
    assert first["overlaps"] == []
    second = call("POST", "/windows", {**PROPOSAL, "start": "2026-12-02T21:00"}).get_json()
    assert second["overlaps"] == [first["reference"]]
    assert second["verdict"]["compliant"] is True
    approved = call("POST", f"/windows/{second['id']}/approve").get_json()
    assert approved["overlaps"] == [first["reference"]]


def test_windows_that_only_touch_do_not_overlap(call: Call) -> None:
    call("POST", "/windows", PROPOSAL)
    after = {**PROPOSAL, "start": "2026-12-02T22:00", "end": "2026-12-02T23:00"}
    assert call("POST", "/windows", after).get_json()["overlaps"] == []


def test_nor_do_those_of_another_service_or_called_off(call: Call) -> None:
    call("POST", "/windows", {**PROPOSAL, "services": ["factuurportal"]})
    off = call("POST", "/windows", PROPOSAL).get_json()
    call("POST", f"/windows/{off['id']}/cancel")
    assert call("POST", "/windows", PROPOSAL).get_json()["overlaps"] == []


def test_a_move_tells_what_it_overlaps_then(call: Call) -> None:
    first = call("POST", "/windows", PROPOSAL).get_json()
    other = {**PROPOSAL, "start": "2026-12-09T20:00", "end": "2026-12-09T22:00"}
    path = f"/windows/{call('POST', '/windows', other).get_json()['id']}"
    times = {"start": PROPOSAL["start"], "end": PROPOSAL["end"]}
    assert call("POST", f"{path}/move", times).get_json()["overlaps"] == [first["reference"]]
