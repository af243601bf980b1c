"""The main job in Chromium, on a fresh installation served as users serve it."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from urllib.parse import urljoin

import pytest
from playwright.sync_api import Browser, Page, expect

from maintenance.sla.policy import shipped
from tests.browser.conftest import signed_in
from tests.browser.installation import Installation, installed

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def made(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A fresh installation; not made where there is no Chromium to look at it."""
    assert chromium
    with installed(tmp_path_factory.mktemp("main-job")) as made:
        yield made


def month_after_next() -> date:
    """The first of a month that is far enough away for every notice rule."""
    today = datetime.now(UTC).date()
    return (today.replace(day=1) + timedelta(days=80)).replace(day=1)


FIRST = month_after_next()
DAY = FIRST.replace(day=10)
NEXT = FIRST.replace(day=11)


def working_day(after: date) -> date:
    """The first working day after this date."""
    policy, day = shipped()["factuurportal"], after + timedelta(days=1)
    while not policy.is_working_day(day):
        day += timedelta(days=1)
    return day


SOON = working_day(datetime.now(UTC).date())


def fill(page: Page, day: date, start: str, end: str, **more: str) -> None:
    """Fill the proposal form; the services as `services="Nmbrs"`."""
    page.goto(urljoin(page.url, "/windows/new"))
    page.get_by_label(more.get("services", "Nmbrs"), exact=True).check()
    page.get_by_label("Kind").select_option(more.get("kind", "planned"))
    page.get_by_label("Start: date").fill(day.isoformat())
    page.get_by_label("Start: time").fill(start)
    page.get_by_label("End: date").fill(day.isoformat())
    page.get_by_label("End: time").fill(end)
    page.get_by_label("Minutes down").fill(more.get("outage", ""))
    page.get_by_label("Title in Dutch").fill(more.get("title", "Databases bijwerken"))
    page.get_by_label("Title in English").fill(more.get("english", "Database upgrade"))


def verdict(page: Page) -> None:
    """Wait until the live verdict is that of what was typed last."""
    expect(page.locator("#verdict .finding").first).to_be_visible()


def propose(page: Page) -> str:
    """Send the form; the address of the window's page."""
    page.get_by_role("button", name="Propose", exact=True).click()
    page.wait_for_url("**/windows/w_*")
    return page.url


def approve(page: Page) -> None:
    """Approve the window whose page is open."""
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("status")).to_contain_text("Approved: it is scheduled.")


def newest(mails: list[EmailMessage], address: str) -> EmailMessage:
    """The newest mail to this address."""
    return [mail for mail in mails if address in str(mail["To"])][-1]


def test_the_main_job(chromium: Browser, made: Installation) -> None:
    page = signed_in(chromium, made, "approver").page
    _add_a_customer(page, made)
    public_id = _propose_what_complies(page)
    _approve_it(page, made, public_id)
    _move_it(page, made, public_id)
    _cancel_it(page, made, public_id)


def _add_a_customer(page: Page, made: Installation) -> None:
    page.goto(f"{made.address}/customers/new")
    page.get_by_label("Name", exact=True).fill("Bakkerij De Korenaar")
    page.get_by_label("Short name").fill("korenaar")
    page.get_by_label("Nmbrs").check()
    page.get_by_role("button", name="Save").click()
    for email, language in (("marieke@korenaar.example", "nl"), ("desk@korenaar.example", "en")):
        if not page.get_by_label("E-mail address").is_visible():
            page.get_by_text("Add a contact").click()
        page.get_by_label("E-mail address").fill(email)
        page.get_by_label("Language").select_option(language)
        page.get_by_role("button", name="Add", exact=True).click()
        expect(page.get_by_role("status")).to_contain_text(email)


def _propose_what_complies(page: Page) -> str:
    fill(page, DAY, "20:00", "22:00")
    verdict(page)
    expect(page.locator("#verdict")).to_contain_text("Within the agreement")
    expect(page.locator("#verdict")).to_contain_text("Announce by")
    address = propose(page)
    expect(page.locator("h1")).to_have_text("Database upgrade")
    return address.rsplit("/", 1)[-1]


def _approve_it(page: Page, made: Installation, public_id: str) -> None:
    assert public_id not in made.read("/feeds/nmbrs.ics")
    approve(page)
    mails = made.mails()
    dutch, english = newest(mails, "marieke@"), newest(mails, "desk@")
    assert "Gepland onderhoud Nmbrs" in str(dutch["Subject"])
    assert "Databases bijwerken" in _text(dutch)
    assert "Database upgrade" in _text(english)
    assert dutch["Content-Language"] == "nl"
    assert "METHOD:REQUEST" in _calendar(dutch)
    assert f"UID:{public_id}@127.0.0.1" in _calendar(english)
    page.reload()
    expect(page.locator("#told")).to_contain_text("1 of 1 customers told by mail")
    page.get_by_text("The mail, Dutch").click()
    written = page.frame_locator("#told iframe.mail").first
    expect(written.locator("body")).to_contain_text("Databases bijwerken")
    feed = made.read("/feeds/nmbrs.ics?lang=en")
    assert f"UID:{public_id}@127.0.0.1" in feed
    assert "SUMMARY:Database upgrade" in feed
    assert "STATUS:CONFIRMED" in feed
    assert _starts(feed) == f"{DAY:%Y%m%d}"
    assert "Database upgrade" in made.read("/status?lang=en")


