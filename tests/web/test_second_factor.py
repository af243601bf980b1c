"""The second factor: asked after the password, counted once, demanded where a role needs it."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask, session
from flask.testing import FlaskClient
from flask_security.webauthn import WebAuthnSigninResponseForm
from passlib.totp import TOTP
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from maintenance.models import Audit, Login, Passkey, User, db
from maintenance.store import accounts
from maintenance.web import second_factor
from tests.build import NOW
from tests.web.conftest import ADMIN, Browser, Page, user
from tests.web.test_signin import log_in


@pytest.fixture
def page(app: Flask) -> Page:
    """A browser nobody is signed in with."""
    client = app.test_client()
    assert isinstance(client, Page)
    return client


def code(key: str, later: int = 0) -> str:
    """What an authenticator with this key shows, so many seconds from now."""
    return str(
        TOTP(key=key.replace("-", ""), format="base32").generate(NOW.timestamp() + later).token
    )


def set_up(page: Page) -> tuple[str, Any]:
    """Set up an authenticator; the key, and the answer to its first code."""
    shown = page.send("/tf-setup", {"setup": "authenticator"}).text
    key = re.search(r'class="secret mono">([^<]+)<', shown)
    action = re.search(r'action="(/tf-[^"]+)"', shown)
    assert key
    assert action
    return key[1], page.send(action[1], {"code": code(key[1])})


@pytest.fixture
def protected(page: Page, app: Flask) -> str:
    """The operator's authenticator: its key. Nobody is signed in afterwards."""
    user()
    log_in(page)
    key, answer = set_up(page)
    assert answer.headers["Location"] == "/account"
    page.send("/logout")
    page.signed_in = False
    return key


def test_after_the_password_the_code_is_asked(page: Page, protected: str) -> None:
    answer = log_in(page)
    page.signed_in = False
    assert answer.headers["Location"].startswith("/tf-validate")
    assert page.get("/").status_code == 303
    with time_machine.travel(NOW + timedelta(seconds=30), tick=False):
        assert page.send("/tf-validate", {"code": code(protected, 30)}).status_code == 302
        page.signed_in = True
        assert page.get("/").status_code == 200


def test_a_wrong_code_lets_nobody_in(page: Page, protected: str) -> None:
    log_in(page)
    page.signed_in = False
    answer = page.send("/tf-validate", {"code": "000000"})
    assert answer.status_code == 200
    assert 'id="code-error"' in answer.text
    assert page.get("/").status_code == 303


def test_a_code_counts_once(page: Page, protected: str) -> None:
    log_in(page)
    page.signed_in = False
    page.send("/tf-validate", {"code": code(protected)})  # the one it was set up with
    assert page.get("/").status_code == 303


