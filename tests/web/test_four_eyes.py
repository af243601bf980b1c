"""Two people: what the pages offer whom, and which promise an override breaks to whom."""

import pytest
from sqlalchemy import select

from maintenance.models import Service, db
from tests import build
from tests.web.conftest import Browser
from tests.web.test_proposing import BROKEN, FINE
from tests.web.test_verbs import propose, proposed, seen, window

__all__ = ["proposed"]


@pytest.fixture(autouse=True)
def two_people(services: None) -> None:
    """Nmbrs asks for two people."""
    db.session.scalars(select(Service).where(Service.slug == "nmbrs")).one().four_eyes = True
    db.session.commit()


def test_the_proposer_is_told_that_somebody_else_approves(browser: Browser) -> None:
    approver = browser("approver")
    path = approver.send("/windows/new", FINE).headers["Location"]
    page = approver.get(path).text
    assert "Somebody else approves this" in page
    assert f'action="{path}/approve"' not in page
    answer = approver.send(f"{path}/approve", seen())
    assert (answer.status_code, window().state) == (409, "proposed")
    assert "this service asks for two people" in answer.text
    assert f'action="{path}/approve"' in browser("admin").get(path).text


def test_asking_back_makes_it_a_draft_that_shows_the_question(
    browser: Browser, proposed: str
) -> None:
    approver = browser("approver")
    question = {**seen(), "question": "Why two hours?"}
    assert approver.send(f"{proposed}/ask", question).status_code == 303
    page = browser("operator").get(proposed).text
    assert window().state == "draft"
    assert "Asked back" in page
    assert "Why two hours?" in page


def test_asking_nothing_is_refused_at_its_field(browser: Browser, proposed: str) -> None:
    answer = browser("approver").send(f"{proposed}/ask", {**seen(), "question": " "})
    assert answer.status_code == 422
    assert 'id="question-error"' in answer.text


def test_an_override_says_which_promise_it_breaks_to_whom(browser: Browser) -> None:
    for number in range(9):
        build.customer(f"more-{number}")
    db.session.commit()
    page = browser("approver").get(propose(browser, **BROKEN["Notice period"])).text
    assert "To approve it anyway breaks a promise:" in page
    told = page.split("To approve it anyway")[1].split("</ul>")[0]
    assert "“Notice period” of Nmbrs" in told
    assert "11 customers" in told
    assert "acme" in told
    assert "and 3 more" in told


def test_what_complies_breaks_nothing(browser: Browser, proposed: str) -> None:
    assert "To approve it anyway" not in browser("approver").get(proposed).text


def test_an_administrator_sets_it_on_the_service(browser: Browser) -> None:
    admin = browser("admin")
    typed = {"name": "Nmbrs", "policy": "nmbrs", "color": "#aa3311", "deputy": "d@vendor.example"}
    assert admin.send("/services/nmbrs/edit", typed).status_code == 303
    row = db.session.scalars(select(Service).where(Service.slug == "nmbrs")).one()
    assert (row.four_eyes, row.deputy) == (False, "d@vendor.example")
    admin.send("/services/nmbrs/edit", typed | {"four_eyes": "yes", "deputy": ""})
    assert (row.four_eyes, row.deputy) == (True, "")
    assert "Two people" in admin.get("/services/").text
    wrong = admin.send("/services/nmbrs/edit", typed | {"deputy": "nobody"})
    assert (wrong.status_code, 'id="deputy-error"' in wrong.text) == (422, True)
