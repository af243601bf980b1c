"""Every page of the operators on the demo data: fit for every reader, on any width."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Page, Route, expect

from maintenance.app import create_app
from tests.browser import every_page
from tests.browser.conftest import Watched, signed_in
from tests.browser.installation import Installation, installed

pytestmark = pytest.mark.browser

ERRANDS = ("/", "/windows/", "/windows/new", "/services/", "/customers/", "/log", "/account")
"""What most people come for."""


@pytest.fixture(scope="module")
def made(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation with the demo data."""
    assert chromium
    with installed(tmp_path_factory.mktemp("pages"), [["demo"]]) as made:
        yield made


def fit(watched: Watched, path: str) -> list[str]:
    """What is wrong with the page now open: complaints, axe's findings, a page that is too wide."""
    # axe calls into each frame; a mail's sandbox does not listen, which Chromium notes
    said = [said for said in watched.complaints if "recipient window's origin ('null')" not in said]
    wrong = [f"{path}: {each}" for each in said]
    watched.complaints.clear()
    found = Axe().run(watched.page)
    if found.violations_count:
        wrong.append(f"{path}\n{found.generate_report()}")
    wide = watched.page.locator("html").evaluate("it => it.scrollWidth - it.clientWidth")
    return wrong + ([f"{path} is {wide} px too wide"] if wide else [])


@pytest.fixture
def routes(tmp_path: Path) -> Flask:
    """The routes of the program."""
    return create_app({"MAINTENANCE_INSTANCE_PATH": str(tmp_path)})


LOOKS = [("light", 1280, "en"), ("dark", 390, "nl")]


@pytest.mark.parametrize(("scheme", "width", "language"), LOOKS)
def test_every_page_is_fit_for_every_reader(
    chromium: Browser, made: Installation, routes: Flask, scheme: str, width: int, language: str
) -> None:
    view: dict[str, Any] = {"color_scheme": scheme, "viewport": {"width": width, "height": 900}}
    watched = signed_in(chromium, made, "admin", **view)
    speak(watched.page, made, language)
    add_webhook(watched.page, made)
    seen, wrong = set(), []
    for name, path in every_page.walk(routes, watched.page, made.address):
        seen.add(name)
        wrong += fit(watched, path)
    watched.page.goto(f"{made.address}/windows/new")
    watched.page.locator("button[type=submit].btn-primary").last.click()
    watched.complaints.clear()  # Chromium notes the 422 itself
    wrong += fit(watched, "the form with errors")
    speak(watched.page, made, "en")
    watched.page.context.close()
    assert wrong == [], "\n".join(wrong)
    assert every_page.pages(routes) - seen == set()


def add_webhook(page: Page, made: Installation) -> None:
    """The demo has none: nothing would answer."""
    page.goto(f"{made.address}/webhooks/new")
    page.locator("input[name=url]").fill("https://hooks.acme.example/")
    page.locator("main button[type=submit].btn-primary").click()


def speak(page: Page, made: Installation, language: str) -> None:
    """Choose the language of the pages."""
    page.goto(f"{made.address}/account")
    page.locator("select[name=language]").select_option(language)
    page.locator("form:has(select[name=language]) button").click()
    expect(page.locator(f"html[lang={language}]")).to_be_attached()


@pytest.mark.parametrize("role", ["viewer", "operator", "approver"])
def test_the_main_pages_are_fit_for_each_role(
    chromium: Browser, made: Installation, role: str
) -> None:
    watched = signed_in(chromium, made, role)
    wrong = []
    for path in ERRANDS:
        watched.page.goto(made.address + path)
        if role == "viewer" and path == "/windows/new":
            watched.complaints.clear()  # Chromium notes the 403 itself
        wrong += fit(watched, path)
    watched.page.goto(f"{made.address}/windows/")
    watched.page.locator("main table a").first.click()
    watched.page.wait_for_url("**/windows/w_*")
    wrong += fit(watched, "a window")
    watched.page.context.close()
    assert wrong == [], "\n".join(wrong)


def test_the_login_page_is_fit_for_every_reader(chromium: Browser, made: Installation) -> None:
    for scheme in ("light", "dark"):
        context = chromium.new_context(color_scheme=scheme)
        watched = Watched(context.new_page(), made.address)
        for path in ("/login", "/reset", "/login?next=/windows/"):
            watched.page.goto(made.address + path)
            assert fit(watched, path) == []
        context.close()


