"""Search: whatever people call it, it is found, and nothing else."""

import pytest
from sqlalchemy import event

from maintenance.models import db
from tests import build
from tests.web.conftest import Browser, Page


@pytest.mark.parametrize(
    ("text", "finds", "not_this"),
    [
        ("M-2026-001", "Database upgrade", "Acme"),
        ("DATABASE", "M-2026-001", "Acme"),
        ("données", "Les données", "M-2026-001"),
        ("acm", "Acme", "Bakker"),
        ("jan@bakker", "jan@bakker.example", "jan@acme.example"),
        ("factuur", "/services/#s-factuurportal", "#s-nmbrs"),
    ],
)
def test_it_is_found_by_what_people_call_it(
    browser: Browser, services: None, text: str, finds: str, not_this: str
) -> None:
    build.window()
    build.window(title={"nl": "Les données", "en": "Les données"})
    db.session.commit()
    page = browser("viewer").get("/search", query_string={"q": text}).text
    found = page.split("</form>")[-1]
    assert finds in found
    assert not_this not in found


@pytest.mark.parametrize("text", ["%", "_", "<script>", "nothing\0like it", "a" * 5000])
def test_what_is_not_there_is_not_found(browser: Browser, services: None, text: str) -> None:
    answer = browser("viewer").get("/search", query_string={"q": text})
    assert answer.status_code == 200
    assert "Nothing found." in answer.text
    assert "<script>" not in answer.text


def test_the_queries_do_not_grow_with_what_is_found(browser: Browser, services: None) -> None:
    page = browser("viewer")
    build.window()
    build.contact(build.customer("data"))
    db.session.commit()
    few = _statements(page)
    for number in range(15):
        build.window()
        build.contact(build.customer(f"dat{number}"), f"data{number}@x{number}.example")
    db.session.commit()
    assert _statements(page) == few


def _statements(page: Page) -> int:
    """How many statements the search takes."""
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        page.get("/search?q=dat")
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    return len(asked)
