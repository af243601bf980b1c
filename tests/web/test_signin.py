"""Signing in and out, and what a copied cookie, a guesser or a mailed link can do."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from maintenance.models import Delivery, Login, Notice, User, db
from maintenance.store import accounts, guesses
from maintenance.store.session import writing
from maintenance.web import signin
from tests import build
from tests.web.conftest import ADMIN, PASSWORD, Browser, Page, user

NEW = "a quite different password"


@pytest.fixture
def page(app: Flask) -> Page:
    """A browser nobody is signed in with."""
    client = app.test_client()
    assert isinstance(client, Page)
    return client


def log_in(
    page: Page, email: str = "operator@maintenance.example", password: str = PASSWORD
) -> Any:
    """Send the login form."""
    answer = page.send("/login", {"email": email, "password": password})
    page.signed_in = answer.status_code == 302
    return answer


def cookie(page: Page) -> str:
    """The value of the session cookie."""
    found = page.get_cookie("session", "maintenance.example")
    assert found is not None
    return str(found.value)


def replayed(app: Flask, value: str) -> Page:
    """Another browser, with a copy of that cookie."""
    other = app.test_client()
    other.set_cookie("session", value, domain="maintenance.example", secure=True)
    assert isinstance(other, Page)
    return other


def mailed() -> str:
    """The text of the newest account mail."""
    notice = db.session.scalars(select(Notice).order_by(Notice.id.desc())).first()
    assert notice is not None
    assert notice.words is not None
    return str(notice.words["text"])


def link_in(text: str) -> str:
    """The path of the link in a mail, which leads to BASE_URL."""
    found = re.search(r"https://maintenance\.example(/reset/\S+)", text)
    assert found is not None
    return found[1]


def test_the_right_password_opens_the_calendar(database: str, page: Page) -> None:
    assert database
    user()
    log_in(page, password="a wrong guess")
    answer = log_in(page)
    assert answer.headers["Location"] == "/"
    assert page.get("/").status_code == 200


def test_login_leads_back_to_the_page_that_asked_for_it(page: Page) -> None:
    user()
    asked = page.get("/windows/?state=all")
    assert asked.headers["Location"] == "/login?next=/windows/?state%3Dall"
    data = {"email": "operator@maintenance.example", "password": PASSWORD, "next": "/windows/"}
    assert page.send("/login", data).headers["Location"] == "/windows/"


def test_login_leads_nowhere_else(page: Page) -> None:
    user()
    data = {"email": "operator@maintenance.example", "password": PASSWORD}
    answer = page.send("/login?next=https://evil.example/", data)
    assert "evil" not in answer.headers.get("Location", "")


@pytest.mark.parametrize("email", ["operator@maintenance.example", "nobody@maintenance.example"])
def test_a_wrong_password_and_an_unknown_account_get_the_same_answer(
    page: Page, email: str
) -> None:
    user()
    answer = log_in(page, email, "wrong wrong wrong")
    assert answer.status_code == 200
    said = re.sub(r'value="[^"]*"', "", answer.text)
    assert "Authentication failed" in said


def test_a_deactivated_account_cannot_log_in(page: Page) -> None:
    user(active=False)
    assert log_in(page).status_code == 200
    assert page.get("/").status_code == 303


def test_logging_out_ends_the_sign_in_for_a_copied_cookie_too(app: Flask, page: Page) -> None:
    user()
    log_in(page)
    copy = cookie(page)
    assert replayed(app, copy).get("/").status_code == 200
    assert page.send("/logout").status_code == 302
    assert page.get("/").status_code == 303
    assert replayed(app, copy).get("/").status_code == 303


def test_without_the_table_a_copied_cookie_would_log_in_again(
    app: Flask, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin: with a login that never ends, the replayed cookie works."""
    user()
    log_in(page)
    copy = cookie(page)
    monkeypatch.setattr(accounts, "_end", lambda *_: None)
    page.send("/logout")
    assert replayed(app, copy).get("/").status_code == 200


def test_each_sign_in_has_a_new_secret(app: Flask, page: Page) -> None:
    user()
    log_in(page)
    with page.session_transaction(base_url="https://maintenance.example") as session:
        first = session["login"]
    page.send("/logout")
    page.signed_in = False
    log_in(page)
    with page.session_transaction(base_url="https://maintenance.example") as session:
        assert session["login"] != first