def test_the_verdict_follows_what_is_typed(chromium: Browser, made: Installation) -> None:
    watched = signed_in(chromium, made, "operator")
    page = watched.page
    page.goto(f"{made.address}/windows/new?day=2027-10-31")
    page.get_by_label("Nmbrs").check()
    expect(page.locator("#verdict")).to_contain_text("Within the agreement")
    page.get_by_label("Start: time").fill("02:30")
    expect(page.get_by_text("This time comes twice that night.")).to_be_visible()
    page.get_by_label("02:30 CET, the second time").check()
    page.get_by_label("End: time").fill("05:00")
    expect(page.locator("#verdict .asked")).to_contain_text("Sun 31 Oct 2027, 02:30–05:00 CET")
    assert watched.complaints == []
    page.context.close()


def test_a_slot_is_found_and_one_click_fills_the_form(
    chromium: Browser, made: Installation
) -> None:
    watched = signed_in(chromium, made, "operator")
    page = watched.page
    page.goto(f"{made.address}/windows/new?day=2027-03-10")
    page.get_by_label("Nmbrs").check()
    page.get_by_label("Factuurportal").check()
    expect(page.locator("#verdict")).to_contain_text("Factuurportal")
    looking: list[Route] = []
    page.route("**/windows/slots", lambda route: looking.append(route))  # noqa: PLW0108
    with page.expect_response("**/windows/verdict"):  # which must not end the looking
        page.locator("#outage_factuurportal").fill("10")
        page.get_by_role("button", name="Find a slot").click()
    looking[0].continue_()
    slot = page.locator("#slots button").first
    expect(slot).to_contain_text("2027")
    assert fit(watched, "the form with slots") == []
    said = slot.inner_text()
    slot.click()
    expect(page.locator("#verdict .asked")).to_contain_text(said)
    expect(page.locator("#verdict")).to_contain_text("Within the agreement")
    expect(page.locator("#outage_factuurportal")).to_have_value("10")
    page.context.close()


def test_a_series_is_previewed_before_it_is_proposed(chromium: Browser, made: Installation) -> None:
    watched = signed_in(chromium, made, "operator")
    page = watched.page
    page.goto(f"{made.address}/series/new?day=2027-03-09")
    page.get_by_label("Nmbrs").check()
    page.get_by_label("Title in English").fill("Weekly update of the payslips")
    page.get_by_label("Minutes down").fill("20")
    page.get_by_label("Last date").fill("2027-04-30")
    expect(page.get_by_role("button", name="Propose the series")).to_have_count(0)
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#preview")).to_contain_text("Tue 30 Mar 2027, 20:00–22:00 CEST")
    assert fit(watched, "the form with a preview") == []
    page.get_by_role("button", name="Propose the series").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Weekly update of the payslips")
    assert fit(watched, "the page of a series") == []
    page.context.close()


def test_the_end_follows_the_start(chromium: Browser, made: Installation) -> None:
    page = signed_in(chromium, made, "operator").page
    page.goto(f"{made.address}/windows/new?day=2027-03-10")
    page.get_by_label("Start: time").fill("23:00")
    page.get_by_label("Start: time").blur()
    expect(page.get_by_label("End: date")).to_have_value("2027-03-11")
    expect(page.get_by_label("End: time")).to_have_value("01:00")
    page.context.close()


def test_the_month_is_turned_without_losing_the_page(chromium: Browser, made: Installation) -> None:
    watched = signed_in(chromium, made, "viewer")
    page = watched.page
    heading = page.get_by_role("heading", level=2).last
    before = heading.inner_text()
    page.get_by_role("link", name="The month after").click()
    expect(heading).not_to_have_text(before)
    page.go_back()
    expect(page.get_by_role("heading", level=2).last).to_have_text(before)
    assert watched.complaints == []
    page.context.close()


