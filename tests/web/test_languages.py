"""The pages speak the reader's language: chosen in the account, else the browser's."""

from html.parser import HTMLParser
from typing import Any

import pytest
from flask import Flask

from maintenance.models import db
from maintenance.store import accounts
from tests import build
from tests.test_translations import messages
from tests.web.conftest import Browser, Page

PATHS = (
    "/",
    "/?view=week",
    "/windows/",
    "/windows/new",
    "/series/",
    "/series/new",
    "/services/",
    "/services/nmbrs/edit",
    "/customers/",
    "/customers/new",
    "/customers/import",
    "/customers/acme",
    "/search?q=zzz",
    "/log",
    "/accounts/",
    "/account",
    "/change",
    "/verify",
    "/webhooks/",
    "/sending/",
    "/no-such-page",
)
SAME = {"Maintenance"}
"""The name of the program."""


@pytest.fixture
def dutch(browser: Browser, services: None) -> Page:
    """An administrator who reads Dutch."""
    page = browser("admin")
    row = accounts.find(db.session(), "admin@maintenance.example")
    assert row is not None
    row.language = "nl"
    build.window(state="proposed")
    db.session.commit()
    return page


class Shown(HTMLParser):
    """What a page shows or reads aloud: its texts, one by one."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def handle_data(self, data: str) -> None:
        """A text between tags."""
        self.texts.append(" ".join(data.split()))

    def handle_starttag(self, _tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """The attributes that are read."""
        said = ("aria-label", "title", "placeholder", "alt")
        self.texts += [value for name, value in attrs if name in said and value]


def shown(html: str) -> list[str]:
    """The texts of a page."""
    page = Shown()
    page.feed(html)
    return page.texts


def english() -> set[str]:
    """What the catalogue translates into something else."""
    return {str(m.id) for m in messages() if isinstance(m.id, str) and m.string != m.id} - SAME


@pytest.mark.parametrize("path", PATHS)
def test_no_text_of_a_page_stays_english(dutch: Page, path: str) -> None:
    html = dutch.get(path).text
    assert '<html lang="nl">' in html
    assert set(shown(html)) & english() == set()


def test_dates_and_lengths_are_written_as_the_language_does(dutch: Page) -> None:
    assert "wo 2 dec 2026 20:00–22:00 CET" in dutch.get("/windows/").text.replace(",", "")


def test_the_browser_s_language_counts_before_anybody_is_known(app: Flask) -> None:
    for tag, title in (("nl-BE,nl;q=0.9", "Inloggen"), ("en-GB", "Log in"), ("fr", "Log in")):
        client = app.test_client()
        html = client.get("/login", headers={"Accept-Language": tag}).text
        assert f"<h1>{title}</h1>" in html
        assert ("Wachtwoord" in html) == (title == "Inloggen")


@pytest.mark.parametrize(
    ("path", "data", "says"),
    [
        (
            "/windows/new",
            {"services": ["nmbrs"], "kind": "planned", "planning": "yes"},
            "Titel is verplicht.",
        ),
        ("/customers/new", {"name": "", "slug": "x"}, "Is verplicht."),
        ("/customers/acme/contacts", {"email": "jan"}, "Is geen adres waaraan geschreven kan"),
        ("/services/nmbrs/edit", {"name": "N", "policy": "x"}, "Er werd een van deze verwacht"),
        ("/series/new", {"kind": "planned"}, "Dienst is verplicht."),
    ],
)
def test_what_is_wrong_is_said_in_dutch(
    dutch: Page, path: str, data: dict[str, Any], says: str
) -> None:
    assert says in dutch.send(path, data).text


def test_what_a_window_s_state_does_not_allow_is_said_in_dutch(dutch: Page) -> None:
    row = build.window(state="completed")
    db.session.commit()
    answer = dutch.send(f"/windows/{row.public_id}/start", {"revision": row.revision})
    assert "Het venster is afgerond." in answer.text


def test_the_pages_of_sign_in_are_dutch_to_their_errors(app: Flask) -> None:
    client = app.test_client()
    assert isinstance(client, Page)
    headers = {"Accept-Language": "nl"}
    html = client.send("/login", {"email": "x", "password": "y"}, headers=headers).text
    assert "Inloggen mislukt: adres of wachtwoord klopt niet" in html
