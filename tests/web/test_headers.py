"""The headers of every answer, whoever gives it."""

import pytest
from flask import Flask, request

from maintenance.app import create_app
from maintenance.models import db
from tests import build
from tests.web.conftest import Browser

PATHS = ("/", "/login", "/windows/new", "/no-such-page", "/status", "/feeds/all.ics", "/healthz")


@pytest.mark.parametrize("path", [*PATHS, "/api/v1/windows", "/assets/app.css", "/assets/htmx.js"])
@pytest.mark.parametrize("role", ["anonymous", "admin"])
def test_every_answer_carries_them(
    app: Flask, browser: Browser, services: None, path: str, role: str
) -> None:
    with browser(role).get(path) as answer:
        said = answer.headers
        assert "unsafe" not in said["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in said["Content-Security-Policy"]
        assert said["X-Content-Type-Options"] == "nosniff"
        assert said["Referrer-Policy"]
        assert said["Strict-Transport-Security"]


def test_a_page_under_a_secret_address_tells_it_to_nobody(app: Flask, browser: Browser) -> None:
    every = [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())]
    rules = [rule.rule for rule in every if "token" in rule.arguments]
    assert len(rules) > 4
    page = browser("anonymous")
    for rule in rules:
        said = page.get(rule.replace("<token>", "x" * 43)).headers
        assert said["Referrer-Policy"] in {"strict-origin", "no-referrer"}, rule


def test_what_is_seen_logged_in_is_not_stored(browser: Browser, services: None) -> None:
    page = browser("viewer")
    for path in ("/", "/windows/", "/customers/acme", "/no-such-page"):
        assert page.get(path).headers["Cache-Control"] == "no-store", path


def test_styles_and_scripts_may_be_kept(browser: Browser) -> None:
    page = browser("viewer")
    page.get("/")
    with page.get("/assets/app.css") as answer:
        assert "max-age=86400" in answer.headers["Cache-Control"]
        assert "Set-Cookie" not in answer.headers


def test_no_page_holds_anything_inline(browser: Browser, services: None) -> None:
    window = build.window(state="proposed")
    db.session.commit()
    page = browser("admin")
    for path in ("/", "/windows/new", "/windows/", f"/windows/{window.public_id}", "/accounts/"):
        text = page.get(path).text
        assert " style=" not in text, path
        assert "<style" not in text, path
        assert "onclick" not in text, path
        assert "<script>" not in text, path


def test_hsts_only_where_there_is_tls(environ: dict[str, str]) -> None:
    app = create_app({**environ, "MAINTENANCE_BASE_URL": "http://127.0.0.1:8000"})
    with app.app_context():
        db.create_all()
        said = app.test_client().get("/login").headers
        db.engine.dispose()
    assert "Strict-Transport-Security" not in said
    assert "Secure" not in said["Set-Cookie"]


def test_a_mail_preview_may_be_framed_by_our_pages_alone(browser: Browser, services: None) -> None:
    window = build.window(state="proposed")
    db.session.commit()
    answer = browser("viewer").get(f"/windows/{window.public_id}/announcement/nl")
    policy = answer.headers["Content-Security-Policy"]
    assert "frame-ancestors 'self'" in policy
    assert "sandbox" in policy
    assert "'unsafe-inline'" not in policy
    assert "default-src 'none'" in policy


@pytest.mark.parametrize(("proxies", "address"), [("0", "127.0.0.1"), ("1", "203.0.113.9")])
def test_forwarded_addresses_count_only_from_configured_proxies(
    environ: dict[str, str], proxies: str, address: str
) -> None:
    app = create_app({**environ, "MAINTENANCE_TRUSTED_PROXIES": proxies})
    seen: list[str | None] = []
    app.before_request_funcs[None].insert(0, lambda: seen.append(_address()))
    with app.app_context():
        db.create_all()
        app.test_client().get("/login", headers={"X-Forwarded-For": "203.0.113.9"})
        db.engine.dispose()
    assert seen == [address]


def _address() -> str | None:

    return request.remote_addr
