"""Single sign-on, with a provider in a process of its own."""

import sys
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from flask import Flask

from maintenance.app import create_app
from maintenance.config import BadSetting, read
from maintenance.models import Delivery, User, db
from maintenance.store import accounts
from maintenance.web.sso import role_of
from tests import oidc_provider
from tests.oidc_provider import CLIENT, SECRET, sign_in_as
from tests.web.conftest import Page, user
from tests.web.test_access import routes

KIM = {"sub": "7", "email": "kim@vendor.example", "email_verified": True, "groups": ["ops"]}
ROLES = {"ops": "operator", "managers": "approver", "owners": "admin"}


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """The address of a provider."""
    with oidc_provider.running() as address:
        yield address


@pytest.fixture
def environ(environ: dict[str, str], provider: str) -> dict[str, str]:
    """An installation that signs in with it."""
    return {
        **environ,
        "MAINTENANCE_OIDC_ISSUER": provider,
        "MAINTENANCE_OIDC_CLIENT_ID": CLIENT,
        "MAINTENANCE_OIDC_CLIENT_SECRET": SECRET,
        "MAINTENANCE_OIDC_ROLES": "ops=operator, managers=approver,owners=admin",
    }


@pytest.fixture
def page(app: Flask) -> Page:
    """A browser nobody is signed in with."""
    client = app.test_client()
    assert isinstance(client, Page)
    return client


def sign_in(page: Page, provider: str, **claims: Any) -> Any:
    """Go to the provider, be signed in there as this person, and come back."""
    sign_in_as(provider, **claims)
    return page.get(back(page))


def back(page: Page) -> str:
    """The path that the provider sends the browser back to."""
    there = page.get("/login/sso").headers["Location"]
    answer = requests.get(there, allow_redirects=False, timeout=10)
    base = "https://maintenance.example"
    assert answer.headers["Location"].startswith(f"{base}/login/sso/back?")
    return answer.headers["Location"].removeprefix(base)


def account(email: str = "kim@vendor.example") -> User | None:
    db.session.rollback()
    return accounts.find(db.session(), email)


def test_the_login_page_offers_it(page: Page) -> None:
    assert 'href="/login/sso"' in page.get("/login").text


def test_somebody_in_a_group_gets_in_with_its_role(page: Page, provider: str) -> None:
    answer = sign_in(page, provider, **KIM)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert page.get("/").status_code == 200
    made = account()
    assert made is not None
    assert (made.role, made.subject, made.password) == ("operator", "7", None)


def test_the_role_follows_the_groups_at_each_sign_in(app: Flask, provider: str) -> None:
    for groups, role in ((["ops", "managers"], "approver"), (["ops"], "operator")):
        client = app.test_client()
        assert isinstance(client, Page)
        sign_in(client, provider, **{**KIM, "groups": groups})
        made = account()
        assert made is not None
        assert made.role == role


def test_who_is_renamed_there_stays_the_same_account(app: Flask, provider: str) -> None:
    for email in ("kim@vendor.example", "kim.smit@vendor.example"):
        client = app.test_client()
        assert isinstance(client, Page)
        sign_in(client, provider, **{**KIM, "email": email})
    assert account() is not None
    assert account("kim.smit@vendor.example") is None


@pytest.mark.parametrize(
    ("claims", "says"),
    [
        ({"groups": []}, "none of the groups"),
        ({"groups": "ops"}, "none of the groups"),
        ({"groups": ["everybody"]}, "none of the groups"),
        ({"email": "kim"}, "no usable e-mail address"),
        ({"email": "operator@maintenance.example", "email_verified": False}, "already"),
    ],
)
def test_who_may_not_come_in_is_told_why(
    page: Page, provider: str, claims: dict[str, Any], says: str
) -> None:
    user()
    answer = sign_in(page, provider, **{**KIM, **claims})
    assert answer.headers["Location"] == "/login"
    assert says in page.get("/login").text
    assert page.get("/").status_code == 303


def test_an_account_of_the_verified_address_is_taken_over_and_loses_its_password(
    page: Page, provider: str
) -> None:
    row = user(email="kim@vendor.example")
    sign_in(page, provider, **KIM)
    db.session.refresh(row)
    assert (row.subject, row.password) == ("7", None)


