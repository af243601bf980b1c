"""How many statements a page takes does not grow with the rows it shows."""

from datetime import timedelta

import pytest
from sqlalchemy import event

from maintenance.models import db
from maintenance.store import audit
from tests import build
from tests.web.conftest import Browser, Page, user

PATHS = (
    "/",
    "/windows/?state=all",
    "/windows/new",
    "/windows/drafts",
    "/job-templates/",
    "/series/",
    "/services/",
    "/customers/",
    "/customers/acme",
    "/search?q=a",
    "/log",
    "/accounts/",
    "/account",
    "/webhooks/",
)


@pytest.mark.parametrize("path", PATHS)
def test_the_statements_of_a_page_do_not_grow_with_its_rows(
    browser: Browser, services: None, path: str
) -> None:
    page = browser("admin")
    _fill(0, 7)
    page.get(path)
    few = statements(page, path)
    _fill(7, 17)
    many = statements(page, path)
    assert len(many) == len(few), "\n".join(sorted(set(many) - set(few)) or sorted(many))


def statements(page: Page, path: str) -> list[str]:
    """Every statement that this page takes."""
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        assert page.get(path).status_code == 200
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    return asked


def _fill(first: int, last: int) -> None:
    """Of everything that pages list, those with these numbers."""
    for number in range(first, last):
        start = build.START + timedelta(days=number)
        for state in ("proposed", "scheduled", "in_progress", "draft", "completed"):
            build.window(("nmbrs", "factuurportal"), state=state, start_at=start)
        build.series()
        customer = build.customer(f"a-{number}", ("nmbrs",))
        build.contact(customer)
        build.contact(customer, f"lee@a-{number}.example", flagged="550 no")
        user(email=f"op{number}@vendor.example")
        audit.record(db.session(), "op", "put", f"customer:a-{number}", {}, build.NOW)
    db.session.commit()
