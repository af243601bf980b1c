"""Webhooks and pushed pages, by their forms."""

import re
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask, current_app
from sqlalchemy import select

from maintenance import targets
from maintenance.models import Audit, Delivery, Target, db
from maintenance.pushing import Pusher
from maintenance.targets import sending
from tests import build
from tests.receiver import receiving
from tests.web.conftest import Browser, Page

URL = "https://hooks.acme.example/in"
TYPED: dict[str, Any] = {"url": URL, "name": "Chat", "customer": "acme", "services": ["nmbrs"]}
PAGE: dict[str, Any] = {
    "page_id": "kctbh9vrtdwd",
    "api_key": "89a229ce-secret",
    "components": "abc123, def456",
    "language": "en",
    "services": ["nmbrs"],
    "active": "yes",
}


@pytest.fixture
def environ(environ: dict[str, str]) -> dict[str, str]:
    """Webhooks may reach this machine."""
    return environ | {"MAINTENANCE_OUTGOING_ALLOW": "127.0.0.0/8"}


@pytest.fixture
def operator(browser: Browser, services: None) -> Page:
    """An operator."""
    return browser("operator")


@pytest.fixture
def admin(browser: Browser, services: None) -> Page:
    """An administrator."""
    return browser("admin")


def target() -> Target:
    db.session.expire_all()
    return db.session.scalars(select(Target)).one()


def test_a_webhook_is_added_and_its_secret_shown_once(operator: Page, app: Flask) -> None:
    answer = operator.send("/webhooks/new", {**TYPED, "active": "yes"})
    row = target()
    secret = targets.secret(row, app.config["SETTINGS"])
    assert secret.startswith("whsec_")
    assert secret in answer.text
    assert (row.address, row.name, row.active) == (URL, "Chat", True)
    assert row.customer is not None
    assert [service.slug for service in row.services] == ["nmbrs"]
    page = operator.get(f"/webhooks/{row.public_id}").text
    assert (secret in page, URL in page) == (False, True)
    assert URL in operator.get("/webhooks/").text


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"url": ""}, "url"),
        ({"url": "ftp://hooks.example/"}, "url"),
        ({"url": "https://user:word@hooks.example/"}, "url"),
        ({"url": "https://hooks.example\\@other.example/"}, "url"),
        ({"url": "https://[bad/"}, "url"),
        ({"url": "https://hooks.example:99999/"}, "url"),
        ({"url": "https://hooks.example/" + "a" * 400}, "url"),
        ({"url": "javascript:alert(1)"}, "url"),
        ({"customer": "nobody"}, "customer"),
        ({"services": ["nothing"]}, "services"),
        ({"name": "a\u202eb"}, "name"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    operator: Page, typed: dict[str, Any], field: str
) -> None:
    answer = operator.send("/webhooks/new", {**TYPED, **typed})
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert db.session.scalars(select(Target)).all() == []


def test_without_a_list_of_networks_a_webhook_has_tls(app: Flask) -> None:
    allowing = app.config["SETTINGS"]
    plain = {"url": "http://hooks.example/"}
    assert isinstance(targets.parse_webhook(plain, [], allowing), targets.TargetValues)
    wrong = targets.parse_webhook(plain, [], replace(allowing, outgoing_allow=()))
    assert wrong == {"url": "expected an address that begins with https://"}


def test_a_webhook_is_edited_and_switched_off(operator: Page) -> None:
    operator.send("/webhooks/new", {**TYPED, "active": "yes"})
    path = f"/webhooks/{target().public_id}"
    assert 'value="Chat"' in operator.get(f"{path}/edit").text
    assert operator.send(f"{path}/edit", {**TYPED, "name": "Other"}).status_code == 303
    assert (target().name, target().active) == ("Other", False)
    entries = db.session.scalars(select(Audit).where(Audit.subject.startswith("target:"))).all()
    assert [entry.verb for entry in entries] == ["put", "put"]


