"""An SLA, rule by rule in words, as the services page shows it."""

from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from maintenance.sla.hours import Hours
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
from maintenance.web.display import length, words
from maintenance.web.texts import _


@dataclass(frozen=True, slots=True)
class Promise:
    """One rule in words."""

    rule: str
    article: str
    text: str
    applies: str  # to which windows
    severity: str


def promises(policy: Policy, lang: str) -> list[Promise]:
    """Every rule of this policy."""
    return [
        Promise(
            rule=rule.id,
            article=rule.article,
            text=_said(rule.terms, lang, policy.zone),
            applies=_windows(rule),
            severity=str(wording.OUTCOMES[rule.severity]),
        )
        for rule in policy.rules
    ]


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
        case Blackout(_dates, _yearly, _last, hours):
            return _("Not on the closed dates%(hours)s.", hours=_in(hours))
        case Gap(minutes):
            return _("At least %(length)s between two windows.", length=length(minutes))
        case Justification(scope):
            said = _("Needs a reason why it cannot wait.")
            return said + (
                " " + _("Meant for %(hours)s.", hours=words(scope.label)) if scope else ""
            )


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
