"""A customer's agreements in the browser: added, edited, deleted; errors at their key."""

from datetime import date

import pytest

from maintenance.models import Agreement, db
from maintenance.store import accounts
from maintenance.web.agreements import as_toml
from tests import build
from tests.web.conftest import Browser

pytestmark = pytest.mark.usefixtures("services")

NEW = "/customers/bakker/agreements/new"
TEN_DAYS = {"service": "nmbrs", "rules": "[notice]\nlength = 10\n"}


def stored() -> Agreement:
    db.session.rollback()
    return db.session.query(Agreement).one()


def path() -> str:
    return f"/customers/bakker/agreements/{stored().id}"


def test_an_agreement_is_added_as_toml_or_json(browser: Browser) -> None:
    operator = browser("operator")
    for rules in ("[notice]\nlength = 10\n", '{"notice": {"length": 10}}'):
        assert operator.send(NEW, {**TEN_DAYS, "rules": rules}).status_code == 303
    db.session.rollback()
    assert [row.rules for row in db.session.query(Agreement)] == [{"notice": {"length": 10}}] * 2


def test_its_dates_and_rules_come_back_to_edit(browser: Browser) -> None:
    operator = browser("operator")
    dates = {"effective_from": "2026-12-01", "effective_until": "2027-11-30"}
    operator.send(NEW, {**TEN_DAYS, **dates})
    page = operator.get(path()).text
    assert 'value="2026-12-01"' in page
    assert "length = 10" in page
    operator.send(path(), {**TEN_DAYS, "rules": "[notice]\nlength = 5"})
    row = stored()
    assert (row.rules, row.effective_from) == ({"notice": {"length": 5}}, None)
    assert "length = 5" in browser("viewer").get("/customers/bakker").text


def test_a_blackout_of_ones_own_is_a_rule_by_a_new_name(browser: Browser) -> None:
    rules = (
        '[payroll]\nkind = "blackout"\nwindows = ["planned", "update"]\n'
        'dates = [2026-12-24]\nseverity = "violation"\narticle = "Annex 1"\n'
    )
    answer = browser("operator").send(NEW, {**TEN_DAYS, "rules": rules})
    assert answer.status_code == 303, answer.text
    assert stored().rules["payroll"]["dates"] == ["2026-12-24"]


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ("", "Expected an object"),
        ("length = ", "This is no TOML"),
        ("{", "This is no JSON"),
        ("[notice]\nlength = 0", "notice.length: expected a whole number"),
        ("[notice]\nlenght = 10", "notice.lenght: unknown key"),
        ("[own]\nlimit = 1", "own.kind: missing"),
        ("notice = 3", "notice: expected a table"),
        ("x" * 30_000, "too long"),
        ("a = " + "[" * 9_000, "This is no TOML"),
    ],
)
def test_what_is_wrong_is_named_by_its_key_and_what_was_typed_is_kept(
    browser: Browser, rules: str, said: str
) -> None:
    answer = browser("operator").send(NEW, {**TEN_DAYS, "rules": rules})
    assert answer.status_code == 422
    assert 'id="rules-error"' in answer.text
    assert said in answer.text
    assert db.session.query(Agreement).count() == 0


def test_wrong_dates_stand_at_their_field(browser: Browser) -> None:
    dates = {"effective_from": "2026-12-02", "effective_until": "2026-12-01"}
    answer = browser("operator").send(NEW, {**TEN_DAYS, **dates})
    assert 'id="effective_until-error"' in answer.text


def test_what_is_planned_is_judged_anew(browser: Browser) -> None:
    row = build.window(state="proposed")
    db.session.commit()
    operator = browser("operator")
    operator.send(NEW, TEN_DAYS)
    page = operator.get("/customers/bakker").text
    assert f"{row.reference} no longer complies. nmbrs: Notice period." in page
    db.session.refresh(row)
    assert row.verdict["findings"][0]["customer"] == "bakker"
    operator.send(f"{path()}/delete")
    db.session.refresh(row)
    assert row.verdict["compliant"] is True
    assert db.session.query(Agreement).count() == 0


def test_the_form_shows_what_the_sla_says(browser: Browser) -> None:
    page = browser("operator").get(NEW).text
    assert "[notice]" in page
    assert "length = 5" in page  # Factuurportal
    assert "length = 2" in page  # Nmbrs


def test_one_that_is_not_this_customers_is_not_found(browser: Browser) -> None:
    operator = browser("operator")
    operator.send(NEW, TEN_DAYS)
    assert operator.get(path().replace("bakker", "acme")).status_code == 404
    assert operator.get("/customers/none/agreements/new").status_code == 404


def test_rules_are_written_as_they_are_read() -> None:
    rules = {"notice": {"length": 10, "when": {"outage_over": 5}, "channels": ["email"]}}
    assert as_toml(rules) == (
        '[notice]\nlength = 10\nwhen = { outage_over = 5 }\nchannels = ["email"]\n'
    )
    assert as_toml({"own": {"dates": [date(2026, 12, 24)]}}) == '[own]\ndates = ["2026-12-24"]\n'


@pytest.mark.parametrize(
    ("rules", "says"),
    [
        (
            "[notice]\nlength = 0",
            "notice.length: verwacht: een geheel getal van 1 tot en met 3660; er staat: 0.",
        ),
        ("[notice]\nlenght = 5", "notice.lenght: onbekende sleutel; verwacht: een van"),
        ('[notice]\nchannels = ["fax"]', "een lijst van een of meer van email, status_page"),
        (
            "[own]\nkind = 'gap'",
            "own.least_minutes: ontbreekt; verwacht: een geheel getal van 1 tot en met",
        ),
        (
            '[own]\nkind = "blackout"\ndates = ["x"]\nwindows = ["planned"]\nseverity = "advice"',
            "of twee ervan met / ertussen; er staat:",
        ),
    ],
)
def test_what_is_wrong_with_the_rules_is_said_in_dutch(
    browser: Browser, rules: str, says: str
) -> None:
    page = browser("operator")
    row = accounts.find(db.session(), "operator@maintenance.example")
    assert row is not None
    row.language = "nl"
    db.session.commit()
    typed = {"service": "nmbrs", "rules": rules}
    answer = page.send("/customers/acme/agreements/new", typed)
    assert answer.status_code == 422
    assert says in answer.text
