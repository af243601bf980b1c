"""docs/tour.md as steps: what its sentences ask, and how a browser does it."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from playwright.sync_api import Locator, Page, expect

from maintenance.config import ROOT
from tests.browser.conftest import Watched
from tests.browser.installation import Installation

PAGE = ROOT / "docs" / "tour.md"
LATER = "ten days from now"

STEP = re.compile(
    r"Log in as `(?P<login>\w+)@demo\.example`"
    r"|Open \[[^\]]+\]\(http://127\.0\.0\.1:8000(?P<open>/[^)]*)\)"
    r"|Press the button \*\*(?P<button>[^*]+)\*\*"
    r"|Press \*\*(?P<press>[^*]+)\*\*"
    r"|Tick \*(?P<tick>[^*]+)\*"
    rf"|Fill in \*(?P<field>[^*]+)\*: (?:`(?P<value>[^`]+)`|{LATER})"
    r"|(?P<enter>press Enter)"
    r"|(?P<reload>Reload)"
    r"|Read “(?P<read>[^”]+)”"
)


class Step(NamedTuple):
    """One thing to do: its kind, on what, and with which text."""

    section: int
    kind: str
    what: str
    value: str = ""


def steps(text: str) -> Iterator[Step]:
    """Every step of the page, in its order; those of a section bear its number."""
    for part in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        number = re.match(r"(\d+)\. ", part)
        for found in STEP.finditer(re.sub(r"\s+", " ", part)) if number else ():
            kind = str(found.lastgroup) if found.lastgroup != "value" else "field"
            yield Step(int(number[1]), kind, found[kind], found["value"] or "")  # type: ignore[index]


def take(step: Step, watched: Watched, made: Installation, keyboard: bool = False) -> None:
    """Do it, as a reader of the page would; by `keyboard` without a pointer."""
    page = watched.page
    match step.kind:
        case "login":
            watched.log_in(step.what)
        case "open":
            page.goto(made.address + step.what)
        case "button":
            press(page.get_by_role("button", name=step.what, exact=True), keyboard)
        case "press":
            press(pressable(page, step.what), keyboard)
        case "tick":
            box = page.get_by_label(step.what, exact=True)
            press(box, keyboard, "Space")
            expect(box).to_be_checked()
        case "field":
            optional = re.compile(rf"^\s*{re.escape(step.what)}(\s+optional)?\s*$")
            page.get_by_label(optional).fill(step.value or later())
        case "enter":
            page.keyboard.press("Enter")
        case "reload":
            made.run("worker", "--once")  # which `make run` does all the time
            page.reload()
        case "read":
            expect(shown(page, step.what)).to_be_visible()


def press(what: Locator, keyboard: bool, key: str = "Enter") -> None:
    """Press it: by its key, or with a pointer."""
    if keyboard:
        what.press(key)
    else:
        what.click()


def pressable(page: Page, name: str) -> Locator:
    """The first link, button or fold of this name."""
    fold = page.locator("summary").filter(has_text=re.compile(rf"^\s*{re.escape(name)}\s*"))
    labelled = page.locator(f'summary[aria-label="{name}"]')
    role = page.get_by_role("button", name=name, exact=True)
    link = page.get_by_role("link", name=name, exact=True)
    return link.or_(role).or_(fold).or_(labelled).filter(visible=True).first


def shown(page: Page, text: str) -> Locator:
    """The first place where this text can be read."""
    return page.get_by_text(text).filter(visible=True).first


def later() -> str:
    """The day ten days from now, where the demo's services are."""
    day = datetime.now(ZoneInfo("Europe/Amsterdam")).date() + timedelta(days=10)
    return day.isoformat()
