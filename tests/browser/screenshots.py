"""`make screenshots`: pictures of every page, from the demo data, into docs/screenshots/.

The main ones have names of their own; in `every/` is one of each other page, at a desk by day and
on a telephone in the dark.
"""

import re
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect, sync_playwright

from maintenance.app import create_app
from tests.browser import every_page
from tests.browser.conftest import CHROMIUM, FLAGS, signed_in
from tests.browser.installation import Installation, installed

TARGET = Path(__file__).parents[2] / "docs" / "screenshots"
DESK, TELEPHONE = (1280, 900), (390, 844)
LOOKS = (("light", DESK), ("dark", DESK), ("light", TELEPHONE), ("dark", TELEPHONE))


def calendar(page: Page, made: Installation) -> None:
    """The first page."""
    page.goto(made.address)


def form(page: Page, made: Installation) -> None:
    """A proposal being written, its verdict beside it."""
    day = datetime.now(UTC).date() + timedelta(days=24)
    page.goto(f"{made.address}/windows/new?day={day.isoformat()}")
    page.get_by_label("Nmbrs").check()
    page.get_by_label("Start: time").fill("16:30")
    page.get_by_label("End: time").fill("18:30")
    page.get_by_label("Title in Dutch").fill("Loonberekening naar nieuwe servers")
    page.get_by_label("Title in English").fill("Payroll engine moves to new servers")
    page.get_by_label("Description in Dutch").fill(
        "De loonberekening verhuist naar snellere servers. Uw gegevens blijven waar ze zijn."
    )
    page.get_by_label("Description in English").fill(
        "The payroll engine moves to faster servers. Your data stays where it is."
    )
    expect(page.locator("#verdict .asked")).to_contain_text("16:30–18:30")
    page.locator("h1").click()


def window(page: Page, made: Installation) -> None:
    """A window that customers were told of."""
    page.goto(f"{made.address}/windows/?state=scheduled")
    page.locator("tr", has_text="Replacement of network").get_by_role("link").first.click()
    page.wait_for_url("**/windows/w_*")


def proposal(page: Page, made: Installation) -> None:
    """A proposal that breaks a rule, before an approver."""
    page.goto(f"{made.address}/windows/?state=proposed")
    page.locator("tr", has_text="broken").get_by_role("link").first.click()
    page.wait_for_url("**/windows/w_*")


def ledger(page: Page, made: Installation) -> None:
    """Who was told in time of a window."""
    window(page, made)
    page.get_by_role("link", name="Who was told in time").click()


def mails(page: Page, made: Installation) -> None:
    """Every mail of a window, the announcement open."""
    window(page, made)
    page.get_by_role("link", name="Every mail, for any customer").click()


def series(page: Page, made: Installation) -> None:
    """A recurring window."""
    page.goto(f"{made.address}/series/")
    page.locator("main table a").first.click()


def imported(page: Page, made: Installation) -> None:
    """A file of contacts before it is imported."""
    page.goto(f"{made.address}/customers/import")
    rows = ("van-dam-accountants,nieuw@vandam.example,nl", "van-dam-accountants,geen adres,nl")
    data = "\n".join(("customer,email,language", *rows)).encode()
    file = {"name": "contacts.csv", "mimeType": "text/csv", "buffer": data}
    page.locator("input[type=file]").set_input_files(file)  # type: ignore[arg-type]
    page.get_by_role("button", name="Show what would change").click()


def explained(page: Page, made: Installation) -> None:
    """A rule that explains itself beside its finding."""
    proposal(page, made)
    page.locator("summary", has_text="What does this rule ask?").nth(1).click()


def recovery(page: Page, made: Installation) -> None:
    """Recovery codes, of an account that throws them away."""
    page.goto(f"{made.address}/mf-recovery-codes")
    page.get_by_role("button", name="Make new codes").click()


def authenticator(page: Page, made: Installation) -> None:
    """The picture to scan, of a key that is used no further."""
    page.goto(f"{made.address}/tf-setup")
    page.get_by_role("button", name="Set up an authenticator").click()


def at(path: str) -> Callable[[Page, Installation], object]:
    """The page under this path."""
    return lambda page, made: page.goto(made.address + path)


