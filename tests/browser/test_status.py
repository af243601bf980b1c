"""The public pages in Chromium: at two widths, light and dark, with and without JavaScript."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from werkzeug import Response
from werkzeug.serving import make_server

from maintenance.app import create_app
from maintenance.models import Version, db
from tests import build

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
HOUR, DAY = timedelta(hours=1), timedelta(days=1)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed"),
]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server with a month of windows, for this file's tests; they only read."""
    path = tmp_path_factory.mktemp("status")
    app = create_app(
        {
            "MAINTENANCE_INSTANCE_PATH": str(path),
            "MAINTENANCE_SECRET_KEY": "a key that only the tests know",
            "MAINTENANCE_BASE_URL": "http://127.0.0.1:1",
        }
    )
    server = make_server("127.0.0.1", 0, app, threaded=True)
    site = app.extensions["published"].site
    site.base_url = f"http://127.0.0.1:{server.port}"
    with app.app_context():
        db.create_all()
        db.session.add(Version(id=1))
        _fill(datetime.now(UTC).replace(minute=0, second=0, microsecond=0))
        db.session.commit()
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield site.base_url
        server.shutdown()
        thread.join()
        server.server_close()
        db.session.remove()
        db.engine.dispose()


def _fill(now: datetime) -> None:
    both = ["nmbrs", "factuurportal"]
    build.service("quiet", policy="nmbrs", name="Quiet")
    told = {"announced_at": now - 5 * DAY}
    build.window(both, start_at=now - HOUR, state="in_progress", started_at=now - HOUR, **told)
    build.window(start_at=now + 3 * DAY, public_id="w_next", **told)
    build.window(start_at=now + 5 * DAY, state="cancelled", cancelled_at=now, **told)
    done = {"state": "completed", "completed_at": now - 9 * DAY, **told}
    build.window(["factuurportal"], start_at=now - 10 * DAY, **done)
    build.window(start_at=now - 150 * DAY, **done)
    build.window(start_at=now + 4 * DAY, title={"nl": "NIET VERTELD", "en": "NOT TOLD"})


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(FLAGS))
        yield browser
        browser.close()


