"""Slots: each one complies, none is left out, the best come first; and what would make one comply.

The finder works from the edges of hours and dates. Here every quarter of an hour is asked.
"""

import os
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from maintenance.sla.changes import changes
from maintenance.sla.check import Agreement, Terms, check
from maintenance.sla.policy import build, shipped, with_deviations
from maintenance.sla.slots import announce_by, find
from tests.sla.build import local, window
from tests.sla.test_property import ZONES, as_window, policies, wins

EXAMPLES = int(os.environ.get("MAINTENANCE_SLA_EXAMPLES", "100"))
QUARTER = timedelta(minutes=15)
MONTH = timedelta(days=28)
ALL = {"deadline": None, "suppress_health_check": list(HealthCheck)}


def nmbrs(history=(), *agreements):
    return Terms("nmbrs", shipped()["nmbrs"], list(history), list(agreements))


def factuurportal(*history):
    return Terms("factuurportal", shipped()["factuurportal"], list(history))


def asked_everywhere(asked, terms, since, until):
    """Every start on the grid that complies, with whether a rule advises against it."""
    found = {}
    at = since
    length = asked.end - asked.start
    while at < until:
        verdict = check(asked._replace(start=at, end=at + length), terms)
        if verdict.compliant:
            found[at] = {(f.service, f.rule) for f in verdict.findings if f.outcome == "advice"}
        at += QUARTER
    return found


@settings(max_examples=EXAMPLES, **ALL)
@given(source=policies(), data=st.data())
def test_every_slot_complies_and_none_on_the_grid_is_left_out(source, data):
    around = data.draw(st.sampled_from(ZONES[source["calendar"]["zone"]])).replace(minute=0)
    asked = as_window(data.draw(wins(around)))
    history = [as_window(win) for win in data.draw(st.lists(wins(around, 20), max_size=6))]
    terms = [Terms("any", build(source, "any"), history)]
    since, until = around - timedelta(days=4), around + timedelta(days=4)
    slots = find(asked, terms, since, until, every=True)
    expected = asked_everywhere(asked, terms, since, until)
    assert {slot.start: set(slot.advice) for slot in slots} == expected
    assert len(slots) == len(expected)


FOUR_WEEKS = [
    local("2026-12-07 00:00"),
    local("2026-03-16 00:00"),
    local("2026-10-12 00:00"),
    local("2027-04-19 00:00"),
]


@pytest.mark.parametrize("since", FOUR_WEEKS)
@pytest.mark.parametrize("kind", ["planned", "update", "urgent"])
def test_four_weeks_of_both_slas_agree_with_asking_every_quarter(since, kind):
    history = [
        as_window_at(since + timedelta(days=2 * n, hours=8), kind="update") for n in range(6)
    ]
    stricter = Agreement("acme", with_deviations(shipped()["nmbrs"], {"notice": {"length": 5}}))
    terms = [nmbrs(history, stricter), factuurportal()]
    asked = as_window_at(since, hours=3, kind=kind, why="a leak", told=since)
    slots = find(asked, terms, since, since + MONTH, every=True)
    expected = asked_everywhere(asked, terms, since, since + MONTH)
    assert {slot.start: set(slot.advice) for slot in slots} == expected


def as_window_at(start, hours=2, kind="planned", why="", told=None):
    made = window("2026-12-01 10:00", kind=kind, why=why)
    return made._replace(
        start=start,
        end=start + timedelta(hours=hours),
        outage_minutes=30,
        announced=dict.fromkeys(("email", "status_page"), told or start - MONTH),
    )


SINCE = local("2026-12-07 09:10")
ASKED = window("2026-12-07 00:00", "2026-12-07 02:00", outage=30, told=SINCE)


def test_the_best_come_first():
    slots = find(ASKED, [nmbrs(), factuurportal()], SINCE, SINCE + MONTH)
    ranks = [(bool(slot.advice), slot.by_day, slot.start) for slot in slots]
    assert ranks == sorted(ranks)
    assert not slots[0].advice
    assert slots[0].start == local("2026-12-12 18:00")  # five days on, at night for both
    assert slots[-1].by_day


def test_there_is_one_a_night_and_one_a_day():
    slots = find(ASKED, [nmbrs()], SINCE, SINCE + MONTH)
    nights = [
        (slot.start.astimezone(shipped()["nmbrs"].zone) - timedelta(hours=12)).date()
        for slot in slots
        if not slot.by_day
    ]
    days = [slot.start.astimezone(shipped()["nmbrs"].zone).date() for slot in slots if slot.by_day]
    assert len(nights) == len(set(nights)) > 20
    assert len(days) == len(set(days)) > 20


def test_a_night_without_advice_is_shown_rather_than_an_earlier_start_with():
    since = local("2026-12-08 00:00")
    asked = window("2026-12-07 00:00", "2026-12-07 02:00", outage=30, told=since)
    slots = find(asked, [factuurportal()], since, since + timedelta(days=1))
    assert [(s.start, bool(s.advice)) for s in slots if not s.by_day] == [
        (local("2026-12-08 00:00"), True),
        (local("2026-12-08 17:00"), True),
    ]