def test_without_the_counter_a_code_would_count_twice(
    page: Page, protected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin: it is the counter that stops it."""
    monkeypatch.setattr(second_factor.Codes, "get_last_counter", lambda *_: None)
    log_in(page)
    page.signed_in = False
    page.send("/tf-validate", {"code": code(protected)})
    assert page.get("/").status_code == 200


def test_codes_cannot_be_guessed(page: Page, protected: str) -> None:
    log_in(page)
    page.signed_in = False
    statuses = [page.send("/tf-validate", {"code": f"{n:06}"}).status_code for n in range(12)]
    assert statuses[:10] == [200] * 10
    assert statuses[-1] == 429


def test_the_pages_of_the_second_factor_lead_nowhere_without_the_password(page: Page) -> None:
    user()
    for path in ("/tf-validate", "/tf-setup", "/tf-select", "/wan-signin"):
        answer = page.get(path)
        assert answer.status_code in {302, 404}, path
        assert page.get("/").status_code == 303


def test_the_secret_is_not_readable_in_the_database(page: Page, protected: str) -> None:
    row = accounts.find(db.session(), "operator@maintenance.example")
    assert row is not None
    assert row.tf_totp_secret is not None
    assert protected.replace("-", "") not in row.tf_totp_secret


def test_setting_it_up_is_logged_and_signs_out_the_other_browsers(app: Flask, page: Page) -> None:
    user()
    other = app.test_client()
    assert isinstance(other, Page)
    log_in(other)
    log_in(page)
    set_up(page)
    assert page.get("/").status_code == 200
    assert other.get("/").status_code == 303
    verbs = db.session.scalars(select(Audit.verb).where(Audit.subject.startswith("user:"))).all()
    assert verbs[-1] == "authenticator"


def test_it_can_be_given_up_where_nobody_demands_it(page: Page, protected: str) -> None:
    log_in(page)
    page.signed_in = False
    with time_machine.travel(NOW + timedelta(seconds=30), tick=False):
        page.send("/tf-validate", {"code": code(protected, 30)})
        page.signed_in = True
        page.tokens.clear()
        page.send("/tf-setup", {"setup": "disable"})
    row = accounts.find(db.session(), "operator@maintenance.example")
    assert row is not None
    assert not row.has_second_factor


class TestWhereItIsDemanded:
    @pytest.fixture
    def environ(self, environ: dict[str, str]) -> dict[str, str]:
        """An installation that demands it."""
        return {**environ, "MAINTENANCE_REQUIRE_SECOND_FACTOR": "1"}

    @pytest.mark.parametrize("role", ["approver", "admin"])
    def test_approvers_and_administrators_set_it_up_on_their_way_in(
        self, page: Page, role: str
    ) -> None:
        user(role)
        answer = log_in(page, f"{role}@maintenance.example")
        page.signed_in = False
        assert answer.headers["Location"] == "/tf-setup"
        assert page.get("/").status_code == 303
        _key, done = set_up(page)
        assert done.status_code == 302
        page.signed_in = True
        assert page.get("/").status_code == 200
        assert db.session.scalars(select(Audit.verb)).all()[-1] == "authenticator"

    @pytest.mark.parametrize("role", ["viewer", "operator"])
    def test_others_do_without(self, page: Page, role: str) -> None:
        user(role)
        assert log_in(page, f"{role}@maintenance.example").headers["Location"] == "/"

    def test_who_was_signed_in_before_gets_nowhere_without(self, browser: Browser) -> None:
        page = browser("approver")
        for path in ("/", "/windows/", "/account"):
            assert page.get(path).headers["Location"] == "/tf-setup"
        assert page.send("/windows/new", {}).status_code == 303
        assert page.send("/logout").status_code == 302

    def test_without_the_gate_it_would_get_everywhere(
        self, browser: Browser, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The twin: it is the gate that stops it."""
        monkeypatch.setattr(second_factor, "missing", lambda _user: False)
        assert browser("approver").get("/account").status_code == 200

    def test_it_cannot_be_given_up(self, page: Page) -> None:
        user("admin")
        log_in(page, "admin@maintenance.example")
        page.signed_in = False
        set_up(page)
        page.signed_in = True
        page.tokens.clear()
        page.send("/tf-setup", {"setup": "disable"})
        row = accounts.find(db.session(), "admin@maintenance.example")
        assert row is not None
        assert row.has_second_factor


def test_an_administrator_takes_it_off_who_lost_it(browser: Browser, page: Page) -> None:
    row = user()
    row.tf_primary_method, row.tf_totp_secret = "authenticator", "x"
    passkey(row)
    db.session.commit()
    admin = browser("admin")
    admin.send(f"/accounts/{row.id}/factor/reset")
    db.session.refresh(row)
    assert not row.has_second_factor
    assert log_in(page).headers["Location"] == "/"


def passkey(row: User) -> None:
    """A passkey of this account, which nobody has."""
    row.webauthn.append(
        Passkey(
            name="Laptop",
            credential_id=b"1",
            public_key=b"1",
            sign_count=0,
            backup_state=False,
            device_type="single_device",
            usage="secondary",
            lastuse_datetime=NOW,
        )
    )


def test_with_both_one_may_choose(page: Page, protected: str) -> None:
    row = accounts.find(db.session(), "operator@maintenance.example")
    assert row is not None
    passkey(row)
    db.session.commit()
    assert log_in(page).headers["Location"].startswith("/tf-select")
    page.signed_in = False
    assert "With a passkey" in page.get("/tf-select").text
    assert (
        page.send("/tf-select", {"which": "webauthn"}).headers["Location"].startswith("/wan-signin")
    )


def codes_of(page: Page) -> list[str]:
    """Make recovery codes for whoever is signed in."""
    shown = page.send("/mf-recovery-codes", {"generate_new_codes": "yes"}).text
    return re.findall(r"[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}", shown.split('class="secret', 1)[1])


@pytest.fixture
def kept(page: Page) -> list[str]:
    """The recovery codes of the operator, who has an authenticator; nobody is signed in."""
    user()
    log_in(page)
    set_up(page)
    found = codes_of(page)
    page.send("/logout")
    page.signed_in = False
    return list(dict.fromkeys(found))


def recover(page: Page, kept_code: str) -> int:
    """Log in by the password and a recovery code; the status of the first page then."""
    log_in(page)
    page.signed_in = False
    page.send("/mf-recovery", {"code": kept_code})
    return page.get("/").status_code


def test_a_recovery_code_lets_in_once(page: Page, app: Flask, kept: list[str]) -> None:
    assert len(kept) == 8
    assert recover(page, kept[3]) == 200
    again, other = app.test_client(), app.test_client()
    assert isinstance(again, Page)
    assert isinstance(other, Page)
    assert recover(again, kept[3]) == 303
    assert recover(other, kept[4]) == 200
    assert "6 left" in page.get("/account").text
    verbs = db.session.scalars(select(Audit.verb).where(Audit.subject.startswith("user:"))).all()
    assert list(verbs[-3:]) == ["recovery-codes", "recovery-code", "recovery-code"]


def test_without_taking_it_out_a_recovery_code_would_count_twice(
    page: Page, app: Flask, kept: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin: it is the taking out that stops it."""
    monkeypatch.setattr(second_factor.Recovery, "delete_recovery_code", lambda *_: True)
    again = app.test_client()
    assert isinstance(again, Page)
    assert (recover(page, kept[0]), recover(again, kept[0])) == (200, 200)


def others_may_look(app: Flask, codes: second_factor.Recovery) -> bool:
    """Whether, while one request looks for a code, another may look for the same one."""
    row = user()
    made = codes.create_recovery_codes(row)
    db.session.commit()
    assert codes.check_recovery_code(row, made[0])
    with db.engine.connect() as other:
        other.execute(text("SET lock_timeout = '100ms'"))
        try:
            other.execute(select(User.id).with_for_update())
        except OperationalError:
            return False
    return True


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
@pytest.mark.postgres
def test_of_two_that_use_one_recovery_code_at_once_the_second_waits(
    database: str, app: Flask
) -> None:
    assert not others_may_look(app, second_factor.Recovery(app))


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
@pytest.mark.postgres
def test_without_the_lock_both_would_find_it(
    database: str, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin."""
    monkeypatch.delattr(second_factor.Recovery, "check_recovery_code")
    assert others_may_look(app, second_factor.Recovery(app))


def test_a_recovery_code_is_worth_nothing_without_the_password(page: Page, kept: list[str]) -> None:
    page.send("/mf-recovery", {"code": kept[0]})
    assert page.get("/").status_code == 303


def test_recovery_codes_cannot_be_guessed_nor_read_in_the_database(
    page: Page, kept: list[str]
) -> None:
    log_in(page)
    page.signed_in = False
    statuses = [page.send("/mf-recovery", {"code": f"{n:012}"}).status_code for n in range(12)]
    assert statuses[-1] == 429
    row = accounts.find(db.session(), "operator@maintenance.example")
    assert row is not None
    assert kept[0] not in str(row.mf_recovery_codes)


def test_recovery_codes_are_shown_once_and_new_ones_end_the_old(page: Page) -> None:
    user()
    log_in(page)
    old = codes_of(page)
    assert old[0] not in page.get("/mf-recovery-codes?show_codes=1").text
    assert set(codes_of(page)) & set(old) == set()


@pytest.mark.parametrize(("role", "counts"), [("operator", True), ("viewer", False)])
def test_after_a_password_only_a_passkey_of_that_account_counts(
    app: Flask, monkeypatch: pytest.MonkeyPatch, role: str, counts: bool
) -> None:
    """Of another account it is right, too, as Flask-Security alone would have it."""
    monkeypatch.setattr(WebAuthnSigninResponseForm, "validate", lambda *_, **__: True)
    owner = user(role)
    mine = owner if role == "operator" else user()
    with app.test_request_context():
        session["tf_user_id"] = mine.fs_uniquifier
        form = second_factor.OwnPasskey(formdata=None, meta={"csrf": False})
        form.user, form.is_secondary = owner, True
        form.credential.errors = []
        assert form.validate() is counts
        assert bool(form.credential.errors) is not counts


def sessions(page: FlaskClient) -> str:
    """The part of the account's page that lists the browsers."""
    return str(page.get("/account").text).split("Signed in</h2>")[1]


def test_my_browsers_are_listed_and_each_can_be_signed_out(app: Flask, browser: Browser) -> None:
    mine, other = browser("operator"), browser("operator")
    stranger = browser("viewer")
    assert "this one" in sessions(mine)
    ids = {row.user_id: row.id for row in db.session.scalars(select(Login).order_by(Login.id))}
    theirs = ids[accounts.find(db.session(), "viewer@maintenance.example").id]  # type: ignore[union-attr]
    mine.send(f"/account/logins/{theirs}/end")
    assert stranger.get("/").status_code == 200
    (number,) = re.findall(r"/account/logins/(\d+)/end", sessions(mine))
    mine.send(f"/account/logins/{number}/end")
    assert (mine.get("/").status_code, other.get("/").status_code) == (200, 303)


def test_every_other_browser_is_signed_out_at_once(browser: Browser) -> None:
    mine, others = browser("operator"), [browser("operator"), browser("operator")]
    mine.send("/account/logins/end")
    assert mine.get("/").status_code == 200
    assert [other.get("/").status_code for other in others] == [303, 303]


def test_the_language_is_mine_alone(browser: Browser) -> None:
    page = browser("operator")
    assert page.send("/account/language", {"language": "nl"}).status_code == 303
    assert page.send("/account/language", {"language": "fr"}).status_code == 400
    row = accounts.find(db.session(), "operator@maintenance.example")
    assert row is not None
    assert row.language == "nl"
    assert ADMIN.name not in page.get("/account").text
