"""Beside the proposal form: who would be told, and each mail as it would look."""

from typing import Any

import pytest

from maintenance.models import db
from tests import build
from tests.web.conftest import Browser, Page
from tests.web.test_proposing import FINE


@pytest.fixture
def operator(browser: Browser, services: None) -> Page:
    """An operator at the form; one customer has nobody to tell."""
    build.customer("nobody", ("nmbrs",))
    db.session.commit()
    return browser("operator")


def preview(
    operator: Page, kind: str, language: str, path: str = "/windows/new", **changes: Any
) -> Any:
    typed = {**FINE, **changes, "preview": kind, "mail": language}
    return operator.send(path, typed)


def test_the_readers_are_counted_by_service_and_language(operator: Page) -> None:
    said = operator.send("/windows/audience", {**FINE, "services": ["nmbrs", "factuurportal"]}).text
    assert "2 customers, 2 contacts" in said  # of Nmbrs
    assert "one customer, one contact" in said  # of Factuurportal
    assert "2 mails" in said
    assert "English: 1" in said
    assert "Dutch: 1" in said


def test_who_cannot_be_told_is_named(operator: Page) -> None:
    said = operator.send("/windows/audience", FINE).text
    assert "One customer has nobody who can be told" in said
    assert "/customers/nobody" in said


def test_without_mail_nobody_gets_one(operator: Page) -> None:
    said = operator.send("/windows/audience", {**FINE, "channels": ["status_page"]}).text
    assert "0 mails" in said
    assert "Everybody, on the status page" in said
    assert "has nobody who can be told" not in said


def test_the_form_shows_it_without_script_too(operator: Page) -> None:
    assert "Choose a service." in operator.get("/windows/new").text
    page = operator.send("/windows/new", {**FINE, "act": "check"}).text
    assert "2 mails" in page


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("announcement", "Gepland onderhoud aan Nmbrs"),
        ("reminder", "Herinnering"),
        ("change", "Gewijzigd"),
        ("start", "zijn begonnen met"),
        ("completion", "is afgerond"),
        ("cancellation", "gaat niet door"),
    ],
)
def test_each_mail_is_shown_as_it_would_look(operator: Page, kind: str, said: str) -> None:
    answer = preview(operator, kind, "nl")
    assert answer.status_code == 200
    assert "Databases bijwerken" in answer.text
    assert said.casefold() in answer.text.casefold()
    assert "sandbox" in answer.headers["Content-Security-Policy"]


def test_it_is_in_the_language_that_is_asked(operator: Page) -> None:
    assert "Database upgrade" in preview(operator, "announcement", "en").text
    assert preview(operator, "announcement", "xx").status_code == 404
    assert preview(operator, "message", "en").status_code == 404


def test_a_title_that_is_not_written_yet_stands_open(operator: Page) -> None:
    assert "…" in preview(operator, "announcement", "nl", title_nl="", title_en="").text


def test_what_is_missing_is_said_in_the_frame(operator: Page) -> None:
    answer = preview(operator, "announcement", "nl", services=[], start_date="")
    assert answer.status_code == 200
    assert "Fill in a service" in answer.text
    assert "sandbox" in answer.headers["Content-Security-Policy"]


def test_what_is_typed_does_nothing_in_the_frame(operator: Page) -> None:
    answer = preview(operator, "announcement", "nl", title_nl="<script>x</script>")
    assert "<script" not in answer.text


def test_the_form_of_a_window_that_is_there_keeps_its_reference(operator: Page) -> None:
    row = build.window(state="proposed")
    db.session.commit()
    path = f"/windows/{row.public_id}/edit"
    answer = preview(operator, "announcement", "en", path, revision=row.revision)
    assert row.reference in answer.text
