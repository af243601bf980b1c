"""The calendar and the named hours of a policy file."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from maintenance.sla.holiday import Country, Holiday, UnknownCountry
from maintenance.sla.holiday import country as country_of
from maintenance.sla.hours import Band, Hours
from maintenance.sla.kinds import NamedHours, is_yearly
from maintenance.sla.reading import Table, as_date, shown
from maintenance.sla.workdays import WEEKDAYS, Calendar


def read_calendar(table: Table) -> Calendar:
    """The calendar a table states: zone, working days, holidays."""
    zone = _zone(table)
    weekdays = frozenset(map(WEEKDAYS.index, table.choices("working_days", WEEKDAYS)))
    country = _country(table)
    holidays = [_holiday(day) for day in table.tables("holidays")]
    struck = table.value("struck", "a list of days", lambda v: isinstance(v, list), [])
    for day in struck:
        if not is_day(day):
            raise table.error("struck", f"{DAY_FORMS}, found {shown(day)}")
    table.close()
    gone = [Holiday(str(day), {}, struck=True) for day in struck]
    return Calendar(zone, weekdays, [*holidays, *gone], country)


def _country(table: Table) -> Country | None:
    code = table.text("country") if table.has("country") else None
    subdivision = table.text("subdivision") if table.has("subdivision") else None
    language = table.text("language") if table.has("language") else None
    if code is None:
        for key, value in (("subdivision", subdivision), ("language", language)):
            if value is not None:
                raise table.error(key, "says nothing without `country`")
        return None
    try:
        return country_of(code, subdivision, language)
    except UnknownCountry as error:
        raise table.error(error.key, str(error)) from None


def _zone(table: Table) -> ZoneInfo:
    name = table.text("zone")
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise table.error("zone", f"unknown time zone {shown(name)}") from None


DAY_FORMS = 'expected a day: "MM-DD", "YYYY-MM-DD", "easter+N" or "easter-N"'


def is_day(value: object) -> bool:
    """Whether a value is a day as the calendar of a policy writes it."""
    if isinstance(value, str) and value.startswith("easter"):
        away = value.removeprefix("easter")
        return not away or (away[0] in "+-" and away[1:].isdecimal() and len(away) <= 4)
    return is_yearly(value) or as_date(value) is not None


def _holiday(table: Table) -> Holiday:
    day = str(table.value("day", DAY_FORMS.removeprefix("expected "), is_day))
    moved = table.value("on_sunday", 'a day as "MM-DD"', is_yearly, "")
    if moved and not is_yearly(day):
        raise table.error("on_sunday", "only a day written as MM-DD can move")
    holiday = Holiday(day, table.both("name"), moved or None)
    table.close()
    return holiday


def read_hours(table: Table | None, calendar: Calendar) -> NamedHours:
    """The hours a table states, by name."""
    if table is None:
        return {}
    return {name: _some(table.table(name), name, calendar) for name in table}


def _some(table: Table, name: str, calendar: Calendar) -> Hours:
    label = table.both("name")
    bands = [_band(band) for band in table.tables("times")]
    if not bands:
        raise table.error("times", "expected one or more stretches, each with days, from and to")
    assumption = table.both("assumption") if table.has("assumption") else None
    table.close()
    return Hours(name, label, bands, calendar, assumption)


DAY_SETS = {"daily": (True, True), "working": (True, False), "non-working": (False, True)}


def _band(table: Table) -> Band:
    days = table.choices("days", (*DAY_SETS, *WEEKDAYS))
    start, end = table.seconds("from"), table.seconds("to")
    if end <= start:
        raise table.error(
            "to", "these hours end before they begin; past midnight, write a stretch for each day"
        )
    table.close()
    named = frozenset(WEEKDAYS.index(day) for day in days if day in WEEKDAYS)
    every = frozenset(range(7))
    working = every if any(DAY_SETS[d][0] for d in days if d in DAY_SETS) else named
    other = every if any(DAY_SETS[d][1] for d in days if d in DAY_SETS) else named
    return Band(working, other, start, end)
