"""Passkeys, in a real browser with a virtual authenticator; codes beside them."""

import re
from collections.abc import Iterator

import pytest
from passlib.totp import TOTP
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import signed_in
from tests.browser.installation import PASSWORD, Installation, installed

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def made(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation under a name: passkeys belong to a name, never to an address."""
    assert chromium
    with installed(tmp_path_factory.mktemp("passkeys"), host="localhost") as made:
        yield made


def authenticator(page: Page) -> None:
    """Give the browser a key that says yes to everything."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "usb", "hasResidentKey": True}
    options |= {"hasUserVerification": True, "isUserVerified": True}
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def password(page: Page, made: Installation, role: str) -> None:
    """Sign out, and give the password again."""
    page.get_by_label("Your account").click()
    page.get_by_role("button", name="Log out").click()
    page.get_by_label("Email").fill(f"{role}@maintenance.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()


def test_a_passkey_is_added_asked_for_and_removed(chromium: Browser, made: Installation) -> None:
    watched = signed_in(chromium, made, "operator")
    page = watched.page
    authenticator(page)
    page.goto(f"{made.address}/account")
    page.get_by_role("link", name="Add or remove Passkeys").click()
    page.get_by_label("What do you call it?").fill("Laptop")
    page.get_by_role("button", name="Add a passkey").click()
    page.wait_for_url("**/account")
    expect(page.get_by_text("Laptop last used")).to_be_visible()
    password(page, made, "operator")
    page.get_by_role("button", name="Use the passkey").click()
    page.wait_for_url(f"{made.address}/")
    page.goto(f"{made.address}/wan-register")
    page.get_by_role("button", name="Remove Laptop").click()
    expect(page.get_by_role("button", name="Remove Laptop")).to_have_count(0)
    assert watched.complaints == []
    page.context.close()


def test_a_passkey_that_says_nothing_lets_nobody_in(chromium: Browser, made: Installation) -> None:
    page = signed_in(chromium, made, "viewer").page
    authenticator(page)
    page.goto(f"{made.address}/wan-register")
    page.get_by_label("What do you call it?").fill("Key")
    page.get_by_role("button", name="Add a passkey").click()
    page.wait_for_url("**/account")
    elsewhere = chromium.new_context(locale="en-GB").new_page()
    elsewhere.goto(f"{made.address}/login")
    elsewhere.get_by_label("Email").fill("viewer@maintenance.example")
    elsewhere.get_by_label("Password").fill(PASSWORD)
    elsewhere.get_by_role("button", name="Log in").click()
    authenticator(elsewhere)  # another key
    elsewhere.get_by_role("button", name="Use the passkey").click()
    expect(elsewhere.get_by_text("That did not work.")).to_be_visible()
    elsewhere.goto(f"{made.address}/")
    expect(elsewhere.get_by_role("heading", name="Log in")).to_be_visible()
    for one in (page, elsewhere):
        one.context.close()


def test_an_authenticator_is_set_up_from_the_picture_or_the_key(
    chromium: Browser, made: Installation
) -> None:
    watched = signed_in(chromium, made, "approver")
    page = watched.page
    page.goto(f"{made.address}/tf-setup")
    page.get_by_role("button", name="Set up an authenticator").click()
    image = page.get_by_alt_text("The key as a picture to scan")
    assert image.evaluate("it => it.complete && it.naturalWidth > 0")
    key = re.sub("[^A-Z2-7]", "", page.locator(".secret").inner_text())
    page.get_by_label("Code").fill(str(TOTP(key=key, format="base32").generate().token))
    page.get_by_role("button", name="Use this authenticator").click()
    page.wait_for_url("**/account")
    expect(page.get_by_text("asked at each sign-in")).to_be_visible()
    assert watched.complaints == []
    page.context.close()
