"""When may we, and what is left, by the API: with all that is stored."""

from datetime import date, timedelta
from typing import Any

import pytest

from maintenance.models import Agreement, Policy, db
from maintenance.sla.policy import shipped_texts
from maintenance.sla.workdays import day_start
from tests import build
from tests.api.conftest import PROPOSAL, Call
from tests.sla.build import AMSTERDAM


def answer(call: Call, query: str) -> dict[str, Any]:
    found = call("GET", f"/slots?{query}", role="viewer")
    assert found.status_code == 200, found.text
    said: dict[str, Any] = found.get_json()
    return said


def starts(call: Call, query: str) -> list[str]:
    return [slot["start"] for slot in answer(call, query)["slots"]]


def test_the_best_slots_come_first_each_with_its_latest_announcement(call: Call) -> None:
    slots = answer(call, "service=nmbrs&minutes=120&days=7")["slots"]
    assert slots[0] == {
        "start": "2026-11-25T17:00:00Z",
        "end": "2026-11-25T19:00:00Z",
        "announce_by": "2026-11-23T17:00:00Z",
        "by_day": False,
        "advice": [],
        "breaks_tomorrow": True,  # a quarter of an hour is kept for the sending
    }
    assert [slot["by_day"] for slot in slots] == sorted(slot["by_day"] for slot in slots)


def test_every_slot_can_be_approved(call: Call) -> None:
    for slot in answer(call, "service=nmbrs&service=factuurportal&minutes=90&most=4")["slots"]:
        values = {**PROPOSAL, "services": ["nmbrs", "factuurportal"]}
        times = {"start": slot["start"], "end": slot["end"], "outage_minutes": 90}
        window = call("POST", "/windows", {**values, **times}).get_json()
        assert window["verdict"]["compliant"] is True
        assert call("POST", f"/windows/{window['id']}/cancel").status_code == 200


def test_what_is_scheduled_takes_its_place(call: Call) -> None:
    asked = "service=nmbrs&minutes=60&from=2026-12-01T10:00&days=1"
    assert any(slot["by_day"] for slot in answer(call, asked)["slots"])
    for day in range(1, 5):
        at = day_start(date(2026, 12, day + 6).toordinal(), AMSTERDAM) + timedelta(hours=9)
        build.window(start_at=at, end_at=at + timedelta(hours=1))
    db.session.commit()
    found = answer(call, asked)
    assert not any(slot["by_day"] for slot in found["slots"])
    assert {"rule": "daytime-quota", "used": 4, "limit": 4, "left": 0, "unit": "days"}.items() <= (
        found["left"][0].items()
    )


def test_an_agreement_counts_from_the_day_it_holds(call: Call) -> None:
    customer = build.customer("acme", ["nmbrs"])
    rules = {"notice": {"length": 9}}
    since = date(2026, 12, 2)
    service = customer.services[0]
    db.session.add(Agreement(customer=customer, service=service, rules=rules, effective_from=since))
    db.session.commit()
    found = starts(call, "service=nmbrs&minutes=60&days=21")
    days = sorted(start[:10] for start in found)
    assert "2026-11-30" in days
    assert not [day for day in days if "2026-12-02" <= day <= "2026-12-03"]
    assert "2026-12-04" in days  # nine working days from now


def test_a_new_policy_version_counts_from_its_day(call: Call) -> None:
    text = shipped_texts()["nmbrs"].replace(
        "effective_from = 2020-01-01", "effective_from = 2026-12-07"
    )
    text = text.replace("length = 2\n", "length = 200\n")
    db.session.add(
        Policy(slug="nmbrs", effective_from=date(2026, 12, 7), text=text, created_at=build.NOW)
    )
    db.session.commit()
    found = starts(call, "service=nmbrs&minutes=60&days=28")
    assert max(found) < "2026-12-07"


def test_what_would_make_a_wanted_start_comply_is_told(call: Call) -> None:
    said = answer(call, "service=nmbrs&minutes=60&at=2026-11-24T10:00")["changes"]
    assert {each["how"] for each in said} == {"later", "night"}
    assert next(each for each in said if each["how"] == "later")["start"] > "2026-11-25"


def test_each_service_may_have_an_outage_of_its_own(call: Call) -> None:
    asked = "service=nmbrs&service=factuurportal&minutes=60&days=3"
    felt = answer(call, asked)["slots"]
    unfelt = answer(call, f"{asked}&outage=factuurportal:15&outage=nmbrs:60")["slots"]
    assert all(slot["advice"] for slot in felt)
    assert not any(slot["advice"] for slot in unfelt)
    assert unfelt == answer(call, f"{asked}&outage=15")["slots"]