def test_a_csrf_token_from_before_signing_in_is_worth_nothing_after(page: Page) -> None:
    user()
    before = page.token()
    log_in(page)
    answer = page.post("/logout", data={"csrf_token": before})
    assert answer.status_code == 400


def test_a_changed_password_ends_the_other_sign_ins(app: Flask, page: Page) -> None:
    user()
    other = app.test_client()
    assert isinstance(other, Page)
    log_in(other)
    log_in(page)
    copy = cookie(page)
    data = {"password": PASSWORD, "new_password": NEW, "new_password_confirm": NEW}
    assert page.send("/change", data).status_code == 302
    assert page.get("/").status_code == 200
    assert other.get("/").status_code == 303
    assert replayed(app, copy).get("/").status_code == 303
    assert "was changed" in build_subject()


def build_subject() -> str:
    """The subject of the newest account mail."""
    notice = db.session.scalars(select(Notice).order_by(Notice.id.desc())).first()
    assert notice is not None
    assert notice.words is not None
    return str(notice.words["subject"])


def test_a_sign_in_ends_by_itself(page: Page) -> None:
    user()
    log_in(page)
    with time_machine.travel(build.NOW + accounts.IDLE, tick=False):
        assert page.get("/").status_code == 303


def test_use_keeps_a_sign_in_alive_until_its_last_day(page: Page) -> None:
    user()
    log_in(page)
    for hours in range(0, 14 * 24 - 1, 10):
        with time_machine.travel(build.NOW + timedelta(hours=hours), tick=False):
            assert page.get("/").status_code == 200
    with time_machine.travel(build.NOW + accounts.LASTS, tick=False):
        assert page.get("/").status_code == 303


def test_a_forgotten_password_is_chosen_anew_under_the_mailed_link(app: Flask, page: Page) -> None:
    user()
    log_in(page)
    visitor = app.test_client()
    assert isinstance(visitor, Page)
    answer = visitor.send("/reset", {"email": "operator@maintenance.example"})
    assert answer.status_code == 200
    path = link_in(mailed())
    assert visitor.get(path).status_code == 200
    visitor.send(path, {"password": NEW, "password_confirm": NEW})
    assert page.get("/").status_code == 303, "the old sign-in is over"
    assert log_in(visitor, password=NEW).status_code == 302
    again = app.test_client()
    assert isinstance(again, Page)
    assert again.get(path).status_code == 302, "a link works once"


def test_the_mailed_link_leads_to_base_url_whatever_the_request_said(app: Flask) -> None:
    user()
    evil = app.test_client()
    assert isinstance(evil, Page)
    app.config["WTF_CSRF_ENABLED"] = False
    evil.open(
        "/reset",
        method="POST",
        base_url="https://evil.example",
        data={"email": "operator@maintenance.example"},
    )
    assert "evil" not in mailed()
    link_in(mailed())


def test_asking_for_a_link_says_the_same_for_unknown_addresses(page: Page) -> None:
    user()
    known = page.send("/reset", {"email": "operator@maintenance.example"}).text
    unknown = page.send("/reset", {"email": "nobody@maintenance.example"}).text
    assert len(db.session.scalars(select(Delivery)).all()) == 1

    def without_marks(text: str) -> str:
        text = text.replace("nobody@", "operator@")
        return re.sub(r'name="csrf_token"[^>]*>', "", text)

    assert without_marks(known) == without_marks(unknown)


def test_an_invited_account_chooses_its_password(browser: Browser, app: Flask) -> None:
    admin = browser("admin")
    data = {"email": "nieuw@maintenance.example", "role": "approver", "language": "nl"}
    assert admin.send("/accounts/invite", data).status_code == 303
    visitor = app.test_client()
    assert isinstance(visitor, Page)
    path = link_in(mailed())
    visitor.send(path, {"password": NEW, "password_confirm": NEW})
    assert log_in(visitor, "nieuw@maintenance.example", NEW).status_code == 302
    assert visitor.get("/").status_code == 200


def test_an_administrator_sees_what_was_mailed_without_its_secret(browser: Browser) -> None:
    admin = browser("admin")
    data = {"email": "nieuw@maintenance.example", "role": "approver", "language": "en"}
    admin.send("/accounts/invite", data)
    page = admin.get("/accounts/").text
    assert "Choose your password here" in page
    assert link_in(mailed()).removeprefix("/reset/") not in page


