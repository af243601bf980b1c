"""The kinds of rule as data, and how each is read from its table in a policy file."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from maintenance.sla.hours import Hours
from maintenance.sla.period import CALENDAR, Period
from maintenance.sla.reading import Table, as_date, shown
from maintenance.sla.verdict import CHANNELS, KINDS
from maintenance.sla.wording import Channels, Length, Sayable, Template
from maintenance.sla.workdays import LATEST

MOST_DAYS = 3660
MOST_MINUTES = 1_000_000
SEVERITIES = ("violation", "advice")
MEASURES = ("outage", "length")
COUNTED = ("days", "windows")


@dataclass(frozen=True, slots=True)
class Condition:
    """What must hold of a window; each part that is None asks nothing."""

    outage_over: int | None = None
    length_over: int | None = None
    touches: Hours | None = None
    inside: Hours | None = None
    outside: Hours | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """Announced, by one of `channels`, at least `length` before the start."""

    length: Length
    channels: Channels


@dataclass(frozen=True, slots=True)
class Count:
    """At most `limit` windows, or days, a period; with `hours` only where those are touched."""

    limit: int
    counts: str
    period: Period
    hours: Hours | None


@dataclass(frozen=True, slots=True)
class Total:
    """At most `limit` minutes of outage or length a period, counted where a window starts."""

    limit: int
    measure: str
    period: Period


@dataclass(frozen=True, slots=True)
class Longest:
    """No window has more than `limit` minutes of outage or length."""

    limit: int
    measure: str


@dataclass(frozen=True, slots=True)
class InHours:
    """Wholly within `within`, or not touching `outside`: one of the two is given."""

    within: Hours | None
    outside: Hours | None


@dataclass(frozen=True, slots=True)
class Blackout:
    """Not on these dates: ranges (first, last), ranges of `MM-DD`, last working days of months.

    With `hours`, only those hours of the dates are closed.
    """

    dates: tuple[tuple[date, date], ...]
    yearly: tuple[tuple[str, str], ...]
    last_working_days: int
    hours: Hours | None


@dataclass(frozen=True, slots=True)
class Gap:
    """At least `minutes` between this window and any other."""

    minutes: int


@dataclass(frozen=True, slots=True)
class Justification:
    """A reason why it cannot wait; wholly outside `scope` a justified window is advised against."""

    scope: Hours | None


Terms = Notice | Count | Total | Longest | InHours | Blackout | Gap | Justification


def fixed(terms: Terms, when: Condition | None) -> Mapping[str, Sayable]:
    """What the words of a rule name that no window changes."""
    over = {
        "outage_over": when.outage_over if when else None,
        "length_over": when.length_over if when else None,
    }
    return {**over, **_fixed(terms)}


def _fixed(terms: Terms) -> Mapping[str, Sayable]:
    match terms:
        case Notice():
            return {"notice": terms.length, "channels": terms.channels}
        case Count():
            return {"limit": terms.limit, "hours": terms.hours}
        case Total() | Longest():
            return {"limit": terms.limit}
        case Gap():
            return {"limit": terms.minutes}
        case InHours() | Justification():
            return {"hours": _hours_of(terms)}
    return {}


def _hours_of(terms: InHours | Justification) -> Hours | None:
    return terms.scope if isinstance(terms, Justification) else terms.within or terms.outside


@dataclass(frozen=True, eq=False, slots=True)
class Rule:
    """One promise: for which windows, under which condition, how severe, and its words.

    It is about `windows` and has a finding for those it `speaks_on`. `texts` holds a template by
    result and language; `advice_when` is what makes a broken rule merely advice.
    """

    id: str
    kind: str
    terms: Terms
    windows: frozenset[str]
    speaks_on: frozenset[str]
    when: Condition | None
    severity: str
    advice_when: Condition | None
    article: str
    texts: Mapping[str, Mapping[str, Template]]


def audience(windows: frozenset[str]) -> frozenset[str]:
    """The kinds of window that get a finding of a rule made for these.

    Urgent windows hear only the rules made for them, the others every other rule, also where it
    does not apply.
    """
    return windows if windows == {"urgent"} else windows | set(KINDS) - {"urgent"}


NamedHours = Mapping[str, Hours]


T = TypeVar("T")


def some_hours(table: Table, key: str, named: NamedHours) -> Hours | None:
    """The hours a key names, None where it is absent."""
    return named[table.choice(key, named)] if table.has(key) else None


def _some_minutes(table: Table, key: str) -> int | None:
    return table.whole(key, 0, MOST_MINUTES) if table.has(key) else None


def read_condition(table: Table | None, named: NamedHours) -> Condition | None:
    """The condition a `when` or `advice_when` table states; None where there is none."""
    if table is None:
        return None
    found = Condition(
        outage_over=_some_minutes(table, "outage_over"),
        length_over=_some_minutes(table, "length_over"),
        touches=some_hours(table, "touches", named),
        inside=some_hours(table, "inside", named),
        outside=some_hours(table, "outside", named),
    )
    table.close()
    if found == Condition():
        raise table.error("", "expected at least one condition")
    return found


def _notice(table: Table, _: NamedHours) -> Notice:
    unit = table.choice("unit", LATEST)
    length = table.whole("length", 1, MOST_DAYS)
    return Notice(Length(length, unit), Channels(table.choices("channels", CHANNELS)))


PERIODS = (*CALENDAR, '"N days" with N from 1')


def _period(table: Table) -> Period:
    text = table.value(
        "period", "one of " + ", ".join(PERIODS), lambda v: isinstance(v, str) and is_period(v)
    )
    return Period(text) if text in CALENDAR else Period("days", int(text.split()[0]))


def is_period(text: str) -> bool:
    """Whether a text names a period."""
    days = re.fullmatch(r"([1-9][0-9]{0,3}) days", text)
    return text in CALENDAR or bool(days and int(days[1]) <= MOST_DAYS)


def _count(table: Table, named: NamedHours) -> Count:
    return Count(
        table.whole("limit", 0, MOST_MINUTES),
        table.choice("counts", COUNTED),
        _period(table),
        some_hours(table, "hours", named),
    )


def _total(table: Table, _: NamedHours) -> Total:
    limit = table.whole("limit_minutes", 0, MOST_MINUTES)
    return Total(limit, table.choice("measure", MEASURES), _period(table))


def _longest(table: Table, _: NamedHours) -> Longest:
    limit = table.whole("limit_minutes", 0, MOST_MINUTES)
    return Longest(limit, table.choice("measure", MEASURES))


def _in_hours(table: Table, named: NamedHours) -> InHours:
    within = some_hours(table, "within", named)
    outside = some_hours(table, "outside", named)
    if (within is None) == (outside is None):
        raise table.error("within", "expected either `within` or `outside`, the name of hours")
    return InHours(within, outside)


def _blackout(table: Table, named: NamedHours) -> Blackout:
    dates = tuple(_range(table, "dates", item, _as_day) for item in _listed(table, "dates"))
    for first, last in dates:
        if last < first:
            raise table.error("dates", f"the range {first}/{last} ends before it begins")
    yearly = tuple(_range(table, "yearly", item, _as_yearly) for item in _listed(table, "yearly"))
    last_days = table.whole("last_working_days", 1, 31) if table.has("last_working_days") else 0
    if not (dates or yearly or last_days):
        raise table.error(
            "dates", "expected at least one of `dates`, `yearly`, `last_working_days`"
        )
    return Blackout(dates, yearly, last_days, some_hours(table, "hours", named))


def _listed(table: Table, key: str) -> list[object]:
    found: list[object] = table.value(key, "a list", lambda v: isinstance(v, list), [])
    return found


def _range(table: Table, key: str, item: object, read: Callable[[object], T | None]) -> tuple[T, T]:
    ends = item.split("/") if isinstance(item, str) else [item]
    first, last = read(ends[0]), read(ends[-1])
    if len(ends) > 2 or first is None or last is None:
        form = '"YYYY-MM-DD"' if key == "dates" else '"MM-DD"'
        expected = f"expected {form} or two of them with / between"
        raise table.error(key, f"{expected}, found {shown(item)}")
    return first, last


def _as_day(value: object) -> date | None:
    return as_date(value)


def _as_yearly(value: object) -> str | None:
    return value if isinstance(value, str) and is_yearly(value) else None


def is_yearly(value: object) -> bool:
    """Whether a value is a day of the year, `MM-DD`."""
    return isinstance(value, str) and as_date(f"2000-{value}") is not None


def _gap(table: Table, _: NamedHours) -> Gap:
    return Gap(table.whole("least_minutes", 1, MOST_MINUTES))


def _justification(table: Table, named: NamedHours) -> Justification:
    return Justification(some_hours(table, "scope", named))


READ: Mapping[str, Callable[[Table, NamedHours], Terms]] = {
    "notice": _notice,
    "count": _count,
    "total": _total,
    "longest": _longest,
    "hours": _in_hours,
    "blackout": _blackout,
    "gap": _gap,
    "justification": _justification,
}
