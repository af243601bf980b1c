"""Every page of the operators, found by following links as a person does."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from flask import Flask
from playwright.sync_api import Page
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from maintenance.accounts import ANYONE
from maintenance.web import access

SEEDS = (
    "/",
    "/?month=2027-05",
    "/?view=week",
    "/?view=list",
    "/windows/?state=all",
    "/windows/new",
    "/series/new",
    "/customers/van-dam-accountants",
    "/customers/van-dam-accountants/agreements/new",
    "/customers/import",
    "/search?q=van",
    "/search?q=nothing+like+it",
    "/log",
    "/account",
    "/tf-setup",
    "/wan-register",
    "/mf-recovery-codes",
    "/verify",
    "/wan-verify",
)
"""Where the walk begins; those that no link leads to while nothing is wrong are here, too."""

STATES = ("draft", "proposed", "scheduled", "in_progress", "completed", "cancelled", "rejected")

NO_PAGES = {
    "assets.services",  # a style sheet
    "security.wan_delete",  # leads back to its form
    "mails.preview",  # a mail in its sandbox: looked at in the page around it
    "mails.announcement",
    "mails.notice",
    "webhooks.log",  # a part that its page fetches
    "security.change_password",  # a card of sign-in, looked at with those
}
FILES = (".csv", ".ics", ".atom", ".json", ".css")
EACH = {"windows.page": 14, "customers.page": 14}
"""So many pages of a view are looked at; of others two."""


def pages(app: Flask) -> set[str]:
    """The views that show something to whoever is signed in."""
    with app.app_context():
        return {
            rule.endpoint
            for rule in app.url_map.iter_rules()
            if "GET" in (rule.methods or ())
            and not rule.rule.endswith(FILES)
            and not rule.rule.startswith("/api/")
            and access.needed(rule.endpoint) not in {None, ANYONE}
        } - NO_PAGES


def view_of(app: Flask, path: str) -> str | None:
    """The view that a path leads to, if it is one of these."""
    try:
        endpoint, _values = app.url_map.bind("localhost").match(urlsplit(path).path)
    except (HTTPException, RequestRedirect):
        return None
    return str(endpoint)


def walk(app: Flask, page: Page, address: str) -> Iterator[tuple[str, str]]:
    """Open page after page: (view, path) of each that is now open."""
    known = pages(app) | {"security.change_password", "security.two_factor_setup"}
    waiting = [*SEEDS, *(f"/windows/?state={state}" for state in STATES)]
    seen, opened = set(waiting), dict.fromkeys(known, 0)
    while waiting:
        path = waiting.pop(0)
        view = view_of(app, path)
        if view not in known or (opened[view] >= EACH.get(view, 2) and path not in SEEDS):
            continue
        page.goto(address + path)
        opened[view] += 1
        yield view, path
        for link in page.locator("a[href^='/']").all():
            there = (link.get_attribute("href") or "").partition("#")[0]
            if there not in seen and view_of(app, there) in known:
                seen.add(there)
                waiting.append(there)