def test_a_short_password_is_refused_at_its_field(browser: Browser, app: Flask) -> None:
    browser("admin").send(
        "/accounts/invite", {"email": "nieuw@maintenance.example", "role": "viewer"}
    )
    visitor = app.test_client()
    assert isinstance(visitor, Page)
    answer = visitor.send(link_in(mailed()), {"password": "short", "password_confirm": "short"})
    assert "at least 10 characters" in answer.text


def test_a_link_mailed_before_a_deactivation_is_dead(app: Flask, page: Page) -> None:
    row = user()
    page.send("/reset", {"email": row.email})
    path = link_in(mailed())
    with writing() as session:
        found = accounts.find(session, "operator@maintenance.example")
        assert found is not None
        accounts.set_active(session, found, False, ADMIN, build.NOW)
    assert page.get(path).status_code == 302


def test_a_guesser_is_held_back_and_the_owner_elsewhere_is_not(app: Flask, page: Page) -> None:
    user()
    for _ in range(signin.PER_PAIR):
        assert log_in(page, password="a wrong guess").status_code == 200
    assert log_in(page).status_code == 429, "not even with the right one"
    elsewhere = app.test_client()
    assert isinstance(elsewhere, Page)
    elsewhere.environ_base["REMOTE_ADDR"] = "192.0.2.7"
    assert log_in(elsewhere).status_code == 302


def test_a_guesser_may_try_again_after_the_period(page: Page) -> None:
    user()
    for _ in range(signin.PER_PAIR + 1):
        log_in(page, password="a wrong guess")
    with time_machine.travel(build.NOW + guesses.PERIOD, tick=False):
        assert log_in(page).status_code == 302


def test_many_addresses_guessing_at_one_account_are_held_back_but_not_where_it_came_from(
    app: Flask, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signin, "PER_ACCOUNT", 3)
    user()
    log_in(page)
    page.send("/logout")
    page.signed_in = False
    strangers = []
    for n in range(5):
        stranger = app.test_client()
        assert isinstance(stranger, Page)
        stranger.environ_base["REMOTE_ADDR"] = f"198.51.100.{n}"
        strangers.append(log_in(stranger, password="a wrong guess").status_code)
    assert strangers == [200, 200, 200, 429, 429]
    assert log_in(page).status_code == 302


def test_without_the_count_a_guesser_goes_on(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin: it is the count that holds a guesser back."""
    monkeypatch.setattr(guesses, "wrong", lambda *_: None)
    user()
    for _ in range(signin.PER_PAIR + 5):
        assert log_in(page, password="a wrong guess").status_code == 200


def test_reset_mails_to_one_account_are_few(page: Page) -> None:
    user()
    answers = [
        page.send("/reset", {"email": "operator@maintenance.example"}).status_code
        for _ in range(signin.PER_RESET + 1)
    ]
    assert answers == [200] * signin.PER_RESET + [429]
    assert len(db.session.scalars(select(Delivery)).all()) == signin.PER_RESET


def test_no_second_cookie_remembers_anyone(page: Page) -> None:
    user()
    data = {"email": "operator@maintenance.example", "password": PASSWORD, "remember": "y"}
    answer = page.send("/login", data)
    cookies = [line.split("=", 1)[0] for line in answer.headers.getlist("Set-Cookie")]
    assert set(cookies) == {"session"}


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(page: Page) -> None:
    user()
    said = log_in(page).headers["Set-Cookie"]
    assert "HttpOnly" in said
    assert "Secure" in said
    assert "SameSite=Lax" in said


def test_the_database_holds_only_hashes(page: Page) -> None:
    user()
    log_in(page)
    with page.session_transaction(base_url="https://maintenance.example") as session:
        secret = session["login"]
    row = db.session.scalars(select(Login)).one()
    assert secret not in str(vars(row))
    account = db.session.scalars(select(User)).one()
    assert account.password is not None
    assert account.password.startswith("$argon2id$")


def test_the_last_administrator_stays(browser: Browser) -> None:
    admin = browser("admin")
    row = accounts.find(db.session(), "admin@maintenance.example")
    assert row is not None
    user_id = row.id
    assert "last administrator" in _followed(admin, f"/accounts/{user_id}/role", {"role": "viewer"})
    assert "last administrator" in _followed(admin, f"/accounts/{user_id}/active", {"active": "no"})


def _followed(page: Page, path: str, data: dict[str, str]) -> str:
    page.send(path, data)
    return str(page.get("/accounts/").text)
