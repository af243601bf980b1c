"""Webhooks by the API."""

from typing import Any

import pytest

from tests import build
from tests.api.conftest import Call

URL = "https://hooks.acme.example/in"


@pytest.fixture
def made(call: Call) -> dict[str, Any]:
    """A webhook."""
    answer = call("POST", "/webhooks", {"url": URL, "services": ["nmbrs"]})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.get_json()
    return found


def test_a_webhook_is_made_and_its_secret_said_once(call: Call, made: dict[str, Any]) -> None:
    assert made.pop("secret").startswith("whsec_")
    assert made == {
        "id": made["id"],
        "url": URL,
        "name": "",
        "customer": None,
        "services": ["nmbrs"],
        "active": True,
        "disabled": None,
    }
    assert call("GET", f"/webhooks/{made['id']}", role="viewer").get_json() == made
    assert call("GET", "/webhooks", role="viewer").get_json()["items"] == [made]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "url"),
        ({"url": 7}, "url"),
        ({"url": "http://hooks.example/"}, "url"),
        ({"url": URL, "services": ["x"]}, "services"),
        ({"url": URL, "services": [["x"]]}, "services"),
        ({"url": URL, "services": "nmbrs"}, "services"),
        ({"url": URL, "customer": "nobody"}, "customer"),
        ({"url": URL, "active": "yes"}, "active"),
    ],
)
def test_what_is_wrong_is_named(call: Call, body: dict[str, Any], field: str) -> None:
    answer = call("POST", "/webhooks", body)
    assert (answer.status_code, list(answer.get_json()["errors"])) == (422, [field])


def test_a_change_keeps_what_it_does_not_name(call: Call, made: dict[str, Any]) -> None:
    build.customer("acme")
    build.db.session.commit()
    path = f"/webhooks/{made['id']}"
    changed = call("PATCH", path, {"customer": "acme", "active": False}).get_json()
    assert (changed["url"], changed["services"]) == (URL, ["nmbrs"])
    assert (changed["customer"], changed["active"]) == ("acme", False)
    assert call("PATCH", path, {"url": "nothing"}).status_code == 422
    assert call("GET", path).get_json() == changed
    stale = {"If-Match": '"x"'}
    assert call("PATCH", path, {"name": "x"}, headers=stale).status_code == 412


def test_a_webhook_is_tested_and_removed(call: Call, made: dict[str, Any]) -> None:
    path = f"/webhooks/{made['id']}"
    tested = call("POST", f"{path}/test", {})
    assert (tested.status_code, tested.get_json()["state"]) == (202, "waiting")
    assert call("GET", f"{path}/deliveries").get_json()["items"] == [tested.get_json()]
    assert call("DELETE", path).status_code == 200
    assert call("GET", path).status_code == 404
    assert call("DELETE", path).status_code == 404


def test_a_page_elsewhere_is_no_webhook(call: Call) -> None:
    row = build.target("kctbh9vrtdwd", channel="statuspage", settings={"api_key": "secret"})
    assert call("GET", f"/webhooks/{row.public_id}").status_code == 404
    assert "kctbh9vrtdwd" not in call("GET", "/webhooks").text
