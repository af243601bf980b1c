"""The page with the switch that holds all sending."""

from flask import Flask

from maintenance import worker
from maintenance.config import Smtp
from maintenance.models import db
from tests import build, mailing
from tests.build import NOW
from tests.smtp import Server, free_port
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


def test_a_mail_server_that_cannot_be_used_is_said_until_it_works(
    app: Flask, browser: Browser, services: None
) -> None:
    build.announced(build.window())
    db.session.commit()
    mailing.send_by(app, Smtp("127.0.0.1", free_port()))
    assert not said(browser)
    worker.tick(NOW)
    assert said(browser)


def test_a_mail_server_that_works_is_not(browser: Browser, services: None, server: Server) -> None:
    build.announced(build.window())
    db.session.commit()
    worker.tick(NOW)
    assert not said(browser)


def said(browser: Browser) -> bool:
    pages = [browser("viewer").get(path).text for path in ("/", "/sending/")]
    found = {"The mail server cannot be used</strong>: no connection" in text for text in pages}
    assert len(found) == 1
    return found.pop()
