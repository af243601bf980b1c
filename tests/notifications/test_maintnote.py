"""notifications.maintnote: what ITSM tools read in a customer's own feed."""

import icalendar
import pytest

from maintenance.windows import Impact, State, Window
from notifications import ical, maintnote
from tests.notifications.values import BAD_TITLES, FACTUURPORTAL, NMBRS, window

BASE = "https://maintenance.example"


def read(it: Window, services: frozenset[str] = frozenset({"nmbrs"})) -> icalendar.Event:
    sender = "Vendor <maintenance@vendor.example>"
    more = maintnote.properties(it, "acme", services, BASE, sender)
    event = ical.extended(bytes(ical.vevent(it, "nl", BASE).to_ical()), more)
    return icalendar.Event.from_ical(event)


def test_an_event_names_provider_account_maintenance_and_object() -> None:
    event = read(window())
    found = {
        name.removeprefix("X-MAINTNOTE-"): str(value)
        for name, value in event.property_items()
        if name.startswith("X-MAINTNOTE-")
    }
    assert found == {
        "PROVIDER": "maintenance.example",
        "ACCOUNT": "acme",
        "MAINTENANCE-ID": "M-2026-041",
        "OBJECT-ID": "nmbrs",
        "IMPACT": "OUTAGE",
        "STATUS": "CONFIRMED",
    }
    assert event["ORGANIZER"] == "mailto:maintenance@vendor.example"
    assert event["SUMMARY"] == "Databases bijwerken"


def test_only_the_customer_s_own_services_are_named() -> None:
    both = window(services=(NMBRS, FACTUURPORTAL))
    assert str(read(both)["X-MAINTNOTE-OBJECT-ID"]) == "nmbrs"
    objects = read(both, frozenset({"nmbrs", "factuurportal"}))["X-MAINTNOTE-OBJECT-ID"]
    assert [str(each) for each in objects] == ["nmbrs", "factuurportal"]


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("impact", list(Impact))
def test_every_value_is_one_that_the_readers_know(state: State, impact: Impact) -> None:
    event = read(window(state=state, impact=impact))
    statuses = {"TENTATIVE", "CONFIRMED", "CANCELLED", "IN-PROCESS", "COMPLETED"}
    assert str(event["X-MAINTNOTE-STATUS"]) in statuses
    impacts = {"NO-IMPACT", "REDUCED-REDUNDANCY", "DEGRADED", "OUTAGE"}
    assert str(event["X-MAINTNOTE-IMPACT"]) in impacts


@pytest.mark.parametrize("bad", BAD_TITLES, ids=range(len(BAD_TITLES)))
def test_a_bad_title_leaves_the_event_whole(bad: str) -> None:
    assert str(read(window(title={"nl": bad}))["X-MAINTNOTE-ACCOUNT"]) == "acme"
