"""The ledger of a window: "were we told in time?" on one screen, and as a file."""

import csv
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import select

from maintenance.models import Customer, Delivery, Window, db
from maintenance.web import window_page
from tests import build
from tests.build import NOW
from tests.web.conftest import Browser

DEADLINE = NOW.replace(day=30, hour=19)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def window(services: None) -> Window:
    """Announced by mail to acme and bakker, not yet accepted."""
    row = build.window(channels=["email"])
    build.announced(row)
    db.session.commit()
    return row


def accept(customer: str, at: datetime, **values: Any) -> None:
    row = db.session.scalars(select(Delivery).where(Delivery.customer == customer)).one()
    row.state, row.accepted_at, row.attempts, row.reply = "sent", at, 1, "250 2.0.0 queued as 77"
    for name, value in values.items():
        setattr(row, name, value)
    db.session.commit()


def ledger(browser: Browser, window: Window, search: str = "") -> str:
    return str(browser("viewer").get(f"/windows/{window.public_id}/ledger?q={search}").text)


def section(text: str, customer: str) -> str:
    start = text.index(f'/customers/{customer}"')
    return text[start : text.index("</section>", start)]


def test_it_says_of_each_customer_whether_it_was_told_in_time(
    browser: Browser, window: Window
) -> None:
    accept("acme", NOW)
    accept("bakker", DEADLINE + MINUTE)
    text = ledger(browser, window)
    assert "Told in time" in section(text, "acme")
    assert "Mon 30 Nov 2026, 20:00 CET" in section(text, "acme")  # the latest moment
    assert "250 2.0.0 queued as 77" in section(text, "acme")
    assert "Told too late" in section(text, "bakker")


def test_the_last_moment_itself_is_in_time(browser: Browser, window: Window) -> None:
    accept("acme", DEADLINE)
    assert "Told in time" in section(ledger(browser, window), "acme")


def test_who_is_not_told_waits_and_then_was_missed(browser: Browser, window: Window) -> None:
    before = section(ledger(browser, window), "acme")
    assert "Not told yet" in before
    assert ">no<" not in before
    with time_machine.travel(DEADLINE + MINUTE, tick=False):
        after = section(ledger(browser, window), "acme")
    assert "Not told in time" in after
    assert ">no<" in after


def test_a_mail_that_bounced_did_not_tell(browser: Browser, window: Window) -> None:
    accept("acme", NOW, state="failed", bounced_at=NOW + MINUTE)
    text = section(ledger(browser, window), "acme")
    assert "Not told yet" in text
    assert "bounced" in text


def test_what_was_delivered_stays_the_answer_when_contacts_come_and_go(
    browser: Browser, window: Window
) -> None:
    accept("acme", NOW)
    window.state = "completed"
    acme = db.session.scalars(select(Customer).where(Customer.slug == "acme")).one()
    build.contact(acme, "new@acme.example")
    db.session.commit()
    assert "Told in time" in section(ledger(browser, window), "acme")


def test_customers_with_a_problem_come_first_and_one_is_found_by_address(
    browser: Browser, window: Window
) -> None:
    accept("acme", NOW)
    text = ledger(browser, window)
    assert text.index('/customers/bakker"') < text.index('/customers/acme"')
    found = ledger(browser, window, "jan@acme")
    assert '/customers/acme"' in found
    assert '/customers/bakker"' not in found


def test_the_file_has_a_line_for_each_delivery(browser: Browser, window: Window) -> None:
    accept("acme", NOW, name="=cmd|' /C calc'!A0")
    answer = browser("viewer").get(f"/windows/{window.public_id}/ledger.csv")
    assert answer.headers["Content-Disposition"] == "attachment; filename=M-2026-001.csv"
    lines = list(csv.DictReader(answer.data.decode("utf-8-sig").splitlines()))
    told = next(line for line in lines if line["customer"] == "acme")
    assert told["accepted_at"] == "2026-11-23T09:00:00Z"
    assert told["notify_by"] == "2026-11-30T19:00:00Z"
    assert told["in_time"] == "yes"
    assert told["name"].startswith("'=")  # no spreadsheet calculates it
    assert len(lines) == 2


def test_the_page_is_offered_where_it_would_tell_and_put_on_by_one_click(
    browser: Browser, window: Window
) -> None:
    assert "Put it on the status page" not in ledger(browser, window)  # a viewer may not
    page = browser("operator")
    path = f"/windows/{window.public_id}"
    assert "Put it on the status page" in page.get(f"{path}/ledger").text
    assert page.send(f"{path}/show", {"revision": "1"}).status_code == 303  # changed meanwhile
    assert "was not put" in page.get(f"{path}/ledger").text
    page.send(f"{path}/show", {"revision": str(window.revision)})
    text = page.get(f"{path}/ledger").text
    assert "Told in time" in section(text, "acme")
    # bakker has Factuurportal too, but this window is on Nmbrs alone
    assert "Told in time" in section(text, "bakker")


def test_the_first_page_says_that_time_is_running_out(browser: Browser, window: Window) -> None:
    assert "time is running out" not in browser("operator").get("/").text
    with time_machine.travel(DEADLINE - timedelta(hours=2), tick=False):
        text = browser("operator").get("/").text
    assert "2 customers, to be told within" in text
    assert "2 hours" in text
    assert "&lt;span" not in text
    assert f"/windows/{window.public_id}/ledger" in text


def test_a_window_that_is_not_there_has_no_ledger(browser: Browser, services: None) -> None:
    assert browser("viewer").get("/windows/w_none/ledger").status_code == 404


def test_it_says_since_when_a_page_elsewhere_shows_the_window(
    browser: Browser, services: None
) -> None:
    build.target("page1", channel="statuspage", services=[build.service()])
    row = build.window()
    build.announced(row)
    db.session.commit()
    assert "nmbrs: not yet" in " ".join(ledger(browser, row).split())
    pushed = db.session.scalars(select(Delivery).where(Delivery.channel == "statuspage")).one()
    pushed.state, pushed.accepted_at = "sent", NOW
    db.session.commit()
    text = " ".join(ledger(browser, row).split())
    assert "At Statuspage" in text
    assert "nmbrs: since" in text


def test_whom_nobody_can_reach_is_named_before_it_is_approved(
    browser: Browser, services: None
) -> None:
    build.customer("nobody", name="Nobody & Co")
    row = build.window(state="proposed", notice_revision=None)
    series = build.series()
    db.session.commit()
    for path in (f"/windows/{row.public_id}", f"/series/{series.public_id}"):
        text = browser("approver").get(path).text
        assert "One customer has nobody who can be told" in text
        assert "Nobody &amp; Co" in text


def test_the_page_of_the_window_shows_some_and_says_how_many_there_are(
    browser: Browser, window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(window_page, "SHOWN", 1)
    accept("acme", NOW)
    text = browser("viewer").get(f"/windows/{window.public_id}").text
    told = text[text.index('id="told"') :]
    assert "1 of 2 accepted" in told
    assert "bakker" in told[: told.index("</table>")]  # not accepted: first
    assert "One more: the ledger has it." in told
