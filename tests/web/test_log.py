"""The log: filtered, in words, and as a file."""

import csv
import io
from datetime import timedelta

import pytest

from maintenance.models import db
from maintenance.store import audit
from maintenance.web.log import differences
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
