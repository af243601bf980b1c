"""Windows listed by whether their verdict says that they comply."""

from tests.api.conftest import PROPOSAL, Call


def test_windows_are_filtered_by_their_verdict(call: Call) -> None:
    fine = call("POST", "/windows", PROPOSAL).get_json()
    late = {**PROPOSAL, "start": "2026-11-24T20:00", "end": "2026-11-24T22:00"}
    broken = call("POST", "/windows", late).get_json()

    def listed(query: str) -> list[str]:
        return [each["id"] for each in call("GET", f"/windows{query}").get_json()["items"]]

    assert listed("?complies=false") == [broken["id"]]
    assert listed("?complies=true") == [fine["id"]]
    assert listed("") == [broken["id"], fine["id"]]


def test_it_is_true_or_false(call: Call) -> None:
    answer = call("GET", "/windows?complies=maybe")
    assert (answer.status_code, list(answer.get_json()["errors"])) == (422, ["complies"])


def test_what_waits_for_approval_is_told_beside_what_is_left(call: Call) -> None:
    soon = {**PROPOSAL, "start": "2026-11-25T20:00", "end": "2026-11-25T22:00"}
    first = call("POST", "/windows", soon).get_json()
    second = call("POST", "/windows", PROPOSAL).get_json()
    call("POST", "/windows", {**PROPOSAL, "services": ["factuurportal"]})
    waiting = call("GET", "/services/nmbrs/left", role="viewer").get_json()["waiting"]
    assert waiting == [
        {
            "window": first["id"],
            "reference": first["reference"],
            "at": "2026-11-23T19:00:00Z",
            "breaks_tomorrow": True,
        },
        {
            "window": second["id"],
            "reference": second["reference"],
            "at": "2026-11-30T19:00:00Z",
            "breaks_tomorrow": False,
        },
    ]


def test_an_agreement_that_changes_judges_anew_what_is_planned(call: Call) -> None:
    window = call("POST", "/windows", PROPOSAL).get_json()
    customer = {"name": "Acme", "services": ["nmbrs"], "contacts": [{"email": "jan@acme.example"}]}
    agreed = {"service": "nmbrs", "rules": {"notice": {"length": 20}}}

    def verdict(agreements: list[dict[str, object]]) -> bool:
        put = call("PUT", "/customers/acme", {**customer, "agreements": agreements})
        assert put.status_code in {200, 201}, put.text
        said = call("GET", f"/windows/{window['id']}").get_json()["verdict"]
        return bool(said["compliant"])

    assert [verdict([agreed]), verdict([agreed]), verdict([])] == [False, False, True]
