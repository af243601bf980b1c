"""Every route by every role: what is not in this table is a failure."""

from typing import Any

import pytest
from flask import Flask

from maintenance import accounts as rights
from maintenance.accounts import ROLES
from maintenance.models import db
from maintenance.store import accounts, windows
from maintenance.web import access
from tests import build
from tests.web.conftest import ADMIN, Browser, Page

PUBLIC = "anyone"
SHUT = "nobody"
BEARER = "a token"

TABLE: dict[str, str] = {
    "GET /": "viewer",
    "GET /account": "viewer",
    "POST /account/language": "viewer",
    "POST /account/logins/<int:login_id>/end": "viewer",
    "POST /account/logins/end": "viewer",
    "POST /accounts/<int:user_id>/factor/reset": "admin",
    "GET /mf-recovery": PUBLIC,  # as the code: after the password
    "POST /mf-recovery": PUBLIC,
    "GET /mf-recovery-codes": "viewer",
    "POST /mf-recovery-codes": "viewer",
    "GET /tf-rescue": SHUT,
    "POST /tf-rescue": SHUT,
    "GET /tf-select": PUBLIC,  # between password and sign-in: it looks for itself
    "POST /tf-select": PUBLIC,
    "GET /tf-setup": PUBLIC,
    "POST /tf-setup": PUBLIC,
    "POST /tf-setup/<token>": "viewer",
    "GET /tf-validate": PUBLIC,
    "POST /tf-validate": PUBLIC,
    "GET /wan-register": "viewer",
    "POST /wan-register": "viewer",
    "POST /wan-register/<token>": "viewer",
    "GET /wan-signin": PUBLIC,
    "POST /wan-signin": PUBLIC,
    "POST /wan-signin/<token>": PUBLIC,
    "GET /wan-delete": "viewer",
    "POST /wan-delete": "viewer",
    "GET /wan-verify": "viewer",
    "POST /wan-verify": "viewer",
    "POST /wan-verify/<token>": "viewer",
    "GET /accounts/": "admin",
    "POST /accounts/<int:user_id>/active": "admin",
    "POST /accounts/<int:user_id>/invite": "admin",
    "POST /accounts/<int:user_id>/role": "admin",
    "POST /accounts/invite": "admin",
    "POST /accounts/tokens": "admin",
    "POST /accounts/tokens/revoke": "admin",
    "GET /api/v2/<endpoint>.json": PUBLIC,
    "GET /api/v2/scheduled-maintenances/<which>.json": PUBLIC,
    "GET /assets/<path:filename>": PUBLIC,
    "GET /assets/htmx.js": PUBLIC,
    "GET /bootstrap/static/<path:filename>": PUBLIC,
    "GET /change": "viewer",
    "POST /change": "viewer",
    "GET /customers/": "viewer",
    "GET /customers/<slug>": "viewer",
    "POST /customers/<slug>/contacts": "operator",
    "GET /customers/<slug>/contacts/<int:contact_id>": "operator",
    "POST /customers/<slug>/contacts/<int:contact_id>": "operator",
    "POST /customers/<slug>/contacts/<int:contact_id>/deactivate": "operator",
    "GET /customers/<slug>/agreements/<int:agreement_id>": "operator",
    "POST /customers/<slug>/agreements/<int:agreement_id>": "operator",
    "POST /customers/<slug>/agreements/<int:agreement_id>/delete": "operator",
    "GET /customers/<slug>/agreements/new": "operator",
    "POST /customers/<slug>/agreements/new": "operator",
    "GET /customers/<slug>/edit": "operator",
    "POST /customers/<slug>/edit": "operator",
    "POST /customers/<slug>/feed": "operator",
    "GET /customers/<any(customers,contacts):kind>.csv": "viewer",
    "GET /customers/import": "operator",
    "POST /customers/import": "operator",
    "POST /customers/import/apply": "operator",
    "GET /job-templates/": "viewer",
    "GET /job-templates/new": "operator",
    "POST /job-templates/new": "operator",
    "GET /job-templates/<template_id>/edit": "operator",
    "POST /job-templates/<template_id>/edit": "operator",
    "POST /job-templates/<template_id>/remove": "operator",
    "GET /log": "viewer",
    "GET /log.csv": "viewer",
    "GET /search": "viewer",
    "GET /customers/new": "operator",
    "POST /customers/new": "operator",
    "GET /feeds/<name>.atom": PUBLIC,
    "GET /feeds/<name>.ics": PUBLIC,
    "GET /feeds/c/<token>.ics": PUBLIC,  # its secret is the key
    "GET /feeds/c/<token>.atom": PUBLIC,
    "GET /fs-static/<path:filename>": SHUT,
    "GET /healthz": PUBLIC,
    "GET /login": PUBLIC,
    "POST /login": PUBLIC,
    "POST /logout": "viewer",
    "GET /metrics": PUBLIC,
    "GET /readyz": PUBLIC,
    "GET /reset": PUBLIC,
    "POST /reset": PUBLIC,
    "GET /reset/<token>": PUBLIC,
    "POST /reset/<token>": PUBLIC,
    "GET /robots.txt": PUBLIC,
    "GET /sending/": "viewer",
    "POST /sending/hold": "admin",
    "POST /sending/release": "admin",
    "GET /series/": "viewer",
    "GET /series/<series_id>": "viewer",
    "POST /series/<series_id>/approve": "approver",
    "POST /series/<series_id>/end": "operator",
    "GET /series/new": "operator",
    "POST /series/new": "operator",
    "GET /services.css": "viewer",
    "GET /services/": "viewer",
    "GET /services/<slug>/notices/": "viewer",
    "POST /services/<slug>/notices/": "admin",
    "GET /services/<slug>/notices/<kind>": "viewer",
    "POST /services/<slug>/notices/<kind>": "admin",
    "GET /services/policy": "admin",
    "POST /services/policy": "admin",
    "POST /services/policy/add": "admin",
    "GET /services/<slug>/edit": "admin",
    "POST /services/<slug>/edit": "admin",
    "GET /static/<path:filename>": PUBLIC,
    "GET /status": PUBLIC,
    "GET /status/<slug>": PUBLIC,
    "GET /status/w/<id>": PUBLIC,
    "GET /embed/": PUBLIC,
    "GET /embed/<slug>": PUBLIC,
    "GET /verify": "viewer",
    "POST /verify": "viewer",
    "GET /preferences/<token>": PUBLIC,  # its secret is the key
    "POST /preferences/<token>": PUBLIC,
    "POST /preferences/<token>/feed": PUBLIC,
    "GET /status/<slug>/subscribe": PUBLIC,
    "POST /status/<slug>/subscribe": PUBLIC,
    "GET /subscribe/<token>": PUBLIC,  # its secret is the key
    "POST /subscribe/<token>": PUBLIC,
    "GET /unsubscribe/<token>": PUBLIC,  # its secret is the key
    "POST /unsubscribe/<token>": PUBLIC,
    "GET /webhooks/": "viewer",
    "GET /webhooks/<target_id>": "viewer",
    "GET /webhooks/<target_id>/edit": "operator",
    "POST /webhooks/<target_id>/edit": "operator",
    "GET /webhooks/<target_id>/log": "viewer",
    "POST /webhooks/<target_id>/remove": "operator",
    "POST /webhooks/<target_id>/secret": "operator",
    "POST /webhooks/<target_id>/test": "operator",
    "GET /webhooks/new": "operator",
    "POST /webhooks/new": "operator",
    "GET /webhooks/statuspages/new": "admin",
    "POST /webhooks/statuspages/new": "admin",
    "GET /windows/": "viewer",
    "GET /windows/drafts": "viewer",
    "GET /windows/<window_id>": "viewer",
    "GET /windows/<window_id>/announcement/<lang>": "viewer",
    "POST /windows/<window_id>/approve": "approver",
    "POST /windows/<window_id>/ask": "approver",
    "POST /windows/<window_id>/cancel": "operator",
    "GET /windows/afterwards": "operator",
    "POST /windows/afterwards": "operator",
    "POST /windows/<window_id>/tell": "operator",
    "POST /windows/<window_id>/complete": "operator",
    "GET /windows/<window_id>/edit": "operator",
    "POST /windows/<window_id>/edit": "operator",
    "POST /windows/<window_id>/extend": "operator",
    "GET /windows/<window_id>/ledger": "viewer",
    "GET /windows/<window_id>/ledger.csv": "viewer",
    "GET /windows/<window_id>/mails": "viewer",
    "GET /windows/<window_id>/preview/<kind>/<lang>": "viewer",
    "POST /windows/<window_id>/message": "operator",
    "GET /windows/<window_id>/move": "operator",
    "POST /windows/<window_id>/move": "operator",
    "POST /windows/<window_id>/move/verdict": "operator",
    "GET /windows/<window_id>/notices/<int:notice_id>/<lang>": "viewer",
    "POST /windows/<window_id>/reject": "approver",
    "POST /windows/<window_id>/show": "operator",
    "POST /windows/<window_id>/start": "operator",
    "POST /windows/<window_id>/submit": "operator",
    "GET /windows/new": "operator",
    "POST /windows/new": "operator",
    "POST /windows/audience": "operator",
    "POST /windows/slots": "operator",
    "POST /windows/verdict": "operator",
}
"""The least role for each method and path; the API's are asked for a token, see tests/api."""