def test_somebody_else_with_that_address_does_not_get_the_account(
    app: Flask, provider: str
) -> None:
    first, second = app.test_client(), app.test_client()
    assert isinstance(first, Page)
    assert isinstance(second, Page)
    sign_in(first, provider, **KIM)
    sign_in(second, provider, **{**KIM, "sub": "8"})
    assert second.get("/").status_code == 303


def test_a_deactivated_account_stays_out(page: Page, provider: str) -> None:
    user(email="kim@vendor.example", active=False)
    sign_in(page, provider, **KIM)
    assert page.get("/").status_code == 303


def test_no_password_is_mailed_to_who_signs_in_elsewhere(page: Page, provider: str) -> None:
    row = user(email="kim@vendor.example")
    row.subject = "7"
    db.session.commit()
    page.send("/reset", {"email": "kim@vendor.example"})
    assert db.session.scalars(db.select(Delivery)).all() == []


def test_an_answer_that_nobody_asked_for_lets_nobody_in(
    app: Flask, page: Page, provider: str
) -> None:
    sign_in_as(provider, **KIM)
    stolen = back(page)
    victim = app.test_client()
    assert isinstance(victim, Page)
    assert victim.get(stolen).headers["Location"] == "/login"
    assert victim.get("/").status_code == 303
    for path in ("/login/sso/back", "/login/sso/back?code=x&state=y"):
        assert page.get(path).headers["Location"] == "/login"


def test_a_code_counts_once(app: Flask, page: Page, provider: str) -> None:
    sign_in_as(provider, **KIM)
    path = back(page)
    assert page.get(path).headers["Location"] == "/"
    page.signed_in = True
    page.send("/logout")
    assert page.get(path).headers["Location"] == "/login"


@pytest.mark.parametrize("wrong", [{"aud": "another"}, {"iss": "https://evil.example"}, {"exp": 1}])
def test_claims_that_are_not_for_us_or_too_old_let_nobody_in(
    page: Page, provider: str, wrong: dict[str, Any]
) -> None:
    assert sign_in(page, provider, **KIM, **wrong).headers["Location"] == "/login"
    assert page.get("/").status_code == 303


def test_the_provider_asks_for_the_second_factor_itself(
    environ: dict[str, str], app: Flask, page: Page, provider: str
) -> None:
    app.config["SECOND_FACTOR_ROLES"] = ("operator",)
    sign_in(page, provider, **KIM)
    assert page.get("/windows/").status_code == 200


def test_a_provider_that_does_not_answer_is_said(environ: dict[str, str], app: Flask) -> None:
    app.extensions[
        "authlib.integrations.flask_client"
    ].provider._server_metadata_url = "http://127.0.0.1:1/"
    client = app.test_client()
    assert isinstance(client, Page)
    assert client.get("/login/sso").headers["Location"] == "/login"
    assert "does not answer" in client.get("/login").text


def test_its_routes_are_there_only_where_a_provider_is_set(app: Flask) -> None:
    new = {route for route in routes(app) if "sso" in route}
    assert new == {"GET /login/sso", "GET /login/sso/back"}


@pytest.mark.parametrize(
    ("groups", "role"),
    [(["ops", "owners"], "admin"), (["x"], None), (None, None), ([1, "ops"], "operator")],
)
def test_the_highest_role_counts(groups: object, role: str | None) -> None:
    assert role_of(groups, ROLES) == role


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ROLES", "ops=king"),
        ("ROLES", "ops"),
        ("ISSUER", "http://login.example"),
        ("CLIENT_ID", ""),
    ],
)
def test_a_bad_setting_stops_the_start(environ: dict[str, str], name: str, value: str) -> None:
    with pytest.raises(BadSetting, match=r"MAINTENANCE_OIDC_"):
        read({**environ, f"MAINTENANCE_OIDC_{name}": value})


def test_without_the_extra_the_start_says_what_is_missing(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "maintenance.web.sso", None)
    with pytest.raises(BadSetting, match="extra `oidc`"):
        create_app(environ)
