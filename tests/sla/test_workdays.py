"""Local time, working days, and the latest moment to announce."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import holidays
import pytest

from maintenance.sla.holiday import easter
from maintenance.sla.policy import shipped
from maintenance.sla.workdays import LATEST, local_days, to_instants, transitions
from tests.sla import brute
from tests.sla.build import AMSTERDAM, local

wall = datetime.fromisoformat
CALENDAR = shipped()["nmbrs"].calendar


def latest(unit, start, count):
    return LATEST[unit](local(start), count, CALENDAR).astimezone(AMSTERDAM)


@pytest.mark.parametrize(
    ("start", "deadline"),
    [
        ("2026-12-02 20:00", "2026-11-30 20:00"),
        ("2026-12-06 02:00", "2026-12-03 00:00"),
        ("2026-12-28 20:00", "2026-12-23 20:00"),  # Christmas
        ("2027-05-06 20:00", "2027-05-03 00:00"),  # 5 May, Ascension Day
        ("2027-01-04 06:00", "2026-12-30 06:00"),
    ],
)
def test_two_working_days_before_is_48_hours_of_working_day_time(start, deadline):
    assert latest("working_days", start, 2) == local(deadline)


def test_days_on_the_clock_keep_the_wall_time():
    assert latest("clock_days", "2026-12-03 14:00", 5) == local("2026-11-28 14:00")


def test_a_wall_time_that_does_not_exist_is_read_with_both_offsets_and_the_earlier_counts():
    deadline = latest("clock_days", "2026-04-03 02:30", 5)
    assert deadline.isoformat() == "2026-03-29T01:30:00+01:00"


def test_a_wall_time_that_exists_twice_counts_from_the_first():
    deadline = latest("clock_days", "2026-10-30 02:30", 5)
    assert deadline.isoformat() == "2026-10-25T02:30:00+02:00"


def test_calendar_days_end_with_the_date_and_clear_days_lie_whole_between():
    assert latest("calendar_days", "2026-12-10 14:00", 5) == local("2026-12-06 00:00")
    assert latest("clear_days", "2026-12-10 14:00", 5) == local("2026-12-05 00:00")
    assert latest("hours", "2026-12-10 14:00", 5) == local("2026-12-10 09:00")


def test_a_skipped_local_time_means_no_instant_and_a_repeated_one_two():
    assert to_instants(wall("2026-03-29 02:30"), AMSTERDAM) == ()
    first, second = to_instants(wall("2026-10-25 02:30"), AMSTERDAM)
    assert second - first == timedelta(hours=1)
    assert len(to_instants(wall("2026-07-01 02:30"), AMSTERDAM)) == 1


def test_the_hour_that_comes_twice_lies_on_the_wall_clock_twice():
    day = date(2026, 10, 25).toordinal()
    days = local_days(local("2026-10-25 01:00"), local("2026-10-25 04:00"), AMSTERDAM)
    assert days == ((day, 3600, 3 * 3600), (day, 2 * 3600, 4 * 3600))


def test_the_hour_that_is_skipped_does_not_lie_on_the_wall_clock():
    day = date(2026, 3, 29).toordinal()
    days = local_days(local("2026-03-29 01:00"), local("2026-03-29 04:00"), AMSTERDAM)
    assert days == ((day, 3600, 2 * 3600), (day, 3 * 3600, 4 * 3600))


def test_a_window_that_ends_at_midnight_does_not_touch_the_next_date():
    days = local_days(local("2026-12-01 22:00"), local("2026-12-02 00:00"), AMSTERDAM)
    assert [day for day, _, _ in days] == [date(2026, 12, 1).toordinal()]


def test_the_clock_of_amsterdam_changes_twice_a_year_at_one_oclock_utc():
    assert transitions(AMSTERDAM, 2026) == (
        datetime(2026, 3, 29, 1, tzinfo=UTC),
        datetime(2026, 10, 25, 1, tzinfo=UTC),
    )
    assert transitions(ZoneInfo("Asia/Kolkata"), 2026) == ()


def test_easter_agrees_with_another_reckoning():
    assert [easter(y) for y in range(1950, 2211)] == [brute.easter(y) for y in range(1950, 2211)]


@pytest.mark.parametrize("slug", ["nmbrs", "factuurportal"])
def test_the_dutch_holidays_are_those_of_the_law_and_no_other(slug):
    policy = shipped()[slug]
    days = [date(2027, 1, 1) + timedelta(days=n) for n in range(365)]
    assert {
        day.isoformat(): policy.holiday_name(day, "en")
        for day in days
        if policy.holiday_name(day, "en")
    } == {
        "2027-01-01": "New Year's Day",
        "2027-03-29": "Easter Monday",
        "2027-04-27": "King's Day",
        "2027-05-05": "Liberation Day",
        "2027-05-06": "Ascension Day",
        "2027-05-17": "Whit Monday",
        "2027-12-25": "Christmas Day",
        "2027-12-26": "Boxing Day",
    }


def test_kings_day_on_a_sunday_is_kept_the_day_before():
    policy = shipped()["nmbrs"]
    assert policy.holiday_name(date(2025, 4, 26), "nl") == "Koningsdag"
    assert policy.holiday_name(date(2025, 4, 27), "nl") is None


def test_the_dutch_holidays_agree_with_the_holidays_library():
    """But for Good Friday and the Sundays, which it adds, and 5 May, which it has lustrum years."""
    known = holidays.country_holidays("NL", years=range(2014, 2101), language="nl")
    ours = shipped()["nmbrs"].calendar.holidays
    for year in range(2014, 2101):
        easter_sunday = easter(year)
        left_out = {easter_sunday + timedelta(days=n) for n in (-2, 0, 49)}
        theirs = {day for day in known if day.year == year} - left_out | {date(year, 5, 5)}
        assert {d for d in map(date.fromordinal, ours) if d.year == year} == theirs


def test_a_working_day_is_a_weekday_that_is_no_holiday():
    policy = shipped()["nmbrs"]
    assert policy.is_working_day(date(2026, 4, 3))  # Good Friday
    assert not policy.is_working_day(date(2026, 4, 6))  # Easter Monday
    assert not policy.is_working_day(date(2026, 4, 4))  # Saturday


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("Europe/Amsterdam", "2026-03-29"),
        ("Europe/Amsterdam", "2026-10-25"),
        ("Australia/Lord_Howe", "2026-04-05"),
        ("Australia/Lord_Howe", "2026-10-04"),
        ("Africa/Cairo", "2026-04-24"),
        ("Africa/Cairo", "2026-10-30"),
        ("Pacific/Apia", "2011-12-30"),  # the date that never was
        ("Asia/Kolkata", "2026-01-01"),
    ],
)
def test_a_local_time_means_every_instant_at_which_the_clock_reads_it(name, day):
    zone = ZoneInfo(name)
    around = datetime.fromisoformat(day).replace(tzinfo=UTC)
    quarter = timedelta(minutes=15)
    reads = {}
    for number in range(-5 * 96, 5 * 96):
        at = around + number * quarter
        reads.setdefault(at.astimezone(zone).replace(tzinfo=None, fold=0), []).append(at)
    for number in range(-3 * 96, 3 * 96):
        local_time = around.replace(tzinfo=None) + number * quarter
        assert list(to_instants(local_time, zone)) == reads.get(local_time, [])
