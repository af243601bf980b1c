"""A policy file (TOML) -> Policy, or a PolicyError naming file and key. See docs/policies.md."""

import json
import tomllib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from maintenance.sla.hours import Hours
from maintenance.sla.interval import Interval, hull
from maintenance.sla.kinds import (
    READ,
    SEVERITIES,
    NamedHours,
    Rule,
    audience,
    fixed,
    read_condition,
    some_hours,
)
from maintenance.sla.period import CALENDAR
from maintenance.sla.reading import PolicyError, Table
from maintenance.sla.rules import Placed, reach
from maintenance.sla.texts import ANYWHERE, TEXTS, VALUES
from maintenance.sla.timetable import read_calendar, read_hours
from maintenance.sla.verdict import KINDS, Window
from maintenance.sla.wording import LANGUAGES, Template, template
from maintenance.sla.workdays import Calendar

__all__ = [
    "Policy",
    "PolicyError",
    "faults",
    "in_force",
    "in_force_between",
    "installed",
    "parse",
    "shipped",
    "shipped_texts",
    "with_deviations",
]

Words = Mapping[str, Template]
SHIPPED = Path(__file__).parent / "policies"


@dataclass(frozen=True)
class Availability:
    """The uptime promised: percent of the `hours` (None: of all time) of each `period`."""

    percent: float
    period: str
    hours: Hours | None
    article: str


@dataclass(frozen=True)
class Note:
    """What the SLA also says, for people: no rule checks it."""

    article: str
    text: Mapping[str, str]


@dataclass(frozen=True, eq=False)
class Policy:
    """One version of an SLA as data, in force from the local date `version` on."""

    slug: str
    version: date
    name: Mapping[str, str]
    zone: ZoneInfo
    calendar: Calendar
    hours: NamedHours
    day: Hours | None
    rules: Sequence[Rule]
    availability: Availability | None
    notes: Sequence[Note]
    source: Mapping[str, Any]
    file: str

    def is_working_day(self, day: date) -> bool:
        """Whether this local date is a working day."""
        return self.calendar.is_working(day.toordinal())

    def holiday_name(self, day: date, lang: str) -> str | None:
        """The name of the holiday this local date is, None where it is none."""
        holiday = self.calendar.holidays.get(day.toordinal())
        return holiday.name[lang] if holiday else None

    def span(self, window: Window) -> Interval:
        """The stretch of history its rules need to see to judge this window."""
        placed = Placed(window, self.calendar)
        seen = [reach(rule, placed) for rule in self.rules if window.kind in rule.speaks_on]
        return hull([Interval(window.start, window.end), *filter(None, seen)])


def in_force(versions: Iterable[Policy], day: date) -> Policy:
    """The version in force on a local date; the first one also holds for the time before it."""
    ordered = sorted(versions, key=lambda policy: policy.version)
    begun = [policy for policy in ordered if policy.version <= day]
    return begun[-1] if begun else ordered[0]


def in_force_between(
    versions: Iterable[Policy], first: date | None, last: date | None
) -> list[Policy]:
    """The versions in force on some local date from `first` to `last`; None is no bound."""
    ordered = sorted(versions, key=lambda policy: policy.version)
    ends = [*(policy.version for policy in ordered[1:]), date.max]
    return [
        policy
        for policy, end in zip(ordered, ends, strict=True)
        if (first is None or first < end)
        and (last is None or policy.version <= last or policy is ordered[0])
    ]


def parse(text: str, name: str) -> Policy:
    """The policy a TOML text states; `name` is how errors call the file."""
    try:
        source = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(name, "", f"not TOML: {error}") from None
    except RecursionError:
        raise PolicyError(name, "", "not TOML: nested too deep") from None
    return build(source, name)


def faults(text: str, name: str) -> Sequence[PolicyError]:
    """All that is wrong with a TOML text: the first fault of each rule, and the first elsewhere."""
    found: list[PolicyError] = []
    left_out: set[str] = set()
    while True:
        try:
            _parse_without(left_out, text, name)
        except PolicyError as error:
            found.append(error)
            rule = error.key.removeprefix("rules.").partition(".")[0]
            if rule in left_out or not error.key.startswith("rules."):
                return found
            left_out.add(rule)
        else:
            return found


def _parse_without(rules: Collection[str], text: str, name: str) -> None:
    """Read the policy with these rules left out, as long as one is left."""
    if not rules:
        parse(text, name)
        return
    source = tomllib.loads(text)
    kept = {rule: table for rule, table in source["rules"].items() if rule not in rules}
    if kept:
        build({**source, "rules": kept}, name)


def build(source: Mapping[str, Any], file: str) -> Policy:
    """The policy that tables as read from TOML state."""
    table = Table(source, "", file)
    slug, version, name = table.word("slug"), table.day("effective_from"), table.both("name")
    calendar = read_calendar(table.table("calendar"))
    named = read_hours(table.optional("hours"), calendar)
    day = some_hours(table, "day", named)
    rules = _rules(table.table("rules"), named, calendar.zone)
    availability = _availability(table.optional("availability"), named)
    notes = [_note(note) for note in table.tables("notes")]
    table.close()
    return Policy(
        slug=slug,
        version=version,
        name=name,
        zone=calendar.zone,
        calendar=calendar,
        hours=named,
        day=day,
        rules=rules,
        availability=availability,
        notes=notes,
        source=source,
        file=file,
    )