def _move_it(page: Page, made: Installation, public_id: str) -> None:
    before = made.read("/feeds/nmbrs.ics")
    page.get_by_role("link", name="Move").click()
    page.get_by_label("Start: date").fill(NEXT.isoformat())
    page.get_by_label("End: date").fill(NEXT.isoformat())
    expect(page.locator("#verdict .asked")).to_contain_text(f"{NEXT.day} ")
    page.get_by_role("button", name="Move it").click()
    expect(page.get_by_role("status")).to_contain_text("Moved.")
    mail = newest(made.mails(), "desk@")
    assert f"{NEXT.day} " in _text(mail)
    feed = made.read("/feeds/nmbrs.ics")
    assert _starts(feed) == f"{NEXT:%Y%m%d}"
    assert _sequence(feed) > _sequence(before)
    assert f"/status/w/{public_id}" in made.read("/status/nmbrs")


def _cancel_it(page: Page, made: Installation, public_id: str) -> None:
    page.get_by_text("Cancel the window").first.click()
    page.get_by_label("Reason").fill("The supplier is not ready")
    page.get_by_role("button", name="Cancel the window").click()
    expect(page.get_by_role("status")).to_contain_text("Cancelled.")
    mail = newest(made.mails(), "desk@")
    assert "METHOD:CANCEL" in _calendar(mail)
    assert "supplier" not in mail.as_string()
    feed = made.read("/feeds/nmbrs.ics")
    assert "STATUS:CANCELLED" in feed
    assert f"UID:{public_id}@" in feed
    assert "Cancelled" in made.read(f"/status/w/{public_id}?lang=en")


def _text(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def _calendar(mail: EmailMessage) -> str:
    part = next(part for part in mail.walk() if part.get_content_type() == "text/calendar")
    return str(part.get_content()).replace("\r\n ", "").replace("\n ", "")


def _starts(feed: str) -> str:
    return feed.split("DTSTART:", 1)[1][:8]


def _sequence(feed: str) -> int:
    return int(feed.split("SEQUENCE:", 1)[1].split("\r\n", 1)[0])


BROKEN: dict[str, tuple[date, str, dict[str, str]]] = {
    "Nmbrs, told too late": (SOON, "Notice period", {}),
    "Nmbrs, an update down too long": (
        DAY,
        "Weekly update limit",
        {"kind": "update", "outage": "121"},
    ),
    "Nmbrs, urgent without a reason": (SOON, "Why it cannot wait", {"kind": "urgent"}),
    "Factuurportal, told too late": (SOON, "Notice period", {"services": "Factuurportal"}),
    "Factuurportal, urgent without a reason": (
        SOON,
        "Why it cannot wait",
        {"services": "Factuurportal", "kind": "urgent"},
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_proposal_that_breaks_a_rule_is_shown_and_not_approved(
    chromium: Browser, made: Installation, case: str
) -> None:
    day, rule, more = BROKEN[case]
    page = signed_in(chromium, made, "approver").page
    fill(page, day, "14:00", "16:30", title=case, english=case, **more)
    verdict(page)
    expect(page.locator("#verdict .finding", has_text=rule)).to_contain_text("Broken")
    propose(page)
    page.get_by_role("button", name="Approve anyway").click()
    expect(page.get_by_role("alert")).to_contain_text("A rule is broken")
    expect(page.locator("h1 + .state-proposed")).to_be_visible()
    page.context.close()


def test_work_in_office_hours_is_advised_against(chromium: Browser, made: Installation) -> None:
    page = signed_in(chromium, made, "operator").page
    fill(page, working_day(DAY), "14:00", "14:10", services="Factuurportal")
    verdict(page)
    expect(page.locator("#verdict")).to_contain_text("Allowed, though the agreement would rather")
    finding = page.locator("#verdict .finding-advice", has_text="Office hours")
    expect(finding).to_contain_text("Better not")
    page.context.close()


def test_the_fifth_daytime_window_of_a_month_is_refused_until_somebody_overrides(
    chromium: Browser, made: Installation
) -> None:
    page = signed_in(chromium, made, "approver").page
    for day in range(14, 18):
        fill(page, FIRST.replace(day=day), "10:00", "11:00", english=f"Daytime {day}")
        propose(page)
        approve(page)
    fill(page, FIRST.replace(day=20), "10:00", "11:00", english="The fifth")
    verdict(page)
    quota = page.locator("#verdict .finding", has_text="Daytime places")
    expect(quota).to_contain_text("Broken")
    expect(quota).to_contain_text("4 used, this adds 1, of 4")
    propose(page)
    page.get_by_label("Reason to override").fill("The supplier leaves us no other day")
    page.get_by_role("button", name="Approve anyway").click()
    expect(page.get_by_role("status")).to_contain_text("Approved")
    expect(page.locator("main")).to_contain_text("The supplier leaves us no other day")
    page.goto(f"{made.address}/?month={FIRST:%Y-%m}")
    expect(page.locator(".places")).to_contain_text("5 used, 0 free")
    page.context.close()