def test_the_secret_is_replaced(operator: Page, app: Flask) -> None:
    row = build.target(URL)
    before = targets.secret(row, app.config["SETTINGS"])
    answer = operator.send(f"/webhooks/{row.public_id}/secret")
    after = targets.secret(target(), app.config["SETTINGS"])
    assert (after in answer.text, before in answer.text, after == before) == (True, False, False)


def test_a_test_goes_the_way_of_all_notices(operator: Page, app: Flask) -> None:
    with receiving() as there:
        row = build.target(there.url, active=False)
        path = f"/webhooks/{row.public_id}"
        assert operator.send(f"{path}/test").status_code == 303
        assert there.got == []
        assert "every 2s" in operator.get(path).text
        Pusher("webhook", app.config["SETTINGS"], lambda: build.NOW).push_due()
        (got,) = there.got
    assert b'"type": "test"' in got.body
    answers = operator.get(f"{path}/log").text
    assert ("200 fine" in answers, "every 2s" in answers) == (True, False)


def test_what_was_delivered_stays_when_a_webhook_is_removed(operator: Page, app: Flask) -> None:
    with receiving() as there:
        row = build.target(there.url)
        build.announced(build.window())
        db.session.commit()
        Pusher("webhook", app.config["SETTINGS"], lambda: build.NOW).push_due()
        assert operator.send(f"/webhooks/{row.public_id}/remove").status_code == 303
    assert db.session.scalars(select(Target)).all() == []
    rows = db.session.scalars(select(Delivery).where(Delivery.channel == "webhook"))
    assert [(row.state, row.target_id) for row in rows] == [("sent", None)]


def test_a_windows_page_shows_what_a_webhook_answered(operator: Page) -> None:
    build.target(URL)
    window = build.window()
    build.announced(window)
    db.session.commit()
    page = operator.get(f"/windows/{window.public_id}")
    assert (page.status_code, URL in page.text) == (200, True)


def test_the_key_of_a_page_elsewhere_is_never_shown(admin: Page) -> None:
    answer = admin.send("/webhooks/statuspages/new", PAGE)
    assert answer.status_code == 303
    row = target()
    assert (row.settings["components"], row.settings["language"]) == (["abc123", "def456"], "en")
    sealed = row.settings["api_key"]
    assert "89a229ce" not in sealed
    found = current_app.config["SETTINGS"]
    assert sending(row, found)["api_key"] == "89a229ce-secret"
    assert sending(row, replace(found, secret_key="another"))["api_key"] == ""
    path = f"/webhooks/{row.public_id}"
    for page in ("/webhooks/", path, f"{path}/edit", f"{path}/log"):
        assert "89a229ce" not in admin.get(page).text, page
    assert "89a229ce" not in str([e.details for e in db.session.scalars(select(Audit))])
    assert admin.send(f"{path}/edit", {**PAGE, "api_key": "", "components": ""}).status_code == 303
    assert (target().settings["api_key"], target().settings["components"]) == (sealed, [])


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"page_id": ""}, "page_id"),
        ({"page_id": "../x"}, "page_id"),
        ({"api_key": ""}, "api_key"),
        ({"components": "a/b"}, "components"),
        ({"services": []}, "services"),
        ({"language": "xx"}, "language"),
    ],
)
def test_a_bad_page_is_refused_at_its_field(admin: Page, typed: dict[str, Any], field: str) -> None:
    answer = admin.send("/webhooks/statuspages/new", {**PAGE, **typed})
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text


def test_an_operator_leaves_the_pages_elsewhere_alone(operator: Page) -> None:
    row = build.target("kctbh9vrtdwd", channel="statuspage", settings=dict(PAGE, components=[]))
    path = f"/webhooks/{row.public_id}"
    page = operator.get(path)
    assert (page.status_code, re.search("Remove it|Send a test", page.text)) == (200, None)
    for verb in ("edit", "remove", "test", "secret"):
        assert operator.send(f"{path}/{verb}", PAGE).status_code in {403, 404}, verb
    assert target().active
