"""Each rule explains itself, beside its finding and with its service: article and examples."""

from datetime import UTC, datetime

import pytest
from flask import Flask

from maintenance.config import ROOT
from maintenance.models import Agreement, db
from maintenance.sla.policy import Policy, parse, shipped
from maintenance.store import people
from maintenance.web.explained import Explained, explained
from tests import build
from tests.web.conftest import Browser

EXAMPLES = [parse(path.read_text(), path.name) for path in (ROOT / "docs/examples").glob("*.toml")]
POLICIES = [*shipped().values(), *EXAMPLES]
TODAY = datetime(2026, 11, 23, tzinfo=UTC).date()


def rule_of(app: Flask, policy: Policy, name: str, lang: str = "en") -> Explained:
    """A rule as the pages explain it."""
    rule = next(rule for rule in policy.rules if rule.id == name)
    with app.test_request_context(headers={"Accept-Language": lang}):
        return explained(policy, rule, lang, TODAY)


@pytest.mark.parametrize("lang", ["nl", "en"])
@pytest.mark.parametrize("policy", POLICIES, ids=lambda each: each.slug)
def test_every_rule_of_any_policy_has_its_examples_in_words(
    app: Flask, policy: Policy, lang: str
) -> None:
    for rule in policy.rules:
        said = rule_of(app, policy, rule.id, lang)
        assert [one.outcome for one in said.examples][:2] == ["pass", rule.severity]
        assert all(one.window and one.message for one in said.examples)


def test_an_example_names_what_the_rule_looks_at(app: Flask) -> None:
    nmbrs, portal = shipped()["nmbrs"], shipped()["factuurportal"]
    assert [one.window for one in rule_of(app, nmbrs, "notice").examples] == [
        "Planned maintenance; Mon 14 Dec 2026, 20:00–21:00 CET; "
        "announced Thu 10 Dec 2026, 20:00 CET",
        "Planned maintenance; Mon 14 Dec 2026, 20:00–21:00 CET; "
        "announced Thu 10 Dec 2026, 21:00 CET",
    ]
    assert (
        rule_of(app, nmbrs, "daytime-quota")
        .examples[1]
        .window.endswith("10:00–11:00 CET; beside 4 others that count")
    )
    assert "1 h 1 min unavailable" in rule_of(app, nmbrs, "weekly-update-cap").examples[1].window
    assert rule_of(app, nmbrs, "urgent-scope").examples[1].window.endswith("without a reason")
    assert "1 h unavailable" in rule_of(app, portal, "notice").examples[0].window


def test_the_services_page_shows_them_with_each_rule(browser: Browser, services: None) -> None:
    html = browser("viewer").get("/services/").text
    assert html.count('<details class="why small"><summary>Examples') == 7
    assert 'id="nmbrs-daytime-quota"' in html
    assert "4 used + 1 by this window = 5, which is too many." in html


def test_a_finding_says_what_its_rule_asks(browser: Browser, services: None) -> None:
    row = build.window(state="proposed")
    db.session.commit()
    html = browser("viewer").get(f"/windows/{row.public_id}").text
    assert 'id="why-nmbrs-notice"' in html
    assert "Told at least 2 working days ahead" in html


def test_a_finding_by_an_agreement_explains_the_agreement(browser: Browser, services: None) -> None:
    customer, service = people.find_customer(db.session(), "acme"), build.service("nmbrs")
    assert customer is not None
    rules = {"notice": {"length": 6, "article": "Contract 3"}}
    db.session.add(Agreement(customer=customer, service=service, rules=rules))
    row = build.window(state="proposed")
    db.session.commit()
    html = browser("viewer").get(f"/windows/{row.public_id}").text
    assert "by the agreement of" in html
    assert "Told at least 6 working days ahead" in html
    assert "Told at least 2 working days ahead" not in html


def test_a_rule_that_the_policy_no_longer_has_is_not_explained(
    browser: Browser, services: None
) -> None:
    finding = {"service": "nmbrs", "rule": "gone", "outcome": "pass", "article": "9"}
    finding["message"] = {"nl": "Oud", "en": "Old"}  # type: ignore[assignment]
    verdict = {"compliant": True, "findings": [finding]}
    row = build.window(state="completed", verdict=verdict)
    db.session.commit()
    answer = browser("viewer").get(f"/windows/{row.public_id}")
    assert answer.status_code == 200
    assert "What does this rule ask?" not in answer.text