def _rules(table: Table, named: NamedHours, zone: ZoneInfo) -> Sequence[Rule]:
    rules = [_rule(table.table(name), name, named, zone) for name in table]
    if not rules:
        raise table.error("", "expected one rule or more")
    return rules


def _rule(table: Table, name: str, named: NamedHours, zone: ZoneInfo) -> Rule:
    kind = table.choice("kind", READ)
    terms = READ[kind](table, named)
    windows = frozenset(table.choices("windows", KINDS))
    when = read_condition(table.optional("when"), named)
    rule = Rule(
        id=name,
        kind=kind,
        terms=terms,
        windows=windows,
        speaks_on=audience(windows),
        when=when,
        severity=table.choice("severity", SEVERITIES),
        advice_when=read_condition(table.optional("advice_when"), named),
        article=table.text("article"),
        texts={
            result: {lang: said[lang].bound(fixed(terms, when), lang, zone) for lang in LANGUAGES}
            for result, said in _texts(table.optional("text"), kind).items()
        },
    )
    table.close()
    return rule


def _texts(table: Table | None, kind: str) -> Mapping[str, Words]:
    texts = {result: _default(kind, result) for result in TEXTS[kind]}
    for result in table or ():
        assert table
        if result not in texts:
            raise table.error(result, "unknown result; expected one of " + ", ".join(texts))
        texts[result] = _own(table.table(result), kind)
    return texts


@lru_cache
def _default(kind: str, result: str) -> Words:
    return {lang: template(TEXTS[kind][result][lang]) for lang in LANGUAGES}


def _own(table: Table, kind: str) -> Words:
    said = {lang: _template(table, lang, kind) for lang in LANGUAGES}
    table.close()
    return said


def _template(table: Table, lang: str, kind: str) -> Template:
    try:
        found = template(table.text(lang))
    except ValueError as error:
        if isinstance(error, PolicyError):
            raise
        raise table.error(lang, f"not a template: {error}") from None
    unknown = [name for name in found.names if name not in (*VALUES[kind], *ANYWHERE)]
    if unknown:
        known = ", ".join("{" + name + "}" for name in (*VALUES[kind], *ANYWHERE))
        raise table.error(lang, f"unknown {{{unknown[0]}}}; expected {known}")
    return found


def _availability(table: Table | None, named: NamedHours) -> Availability | None:
    if table is None:
        return None
    found = Availability(
        table.percent("percent"),
        table.choice("period", CALENDAR),
        some_hours(table, "hours", named),
        table.text("article"),
    )
    table.close()
    return found


def _note(table: Table) -> Note:
    note = Note(table.text("article"), table.both("text"))
    table.close()
    return note


@lru_cache
def shipped_texts() -> Mapping[str, str]:
    """The text of each policy that comes with the tool, by its slug."""
    return {path.stem: path.read_text("utf-8") for path in sorted(SHIPPED.glob("*.toml"))}


@lru_cache
def shipped() -> Mapping[str, Policy]:
    """Each policy that comes with the tool, by its slug."""
    return {slug: parse(text, f"{slug}.toml") for slug, text in shipped_texts().items()}


def installed(added: Mapping[str, str]) -> Mapping[str, Sequence[Policy]]:
    """Every version of every policy by slug, oldest first: the shipped ones and `added` files.

    `added` maps a file's name to its text. One with the slug and date of another takes its place.
    """
    found: dict[str, dict[date, Policy]] = {}
    for policy in [*shipped().values(), *(parse(text, name) for name, text in added.items())]:
        found.setdefault(policy.slug, {})[policy.version] = policy
    return {slug: [each[day] for day in sorted(each)] for slug, each in found.items()}


def with_deviations(policy: Policy, deviations: Mapping[str, Any]) -> Policy:
    """The SLA with one customer's deviations: by rule id, the keys that are other than the SLA's.

    A rule id the SLA does not have brings a whole new rule; a key that is null leaves one out.
    The same deviations give the same Policy object. Errors name the key within the deviations,
    as `rules.notice.length`.
    """
    Table(deviations, "rules", "agreement")
    return _merged(policy, json.dumps(deviations, sort_keys=True, default=str))


@lru_cache(maxsize=1_000)
def _merged(policy: Policy, deviations: str) -> Policy:
    rules = dict(policy.source["rules"])
    for name, keys in json.loads(deviations).items():
        own = Table(keys, f"rules.{name}", "agreement")
        merged = {**rules.get(name, {"article": "Overeenkomst"}), **{k: keys[k] for k in own}}
        rules[name] = {key: value for key, value in merged.items() if value is not None}
    read = _rules(Table(rules, "rules", "agreement"), policy.hours, policy.zone)
    return replace(policy, rules=read, source={**policy.source, "rules": rules}, file="agreement")
