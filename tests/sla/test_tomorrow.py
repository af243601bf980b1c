"""What waits in a request's history, and what breaks if it waits a day longer."""

from datetime import timedelta

import pytest

from maintenance.sla.policy import shipped
from maintenance.sla.slots import find
from maintenance.sla.tomorrow import waiting
from tests.sla.build import local, window
from tests.sla.test_slots import factuurportal, nmbrs

NOW = local("2026-11-30 20:00")
DAY = timedelta(days=1)


def proposed(start, end, **fields):
    entry = {"service": "nmbrs", "kind": "planned", "state": "proposed", "start": start, "end": end}
    return {**entry, **fields}


def of(*history, agreements=(), now=NOW):
    asked = {"services": ["nmbrs"], "history": list(history), "agreements": list(agreements)}
    return waiting(asked, shipped(), now)


def test_what_is_due_within_a_day_breaks_tomorrow_and_what_is_due_later_does_not():
    soon = proposed("2026-12-02 20:00", "2026-12-02 22:00", id=1)
    later = proposed("2026-12-04 20:00", "2026-12-04 22:00", id=2)
    found = of(later, soon)
    assert [(each.id, each.breaks_tomorrow) for each in found] == [(1, True), (2, False)]
    assert found[0].deadline == local("2026-11-30 20:00")


def test_what_is_broken_already_does_not_break_tomorrow():
    (found,) = of(proposed("2026-12-02 19:00", "2026-12-02 20:00"))
    assert not found.breaks_tomorrow


def test_urgent_work_waits_until_its_end_and_no_longer():
    why = {"kind": "urgent", "justification": "The disk fails"}
    ending = proposed("2026-11-30 21:00", "2026-12-01 20:00", **why)
    going_on = proposed("2026-11-30 21:00", "2026-12-01 20:01", **why)
    found = {each.breaks_tomorrow: each.deadline for each in of(ending, going_on)}
    assert found == dict.fromkeys((True, False), local("2026-11-30 21:00"))


def test_only_what_is_proposed_on_a_service_that_is_asked_for_waits():
    scheduled = proposed("2026-12-02 20:00", "2026-12-02 22:00", state="scheduled")
    elsewhere = proposed("2026-12-02 20:00", "2026-12-02 22:00", service="factuurportal")
    assert of(scheduled, elsewhere) == []


def test_each_is_judged_with_what_is_scheduled_and_the_agreements_that_bind_it():
    taken = [
        proposed(f"2026-12-{day} 10:00", f"2026-12-{day} 11:00", state="scheduled")
        for day in (14, 15, 16, 17)
    ]
    by_day = proposed("2026-12-18 10:00", "2026-12-18 11:00", id="full")
    both = proposed("2026-12-10 20:00", "2026-12-10 21:00", id="both")
    del both["service"]
    both["services"] = ["nmbrs", "factuurportal"]
    longer = {"customer": "acme", "rules": {"notice": {"length": 8}}}
    found = {each.id: each for each in of(*taken, by_day, both, agreements=[longer])}
    assert not found["full"].breaks_tomorrow
    assert found["both"].deadline == local("2026-11-30 20:00")


@pytest.mark.parametrize(("later", "lost"), [(NOW, False), (NOW + DAY, True), (None, False)])
def test_a_slot_says_whether_it_is_lost_tomorrow(later, lost):
    asked = window("2026-12-02 20:00", told=NOW)
    since = local("2026-12-02 20:00")
    (slot,) = find(asked, [nmbrs()], since, since + timedelta(minutes=15), later=later)
    assert slot.breaks_tomorrow is lost


def test_what_is_only_advised_against_tomorrow_is_not_lost_but_what_is_past_is():
    since = local("2026-12-01 19:45")
    asked = window("2026-12-01 19:45", told=NOW)
    slots = find(
        asked, [factuurportal()], since, since + timedelta(hours=1), every=True, later=NOW + DAY
    )
    assert [slot.breaks_tomorrow for slot in slots] == [True, True, False, False]