def test_all_and_most_are_heeded(call: Call) -> None:
    few = starts(call, "service=nmbrs&minutes=60&days=4")
    every = starts(call, "service=nmbrs&minutes=60&days=4&all=true")
    assert set(few) < set(every)
    assert len(starts(call, "service=nmbrs&minutes=60&most=3")) == 3


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("minutes=60", "service"),
        ("service=none&minutes=60", "service"),
        ("service=nmbrs", "minutes"),
        ("service=nmbrs&minutes=0", "minutes"),
        ("service=nmbrs&minutes=x", "minutes"),
        ("service=nmbrs&minutes=99999999", "minutes"),
        ("service=nmbrs&minutes=60&outage=61", "outage"),
        ("service=nmbrs&minutes=60&outage=other:5", "outage"),
        ("service=nmbrs&minutes=60&outage=nmbrs:x", "outage"),
        ("service=nmbrs&minutes=60&outage=5&outage=6", "outage"),
        ("service=nmbrs&minutes=60&kind=other", "kind"),
        ("service=nmbrs&minutes=60&channel=fax", "channel"),
        ("service=nmbrs&minutes=60&from=soon", "from"),
        ("service=nmbrs&minutes=60&from=2026-11-01T20:00", "from"),
        ("service=nmbrs&minutes=60&from=2190-01-01T20:00", "from"),
        ("service=nmbrs&minutes=60&at=2026-02-30T20:00", "at"),
        ("service=nmbrs&minutes=60&days=367", "days"),
        ("service=nmbrs&minutes=60&most=0", "most"),
        ("service=nmbrs&minutes=60&all=yes", "all"),
        ("service=nmbrs&minutes=60&announce_at=2026-11-01T20:00", "announce_at"),
    ],
)
def test_a_bad_query_names_its_parameter(call: Call, query: str, field: str) -> None:
    found = call("GET", f"/slots?{query}")
    assert (found.status_code, list(found.get_json()["errors"])) == (422, [field])


def left(call: Call, query: str = "") -> dict[str, Any]:
    said = call("GET", f"/services/nmbrs/left{query}", role="viewer").get_json()
    return {f"{each['rule']} {each['period']}": each["left"] for each in said["items"]}


def test_what_is_left_of_each_quota_and_cap(call: Call) -> None:
    at = build.START - timedelta(hours=9)
    build.window(start_at=at, end_at=at + timedelta(hours=1))
    build.window(state="proposed", start_at=at, end_at=at + timedelta(hours=1))
    db.session.commit()
    assert left(call) == {"daytime-quota 2026-11": 4, "weekly-update-cap 2026-W48": 120}
    assert left(call, "?month=2026-12") == {
        "daytime-quota 2026-12": 3,
        **{f"weekly-update-cap 2026-W{week}": 120 for week in range(49, 54)},
    }


def test_each_week_of_a_month_has_its_own_cap(call: Call) -> None:
    at = build.START + timedelta(days=28)
    build.window(
        kind="update", start_at=at, end_at=at + timedelta(hours=1), outage_minutes=50
    )  # 30 December, in week 53
    db.session.commit()
    december, january = left(call, "?month=2026-12"), left(call, "?month=2027-01")
    assert december["weekly-update-cap 2026-W52"] == 120
    assert december["weekly-update-cap 2026-W53"] == 70
    assert january["weekly-update-cap 2026-W53"] == 70


def test_slots_come_with_what_is_left_in_every_period_they_are_looked_for_in(call: Call) -> None:
    said = answer(call, "service=nmbrs&minutes=60&from=2026-12-21T09:00&days=14")["left"]
    assert [each["period"] for each in said] == [
        *("2026-12", "2027-01", "2026-W52", "2026-W53", "2027-W01")
    ]


@pytest.mark.parametrize("month", ["december", "2026-13", "9999-12", "1000-01"])
def test_a_month_is_a_month(call: Call, month: str) -> None:
    found = call("GET", f"/services/nmbrs/left?month={month}")
    assert (found.status_code, list(found.get_json()["errors"])) == (422, ["month"])


def test_an_unknown_service_has_nothing_left(call: Call) -> None:
    assert call("GET", "/services/none/left").status_code == 404