ONE_CLICK = "POST /unsubscribe/<token>"
"""Mail programs press it, without a page of ours before them (RFC 8058)."""


def routes(app: Flask) -> dict[str, str]:
    """Every method and path of the app, with its endpoint."""
    return {
        f"{method} {rule}": rule.endpoint
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def test_every_route_is_in_the_table(app: Flask) -> None:
    pages = {route for route in routes(app) if access.BEARERS not in route}
    assert pages == set(TABLE)


@pytest.mark.parametrize("role", ["anonymous", *ROLES])
def test_each_route_opens_for_its_role_and_those_above(
    app: Flask, browser: Browser, services: None, role: str
) -> None:
    paths = _paths()
    wrong = []
    for route, least in TABLE.items():
        page = browser(role)
        status = _ask(page, route, paths)
        if status != _expected(role, least, status):
            wrong.append(f"{route} answers {role} {status}")
    assert wrong == []


def test_a_deactivated_account_is_out_at_once(app: Flask, browser: Browser, services: None) -> None:
    page = browser("admin")
    assert page.get("/").status_code == 200
    user = accounts.find(db.session(), "admin@maintenance.example")
    assert user is not None
    accounts.set_active(db.session(), user, False, ADMIN, build.NOW)
    db.session.commit()
    assert page.get("/").status_code == 303


def test_a_cookie_opens_nothing_of_the_api(app: Flask, browser: Browser, services: None) -> None:
    page, paths = browser("admin"), _paths()
    of_api = [route for route in routes(app) if access.BEARERS in route]
    opened = {route for route in of_api if _ask(page, route, paths) != 401}
    described = {"GET /api/v1/docs/", "GET /api/v1/docs/<path:name>"}
    assert opened == {"GET /api/v1/openapi.json", *described}


def test_a_view_that_nobody_marked_is_shut(app: Flask, browser: Browser) -> None:
    app.view_functions["forgotten"] = lambda: "secret"
    app.url_map.add(app.url_rule_class("/forgotten", endpoint="forgotten"))
    assert browser("admin").get("/forgotten").status_code == 403
    assert browser("anonymous").get("/forgotten").status_code == 303


def test_without_the_gate_the_pages_would_be_open(
    app: Flask, browser: Browser, services: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin: it is the gate that shuts them."""
    monkeypatch.setattr(access, "needed", lambda _endpoint: rights.ANYONE)
    assert browser("anonymous").get("/services.css").status_code == 200


def test_unsafe_forms_need_their_token(app: Flask, browser: Browser, services: None) -> None:
    page, paths = browser("admin"), _paths()
    for route in TABLE:
        method, rule = route.split(" ")
        if method == "POST" and route != ONE_CLICK:
            assert page.post(_filled(rule, paths)).status_code == 400, route


def test_get_changes_nothing(app: Flask, browser: Browser, services: None) -> None:
    page, paths = browser("admin"), _paths()
    before = _rows()
    for route in TABLE:
        if route.startswith("GET"):
            _ask(page, route, paths)
    assert _rows() == before


def _rows() -> dict[str, Any]:
    db.session.rollback()
    return {
        table.name: [tuple(row) for row in db.session.execute(table.select())]
        for table in db.metadata.sorted_tables
    }


def _paths() -> dict[str, str]:
    window, series = build.window(state="proposed"), build.series()
    customer = build.customer("delta", ("nmbrs",))
    contact = build.contact(customer)
    user = accounts.find(db.session(), "somebody@maintenance.example") or accounts.add(
        db.session(), "somebody@maintenance.example", "viewer", ADMIN, build.NOW
    )
    db.session.commit()
    return {
        "<any(customers,contacts):kind>": "contacts",
        "<window_id>": window.public_id,
        "<series_id>": series.public_id,
        "<id>": windows.new_id("w"),
        "<slug>/contacts": "delta/contacts",
        "<slug>": "nmbrs",
        "<int:contact_id>": str(contact.id),
        "<int:agreement_id>": "1",
        "<int:user_id>": str(user.id),
        "<int:login_id>": "0",
        "<int:notice_id>": "1",
        "<lang>": "en",
        "<kind>": "announcement",
        "<name>": "all",
        "<token>": "nothing",
        "<target_id>": build.target("https://hooks.acme.example/").public_id,
        "<path:filename>": "app.css",
    }


def _filled(rule: str, paths: dict[str, str]) -> str:
    for mark, value in paths.items():
        rule = rule.replace(mark, value)
    return rule


def _ask(page: Page, route: str, paths: dict[str, str]) -> int:
    method, rule = route.split(" ")
    path = _filled(rule, paths)
    if method == "GET":
        answer = page.get(path)
    elif method == "POST" and access.BEARERS not in path:
        answer = page.send(path, {"role": "viewer"})
    else:
        answer = page.open(path, method=method, json={})
    answer.close()
    return int(answer.status_code)


def _expected(role: str, least: str, status: int) -> int:
    """What the answer must be; where it must only let through, anything that is no refusal."""
    if least == PUBLIC:
        return -1 if status in {401, 403} else status
    if role == "anonymous":
        return 303
    if least == SHUT or ROLES.index(role) < ROLES.index(least):
        return 403
    return -1 if status in {401, 403} else status
