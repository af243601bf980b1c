"""An SLA, rule by rule in words, as the services page shows it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date
from babel.numbers import format_decimal

from maintenance.sla.hours import Hours, Span
from maintenance.sla.kinds import (
    Blackout,
    Condition,
    Count,
    Gap,
    InHours,
    Justification,
    Longest,
    Notice,
    Rule,
    Terms,
    Total,
)
from maintenance.sla.policy import Policy
from maintenance.sla.wording import say
from maintenance.web import wording
from maintenance.web.display import day, length, locale, weekday, words
from maintenance.web.texts import _, _n

MONDAY = date(2024, 1, 1)


@dataclass(frozen=True, slots=True)
class Promise:
    """One rule in words."""

    rule: str
    article: str
    text: str
    applies: str  # to which windows
    severity: str


def promise(policy: Policy, rule: Rule, lang: str) -> Promise:
    """One rule of this policy."""
    return Promise(
        rule=rule.id,
        article=rule.article,
        text=_said(rule.terms, lang, policy.zone),
        applies=_windows(rule),
        severity=_severity(rule),
    )


def hours(policy: Policy) -> list[tuple[str, str]]:
    """The hours that the rules speak of: their name, and when they are."""
    return [(words(named.label), _week(named)) for named in policy.hours.values()]


def available(policy: Policy) -> str:
    """How much of the time it is available, counted by which period and in which hours."""
    promised = policy.availability
    if promised is None:
        return ""
    per = {
        "week": _("counted by the week"),
        "month": _("counted by the month"),
        "quarter": _("counted by the quarter"),
        "year": _("counted by the year"),
    }
    percent = format_decimal(promised.percent, locale=locale())
    said = _(
        "Available %(percent)s%% of the time, %(per)s", percent=percent, per=per[promised.period]
    )
    return said + (f"; {words(promised.hours.label)}." if promised.hours else ".")


def assumptions(policy: Policy) -> list[str]:
    """What the policy assumes because the SLA does not say it."""
    return [
        f"{words(h.label)}: {words(h.assumption)}" for h in policy.hours.values() if h.assumption
    ]


def _said(terms: Terms, lang: str, zone: ZoneInfo) -> str:  # noqa: PLR0911  # one a kind
    match terms:
        case Notice(how_long, channels):
            return _(
                "Told at least %(length)s ahead, by %(channels)s.",
                length=say(how_long, lang, zone),
                channels=say(channels, lang, zone),
            )
        case Count(limit, counts, period, hours):
            what = _("days") if counts == "days" else _("windows")
            said = _("At most %(n)s %(what)s %(per)s", n=limit, what=what, per=_per(period.unit))
            return said + (f", {words(hours.label)}." if hours else ".")
        case Total(limit, measure, period):
            return _(
                "At most %(n)s minutes of %(what)s %(per)s, all windows together.",
                n=limit,
                what=_measure(measure),
                per=_per(period.unit),
            )
        case Longest(limit, measure):
            what = _measure(measure)
            return _("At most %(n)s minutes of %(what)s in one window.", n=limit, what=what)
        case InHours(within, outside):
            return _hours(within, outside)
        case Blackout():
            return _("Closed: %(dates)s.", dates=", ".join(_closed(terms)) + _in(terms.hours))
        case Gap(minutes):
            return _("At least %(length)s between two windows.", length=length(minutes))
        case Justification(scope):
            said = _("Needs a reason why it cannot wait.")
            return said + (
                " " + _("Meant for %(hours)s.", hours=words(scope.label)) if scope else ""
            )


def _severity(rule: Rule) -> str:
    said = str(wording.OUTCOMES[rule.severity])
    if rule.advice_when is None:
        return said
    when = ", ".join(_conditions(rule.advice_when))
    advice = str(wording.OUTCOMES["advice"])
    return _("%(broken)s; but where %(when)s: %(advice)s", broken=said, when=when, advice=advice)


def _closed(terms: Blackout) -> Iterator[str]:
    """The closed dates, each stretch by its first and last day."""
    for first, last in terms.dates:
        yield _stretch(day(first), day(last))
    for from_, to in terms.yearly:
        yield _("%(days)s each year", days=_stretch(_day_of_year(from_), _day_of_year(to)))
    if terms.last_working_days:
        yield _n(
            "the last working day of the month",
            "the last %(num)d working days of the month",
            terms.last_working_days,
        )


def _stretch(first: str, last: str) -> str:
    return first if first == last else f"{first} – {last}"


def _day_of_year(text: str) -> str:
    """12-24 as 24 December, in a leap year so that 02-29 is there."""
    return format_date(date.fromisoformat(f"2024-{text}"), "d MMMM", locale=locale())


def _week(named: Hours) -> str:
    """As Mon-Fri 08:00-18:00; days that follow one another with the same hours together."""
    groups: list[tuple[list[int], Sequence[Span]]] = []
    for place, spans in enumerate(named.week()):
        if groups and groups[-1][1] == spans:
            groups[-1][0].append(place)
        else:
            groups.append(([place], spans))
    return "; ".join(
        f"{_stretch(weekday(MONDAY + timedelta(days[0])), weekday(MONDAY + timedelta(days[-1])))} "
        + ", ".join(f"{_wall(start)}–{_wall(end)}" for start, end in spans)
        for days, spans in groups
        if spans
    )


def _wall(seconds: int) -> str:
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}"


def _windows(rule: Rule) -> str:
    kinds = ", ".join(str(wording.KINDS[kind]).lower() for kind in sorted(rule.windows))
    return "; ".join([kinds, *_conditions(rule.when)])


def _conditions(when: Condition | None) -> Iterator[str]:
    if when is None:
        return
    if when.outage_over is not None:
        yield _("over %(length)s unavailable", length=length(when.outage_over))
    if when.length_over is not None:
        yield _("longer than %(length)s", length=length(when.length_over))
    for said, hours in (
        (_("touching"), when.touches),
        (_("wholly inside"), when.inside),
        (_("wholly outside"), when.outside),
    ):
        if hours is not None:
            yield f"{said} {words(hours.label)}"


def _hours(within: Hours | None, outside: Hours | None) -> str:
    if within is not None:
        return _("Within %(hours)s.", hours=words(within.label))
    return _("Outside %(hours)s.", hours=words(outside.label)) if outside is not None else ""


def _in(hours: Hours | None) -> str:
    return f" ({words(hours.label)})" if hours else ""


def _measure(measure: str) -> str:
    return _("unavailability") if measure == "outage" else _("maintenance")


def _per(unit: str) -> str:
    return {
        "week": _("a week"),
        "month": _("a month"),
        "quarter": _("a quarter"),
        "year": _("a year"),
    }.get(unit, _("in any such stretch of days"))
