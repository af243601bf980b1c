"""Each page of the operators, with 2,000 windows and 5,000 customers, beside a hello-world.

In this process, through the whole app: gate, sign-in, database (SQLite), template. It is processor
time, which hardly minds what else runs; rounds of each page and of the hello-world take turns.
"""

import statistics
import time
from collections.abc import Iterator
from contextvars import Context
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert, update

from bench.stored import NOW, database
from maintenance.accounts import ANYONE, open_to
from maintenance.models import (
    Audit,
    Contact,
    Customer,
    CustomerService,
    Service,
    User,
    Window,
    WindowService,
    db,
)
from maintenance.store import accounts

WINDOWS, CUSTOMERS, ROUNDS = 2_000, 5_000, 15
PATHS = (
    "/",
    "/?view=week",
    "/windows/",
    "/windows/?state=all",
    "/windows/w_1999",
    "/windows/new",
    "/series/",
    "/services/",
    "/customers/",
    "/customers/?q=customer-4999",
    "/customers/customer-4999",
    "/search?q=customer-49",
    "/log",
    "/accounts/",
    "/account",
)


def run() -> Iterator[tuple[str, str]]:
    """The time of each page, and how many times that of a hello-world it is (goal for /: 20)."""
    with database("sqlite", WINDOWS) as app:
        fill(WINDOWS, CUSTOMERS)
        app.view_functions["hello"] = open_to(ANYONE)(lambda: "hello")
        app.url_map.add(app.url_rule_class("/hello", endpoint="hello"))
        client = signed_in(app)
        for path in PATHS:
            mine, hello = _rounds(client, path)
            yield path, f"{mine * 1000:7.1f} ms  {mine / hello:6.1f} x hello-world"


def fill(windows: int, customers: int) -> None:
    """Two services that share the windows, customers with a contact each, and a log.

    Half of the windows were, half are to come; one in twenty waits for an approver.
    """
    with db.engine.begin() as connection:
        first, second = connection.scalars(db.select(Service.id).limit(2)).all()
        connection.execute(update(WindowService).values(service_id=first))
        connection.execute(
            update(WindowService).where(WindowService.window_id % 2 == 0).values(service_id=second)
        )
        connection.execute(db.delete(Service).where(Service.id.not_in([first, second])))
        for number in range(windows):
            start = NOW + timedelta(hours=8 * (number - windows // 2))
            state = "proposed" if number % 20 == 19 else "scheduled" if start > NOW else "completed"
            end = start + timedelta(hours=1)
            times = {"start_at": start, "end_at": end, "state": state}
            connection.execute(update(Window).where(Window.id == number + 1).values(**times))
            place = WindowService.window_id == number + 1
            connection.execute(update(WindowService).where(place).values(**times))
        slugs = [f"customer-{number}" for number in range(customers)]
        rows: list[dict[str, Any]] = [
            {"id": n + 1, "slug": slug, "name": slug.title(), "updated_at": NOW}
            for n, slug in enumerate(slugs)
        ]
        connection.execute(insert(Customer), rows)
        connection.execute(
            insert(CustomerService),
            [{"customer_id": row["id"], "service_id": first} for row in rows],
        )
        contacts = [
            {
                "customer_id": row["id"],
                "email": f"jan@{row['slug']}.example",
                "declined": frozenset(),
            }
            for row in rows
        ]
        connection.execute(insert(Contact), contacts)
        log = [
            {"at": NOW, "actor": "op", "verb": "put", "subject": f"customer:{slug}", "details": {}}
            for slug in slugs
        ]
        connection.execute(insert(Audit), log)


def signed_in(app: Flask) -> FlaskClient:
    """A browser in which an administrator is signed in."""
    user = User(
        email="admin@vendor.example",
        role="admin",
        fs_uniquifier="1",
        created_at=NOW,
        active=True,
    )
    db.session.add(user)
    db.session.flush()
    moment = datetime.now(UTC)
    secret = accounts.begin_login(db.session(), user, "127.0.0.0/32", "bench", moment)
    db.session.commit()
    client = app.test_client()
    with client.session_transaction() as session:
        session["_user_id"], session["_fresh"], session["login"] = "1", True, secret
    return client


def _rounds(client: FlaskClient, path: str) -> tuple[float, float]:
    """The median times of the page and of the hello-world, in seconds, once warm."""
    _time(client, path)
    both = [(_time(client, path), _time(client, "/hello")) for _ in range(ROUNDS)]
    mine, hello = zip(*both, strict=True)
    return statistics.median(mine), statistics.median(hello)


def _time(client: FlaskClient, path: str) -> float:
    began = time.process_time()
    answer = Context().run(client.get, path)
    took = time.process_time() - began
    assert answer.status_code == 200, (path, answer.status_code)
    return took