def test_a_window_is_dragged_to_another_day_and_moved_after_its_verdict(
    chromium: Browser, made: Installation
) -> None:
    tall = {"width": 1280, "height": 2400}  # nothing has to scroll while it is dragged
    watched = signed_in(chromium, made, "operator", viewport=tall)
    page = watched.page
    page.goto(f"{made.address}/windows/new?day=2027-08-11")
    page.get_by_label("Nmbrs").check()
    page.get_by_label("Title in Dutch").fill("Te verslepen")
    page.get_by_role("button", name="Propose", exact=True).click()
    page.wait_for_url("**/windows/w_*")
    page.goto(f"{made.address}/?month=2027-08")
    chip = page.locator("a[data-move]", has_text="Te verslepen")
    chip.drag_to(page.locator("td[data-day='2027-08-18'] .date"))
    page.wait_for_url("**/move?day=2027-08-18")
    expect(page.locator("#verdict")).to_contain_text("Wed 18 Aug 2027, 20:00–22:00 CEST")
    expect(page.locator("#verdict")).to_contain_text("Notice period")
    page.get_by_role("button", name="Move it").click()
    expect(page.get_by_role("status")).to_contain_text("Moved.")
    page.goto(f"{made.address}/?view=week&day=2027-08-18")
    page.locator("a[data-move]", has_text="Te verslepen").drag_to(
        page.locator("td[data-day='2027-08-19'][data-hour='22']")
    )
    page.wait_for_url("**/move?day=2027-08-19&hour=22")
    expect(page.locator("#verdict")).to_contain_text("Thu 19 Aug 2027, 22:00 CEST")
    page.goto(f"{made.address}/?view=week&day=2027-08-18")
    page.locator("td[data-day='2027-08-17'][data-hour='07']").click()  # free: propose there
    page.wait_for_url("**/windows/new?day=2027-08-17&hour=07")
    expect(page.get_by_label("Start: time")).to_have_value("07:00")
    assert watched.complaints == []
    page.context.close()


def test_the_whole_job_works_without_javascript(chromium: Browser, made: Installation) -> None:
    page = signed_in(chromium, made, "approver", java_script_enabled=False).page
    page.goto(f"{made.address}/?month=2027-06")
    page.get_by_role("link", name="Propose on Wed 16 Jun 2027").click()
    page.get_by_label("Nmbrs").check()
    page.get_by_label("Title in Dutch").fill("Zonder script")
    page.get_by_role("button", name="Check").click()
    expect(page.locator("#verdict")).to_contain_text("Within the agreement")
    expect(page.get_by_label("Title in Dutch")).to_have_value("Zonder script")
    page.get_by_role("button", name="Propose", exact=True).click()
    page.get_by_role("button", name="Approve").click()
    page.get_by_role("link", name="Move").click()
    page.get_by_label("Start: time").fill("21:00")
    page.get_by_role("button", name="Move it").click()
    expect(page.locator("#verdict")).to_contain_text("Wed 16 Jun 2027, 21:00–22:00 CEST")
    page.get_by_role("button", name="Move it").click()
    expect(page.get_by_role("status")).to_contain_text("Moved.")
    page.locator("summary", has_text="Cancel the window").click()
    page.get_by_role("button", name="Cancel the window").click()
    expect(page.locator("h1 + .state-cancelled")).to_be_visible()
    page.context.close()


def test_a_window_is_proposed_by_keyboard_alone(chromium: Browser, made: Installation) -> None:
    page = signed_in(chromium, made, "operator").page
    page.goto(f"{made.address}/windows/new?day=2027-07-14")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the page")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    for _ in range(4):  # past the job templates, to the second service
        page.keyboard.press("Tab")
    expect(page.get_by_label("Nmbrs")).to_be_focused()
    page.keyboard.press("Space")
    expect(page.get_by_label("Nmbrs")).to_be_checked()
    page.get_by_label("Title in Dutch").focus()
    page.keyboard.type("Met het toetsenbord")
    page.keyboard.press("Enter")
    page.wait_for_url("**/windows/w_*")
    expect(page.locator("h1")).to_have_text("Met het toetsenbord")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.context.close()


def test_the_account_menu_opens_and_closes_by_keyboard(
    chromium: Browser, made: Installation
) -> None:
    page = signed_in(chromium, made, "viewer").page
    page.get_by_label("Your account").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Log out")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Log out")).to_be_hidden()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Log out").click()
    page.wait_for_url("**/login")
    page.context.close()
