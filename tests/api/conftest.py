"""What the API tests share: two services, and a caller for each role."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from maintenance.models import db
from maintenance.store import tokens
from maintenance.store.session import writing
from tests import build

Call = Callable[..., TestResponse]

PROPOSAL: dict[str, Any] = {
    "title": {"nl": "Databases bijwerken", "en": "Database upgrade"},
    "services": ["nmbrs"],
    "kind": "planned",
    "start": "2026-12-02T20:00",
    "end": "2026-12-02T22:00",
    "outage_minutes": 30,
}
"""Complies with the SLA of Nmbrs; 20:00 in Amsterdam."""


@pytest.fixture
def now(time_machine: Any) -> None:
    """The clock stands at build.NOW."""
    time_machine.move_to(build.NOW, tick=False)


@pytest.fixture
def call(app: Flask, now: None) -> Call:
    """call(method, path below /api/v1, json, role="approver", **more) -> the answer."""
    build.service("nmbrs")
    build.service("factuurportal")
    db.session.commit()
    secrets: dict[str, str] = {}

    def token(role: str) -> str:
        if role not in secrets:
            with writing() as session:
                made = tokens.create(session, f"robot-{role}", role, "tests", build.NOW)
            assert made is not None
            secrets[role] = made
        return secrets[role]

    def ask(
        method: str, path: str, json: Any = None, role: str | None = "approver", **more: Any
    ) -> TestResponse:
        headers = dict(more.pop("headers", {}))
        if role is not None:
            headers["Authorization"] = f"Bearer {token(role)}"
        if json is not None:
            more["json"] = json
        with app.test_client() as client:
            return client.open(f"/api/v1{path}", method=method, headers=headers, **more)

    return ask


@pytest.fixture
def proposed(call: Call) -> dict[str, Any]:
    """A window that is proposed and complies."""
    answer = call("POST", "/windows", PROPOSAL)
    assert answer.status_code == 201, answer.text
    window: dict[str, Any] = answer.get_json()
    return window
