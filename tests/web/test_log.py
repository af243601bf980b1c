"""The log: filtered, in words, and as a file."""

import csv
import io
import re
from datetime import timedelta

import pytest
from flask import Flask

from maintenance.config import ROOT
from maintenance.models import db
from maintenance.store import accounts, audit
from maintenance.web.log import differences
from maintenance.web.log_words import DEEDS, FIELDS
from tests import build
from tests.build import NOW
from tests.web.conftest import ADMIN, Browser


@pytest.fixture(autouse=True)
def _written(services: None) -> None:
    window = build.window()
    day = timedelta(days=1)
    session = db.session()
    subject = f"window:{window.public_id}"
    audit.record(session, "jan@vendor.example", "propose", subject, {}, NOW - 2 * day)
    audit.record(
        session, "kim@vendor.example", "approve", subject, {"state": ["proposed", "scheduled"]}, NOW
    )
    names = {"from": {"name": "Acme", "level": ""}, "to": {"name": "=1+1", "level": ""}}
    audit.record(session, "robot", "put", "customer:acme", names, NOW - day)
    db.session.commit()


def rows(browser: Browser, query: str = "") -> list[dict[str, str]]:
    """The log's file."""
    data = browser("viewer").get(f"/log.csv?{query}").data
    found = csv.DictReader(io.StringIO(data.decode("utf-8-sig")))
    return [row for row in found if row["who"] != ADMIN.name]


def test_the_log_says_who_did_what_from_what_to_what(browser: Browser) -> None:
    page = browser("viewer").get("/log").text
    assert "M-2026-001" in page
    assert "approved it" in page
    assert "Proposed</s> → Scheduled" in page


@pytest.mark.parametrize(
    ("query", "who"),
    [
        ("", ["robot", "kim@vendor.example", "jan@vendor.example"]),
        ("who=KIM", ["kim@vendor.example"]),
        ("verb=put", ["robot"]),
        ("about=window:", ["kim@vendor.example", "jan@vendor.example"]),
        ("about=customer:acme", ["robot"]),
        ("since=2026-11-22", ["robot", "kim@vendor.example"]),
        ("until=2026-11-21", ["jan@vendor.example"]),
        ("since=2026-11-22&until=2026-11-22", ["robot"]),
        ("since=nonsense&before=x", ["robot", "kim@vendor.example", "jan@vendor.example"]),
        ("who=%25", []),
    ],
)
def test_the_log_is_filtered(browser: Browser, query: str, who: list[str]) -> None:
    assert [row["who"] for row in rows(browser, query)] == who
    page = browser("viewer").get(f"/log?{query}").text
    for name in ("robot", "kim@vendor.example", "jan@vendor.example"):
        assert (f"<td>{name}</td>" in page) == (name in who)


def test_no_cell_of_the_file_is_calculated(browser: Browser) -> None:
    (row,) = rows(browser, "about=customer:")
    assert (row["field"], row["from"], row["to"]) == ("name", "Acme", "'=1+1")


def test_moments_are_read_as_the_reader_does(browser: Browser) -> None:
    moved = {"start": ["2026-12-02T19:00:00+00:00", "2026-12-03T19:00:00+00:00"]}
    audit.record(db.session(), "robot", "move", "window:w_gone", moved, NOW)
    db.session.commit()
    page = browser("viewer").get("/log").text
    assert "Wed 2 Dec 2026, 20:00 CET</s> → Thu 3 Dec 2026, 20:00 CET" in page


def test_each_way_of_writing_a_change_is_read() -> None:
    assert differences({"from": {"a": 1, "b": [1, 2]}, "to": {"a": 1, "b": [2, 3]}}) == [
        ("b", "1", "3")
    ]
    assert differences({"state": ["a", "b"]}) == [("state", "a", "b")]
    assert differences({"language": {"from": "nl", "to": "en"}}) == [("language", "nl", "en")]
    assert differences({"role": "admin"}) == [("role", "", "admin")]
    assert differences({"from": {}, "to": {"on": True, "who": {"email": "x", "name": ""}}}) == [
        ("on", "", "yes"),
        ("who", "", "email x"),
    ]


def test_every_deed_that_is_written_down_has_its_words() -> None:
    code = "\n".join(path.read_text() for path in (ROOT / "maintenance").rglob("*.py"))
    written = set(re.findall(r'audit\.record\([^"]{0,60}"([a-z-]+)"', code))
    written |= set(re.findall(r'_audit\([^"]{0,40}"([a-z-]+)"', code))
    assert len(written) > 10
    assert written - set(DEEDS) == set()


def test_a_dutch_reader_finds_no_field_or_deed_in_english(app: Flask, browser: Browser) -> None:
    page = browser("admin")
    row = accounts.find(db.session(), "admin@maintenance.example")
    assert row is not None
    row.language = "nl"
    db.session.commit()
    contact = {"email": "eva@acme.example", "name": "Eva", "language": "en"}
    page.send("/customers/acme/contacts", contact)
    page.send("/services/nmbrs/edit", {"name": "N", "policy": "nmbrs", "color": "#123456"})
    page.send("/services/nmbrs/notices/", {"lead": ["3"], "unit": ["days"], "sent": ["start"]})
    page.send("/accounts/tokens", {"token_name": "robot", "token_role": "operator"})
    page.send("/sending/hold", {"why": "Storing"})
    page.send(f"/accounts/{row.id}/role", {"role": "viewer"})
    html = page.get("/log").text
    fields = set(re.findall(r'<span class="small"><span class="quiet">([^<]+):</span>', html))
    assert {"Contactpersonen", "Kleur", "Herinneringen", "Rol", "Waarom"} <= fields
    with app.test_request_context():
        english = {str(words) for words in (*FIELDS.values(), *DEEDS.values())}
    assert fields & (english - {"SLA"}) == set()
    deeds = re.findall(r'<td class="deed">([^<]+)</td>', html)
    assert "hield al het verzenden tegen" in deeds
    assert set(deeds) & english == set()


def test_what_is_not_about_one_thing_leads_to_its_page(browser: Browser) -> None:
    audit.record(db.session(), "kim", "hold", "sending", {"why": "storm"}, NOW)
    db.session.commit()
    assert 'href="/sending/"' in browser("viewer").get("/log").text
