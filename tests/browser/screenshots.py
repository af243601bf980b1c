"""`make screenshots`: pictures of the main pages, from the demo data, into docs/screenshots/."""

import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

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


def at(path: str) -> Callable[[Page, Installation], object]:
    """The page under this path."""
    return lambda page, made: page.goto(made.address + path)


PICTURES: dict[str, Callable[[Page, Installation], object]] = {
    "calendar": calendar,
    "form": form,
    "window": window,
    "proposal": proposal,
    "windows": at("/windows/?state=all"),
    "services": at("/services/"),
    "customers": at("/customers/"),
    "status": at("/status?lang=en"),
}


EVERYWHERE = ("calendar", "form", "status")
"""Those that are taken in each look; the others at a desk by day."""


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
        chromium.close()


def take(
    chromium: Browser, made: Installation, scheme: str, size: tuple[int, int], names: list[str]
) -> None:
    """The pictures of one look: calendar.png at a desk, calendar-dark-390.png elsewhere.

    Whole pages, but of the status page, which is long, what one sees first.
    """
    view = {"width": size[0], "height": size[1]}
    page = signed_in(chromium, made, "approver", color_scheme=scheme, viewport=view).page
    mark = ("-dark" if scheme == "dark" else "") + ("-390" if size == TELEPHONE else "")
    for name in names:
        PICTURES[name](page, made)
        page.wait_for_load_state("networkidle")
        page.screenshot(path=TARGET / f"{name}{mark}.png", full_page=name != "status")
    page.context.close()


if __name__ == "__main__":
    main(sys.argv[1:])