PICTURES: dict[str, Callable[[Page, Installation], object]] = {
    "calendar": calendar,
    "form": form,
    "window": window,
    "proposal": proposal,
    "explained": explained,
    "week": at("/?view=week"),
    "windows": at("/windows/?state=all"),
    "drafts": at("/windows/drafts"),
    "job-templates": at("/job-templates/"),
    "afterwards": at("/windows/afterwards"),
    "ledger": ledger,
    "mails": mails,
    "series": series,
    "services": at("/services/"),
    "notices": at("/services/nmbrs/notices/"),
    "customers": at("/customers/"),
    "customer": at("/customers/van-dam-accountants"),
    "agreement": at("/customers/van-dam-accountants/agreements/new"),
    "import": imported,
    "search": at("/search?q=van"),
    "log": at("/log"),
    "webhooks": at("/webhooks/"),
    "sending": at("/sending/"),
    "account": at("/account"),
    "authenticator": authenticator,
    "recovery": recovery,
    "status": at("/status?lang=en"),
}


EVERYWHERE = ("calendar", "form", "status")
"""Those that are taken in each look; the others at a desk by day."""


LONG = ("status", "log", "mails")

EVERY = (("light", DESK), ("dark", TELEPHONE))
"""The looks of the pages in `every/`."""

PUBLIC = ("/login", "/reset", "/status/nmbrs", "/status/nmbrs/subscribe", "/embed/", "/embed/nmbrs")
"""Pages for anyone; a window's page stands on the status page."""


def main(names: list[str]) -> None:
    """Take them all, or those with these names."""
    TARGET.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        installed(Path(folder), [["demo"]]) as made,
        sync_playwright() as playwright,
    ):
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(FLAGS))
        for look in LOOKS:
            wanted = PICTURES if look == LOOKS[0] else EVERYWHERE
            take(chromium, made, *look, names=[n for n in wanted if not names or n in names])
        for look in EVERY if not names or "every" in names else ():
            take_every(chromium, made, *look)
        chromium.close()


def take(
    chromium: Browser, made: Installation, scheme: str, size: tuple[int, int], names: list[str]
) -> None:
    """The pictures of one look: calendar.png at a desk, calendar-dark-390.png elsewhere.

    Whole pages, but of those that are LONG what one sees first.
    """
    view = {"width": size[0], "height": size[1]}
    page = signed_in(chromium, made, "approver", color_scheme=scheme, viewport=view).page
    mark = ("-dark" if scheme == "dark" else "") + ("-390" if size == TELEPHONE else "")
    for name in names:
        PICTURES[name](page, made)
        page.wait_for_load_state("networkidle")
        page.screenshot(path=TARGET / f"{name}{mark}.png", full_page=name not in LONG)
    page.context.close()


def take_every(chromium: Browser, made: Installation, scheme: str, size: tuple[int, int]) -> None:
    """What one sees first of each page, named after its view: every/windows.page.png."""
    folder, mark = TARGET / "every", "" if size == DESK else "-390"
    folder.mkdir(exist_ok=True)
    look: dict[str, Any] = {
        "color_scheme": scheme,
        "viewport": {"width": size[0], "height": size[1]},
    }
    page = signed_in(chromium, made, "admin", **look).page
    seen = set()
    for view, _path in every_page.walk(create_app(made.environ), page, made.address):
        if view not in seen:
            seen.add(view)
            page.screenshot(path=folder / f"{view}{mark}.png")
    page.context.close()
    page = chromium.new_page(**look)
    for path in (*PUBLIC, unsubscribing(made)):
        page.goto(made.address + path)
        name = re.sub(r"(?<=unsubscribe)/.*", "", path.strip("/")).replace("/", "-")
        page.screenshot(path=folder / f"public-{name}{mark}.png")
    page.goto(f"{made.address}/status")
    page.locator("a[href^='/status/w/']").first.click()
    page.screenshot(path=folder / f"public-window{mark}.png")
    page.close()


def unsubscribing(made: Installation) -> str:
    """The visible link of a mail, where its reader says what to be told of."""
    said = (mail.get_body(("plain",)) for mail in made.mails())
    links = (re.search(r"/unsubscribe/\S+", body.get_content()) for body in said if body)
    return next(link[0] for link in links if link)


if __name__ == "__main__":
    main(sys.argv[1:])
