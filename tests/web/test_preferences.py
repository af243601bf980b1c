"""Subscribing by oneself, preferences under a secret link, and unsubscribing."""

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from maintenance import wishes
from maintenance.config import Settings
from maintenance.models import Audit, Contact, Customer, Delivery, Notice, Subscriber, db
from maintenance.web import subscribe
from maintenance.web.public_page import TEXTS
from tests import build
from tests.web.conftest import Browser, Page

ASK = "/status/nmbrs/subscribe?lang=en"
TYPED = {"email": "sam@reader.example", "language": "en"}
LINK = re.compile(r"https://maintenance\.example(/\S+)")


@pytest.fixture
def settings(app: Flask) -> Settings:
    """Of the app."""
    found: Settings = app.config["SETTINGS"]
    return found


@pytest.fixture
def reader(browser: Browser, services: None) -> Page:
    """Somebody who is not logged in."""
    return browser("anonymous")


@pytest.fixture
def jan(services: None) -> Contact:
    """The contact of acme, which has Nmbrs; an operator plans."""
    build.user("plan@vendor.example")
    db.session.commit()
    return db.session.scalars(select(Contact).where(Contact.email == "jan@acme.example")).one()


@pytest.fixture
def own(jan: Contact, settings: Settings) -> str:
    """The token of Jan's preferences."""
    return wishes.preferences_token(jan, settings)


def mailed(to: str = "sam@reader.example") -> list[str]:
    """The texts of the account mails to this address."""
    query = select(Notice.words).join(Delivery).where(Delivery.address == to).order_by(Notice.id)
    return [words["text"] for words in db.session.scalars(query) if words]


def link(text: str) -> str:
    found = LINK.search(text)
    assert found is not None
    return found[1]


def wish(page: Page, token: str, **typed: Any) -> Any:
    kinds = [str(kind) for kind in wishes.KINDS]
    return page.send(
        f"/preferences/{token}",
        {"kinds": kinds, "services": ["nmbrs"], "language": "nl", **typed},
    )


def test_the_texts_of_both_languages_have_the_same_keys() -> None:
    assert TEXTS["nl"].keys() == TEXTS["en"].keys()
    assert TEXTS["nl"]["kind"].keys() == TEXTS["en"]["kind"].keys() == set(wishes.KINDS)


def test_the_mailed_link_subscribes_once_its_question_is_answered(reader: Page) -> None:
    answer = reader.send(ASK, TYPED)
    assert (answer.status_code, "Look in your mail" in answer.text) == (200, True)
    (mail,) = mailed()
    path = link(mail)
    assert "Yes, keep me informed" in reader.get(path).text
    assert db.session.scalars(select(Subscriber)).one().subscriptions[0].confirmed_at is None
    answer = reader.send(path)
    assert "You are subscribed" in answer.text
    db.session.expire_all()
    assert db.session.scalars(select(Subscriber)).one().subscriptions[0].confirmed_at == build.NOW
    assert "/preferences/" in answer.text


def test_the_answer_never_tells_whether_an_address_is_known(reader: Page) -> None:
    first = reader.send(ASK, TYPED)
    reader.send(link(mailed()[0]))
    known = reader.send(ASK, TYPED)
    contact = reader.send(ASK, {**TYPED, "email": "jan@acme.example"})
    assert known.text == first.text
    assert contact.text == first.text.replace("sam@reader.example", "jan@acme.example")
    assert known.status_code == contact.status_code == first.status_code
    assert "You already get them" in mailed()[1]


@pytest.mark.parametrize(
    "email", ["", "sam", "sam@", "a@b@c.example", "sam@reader.example\r\nX: y"]
)
def test_what_is_no_address_is_refused_at_its_field(reader: Page, email: str) -> None:
    answer = reader.send(ASK, {**TYPED, "email": email})
    assert (answer.status_code, 'id="email-error"' in answer.text) == (422, True)
    assert mailed() == []


def test_one_address_is_not_mailed_without_end(reader: Page) -> None:
    answers = {reader.send(ASK, TYPED).text for _ in range(subscribe.PER_ADDRESS + 2)}
    assert (len(answers), len(mailed())) == (1, subscribe.PER_ADDRESS)


def test_one_visitor_does_not_ask_without_end(reader: Page) -> None:
    answers = [
        reader.send(ASK, {**TYPED, "email": f"sam{number}@reader.example"}).status_code
        for number in range(subscribe.PER_VISITOR + 1)
    ]
    assert answers == [200] * subscribe.PER_VISITOR + [429]


def test_without_the_count_a_visitor_asks_without_end(
    reader: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscribe, "_too_often", lambda *_: False)
    for number in range(subscribe.PER_VISITOR + 1):
        typed = {**TYPED, "email": f"sam{number}@reader.example"}
        assert reader.send(ASK, typed).status_code == 200


@pytest.mark.parametrize("path", ["/status/none/subscribe", "/status/NONE/subscribe"])
def test_there_is_no_subscribing_to_a_service_that_is_not(reader: Page, path: str) -> None:
    assert reader.get(path).status_code == 404
    assert reader.send(path, TYPED).status_code == 404


@pytest.mark.parametrize("path", ["/preferences", "/unsubscribe", "/subscribe"])
def test_a_link_that_is_not_ours_opens_nothing(reader: Page, own: str, path: str) -> None:
    forged = own[:5] + ("a" if own[5] != "a" else "b") + own[6:]
    for token in ("nothing", forged, "a" * 43 + "-1", "a" * 43 + "-999"):
        assert reader.get(f"{path}/{token}").status_code == 404
        assert reader.send(f"{path}/{token}").status_code == 404


