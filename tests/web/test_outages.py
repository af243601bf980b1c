"""Each service's own outage on the proposal form."""

from typing import Any

import pytest

from maintenance.models import Window, db
from tests.web.conftest import Browser

pytestmark = pytest.mark.usefixtures("services")

BOTH: dict[str, Any] = {
    "planning": "yes",
    "times": "yes",
    "telling": "yes",
    "services": ["nmbrs", "factuurportal"],
    "kind": "planned",
    "start_date": "2026-12-02",
    "start_time": "20:00",
    "end_date": "2026-12-02",
    "end_time": "22:00",
    "title_en": "Database upgrade",
    "channels": ["email", "status_page"],
    "act": "propose",
}


def stored() -> dict[str, int]:
    db.session.rollback()
    places = db.session.query(Window).one().places
    return {place.service.slug: place.outage_minutes for place in places}


def test_one_service_has_one_field_and_several_have_one_each(browser: Browser) -> None:
    operator = browser("operator")
    alone = operator.send("/windows/new", {**BOTH, "services": ["nmbrs"], "act": "check"}).text
    assert 'name="outage_nmbrs"' not in alone
    both = operator.send("/windows/new", {**BOTH, "act": "check"}).text
    assert 'name="outage_nmbrs"' in both
    assert 'name="outage_factuurportal"' in both


@pytest.mark.parametrize(
    ("typed", "minutes"),
    [
        ({}, {"nmbrs": 120, "factuurportal": 120}),
        ({"outage_minutes": "30"}, {"nmbrs": 30, "factuurportal": 30}),
        ({"outage_minutes": "30", "outage_nmbrs": "5"}, {"nmbrs": 5, "factuurportal": 30}),
        ({"outage_factuurportal": "0"}, {"nmbrs": 120, "factuurportal": 0}),
    ],
)
def test_what_differs_is_typed_per_service(
    browser: Browser, typed: dict[str, str], minutes: dict[str, int]
) -> None:
    assert browser("operator").send("/windows/new", {**BOTH, **typed}).status_code == 303
    assert stored() == minutes


def test_what_is_wrong_stands_at_its_service(browser: Browser) -> None:
    answer = browser("operator").send("/windows/new", {**BOTH, "outage_nmbrs": "500"})
    assert answer.status_code == 422
    assert 'id="outage_nmbrs-error"' in answer.text
    assert "Outage must be from 0" in answer.text


def test_the_form_comes_back_with_each(browser: Browser) -> None:
    operator = browser("operator")
    operator.send("/windows/new", {**BOTH, "outage_nmbrs": "5", "outage_minutes": "30"})
    path = f"/windows/{db.session.query(Window).one().public_id}"
    assert 'name="outage_nmbrs" type="text" value="5"' in operator.get(f"{path}/edit").text
    assert "Factuurportal: 30 min" in operator.get(path).text


def test_the_live_verdict_brings_the_fields_when_the_services_change(browser: Browser) -> None:
    operator = browser("operator")
    one = operator.send("/windows/verdict", {**BOTH, "outages_for": ""}).text
    assert 'id="own-outages" hx-swap-oob="true"' in one
    same = operator.send("/windows/verdict", {**BOTH, "outages_for": "factuurportal nmbrs"}).text
    assert "own-outages" not in same
