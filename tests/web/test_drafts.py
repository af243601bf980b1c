"""Drafts: listed, found from the first page, put forward."""

from datetime import timedelta

import pytest

from maintenance.models import Window, db
from tests import build
from tests.web.conftest import Browser, Page

ME = "operator@maintenance.example"


@pytest.fixture
def operator(browser: Browser, services: None) -> Page:
    """An operator."""
    return browser("operator")


def draft(title: str, by: str = ME, **values: object) -> Window:
    row = build.window(state="draft", title={"nl": title, "en": title}, proposed_by=by, **values)
    db.session.commit()
    return row


def part(page: str, heading: str) -> str:
    return page.split(f">{heading}", 1)[1].split("</section>", 1)[0]


def test_the_list_has_ones_own_and_those_of_others(operator: Page) -> None:
    draft("Mine")
    draft("Hers", by="anna@vendor.example")
    page = operator.get("/windows/drafts").text
    assert "Mine" in part(page, "Yours")
    assert "Hers" not in part(page, "Yours")
    assert "Hers" in part(page, "Of others")
    assert "anna@vendor.example" in part(page, "Of others")


def test_the_first_page_shows_ones_own_with_what_was_asked(operator: Page) -> None:
    assert "Your drafts" not in operator.get("/").text
    draft("Mine", reason="Why so long?")
    draft("Hers", by="anna@vendor.example")
    panel = part(operator.get("/").text, "Your drafts")
    assert "Mine" in panel
    assert "an approver asked something" in panel
    assert "Hers" not in panel
    assert "/windows/drafts" in panel


def test_one_is_put_forward_from_the_list(operator: Page) -> None:
    row = draft("Mine")
    path = f"/windows/{row.public_id}/submit"
    assert path in operator.get("/windows/drafts").text
    assert operator.send(path, {"revision": row.revision}).status_code == 303
    assert row.state == "proposed"


def test_one_whose_start_has_passed_is_to_be_moved_first(operator: Page) -> None:
    row = draft("Mine", start_at=build.NOW - timedelta(days=1))
    page = operator.get("/windows/drafts").text
    assert "its start has passed" in page
    assert f"/windows/{row.public_id}/move" in page
    assert f"/windows/{row.public_id}/submit" not in page


def test_a_viewer_sees_them_and_can_do_nothing(browser: Browser, services: None) -> None:
    row = draft("Hers")
    page = browser("viewer").get("/windows/drafts").text
    assert "Hers" in page
    assert row.public_id + "/submit" not in page


def test_without_drafts_the_page_says_how_to_keep_one(operator: Page) -> None:
    assert "There are no drafts" in operator.get("/windows/drafts").text
