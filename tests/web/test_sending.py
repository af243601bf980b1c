"""The page with the switch that holds all sending."""

from tests.web.conftest import Browser


def test_a_hold_is_said_on_every_page_with_its_reason(browser: Browser, services: None) -> None:
    page = browser("admin")
    assert "All sending is held" not in page.get("/").text
    page.send("/sending/hold", {"why": "<b>a backup was put back</b>"})
    for path in ("/", "/windows/", "/customers/", "/sending/"):
        text = browser("viewer").get(path).text
        assert "All sending is held" in text
        assert "&lt;b&gt;a backup was put back" in text
    page.send("/sending/release")
    assert "All sending is held" not in browser("viewer").get("/").text


def test_only_an_administrator_holds_and_releases(browser: Browser, services: None) -> None:
    assert browser("approver").send("/sending/hold").status_code == 403
    assert browser("approver").send("/sending/release").status_code == 403
    assert "An administrator may do this" in browser("approver").get("/sending/").text


def test_the_public_pages_do_not_say_it(browser: Browser, services: None) -> None:
    browser("admin").send("/sending/hold")
    assert "held" not in browser("anonymous").get("/status").text
