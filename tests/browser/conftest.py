"""Chromium, and pages that tell what went wrong in them."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.installation import PASSWORD, Installation

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

expect.set_options(timeout=20_000)  # in ms: two cores may be busy with other tests

SignIn = Callable[..., "Watched"]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium; a module each, since Playwright runs one loop at a time."""
    if not CHROMIUM.exists():
        pytest.skip("Chromium is not installed (Debian: apt install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(FLAGS))
        yield browser
        browser.close()


class Watched:
    """A page, and all that it complained of or asked from elsewhere."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address
        self.complaints: list[str] = []
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self._asked(request.url))

    def _asked(self, url: str) -> None:
        if not url.startswith((f"{self.address}/", "data:")):
            self.complaints.append(f"asks {url}")

    def log_in(self, role: str) -> None:
        """Sign in by the form."""
        self.page.goto(f"{self.address}/login")
        self.page.get_by_label("Email").fill(f"{role}@maintenance.example")
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Log in").click()
        self.page.wait_for_url(f"{self.address}/")


def signed_in(chromium: Browser, made: Installation, role: str, **context: Any) -> Watched:
    """A new browser context in which this role is signed in."""
    options = {"locale": "en-GB", "viewport": {"width": 1280, "height": 900}, **context}
    watched = Watched(chromium.new_context(**options).new_page(), made.address)
    watched.log_in(role)
    return watched
