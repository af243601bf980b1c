"""Bad input by the API: a problem that says what is wrong, whatever comes."""

import json
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from maintenance.api import windows as views
from maintenance.api.body import DEEPEST, MOST_BYTES
from tests.api.conftest import PROPOSAL, Call


def problem(answer: Any) -> dict[str, Any]:
    assert answer.content_type == "application/problem+json"
    said: dict[str, Any] = answer.get_json()
    assert said.keys() >= {"type", "title", "status", "detail"}
    assert said["status"] == answer.status_code
    return said


NO_OBJECTS = [
    b"",
    b"{",
    b"[]",
    b'"text"',
    b"null",
    b"NaN",
    b'{"a": 1, "a": 2}',
    b'{"a": NaN}',
    b'{"a": 1e999}',
    b'{"a": ' + b"9" * 5000 + b"}",
    b'{"a": "\xff"}',
    b'{"a": "\\ud800"}',
    b'{"\\ud800": 1}',
    b'{"a": ' + b"[" * DEEPEST + b"]" * DEEPEST + b"}",
    b'{"a": ' + b"[" * 100_000,
]


def test_a_body_that_is_no_plain_object_is_refused(call: Call) -> None:
    for body in NO_OBJECTS:
        for path in ("/windows", "/check"):
            answer = call("POST", path, data=body, content_type="application/json")
            assert answer.status_code == 400, body[:40]
            problem(answer)


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "", "json"])
def test_another_content_type_is_refused(call: Call, kind: str) -> None:
    answer = call("POST", "/windows", data=json.dumps(PROPOSAL), content_type=kind)
    assert answer.status_code == 415
    problem(answer)


def test_a_charset_may_be_named(call: Call) -> None:
    kind = "application/json; charset=utf-8"
    answer = call("POST", "/windows", data=json.dumps(PROPOSAL), content_type=kind)
    assert answer.status_code == 201


@pytest.mark.parametrize("path", ["/windows", "/check"])
def test_a_body_that_is_too_large_is_refused(call: Call, path: str) -> None:
    body = json.dumps({"title": "x" * MOST_BYTES})
    answer = call("POST", path, data=body, content_type="application/json")
    assert answer.status_code == 413
    problem(answer)
    key = {"Idempotency-Key": "k"}
    answer = call("POST", path, data=body, content_type="application/json", headers=key)
    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("GET", "/", 404),
        ("DELETE", "/windows", 405),
        ("GET", "/check", 405),
        ("GET", "/windows/w_1/approve", 405),
        ("GET", "/windows/", 404),
    ],
)
def test_an_unknown_path_or_method_is_a_problem_too(
    call: Call, method: str, path: str, status: int
) -> None:
    answer = call(method, path)
    assert answer.status_code == status
    problem(answer)
    assert ("Allow" in answer.headers) == (status == 405)


def test_a_database_that_does_not_answer_is_a_503(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*_: object) -> None:
        raise OperationalError("BEGIN IMMEDIATE", {}, Exception("database is locked"))

    monkeypatch.setattr(views.planning, "propose", locked)
    answer = call("POST", "/windows", PROPOSAL)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    problem(answer)


def test_what_nobody_expected_tells_nothing_of_itself(
    call: Call, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("the secret of the house")

    monkeypatch.setattr(views.planning, "propose", broken)
    answer = call("POST", "/windows", PROPOSAL)
    assert answer.status_code == 500
    assert "secret" not in answer.text
    problem(answer)