class Watched:
    """A page and all that it complained of or asked from elsewhere."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.page: Page = context.new_page()
        self.complaints: list[str] = []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self._elsewhere(request.url, address))

    def _elsewhere(self, url: str, address: str) -> None:
        if not url.startswith(f"{address}/"):
            self.complaints.append(f"asks {url}")


PATHS = [
    "/status",
    "/status/nmbrs",
    "/status/w/w_next",
    "/status/calendar",
    "/status/subscribe",
    "/embed/",
    "/embed/all",
    "/status/nope",
]


@pytest.mark.parametrize(("scheme", "width"), [("dark", 390), ("light", 1280)])
def test_every_page_is_fit_for_every_reader(
    chromium: Browser, address: str, scheme: str, width: int
) -> None:
    context = chromium.new_context(
        viewport={"width": width, "height": 900},
        color_scheme=scheme,  # type: ignore[arg-type]
        locale="nl-NL",
    )
    watched = Watched(context, address)
    for path in PATHS:
        watched.page.goto(f"{address}{path}")
        if path != "/status/nope":
            assert watched.complaints == [], path
        watched.complaints.clear()
        found = Axe().run(watched.page)
        assert found.violations_count == 0, f"{path}\n{found.generate_report()}"
        wide = watched.page.locator("html").evaluate("it => it.scrollWidth - it.clientWidth")
        assert wide == 0, path
    context.close()


def test_a_reader_finds_what_is_on_what_comes_and_what_was(chromium: Browser, address: str) -> None:
    context = chromium.new_context(locale="en-GB")
    page = context.new_page()
    page.goto(f"{address}/status")
    expect(page.get_by_role("heading", level=2).first).to_have_text(
        "Maintenance in progress on Nmbrs, Factuurportal"
    )
    expect(page.get_by_role("region", name="In progress").get_by_role("article")).to_have_count(1)
    planned = page.get_by_role("region", name="Planned").get_by_role("article")
    expect(planned).to_have_count(2)
    expect(planned.nth(1)).to_contain_text("Cancelled")
    expect(page.locator("body")).not_to_contain_text("NOT TOLD")
    planned.first.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Database upgrade")
    page.get_by_role("link", name="Nederlands").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Databases bijwerken")
    page.get_by_role("link", name="Alle onderhoud").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Onderhoud aan onze diensten")
    context.close()


def test_a_reader_elsewhere_sees_the_time_there_and_how_long_it_takes(
    chromium: Browser, address: str
) -> None:
    for zone, times in (("America/New_York", 1), ("Europe/Amsterdam", 0)):
        context = chromium.new_context(locale="en-GB", timezone_id=zone)
        page = context.new_page()
        page.goto(f"{address}/status/w/w_next?lang=en")
        expect(page.get_by_text("your time:")).to_have_count(times)
        expect(page.locator(".countdown")).to_contain_text("(in ")
        page.goto(f"{address}/status?lang=en")
        card = page.get_by_role("region", name="Planned").get_by_role("article").first
        expect(card.get_by_text("your time:")).to_have_count(times)
        expect(card.locator(".countdown")).to_contain_text("(in ")
        context.close()


def test_tomorrow_is_a_date_and_not_so_many_hours_ahead(chromium: Browser, address: str) -> None:
    context = chromium.new_context(locale="en-GB", timezone_id="America/New_York")
    page = context.new_page()
    page.goto(f"{address}/status/w/w_next?lang=en")
    times = page.locator("time[data-countdown]")
    start = datetime.fromisoformat(times.get_attribute("datetime") or "")
    for ahead in (2 * DAY - HOUR, DAY + HOUR, DAY - HOUR, HOUR, 10 * HOUR / 60):
        now = start - ahead
        days = (_local_date(start) - _local_date(now)).days
        page.clock.set_fixed_time(now)
        page.reload()
        said = {HOUR: "in 1 hour", 10 * HOUR / 60: "in 10 minutes", DAY - HOUR: "in 23 hours"}
        by_day = "tomorrow" if days == 1 else f"in {days} days"
        expect(times).to_have_text(f"({said.get(ahead, by_day)})")
    context.close()


def _local_date(instant: datetime) -> date:
    return instant.astimezone(ZoneInfo("Europe/Amsterdam")).date()


def test_an_address_is_copied_by_a_button(chromium: Browser, address: str) -> None:
    context = chromium.new_context(
        locale="en-GB", permissions=["clipboard-read", "clipboard-write"]
    )
    page = context.new_page()
    page.goto(f"{address}/status/nmbrs")
    page.get_by_role("button", name="Copy address").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == f"{address}/feeds/nmbrs.ics?lang=en"
    expect(page.get_by_role("link", name="Add to calendar")).to_have_attribute(
        "href", f"{address.replace('http:', 'webcal:')}/feeds/nmbrs.ics?lang=en"
    )
    context.close()


def test_without_javascript_everything_is_there(chromium: Browser, address: str) -> None:
    context = chromium.new_context(locale="en-GB", java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/status")
    expect(page.get_by_role("region", name="Planned").get_by_role("article")).to_have_count(2)
    expect(page.get_by_role("button")).to_have_count(0)
    expect(page.get_by_label("Calendar address")).to_have_value(f"{address}/feeds/all.ics?lang=en")
    page.get_by_role("navigation", name="Earlier months").get_by_role("link").last.click()
    expect(page.get_by_role("article")).to_have_count(1)
    context.close()


def test_all_of_it_is_reached_by_keyboard(chromium: Browser, address: str) -> None:
    context = chromium.new_context(locale="en-GB")
    page = context.new_page()
    page.goto(f"{address}/status")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Factuurportal").first).to_be_focused()
    context.close()


def test_a_reader_leafs_through_the_calendar(chromium: Browser, address: str) -> None:
    context = chromium.new_context(locale="en-GB")
    page = context.new_page()
    page.goto(f"{address}/status")
    page.get_by_role("link", name="View as calendar").click()
    expect(page.get_by_role("table").get_by_role("columnheader")).to_have_count(7)
    today = page.locator("td.today")
    expect(today.get_by_role("link").first).to_contain_text("Nmbrs, Factuurportal, In progress")
    page.get_by_role("link", name="Next month").click()
    page.get_by_role("link", name="This month").click()
    page.locator("td.today").get_by_role("link").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Database upgrade")
    context.close()


@contextmanager
def product(page: str) -> Iterator[str]:
    """The address of somebody's product: another origin that serves this page."""
    server = make_server("127.0.0.1", 0, Response(page, content_type="text/html"))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.port}/"
    server.shutdown()
    thread.join()
    server.server_close()


PRODUCT = """<!doctype html><html lang="en"><title>Product</title><h1>Product</h1>
<script src="{address}/embed/banner.js" data-lang="en" async></script>
<script src="{address}/embed/banner.js" data-service="quiet" async></script><p>Work</p>"""


def test_the_banner_stands_in_a_product_of_another_origin(chromium: Browser, address: str) -> None:
    context = chromium.new_context()
    page = context.new_page()
    with product(PRODUCT.replace("{address}", address)) as origin:
        page.goto(origin)
    banner = page.frame_locator("iframe").first
    link = banner.get_by_role("link", name="Database upgrade")
    expect(link).to_be_visible()
    expect(page.locator("iframe").first).to_have_attribute("title", "Maintenance")
    page.locator("iframe:not([style*='height: 0'])").first.wait_for()
    height = page.locator("iframe").first.bounding_box()
    inside = banner.locator("main").bounding_box()
    assert height is not None
    assert inside is not None
    assert height["height"] >= inside["height"] > 20
    with context.expect_page() as opened:
        link.click()
    expect(opened.value.get_by_role("heading", level=1)).to_have_text("Database upgrade")
    assert context.cookies() == []
    context.close()


def test_while_there_is_nothing_to_tell_the_banner_takes_no_room(
    chromium: Browser, address: str
) -> None:
    context = chromium.new_context()
    page = context.new_page()
    page.goto(f"{address}/embed/quiet")
    assert page.locator("main").evaluate("it => it.getBoundingClientRect().height") == 0
    context.close()


def test_no_other_page_may_be_framed(chromium: Browser, address: str) -> None:
    context = chromium.new_context()
    page = context.new_page()
    body = f'<!doctype html><iframe src="{address}/status"></iframe>'
    with (
        product(body) as origin,
        page.expect_console_message(lambda message: "frame-ancestors" in message.text),
    ):
        page.goto(origin)
    expect(page.frame_locator("iframe").get_by_role("heading")).to_have_count(0)
    context.close()
