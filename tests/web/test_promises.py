"""Every policy is said in words, rule by rule: the shipped ones and the examples of the docs."""

import pytest
from flask import Flask

from maintenance.config import ROOT
from maintenance.sla.policy import Policy, parse, shipped
from maintenance.web.promises import available, hours, promise

EXAMPLES = [parse(path.read_text(), path.name) for path in (ROOT / "docs/examples").glob("*.toml")]


def said(app: Flask, policy: Policy, rule: str) -> str:
    """What one rule promises."""
    with app.test_request_context():
        return next(promise(policy, one, "en").text for one in policy.rules if one.id == rule)


@pytest.mark.parametrize("policy", [*shipped().values(), *EXAMPLES], ids=lambda each: each.slug)
def test_no_rule_is_left_without_words(app: Flask, policy: Policy) -> None:
    with app.test_request_context():
        for one in (promise(policy, rule, "en") for rule in policy.rules):
            assert one.text.endswith("."), one
            assert one.applies, one
            assert one.severity, one
            assert "Hours object" not in one.text
        assert all(name and when for name, when in hours(policy))


def test_closed_dates_are_named(app: Flask) -> None:
    university = next(each for each in EXAMPLES if each.slug == "university")
    assert said(app, university, "exams") == (
        "Closed: Mon 28 Sep 2026 – Fri 2 Oct 2026, 10 January – 25 January each year, "
        "15 May – 15 June each year."
    )
    assert "the last 2 working days of the month (teaching hours)" in said(
        app, university, "payroll"
    )


def test_hours_are_said_by_the_days_that_share_them(app: Flask) -> None:
    with app.test_request_context():
        named = dict(hours(shipped()["nmbrs"]))
    assert named["06:00-18:00"] == "Mon – Sun 06:00–18:00"
    assert named["Service Uren, working days 08:30-17:00"] == "Mon – Fri 08:30–17:00"


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("en", "Available 99.6% of the time, counted by the month; Service Uren, working days"),
        ("nl", "99,6% van de tijd beschikbaar, per maand gerekend; Service Uren, "),
    ],
)
def test_the_availability_is_written_as_the_language_does(app: Flask, lang: str, said: str) -> None:
    with app.test_request_context(headers={"Accept-Language": lang}):
        assert available(shipped()["nmbrs"]).startswith(said)


def test_it_is_said_when_a_broken_rule_is_only_advice(app: Flask) -> None:
    with app.test_request_context():
        policy = shipped()["factuurportal"]
        notice = promise(policy, policy.rules[0], "en")
    outside = "wholly outside office hours, working days 08:30-17:00"
    assert notice.severity == f"Broken; but where {outside}: Better not"
