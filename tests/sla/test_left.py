"""What is left of each quota and cap."""

from maintenance.sla.check import Terms
from maintenance.sla.left import Left, left
from maintenance.sla.policy import shipped, with_deviations
from tests.sla.build import local, window


def test_what_is_left_is_the_limit_less_what_the_history_uses():
    history = [
        window("2026-12-01 10:00"),
        window("2026-12-08 10:00"),
        window("2026-12-09 20:00", kind="update", outage=70),
        window("2026-11-30 10:00"),
    ]
    found = left([Terms("nmbrs", shipped()["nmbrs"], history)], local("2026-12-10 00:00"))
    assert found == [
        Left("nmbrs", "daytime-quota", "2026-12", 2, 4, "days"),
        Left("nmbrs", "weekly-update-cap", "2026-W50", 70, 120, "minutes"),
    ]
    assert [each.left for each in found] == [2, 50]


def test_more_used_than_allowed_leaves_nothing():
    history = [window(f"2026-12-0{day} 10:00") for day in range(1, 7)]
    found = left([Terms("nmbrs", shipped()["nmbrs"], history)], local("2026-12-31 23:59"))
    assert (found[0].used, found[0].left) == (6, 0)


def test_an_sla_without_quota_has_nothing_to_be_left():
    assert left([Terms("f", shipped()["factuurportal"], [])], local("2026-12-10 00:00")) == []


def test_of_a_stretch_of_time_every_period_that_it_touches_is_said():
    history = [
        window("2026-12-01 10:00"),
        window("2026-12-09 20:00", kind="update", outage=70),
        window("2027-01-02 20:00", kind="update", outage=30),
    ]
    since, until = local("2026-12-01 00:00"), local("2027-01-01 00:00")
    quota, *weeks = left([Terms("nmbrs", shipped()["nmbrs"], history)], since, until)
    assert (quota.period, quota.used) == ("2026-12", 1)
    assert {each.period: each.used for each in weeks} == {
        "2026-W49": 0,
        "2026-W50": 70,
        "2026-W51": 0,
        "2026-W52": 0,
        "2026-W53": 30,
    }


def test_where_any_days_on_end_count_the_fullest_of_them_is_said():
    history = [window(f"2026-12-{day} 10:00") for day in ("04", "06", "20")]
    rolling = with_deviations(shipped()["nmbrs"], {"daytime-quota": {"period": "7 days"}})
    since, until = local("2026-12-01 00:00"), local("2027-01-01 00:00")
    found = left([Terms("nmbrs", rolling, history)], since, until)
    assert (found[0].period, found[0].used) == ("2026-11-30/2026-12-06", 2)
