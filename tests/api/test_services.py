"""Services by the API."""

from typing import Any

import pytest

from maintenance.models import Agreement, db
from tests import build
from tests.api.conftest import Call

NMBRS = {"name": "Nmbrs", "policy": "nmbrs", "color": "#0b5cad", "clock_completes": False}
TWO = {"four_eyes": True, "deputy": "deputy@vendor.example"}


def test_services_are_listed_with_their_zone(call: Call) -> None:
    page = call("GET", "/services", role="viewer").get_json()
    assert [each["slug"] for each in page["items"]] == ["factuurportal", "nmbrs"]
    assert (page["next"], page["items"][1]["zone"]) == (None, "Europe/Amsterdam")


def test_a_service_is_changed_and_made(call: Call) -> None:
    changed = call("PUT", "/services/nmbrs", NMBRS | {"name": "Nmbrs HR"}, role="admin")
    assert (changed.status_code, changed.get_json()["name"]) == (200, "Nmbrs HR")
    made = call("PUT", "/services/payroll", {"name": "P", "policy": "nmbrs"}, role="admin")
    assert (made.status_code, made.get_json()["color"]) == (201, "#0b5cad")
    read = call("GET", "/services/payroll", role="viewer")
    assert (read.get_json(), read.headers["ETag"]) == (made.get_json(), made.headers["ETag"])


def test_who_approves_stays_as_it_was_where_it_is_not_named(call: Call) -> None:
    call("PUT", "/services/nmbrs", NMBRS | TWO, role="admin")
    kept = call("PUT", "/services/nmbrs", NMBRS, role="admin").get_json()
    assert {name: kept[name] for name in TWO} == TWO
    off = {"four_eyes": False, "deputy": ""}
    ended = call("PUT", "/services/nmbrs", NMBRS | off, role="admin").get_json()
    assert {name: ended[name] for name in off} == off


def test_another_sla_judges_anew_what_is_planned(call: Call) -> None:
    at = {"start_at": build.START.replace(hour=9), "end_at": build.START.replace(hour=10)}
    window = build.window(services=["factuurportal"], **at)
    db.session.commit()
    factuurportal = {"name": "Factuurportal", "policy": "nmbrs"}
    assert call("PUT", "/services/factuurportal", factuurportal, role="admin").status_code == 200
    db.session.refresh(window)
    rules = {finding["rule"] for finding in window.verdict["findings"]}
    assert "daytime-quota" in rules


def test_an_sla_that_an_agreement_does_not_fit_is_refused(call: Call) -> None:
    customer = build.customer("acme", ["nmbrs"])
    rules = {"daytime-quota": {"limit": 2}}
    db.session.add(Agreement(customer=customer, service=customer.services[0], rules=rules))
    db.session.commit()
    answer = call("PUT", "/services/nmbrs", NMBRS | {"policy": "factuurportal"}, role="admin")
    assert answer.status_code == 422
    assert answer.get_json()["errors"]["policy"].startswith("the agreement of acme does not fit it")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": None}, "name"),
        ({"policy": "none"}, "policy"),
        ({"policy": ["nmbrs"]}, "policy"),
        ({"color": "red"}, "color"),
        ({"clock_completes": "no"}, "clock_completes"),
        ({"four_eyes": "yes"}, "four_eyes"),
        ({"deputy": "nobody"}, "deputy"),
    ],
)
def test_what_is_wrong_is_named(call: Call, change: dict[str, Any], field: str) -> None:
    answer = call("PUT", "/services/nmbrs", NMBRS | change, role="admin")
    assert (answer.status_code, list(answer.get_json()["errors"])) == (422, [field])


def test_a_write_is_refused_where_another_was_first(call: Call) -> None:
    read = {"If-Match": call("GET", "/services/nmbrs").headers["ETag"]}
    change = NMBRS | {"name": "One"}
    assert call("PUT", "/services/nmbrs", change, role="admin", headers=read).status_code == 200
    change = NMBRS | {"name": "Two"}
    assert call("PUT", "/services/nmbrs", change, role="admin", headers=read).status_code == 412


@pytest.mark.parametrize("slug", ["none", "NMBRS", "%00", "9" * 70])
def test_an_unknown_service_is_not_found(call: Call, slug: str) -> None:
    assert call("GET", f"/services/{slug}").status_code == 404


def test_a_service_with_a_slug_that_cannot_be_is_not_made(call: Call) -> None:
    assert call("PUT", "/services/No%20Slug", NMBRS, role="admin").status_code == 404
