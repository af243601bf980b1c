"""Who may do what by the API: every endpoint by every role; tokens, and nothing but tokens."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError

from maintenance.accounts import LEAST, ROLES
from maintenance.api import auth
from maintenance.models import Token, db
from maintenance.store import guesses, tokens
from maintenance.store.session import writing
from tests import build
from tests.api.conftest import Call

NEEDS = {
    "POST /check": "read",
    "GET /services": "read",
    "GET /services/<slug>": "read",
    "PUT /services/<slug>": "administer",
    "GET /customers": "read",
    "GET /customers/<slug>": "read",
    "PUT /customers/<slug>": "edit-customers",
    "POST /customers/<slug>/feed": "edit-customers",
    "POST /bounces": "plan",
    "GET /webhooks": "read",
    "POST /webhooks": "edit-customers",
    "GET /webhooks/<webhook_id>": "read",
    "PATCH /webhooks/<webhook_id>": "edit-customers",
    "DELETE /webhooks/<webhook_id>": "edit-customers",
    "POST /webhooks/<webhook_id>/test": "edit-customers",
    "GET /webhooks/<webhook_id>/deliveries": "read",
    "GET /windows": "read",
    "POST /windows": "plan",
    "GET /windows/<window_id>": "read",
    "PATCH /windows/<window_id>": "plan",
    "GET /windows/<window_id>/deliveries": "read",
    "GET /windows/<window_id>/ledger": "read",
    "POST /windows/<window_id>/ask": "approve",
    "POST /windows/<window_id>/submit": "plan",
    "POST /windows/<window_id>/approve": "approve",
    "POST /windows/<window_id>/reject": "approve",
    "POST /windows/<window_id>/move": "plan",
    "POST /windows/<window_id>/extend": "plan",
    "POST /windows/<window_id>/start": "plan",
    "POST /windows/<window_id>/complete": "plan",
    "POST /windows/<window_id>/cancel": "plan",
    "POST /windows/<window_id>/messages": "plan",
    "GET /slots": "read",
    "GET /services/<slug>/left": "read",
    "GET /series": "read",
    "POST /series": "plan",
    "POST /series/preview": "plan",
    "GET /series/<series_id>": "read",
    "POST /series/<series_id>/approve": "approve",
    "POST /series/<series_id>/end": "plan",
}
"""Every endpoint that needs a token, and the right it asks."""

PUBLIC = {"GET /openapi.json", "GET /docs/", "GET /docs/<path:name>"}


def endpoints(app: Flask) -> Iterator[str]:
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/api/v1/"):
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
                yield f"{method} {rule.rule.removeprefix('/api/v1')}"


def test_every_endpoint_is_in_the_table(app: Flask) -> None:
    assert set(endpoints(app)) == NEEDS.keys() | PUBLIC


def asked(call: Call, endpoint: str, role: str | None, **more: Any) -> int:
    method, path = endpoint.split()
    path = (
        path.replace("<slug>", "none")
        .replace("<window_id>", "w_none")
        .replace("<series_id>", "s_none")
        .replace("<webhook_id>", "t_none")
    )
    json = None if method == "GET" else {}
    return call(method, path, json, role=role, **more).status_code


def test_each_role_may_do_what_its_rank_allows(call: Call) -> None:
    wrong = []
    for endpoint, right in NEEDS.items():
        least = ROLES.index(LEAST[right])
        for rank, role in enumerate(ROLES):
            refused = asked(call, endpoint, role) == 403
            if refused != (rank < least):
                wrong.append(f"{role}: {endpoint}")
    assert wrong == []


def test_nobody_does_anything_without_a_token(call: Call) -> None:
    assert {endpoint for endpoint in NEEDS if asked(call, endpoint, None) != 401} == set()


def test_anyone_reads_the_description(call: Call) -> None:
    for path in ("/openapi.json", "/docs/", "/docs/start.js", "/docs/swagger-ui.css"):
        with call("GET", path, role=None) as answer:
            assert answer.status_code == 200
    for path in ("/docs/index.css", "/docs/../auth.py", "/docs/%2e%2e/auth.py"):
        assert call("GET", path, role=None).status_code == 404


def secret(role: str = "admin", name: str = "robot") -> str:
    with writing() as session:
        made = tokens.create(session, name, role, "tests", build.NOW)
    assert made is not None
    return made


def status(client: FlaskClient, authorization: str) -> int:
    headers = {"Authorization": authorization}
    return client.get("/api/v1/services", headers=headers).status_code


def test_only_a_bearer_token_that_is_known_counts(client: FlaskClient) -> None:
    known = secret()
    assert status(client, f"Bearer {known}") == 200
    assert status(client, f"bearer  {known} ") == 200
    for other in (known, f"Basic {known}", "Bearer", "Bearer ", "Bearer x", f"Bearer {known}x"):
        answer = client.get("/api/v1/services", headers={"Authorization": other})
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert answer.content_type == "application/problem+json"


def test_a_revoked_token_is_dead_at_once(client: FlaskClient) -> None:
    known = secret()
    assert status(client, f"Bearer {known}") == 200
    with writing() as session:
        assert tokens.revoke(session, "robot", "tests", build.NOW)
    assert status(client, f"Bearer {known}") == 401


def test_a_token_is_served_though_its_use_cannot_be_noted(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_only(*_: object) -> None:
        raise OperationalError("UPDATE token", {}, Exception("attempt to write"))

    known = secret()
    monkeypatch.setattr(tokens, "used", read_only)
    assert status(client, f"Bearer {known}") == 200


def test_no_answer_is_kept_on_the_way(client: FlaskClient) -> None:
    for headers in ({}, {"Authorization": f"Bearer {secret()}"}):
        answer = client.get("/api/v1/services", headers=headers)
        assert answer.headers["Cache-Control"] == "no-store"


def test_a_cookie_counts_for_nothing(client: FlaskClient, app: Flask) -> None:
    with app.test_request_context(), client.session_transaction() as session:
        session["_user_id"] = "1"
        session["_fresh"] = True
    assert client.get("/api/v1/services").status_code == 401
    assert client.post("/api/v1/windows", json={}).status_code == 401


def test_no_csrf_token_is_asked_of_a_bearer(client: FlaskClient, app: Flask) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    headers = {"Authorization": f"Bearer {secret()}"}
    assert client.post("/api/v1/windows", json={}, headers=headers).status_code == 422


def test_the_use_of_a_token_is_noted(client: FlaskClient) -> None:
    known = secret()
    assert status(client, f"Bearer {known}") == 200
    db.session.rollback()
    token = db.session.query(Token).one()
    assert token.last_used_at is not None


def guess(client: FlaskClient, times: int) -> list[int]:
    return [status(client, f"Bearer guess-{number}") for number in range(times)]


def test_guesses_are_limited_without_locking_out_who_knows_a_token(client: FlaskClient) -> None:
    known = secret()
    answers = guess(client, auth.MOST_GUESSES + 2)
    assert answers == [401] * auth.MOST_GUESSES + [429] * 2
    assert status(client, f"Bearer {known}") == 200


def test_guesses_are_not_limited_where_nobody_counts(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guesses, "wrong", lambda *_: None)
    assert 429 not in guess(client, auth.MOST_GUESSES + 2)