def test_a_contact_sees_and_changes_what_it_gets(reader: Page, own: str) -> None:
    page = reader.get(f"/preferences/{own}").text
    assert page.count(" checked") == len(wishes.KINDS) + 2  # the service and the language
    kinds = [str(kind) for kind in wishes.KINDS if kind != "reminder"]
    answer = wish(reader, own, kinds=kinds, language="en")
    assert answer.status_code == 303
    db.session.expire_all()
    row = db.session.scalars(select(Contact).where(Contact.email == "jan@acme.example")).one()
    assert (row.declined, row.language) == ({"reminder"}, "en")
    assert "are saved" in reader.get(answer.headers["Location"]).text
    (entry,) = db.session.scalars(select(Audit).where(Audit.verb == "preferences"))
    assert (entry.actor, entry.subject) == ("jan@acme.example", "customer:acme")


def test_operators_see_what_a_contact_no_longer_gets(
    reader: Page, own: str, browser: Browser
) -> None:
    kinds = [str(kind) for kind in wishes.KINDS if kind not in {"reminder", "change"}]
    assert wish(reader, own, kinds=kinds, services=[], sure="yes").status_code == 303
    page = browser("viewer").get("/customers/acme").text
    assert "Wants no more of: Change, Reminder, Nmbrs" in page


@pytest.mark.parametrize(
    "typed",
    [
        {"kinds": [str(kind) for kind in wishes.KINDS if kind != "cancellation"]},
        {"services": []},
        {"kinds": []},
    ],
)
def test_leaving_what_is_promised_asks_first_and_then_alarms(
    reader: Page, own: str, typed: dict[str, Any]
) -> None:
    answer = wish(reader, own, **typed)
    assert (answer.status_code, 'name="sure"' in answer.text) == (422, True)
    assert mailed("plan@vendor.example") == []
    assert wish(reader, own, **typed, sure="yes").status_code == 303
    assert "nobody at Acme can now be reached" in mailed("plan@vendor.example")[0]


def test_a_language_or_service_that_is_not_ours_changes_nothing(reader: Page, own: str) -> None:
    assert wish(reader, own, language="xx", services=["nmbrs", "x"]).status_code == 303
    row = db.session.scalars(select(Contact).where(Contact.email == "jan@acme.example")).one()
    assert (row.language, row.declined_services) == ("nl", [])


def test_a_contact_replaces_the_address_of_its_customers_feed(
    reader: Page, own: str, app: Flask
) -> None:
    page = reader.get(f"/preferences/{own}").text
    before = re.search(r'value="https://maintenance\.example(/feeds/c/[^"]+)"', page)
    assert before is not None
    assert reader.get(before[1]).status_code == 200
    answer = reader.send(f"/preferences/{own}/feed")
    assert answer.status_code == 303
    assert reader.get(before[1]).status_code == 404
    after = re.search(
        r'value="https://maintenance\.example(/feeds/c/[^"]+)"',
        reader.get(answer.headers["Location"]).text,
    )
    assert after is not None
    assert reader.get(after[1]).status_code == 200
    assert db.session.scalars(select(Customer)).first() is not None


def test_a_mail_program_unsubscribes_with_one_click(app: Flask, reader: Page, own: str) -> None:
    assert app.config.get("WTF_CSRF_ENABLED", True)
    answer = reader.post(f"/unsubscribe/{own}", data={"List-Unsubscribe": "One-Click"})
    assert (answer.status_code, "afgemeld" in answer.text) == (200, True)
    db.session.expire_all()
    row = db.session.scalars(select(Contact).where(Contact.email == "jan@acme.example")).one()
    assert row.declined == set(wishes.KINDS)
    assert len(mailed("plan@vendor.example")) == 1
    again = reader.post(f"/unsubscribe/{own}", data={"List-Unsubscribe": "One-Click"})
    assert (again.status_code, len(mailed("plan@vendor.example"))) == (200, 1)


def test_opening_the_link_of_a_mail_unsubscribes_nobody(reader: Page, own: str) -> None:
    page = reader.get(f"/unsubscribe/{own}").text
    assert "Meld mij af" in page
    assert "geldt Acme als niet ingelicht" in page
    row = db.session.scalars(select(Contact).where(Contact.email == "jan@acme.example")).one()
    assert row.declined == frozenset()


def test_a_subscriber_chooses_among_all_services(reader: Page) -> None:
    reader.send(ASK, TYPED)
    subscribed = reader.send(link(mailed()[0])).text
    found = re.search(r'href="https://maintenance\.example/preferences/([^"?]+)', subscribed)
    assert found is not None
    token = found[1]
    page = reader.get(f"/preferences/{token}").text
    assert ("Factuurportal" in page, "/feeds/c/" in page) == (True, False)
    assert wish(reader, token, services=["factuurportal"]).status_code == 303
    row = db.session.scalars(select(Subscriber)).one()
    assert [one.service.slug for one in row.subscriptions] == ["factuurportal"]
    assert reader.send(f"/preferences/{token}/feed").status_code == 404
    assert "afgemeld" in reader.post(f"/unsubscribe/{token}").text
    db.session.expire_all()
    assert row.subscriptions == []


def test_a_secret_page_is_kept_nowhere(reader: Page, own: str) -> None:
    for path in (f"/preferences/{own}", f"/unsubscribe/{own}"):
        said = reader.get(path).headers
        assert said["Cache-Control"] == "no-store"
        assert said["X-Robots-Tag"] == "noindex, nofollow"
