"""Customers and contacts as files, in the browser."""

import csv
import io
import re
from typing import Any

from maintenance.models import db
from maintenance.store import accounts, people
from tests import build
from tests.web.conftest import Browser, Page

FILE = "customer;name;services\nacme;Acme BV;nmbrs\nnieuw;Nieuw;\n"


def upload(page: Page, text: bytes) -> Any:
    """Send the file, as the form does."""
    return page.send("/customers/import", {"file": (io.BytesIO(text), "customers.csv")})


def apply(page: Page, shown: str) -> Any:
    """Press the button under what was shown."""
    fields = dict(re.findall(r'name="(seen|data)" value="([^"]*)"', shown))
    return page.send("/customers/import/apply", fields)


def test_a_file_is_shown_before_it_changes_anything(browser: Browser, services: None) -> None:
    page = browser("operator")
    shown = upload(page, FILE.encode())
    assert shown.status_code == 200
    assert "To change: 2. As they are: 0. Not right: 0." in shown.text
    assert people.find_customer(db.session(), "nieuw") is None
    done = apply(page, shown.text)
    assert done.headers["Location"] == "/customers/"
    assert people.find_customer(db.session(), "nieuw") is not None


def test_bad_rows_are_shown_with_their_lines_and_cannot_be_imported(
    browser: Browser, services: None
) -> None:
    page = browser("operator")
    shown = upload(page, b"customer,name\nacme,Acme BV\nX,<img src=x onerror=alert(1)>\n")
    assert shown.status_code == 422
    assert "<td>3</td><td><code>customer</code></td>" in shown.text
    assert "Import these changes" not in shown.text
    assert "<img" not in shown.text


def test_what_cannot_be_read_is_said_beside_the_field(browser: Browser, services: None) -> None:
    shown = upload(browser("operator"), "customer,name\nacme,Café\n".encode("cp1252"))
    assert shown.status_code == 422
    assert "Line 2 is not in UTF-8" in shown.text


def test_what_was_shown_is_what_is_done(browser: Browser, services: None) -> None:
    page = browser("operator")
    shown = upload(page, FILE.encode())
    build.customer("nieuw", name="Iemand anders")
    db.session.commit()
    again = apply(page, shown.text)
    assert again.status_code == 409
    assert "Iemand anders" in again.text
    assert people.find_customer(db.session(), "nieuw").name == "Iemand anders"  # type: ignore[union-attr]
    assert apply(page, again.text).status_code == 303


def test_an_upload_that_was_tampered_with_is_refused(browser: Browser, services: None) -> None:
    page = browser("operator")
    for data in ("nothing", "bm90aGluZw=="):
        answer = page.send("/customers/import/apply", {"data": data, "seen": ""})
        assert answer.status_code == 400


def test_contacts_are_exported_and_no_cell_is_calculated(browser: Browser, services: None) -> None:
    build.contact(build.customer("evil"), name="=cmd|' /C calc'!A0")
    db.session.commit()
    answer = browser("viewer").get("/customers/contacts.csv")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="contacts.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert [row["email"] for row in rows] == [
        "jan@acme.example",
        "jan@bakker.example",
        "jan@evil.example",
    ]
    assert rows[2]["name"] == "'=cmd|' /C calc'!A0"


def test_why_a_line_cannot_be_read_is_said_in_dutch(browser: Browser, services: None) -> None:
    page = browser("operator")
    row = accounts.find(db.session(), "operator@maintenance.example")
    assert row is not None
    row.language = "nl"
    db.session.commit()
    shown = upload(page, b'customer,name\n"acme,Acme\n')
    assert "Regel 2: het bestand houdt midden in een cel op." in shown.text
