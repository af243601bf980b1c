"""openapi.json says what the API does: schemathesis asks every operation all sorts of things."""

import os
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from maintenance.accounts import open_to
from maintenance.api.problem import CONTENT_TYPE
from maintenance.models import db
from maintenance.store import tokens
from maintenance.store.session import writing
from tests import build
from tests.api.conftest import Call
from tests.api.test_access import NEEDS

EXAMPLES = int(os.environ.get("API_EXAMPLES", "12"))
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
IN_USE = {
    "slug": ["nmbrs", "acme"],
    "window_id": ["w_proposed", "w_scheduled", "w_in_progress"],
    "series_id": ["s_proposed"],
    "webhook_id": ["t_hook"],
}
"""What is there, so that not every answer is 404."""


@pytest.fixture
def bearer(app: Flask, now: None) -> dict[str, str]:
    """An admin's header, on an installation that holds something."""
    build.contact(build.customer())
    for state in ("proposed", "scheduled", "in_progress"):
        row = build.window(public_id=f"w_{state}", state=state)
        if state != "proposed":
            build.announced(row)
    build.series(public_id="s_proposed")
    build.target("https://hooks.acme.example/", public_id="t_hook")
    db.session.commit()
    with writing() as session:
        secret = tokens.create(session, "robot", "admin", "tests", build.NOW)
    return {"Authorization": f"Bearer {secret}"}


def operation(app: Flask, endpoint: str) -> Any:
    method, path = endpoint.split()
    path = path.replace("<", "{").replace(">", "}")
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    return schema[f"/api/v1{path}"][method]


def asks(app: Flask, endpoint: str, bearer: dict[str, str]) -> None:
    """Ask what openapi.json allows and what it does not, and hold the answers against it."""
    asked = operation(app, endpoint)
    strategy = asked.as_strategy() | asked.as_strategy(generation_mode=GenerationMode.NEGATIVE)

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize="API_EXAMPLES" not in os.environ,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=strategy, data=st.data())
    def one(case: Any, data: Any) -> None:
        for name in IN_USE.keys() & (case.path_parameters or {}).keys():
            drawn = case.path_parameters[name]
            case.path_parameters[name] = data.draw(st.sampled_from([*IN_USE[name], drawn]))
        case.headers = dict(case.headers or {}) | bearer
        case.validate_response(case.call(), checks=CHECKS)

    one()


@pytest.mark.parametrize("endpoint", NEEDS)
def test_every_answer_is_as_described(app: Flask, endpoint: str, bearer: dict[str, str]) -> None:
    asks(app, endpoint, bearer)


def test_an_answer_that_is_not_described_is_seen(
    app: Flask, bearer: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    teapot = open_to("read")(lambda: ("", 418))
    monkeypatch.setitem(app.view_functions, "api.list_services", teapot)
    with pytest.raises(BaseException, match="418"):
        asks(app, "GET /services", bearer)


def test_every_operation_says_who_it_is_for_and_what_goes_wrong(call: Call) -> None:
    said = call("GET", "/openapi.json", role=None).get_json()
    assert said["security"] == [{"bearer": []}]
    for path in said["paths"].values():
        for about in (value for name, value in path.items() if name != "parameters"):
            assert about["summary"]
            assert {"401", "403", "429", "503"} <= about["responses"].keys()
            for status, answer in about["responses"].items():
                kind = CONTENT_TYPE if int(status) >= 400 else "application/json"
                assert list(answer["content"]) == [kind]