def test_slots_keep_to_the_quarter_and_to_the_most_asked():
    slots = find(ASKED, [nmbrs()], SINCE, SINCE + MONTH, every=True, most=40)
    assert len(slots) == 40
    assert {slot.start.minute % 15 for slot in slots} == {0}


def test_a_slot_says_when_it_is_announced_at_the_latest():
    slot = find(ASKED, [nmbrs(), factuurportal()], SINCE, SINCE + MONTH)[0]
    assert slot.announce_by == min(slot.start - timedelta(days=5), local("2026-12-07 18:00"))
    assert slot.as_json()["start"] == "2026-12-12T17:00:00Z"
    brief = ASKED._replace(outage_minutes=5)
    assert find(brief, [factuurportal()], SINCE, SINCE + MONTH)[0].announce_by is None


def test_no_slot_is_no_slot():
    urgent = ASKED._replace(kind="urgent")
    assert find(urgent, [nmbrs()], SINCE, SINCE + MONTH) == []


def test_slots_by_day_stop_where_the_month_is_full():
    full = [window(f"2026-12-0{day} 10:00") for day in range(1, 5)]
    slots = find(ASKED, [nmbrs(full)], SINCE, local("2027-01-10 00:00"))
    days = [slot.start for slot in slots if slot.by_day]
    assert min(days) >= local("2026-12-31 18:00")


# Changes


def how(asked, terms, since=SINCE):
    found = changes(asked, terms, since, since + MONTH)
    assert all(check(change.window, terms).compliant for change in found)
    return {change.how: change.window for change in found}


def test_a_window_announced_too_late_may_come_later():
    asked = window("2026-12-08 20:00", "2026-12-08 22:00", told=SINCE)
    found = how(asked, [nmbrs()])
    assert found.keys() == {"later", "night"}
    assert found["later"].start == local("2026-12-09 09:15")
    assert found["night"].start == local("2026-12-09 18:00")


def test_a_window_in_a_full_month_may_come_at_night_or_end_before_the_day():
    full = [window(f"2026-12-0{day} 10:00") for day in range(1, 5)]
    asked = window("2026-12-15 05:00", "2026-12-15 07:00", told=SINCE)
    found = how(asked, [nmbrs(full)])
    assert found["shorter"].end == local("2026-12-15 06:00")
    assert found["shorter"].outage_minutes == 60
    assert found["night"].start == local("2026-12-15 04:00")
    assert found["later"].start == local("2026-12-15 18:00")


def test_an_update_over_the_weekly_cap_may_be_shorter_or_take_less_outage():
    first = window("2026-12-14 20:00", kind="update", outage=70)
    asked = window("2026-12-16 20:00", "2026-12-16 22:00", kind="update", told=SINCE)
    found = how(asked, [nmbrs([first])])
    assert found["less_outage"].outage_minutes == 50
    assert found["shorter"].end == local("2026-12-16 20:50")
    assert found["later"].start == local("2026-12-21 00:00")
    assert found["night"].start == local("2026-12-13 23:45")


def test_a_late_window_by_day_may_keep_its_outage_to_a_quarter_of_an_hour():
    asked = window("2026-12-10 10:00", "2026-12-10 12:00", told=SINCE)
    found = how(asked, [factuurportal()])
    assert found["less_outage"].outage_minutes == 15
    assert found["shorter"].end == local("2026-12-10 10:15")
    assert found["later"].start == local("2026-12-10 17:00")


@settings(max_examples=EXAMPLES // 2, **ALL)
@given(source=policies(), data=st.data())
def test_changes_comply_and_are_the_nearest(source, data):
    around = data.draw(st.sampled_from(ZONES[source["calendar"]["zone"]])).replace(minute=0)
    asked = as_window(data.draw(wins(around, 2)))
    history = [as_window(win) for win in data.draw(st.lists(wins(around, 10), max_size=5))]
    terms = [Terms("any", build(source, "any"), history)]
    since, until = around - timedelta(days=3), around + timedelta(days=3)
    if check(asked, terms).compliant:
        return
    found = {c.how: c.window for c in changes(asked, terms, since, until)}
    assert all(check(each, terms).compliant for each in found.values())
    comply = asked_everywhere(asked, terms, since, until)
    later = found["later"].start if "later" in found else None
    assert later == min((at for at in comply if at > asked.start), default=None)
    shorter = (asked.end - timedelta(minutes=n) for n in range(1, minutes(asked)))
    tried = (
        asked._replace(end=end, outage_minutes=min(asked.outage_minutes, minutes(asked, end)))
        for end in shorter
    )
    best = next((each for each in tried if check(each, terms).compliant), None)
    assert found.get("shorter") == best
    less = (asked._replace(outage_minutes=n) for n in reversed(range(asked.outage_minutes)))
    assert found.get("less_outage") == next(
        (each for each in less if check(each, terms).compliant), None
    )


def minutes(asked, end=None):
    return ((end or asked.end) - asked.start) // timedelta(minutes=1)


def test_the_latest_announcement_suits_every_rule():
    policy = shipped()["nmbrs"]
    assert announce_by([(ASKED, policy)]) == local("2026-12-03 00:00")
    assert announce_by([(ASKED._replace(kind="urgent"), policy)]) is None
