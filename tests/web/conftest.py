"""Browsers for the tests of pages: each role's, signed in, on the address of BASE_URL."""

from collections.abc import Callable, Iterator
from contextvars import Context
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient

from maintenance.accounts import Actor
from maintenance.models import User, db
from maintenance.store import accounts
from tests import build

PASSWORD = "correct horse battery"
CHEAP = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
ADMIN = Actor("admin@maintenance.example", "admin")

Browser = Callable[[str], "Page"]


class Page(FlaskClient):
    """A browser that speaks TLS, takes forms' CSRF tokens along, and stays where it is sent."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.signed_in = False
        self.tokens: dict[bool, str] = {}

    def open(self, *args: Any, **kwargs: Any) -> Any:
        """As FlaskClient's, at BASE_URL, and outside the test's own app context and its `g`."""
        kwargs.setdefault("base_url", "https://maintenance.example")
        answer = Context().run(super().open, *args, **kwargs)
        db.session.rollback()  # the test sees what was written
        return answer

    def send(self, path: str, data: dict[str, Any] | None = None, **kwargs: Any) -> Any:
        """POST a form as its page would, CSRF token included."""
        headers = {"Referer": "https://maintenance.example/", **kwargs.pop("headers", {})}
        return self.post(path, data={"csrf_token": self.token(), **(data or {})}, headers=headers)

    def token(self) -> str:
        """A CSRF token of this session, as every form carries one."""
        if self.signed_in not in self.tokens:
            self.tokens = {self.signed_in: self._read_token()}
        return self.tokens[self.signed_in]

    def _read_token(self) -> str:
        page = self.get("/change" if self.signed_in else "/login").text
        return page.split('name="csrf_token" ', 1)[1].split('value="', 1)[1].split('"', 1)[0]


@pytest.fixture(autouse=True)
def _at(app: Flask) -> Iterator[None]:
    """It is build.NOW."""
    app.test_client_class = Page
    with time_machine.travel(build.NOW, tick=False):
        yield


def user(role: str = "operator", email: str = "", active: bool = True) -> User:
    """An account with PASSWORD."""
    row = accounts.add(
        db.session(), email or f"{role}@maintenance.example", role, ADMIN, datetime.now(UTC)
    )
    row.password, row.active = CHEAP.hash(PASSWORD), active
    db.session.commit()
    return row


@pytest.fixture
def browser(app: Flask) -> Browser:
    """A browser signed in with a role: browser("operator"); "anonymous" is not."""

    def sign_in(role: str) -> Page:
        client = app.test_client()
        assert isinstance(client, Page)
        if role == "anonymous":
            return client
        row = accounts.find(db.session(), f"{role}@maintenance.example") or user(role)
        secret = accounts.begin_login(db.session(), row, "127.0.0.0/32", "test", datetime.now(UTC))
        db.session.commit()
        with client.session_transaction(base_url="https://maintenance.example") as session:
            session["_user_id"], session["_fresh"] = row.fs_uniquifier, True
            session["login"] = secret
        client.signed_in = True
        return client

    return sign_in


@pytest.fixture
def services() -> None:
    """Both services, and a customer of each with a contact."""
    for slug in ("nmbrs", "factuurportal"):
        build.service(slug)
    build.contact(build.customer("acme", ("nmbrs",)))
    build.contact(build.customer("bakker", ("factuurportal", "nmbrs")), language="en")
    db.session.commit()
