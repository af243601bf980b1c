"""The worked example of each rule is true: put before the whole check it has the same finding."""

from datetime import date

import pytest

from maintenance.config import ROOT
from maintenance.sla.check import Terms, check
from maintenance.sla.example import Example, examples
from maintenance.sla.kinds import Justification, Rule
from maintenance.sla.policy import Policy, parse, shipped

SINCE = date(2026, 11, 22)
EXAMPLES = [
    parse(path.read_text(), path.name) for path in sorted((ROOT / "docs/examples").glob("*.toml"))
]
POLICIES = [*shipped().values(), *EXAMPLES]
RULES = [(policy, rule) for policy in POLICIES for rule in policy.rules]

HEAD = """
slug = "odd"
effective_from = 2026-01-01
name = { nl = "Vreemd", en = "Odd" }
calendar = { zone = "Europe/Amsterdam", working_days = ["mon", "tue", "wed", "thu", "fri"] }
[hours.short]
name = { nl = "kort", en = "short" }
times = [{ days = ["sun"], from = "03:10", to = "03:30" }]
[rules.odd]
windows = ["planned"]
severity = "violation"
article = "1"
"""
ODD = {
    "a limit of none": (
        'kind = "count"\ncounts = "days"\nperiod = "week"\nlimit = 0',
        ["violation"],
    ),
    "a limit that is never reached": (
        'kind = "count"\ncounts = "days"\nperiod = "week"\nlimit = 9',
        [],
    ),
    "hours of twenty minutes": ('kind = "hours"\nwithin = "short"', ["pass", "violation"]),
    "a count in hours of twenty minutes": (
        'kind = "count"\ncounts = "windows"\nperiod = "month"\nlimit = 3\nhours = "short"',
        ["pass", "violation"],
    ),
    "dates that are past": ('kind = "blackout"\ndates = ["2020-02-29"]', ["pass", "violation"]),
    "a condition of many hours": (
        'kind = "notice"\nlength = 3\nunit = "clear_days"\nchannels = ["email"]\n'
        "when = { outage_over = 700 }",
        ["pass", "violation"],
    ),
    "fewer minutes than the condition asks": (
        'kind = "total"\nmeasure = "outage"\nperiod = "week"\nlimit_minutes = 10\n'
        "when = { outage_over = 15 }",
        ["violation"],
    ),
    "a great many minutes": (
        'kind = "total"\nmeasure = "length"\nperiod = "year"\nlimit_minutes = 9000',
        ["pass", "violation"],
    ),
}


def outcomes(found: tuple[Example, ...]) -> list[str]:
    """What the examples show."""
    return [each.finding.outcome for each in found]


def judged(policy: Policy, rule: Rule, example: Example) -> object:
    """What the whole check says of an example by this rule."""
    verdict = check(example.window, [Terms(policy.slug, policy, example.history)])
    return next(each for each in verdict.findings if each.rule == rule.id)


def name(value: Policy | Rule) -> str:
    """A policy's or a rule's."""
    return value.slug if isinstance(value, Policy) else value.id


@pytest.mark.parametrize(("policy", "rule"), RULES, ids=name)
def test_each_rule_shows_what_is_kept_and_what_is_not(policy: Policy, rule: Rule) -> None:
    found = examples(policy, rule, SINCE)
    asked = ["pass", rule.severity]
    scoped = isinstance(rule.terms, Justification) and rule.terms.scope is not None
    assert outcomes(found) == asked + (["advice"] if rule.advice_when or scoped else [])
    for example in found:
        assert judged(policy, rule, example) == example.finding


@pytest.mark.parametrize("since", [date(2026, 3, 20), date(2026, 10, 16), date(2026, 12, 24)])
@pytest.mark.parametrize(("policy", "rule"), RULES, ids=name)
def test_they_are_true_at_any_time_of_the_year(policy: Policy, rule: Rule, since: date) -> None:
    found = examples(policy, rule, since)
    assert outcomes(found)[:2] == ["pass", rule.severity]
    assert all(judged(policy, rule, each) == each.finding for each in found)


def test_the_numbers_are_those_of_the_rule() -> None:
    rules = {rule.id: rule for rule in shipped()["nmbrs"].rules}
    kept, broken = examples(shipped()["nmbrs"], rules["daytime-quota"], SINCE)
    assert (kept.finding.used, kept.finding.adds) == (3, 1)
    assert (broken.finding.used, broken.finding.adds) == (4, 1)
    kept, broken = examples(shipped()["nmbrs"], rules["weekly-update-cap"], SINCE)
    assert (kept.finding.used, kept.finding.adds) == (60, 60)
    assert (broken.finding.used, broken.finding.adds) == (60, 61)


@pytest.mark.parametrize(("terms", "expected"), ODD.values(), ids=ODD)
def test_what_cannot_happen_has_no_example(terms: str, expected: list[str]) -> None:
    policy = parse(HEAD + terms, "odd.toml")
    found = examples(policy, policy.rules[0], SINCE)
    assert outcomes(found) == expected
    assert all(judged(policy, policy.rules[0], each) == each.finding for each in found)
