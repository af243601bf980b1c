"""A page with nothing in it says what to do first, with a link for whoever may do it."""

import re

import pytest

from maintenance.models import db
from tests import build
from tests.web.conftest import Browser

CASES = [
    # path, what it says, the link for an administrator
    ("/", "Nothing is planned yet: what to do first", "/customers/import"),
    ("/?view=week", "No maintenance this week.", "/windows/new"),
    ("/?view=list", "No maintenance this month.", "/windows/new"),
    ("/?service=nmbrs", "None that the filter lets through", "/?view=month"),
    ("/windows/", "No window is open.", "/windows/new"),
    ("/windows/?state=cancelled", "No such window.", "/windows/?state=all"),
    ("/job-templates/", "There is no job template yet.", "/job-templates/new"),
    ("/series/", "There is no series yet.", "/series/new"),
    ("/services/", "Run maintenance migrate", ""),
    ("/customers/", "There is no customer yet.", "/customers/import"),
    ("/customers/?q=zzz", "Nobody found.", "/customers/"),
    ("/webhooks/", "There is no webhook yet.", "/webhooks/new"),
    ("/webhooks/", "There is no page elsewhere yet.", "/webhooks/statuspages/new"),
    ("/log?who=zzz", "Nothing fits.", "/log"),
    ("/search", "What are you looking for?", ""),
    ("/search?q=zzz", "Nothing found.", "/customers/"),
    ("/accounts/", "You are the only one yet.", ""),
    ("/accounts/", "No program has a token yet.", "/api/v1/docs/"),
    ("/accounts/", "None was sent yet: an invitation is the first.", ""),
    ("/sending/", "It was never held.", ""),
]
FOR_ALL = {"/customers/?q=zzz", "/log?who=zzz", "/search?q=zzz", "/windows/?state=cancelled"}
"""Where the link leads on to what anybody may see."""


def main_of(html: str) -> str:
    """What stands below the bar."""
    return html.split("<main", 1)[1]


@pytest.mark.parametrize(("path", "says", "link"), CASES)
def test_an_empty_page_says_what_to_do_first(
    browser: Browser, path: str, says: str, link: str
) -> None:
    html = main_of(browser("admin").get(path).text)
    assert says in html
    assert not link or f'href="{link.replace("&", "&amp;")}' in html


@pytest.mark.parametrize(
    ("path", "link"),
    [(path, link) for path, _says, link in CASES if link and not path.startswith("/accounts")],
)
def test_a_viewer_is_not_sent_where_it_may_not_go(browser: Browser, path: str, link: str) -> None:
    html = main_of(browser("viewer").get(path).text)
    leads = bool(re.search(f'href="{re.escape(link)}["&]', html))
    assert leads == (path in FOR_ALL or path == "/?service=nmbrs")


def test_the_first_steps_tell_what_is_done_and_go_once_a_window_is_planned(
    browser: Browser,
) -> None:
    page = browser("operator")
    assert main_of(page.get("/").text).count("icon-completed") == 1  # of the legend
    build.contact(build.customer())
    db.session.commit()
    assert main_of(page.get("/").text).count("icon-completed") == 2
    build.window()
    db.session.commit()
    html = page.get("/").text
    assert "what to do first" not in html
    assert "Nothing needs you at this moment." in html


def test_a_customer_without_a_contact_or_service_says_what_that_means(browser: Browser) -> None:
    build.customer("acme", ())
    db.session.commit()
    html = browser("operator").get("/customers/acme").text
    assert "The agreement says there is at least one contact." in html
    assert "None: it is told of nothing." in html
    assert 'href="/customers/acme/edit">Give it a service' in html
    assert "Give it a service" not in browser("viewer").get("/customers/acme").text


def test_an_agreement_of_a_customer_without_services_asks_for_one(browser: Browser) -> None:
    build.customer("acme", ())
    db.session.commit()
    html = browser("operator").get("/customers/acme/agreements/new").text
    assert "give it one first" in html


def test_a_window_nobody_is_told_of_says_so(browser: Browser) -> None:
    build.service()
    row = build.window(state="proposed")
    db.session.commit()
    assert "Nobody yet." in browser("viewer").get(f"/windows/{row.public_id}").text
    html = browser("viewer").get(f"/windows/{row.public_id}/ledger").text
    assert "No customer has these services." in html
