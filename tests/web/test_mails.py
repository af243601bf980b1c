"""Every mail of a window before it is approved: both languages, any customer, readers counted."""

import pytest

from maintenance.models import Window, db
from maintenance.store import wordings
from notifications import texts
from notifications.texts import Words
from tests import build
from tests.build import NOW
from tests.web.conftest import Browser


@pytest.fixture
def window(services: None) -> Window:
    """Proposed, on both services: acme (nl) has one of them, bakker (en) both."""
    row = build.window(("factuurportal", "nmbrs"), state="proposed", notice_revision=None)
    db.session.commit()
    return row


def test_each_mail_is_there_with_its_readers(browser: Browser, window: Window) -> None:
    text = browser("viewer").get(f"/windows/{window.public_id}/mails").text
    for kind in texts.NEEDED:
        for lang in ("nl", "en"):
            assert f"/windows/{window.public_id}/preview/{kind}/{lang}" in text
    assert "2 readers" in text
    assert text.count("one reader") >= 2  # one in each language


def test_a_customer_reads_of_its_own_services_alone(browser: Browser, window: Window) -> None:
    path = f"/windows/{window.public_id}/preview/announcement/nl"
    page = browser("viewer")
    assert "Factuurportal" in page.get(f"{path}?customer=bakker").text
    assert "Factuurportal" not in page.get(f"{path}?customer=acme").text
    assert "Nmbrs" in page.get(f"{path}?customer=acme").text


def test_a_customer_without_readers_is_said(browser: Browser, window: Window) -> None:
    page = browser("viewer")
    text = page.get(f"/windows/{window.public_id}/mails?customer=nobody").text
    assert "No contact of nobody gets notices" in text
    assert "0 readers" in text


def test_a_preview_is_in_the_service_s_own_words(browser: Browser, window: Window) -> None:
    own = Words("Let op [{reference}]", "Eigen woorden: {span}.")
    row = build.service("nmbrs")
    wordings.put(db.session(), row, "announcement", {"nl": own}, "ann@vendor.example", NOW)
    db.session.commit()
    page = browser("viewer")
    path = f"/windows/{window.public_id}/preview/announcement"
    assert "Eigen woorden" in page.get(f"{path}/nl?customer=acme").text
    assert "Eigen woorden" not in page.get(f"{path}/en?customer=acme").text


def test_looking_writes_nothing(browser: Browser, window: Window) -> None:
    browser("viewer").get(f"/windows/{window.public_id}/mails")
    db.session.expire_all()
    assert window.notices == []


@pytest.mark.parametrize("path", ["preview/account/nl", "preview/announcement/de"])
def test_what_is_no_mail_is_not_found(browser: Browser, window: Window, path: str) -> None:
    assert browser("viewer").get(f"/windows/{window.public_id}/{path}").status_code == 404
