"""Lists ask the database as often for a page of many as for a page of one."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from maintenance.models import db
from maintenance.store import outbox
from tests import build
from tests.api.conftest import Call
from tests.api.test_series import WEEKLY


@contextmanager
def statements() -> Iterator[list[str]]:
    said: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        said.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def asked(call: Call, path: str) -> int:
    db.session.commit()
    db.session.remove()
    with statements() as said:
        answer = call("GET", path)
    assert answer.status_code == 200
    assert answer.get_json()["items"]
    return len(said)


def test_a_list_of_windows_customers_or_deliveries_asks_no_more_for_more(call: Call) -> None:
    call("GET", "/services")
    paths = ["/windows", "/customers", "/windows/w_told/deliveries"]
    told = build.window(public_id="w_told", services=("nmbrs", "factuurportal"))
    build.contact(build.customer("first", services=("nmbrs", "factuurportal")))
    build.announced(told)
    db.session.commit()
    assert call("POST", "/series", WEEKLY).status_code == 201
    before = [asked(call, path) for path in paths]
    for number in range(10):
        build.window()
        customer = build.customer(f"more-{number}")
        for name in ("ann", "bob"):
            build.contact(customer, f"{name}-{number}@acme.example")
    db.session.commit()
    for _ in range(3):
        assert call("POST", "/series", WEEKLY).status_code == 201
    outbox.fan_out(db.session(), build.notice(db.session.merge(told), "message"), build.NOW)
    assert [asked(call, path) for path in paths] == before
