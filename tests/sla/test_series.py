"""sla.series: when a recurring window comes by."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from maintenance.sla.policy import shipped
from maintenance.sla.series import Series, occurrences

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
CALENDAR = shipped()["nmbrs"].calendar
HOUR = timedelta(hours=1)


def days(series: Series, since: date, until: date) -> list[str]:
    """The local dates on which it falls."""
    found = occurrences(series, CALENDAR, since, until)
    return [each.start.astimezone(AMSTERDAM).date().isoformat() for each in found]


def weekly(first: str = "2026-12-01", **more: object) -> Series:
    return Series(date.fromisoformat(first), time(20, 0), HOUR, **more)  # type: ignore[arg-type]


def monthly(first: str, **more: object) -> Series:
    return weekly(first, unit="month", **more)


def test_every_week_on_the_weekday_it_began() -> None:
    found = days(weekly(), date(2026, 12, 1), date(2026, 12, 22))
    assert found == ["2026-12-01", "2026-12-08", "2026-12-15", "2026-12-22"]


def test_every_second_week_keeps_count_from_its_first() -> None:
    found = days(weekly(every=2), date(2026, 12, 9), date(2027, 1, 1))
    assert found == ["2026-12-15", "2026-12-29"]


def test_monthly_on_the_same_weekday_of_the_same_week() -> None:
    found = days(monthly("2026-12-08"), date(2026, 12, 1), date(2027, 3, 31))
    assert found == ["2026-12-08", "2027-01-12", "2027-02-09", "2027-03-09"]


def test_monthly_from_a_fifth_week_means_the_last_of_the_month() -> None:
    found = days(monthly("2026-12-29"), date(2026, 12, 1), date(2027, 3, 31))
    assert found == ["2026-12-29", "2027-01-26", "2027-02-23", "2027-03-30"]


def test_it_ends_after_its_last_date() -> None:
    found = days(weekly(until=date(2026, 12, 14)), date(2026, 12, 1), date(2027, 12, 31))
    assert found == ["2026-12-01", "2026-12-08"]


def test_local_time_stays_the_same_across_both_clock_changes() -> None:
    for since, until in (
        (date(2027, 3, 16), date(2027, 4, 6)),
        (date(2027, 10, 19), date(2027, 11, 9)),
    ):
        for each in occurrences(weekly(), CALENDAR, since, until):
            assert each.start.astimezone(AMSTERDAM).time() == time(20, 0)
            assert each.end - each.start == HOUR


def test_a_time_that_the_clock_skips_comes_as_much_later_and_the_repeated_hour_first() -> None:
    sundays = Series(date(2027, 3, 28), time(2, 30), HOUR)
    (spring,) = occurrences(sundays, CALENDAR, date(2027, 3, 28), date(2027, 3, 28))
    assert spring.start == datetime(2027, 3, 28, 1, 30, tzinfo=UTC)  # 03:30 on the clock
    (autumn,) = occurrences(sundays, CALENDAR, date(2027, 10, 31), date(2027, 10, 31))
    assert autumn.start == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)


def test_a_holiday_is_kept_left_out_or_moved_to_the_next_working_day() -> None:
    christmas = "2026-12-25"
    span = (date(2026, 12, 20), date(2026, 12, 31))
    assert days(weekly(christmas), *span) == ["2026-12-25"]
    assert days(weekly(christmas, on_holiday="skip"), *span) == []
    assert days(weekly(christmas, on_holiday="next"), *span) == ["2026-12-28"]


def test_a_moved_occurrence_keeps_the_date_that_names_it() -> None:
    series = weekly("2026-12-25", on_holiday="next")
    (moved,) = occurrences(series, CALENDAR, date(2026, 12, 25), date(2026, 12, 25))
    assert moved.day == date(2026, 12, 25)
