"""Signing in: Flask-Security checks passwords, the table `login` remembers who is in.

The cookie only names a row of that table, so a sign-in that ended there is over wherever its
cookie is kept or replayed.
"""

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import (
    Flask,
    Response,
    abort,
    after_this_request,
    current_app,
    g,
    render_template,
    request,
    session,
    url_for,
)
from flask_babel import force_locale
from flask_login import current_user, user_logged_out
from flask_security import Security, SQLAlchemyUserDatastore
from flask_security.forms import LoginForm
from flask_security.mail_util import MailUtil
from flask_security.recoverable import generate_reset_password_token
from flask_security.signals import password_changed, password_reset, user_authenticated
from flask_security.utils import set_request_attr

from maintenance.accounts import ANYONE, open_to
from maintenance.config import Settings
from maintenance.models import Passkey, User, db
from maintenance.store import accounts, guesses, outbox
from maintenance.store.session import UNUSABLE, writing
from maintenance.web import second_factor, signin_words, visitor
from maintenance.web.texts import _

OPEN = {
    "login": ANYONE,
    "forgot_password": ANYONE,
    "reset_password": ANYONE,
    "logout": "read",
    "change_password": "read",
}
"""Flask-Security's pages that are used, and the right each needs; the others stay shut."""

INVITATION_LASTS = timedelta(days=3)

PER_PAIR, PER_ADDRESS, PER_ACCOUNT, PER_RESET = 10, 100, 200, 5
"""Wrong guesses in guesses.PERIOD: by one address at one account, by one address, at one account
from addresses it never came from; and reset mails to one account."""


class SignInForm(LoginForm):  # type: ignore[misc]
    """Flask-Security's, without its second cookie."""

    remember = None


class OutboxMail(MailUtil):  # type: ignore[misc]
    """Account mails take the way of all mails: a row first, the worker sends."""

    def send_mail(self, template: str, *_: object, **values: Any) -> None:
        """Queue the mail that Flask-Security names by its template, in the account's language.

        None goes to who signs in elsewhere: a password would be a way around it.
        """
        kind = template.rsplit("/", 1)[-1]
        if values["user"].subject is not None:
            return
        queue_mail(kind, values["user"], values.get("reset_token"))
        after_this_request(_commit)


def init_app(app: Flask) -> None:
    """Sign-in, sign-out, forgotten and changed passwords."""
    settings: Settings = app.config["SETTINGS"]
    app.config.update(second_factor.settings_of(settings))
    app.config.update(signin_words.settings())
    app.config.update(
        SESSION_COOKIE_SECURE=settings.base_url.startswith("https://"),
        SESSION_COOKIE_SAMESITE="Lax",
        SECURITY_PASSWORD_SCHEMES=["argon2"],
        SECURITY_PASSWORD_SINGLE_HASH=["argon2"],
        SECURITY_PASSWORD_LENGTH_MIN=10,
        SECURITY_RECOVERABLE=True,
        SECURITY_CHANGEABLE=True,
        SECURITY_RESET_PASSWORD_WITHIN=INVITATION_LASTS,
        SECURITY_RETURN_GENERIC_RESPONSES=True,
        SECURITY_EMAIL_VALIDATOR_ARGS={
            "check_deliverability": False,
            "globally_deliverable": False,  # decided when the account was made
        },
        SECURITY_API_ENABLED_METHODS=["session"],
        SECURITY_JOIN_USER_ROLES=False,
        SECURITY_POST_LOGOUT_VIEW="/login",
        SECURITY_LOGOUT_CSRF=True,
    )
    users = SQLAlchemyUserDatastore(db, User, None, Passkey)
    app.before_request(_hold_back_guessers)
    security = Security(
        login_form=SignInForm,
        wan_signin_response_form=second_factor.OwnPasskey,
        mail_util_cls=OutboxMail,
        totp_cls=second_factor.Codes,
        mf_recovery_codes_util_cls=second_factor.Recovery,
        webauthn_util_cls=second_factor.Origin,
    )
    security.init_app(app, users, datetime_factory=_now)
    second_factor.init_app(app)
    app.login_manager.user_loader(_load)  # type: ignore[attr-defined]
    app.login_manager._request_callback = None  # type: ignore[attr-defined]  # no second way in
    user_authenticated.connect(_began, app)
    user_logged_out.connect(_ended, app)
    password_changed.connect(_changed, app)
    password_reset.connect(_reset, app)
    for name, right in (OPEN | second_factor.OPEN).items():
        open_to(right)(app.view_functions[f"security.{name}"])


def invite(user: User) -> None:
    """Mail a new account the link under which it chooses its password; inside `writing`."""
    queue_mail("invitation", user, generate_reset_password_token(user))


def queue_mail(kind: str, user: User, token: str | None) -> None:
    """Queue a mail about an account; its link comes from BASE_URL, never from the request."""
    settings: Settings = current_app.config["SETTINGS"]
    path = url_for("security.reset_password", token=token, _external=False) if token else "/login"
    values = {"user": user, "link": settings.base_url + path, "lasts": INVITATION_LASTS}
    with force_locale(user.language):
        text = render_template(f"accounts/mail/{kind}.txt", **values)
    subject, _, body = text.partition("\n")
    html = render_template("accounts/mail/account.html", body=body.strip(), **values)
    outbox.add_account_mail(
        db.session(), user.email, user.language, subject, body.strip() + "\n", html, _now()
    )


def note_use() -> None:
    """Note, now and then, that this sign-in is in use."""
    found = g.get("login")
    if found is not None and found.seen_at + accounts.NOTED <= _now():
        with suppress(*UNUSABLE), writing() as database:  # nobody is kept out for it
            accounts.seen(database, found, _now())


def _load(uniquifier: str) -> User | None:
    found = accounts.login(db.session(), session.get("login", ""), _now())
    if found is None or found.user.fs_uniquifier != uniquifier:
        return None
    g.login = found
    set_request_attr("fs_authn_via", "session")
    set_request_attr("fs_paa", session.get("fs_paa", 0))
    return found.user


def _began(_app: Flask, user: User, **_: object) -> None:
    """A new secret, and a new CSRF token, at every sign-in."""
    accounts.end_login(db.session(), session.pop("login", ""), _now())
    session.pop("csrf_token", None)
    session.pop("sso", None)
    g.pop("csrf_token", None)
    for source, _limit in list(_sources()):
        guesses.take_back(db.session(), source)
    guesses.forget(db.session(), _pair(user.email))
    agent = request.user_agent.string
    session["login"] = accounts.begin_login(db.session(), user, visitor.address(), agent, _now())


def _ended(_app: Flask, **_: object) -> None:
    accounts.end_login(db.session(), session.pop("login", ""), _now())
    db.session.commit()
    session.clear()


def _changed(_app: Flask, user: User, **_: object) -> None:
    accounts.end_logins(db.session(), user, _now(), but=session.get("login", ""))


def _reset(_app: Flask, user: User, **_: object) -> None:
    accounts.end_logins(db.session(), user, _now())


def _hold_back_guessers() -> Response | None:
    """Count every try before it is looked at, and answer 429 to those who try too often.

    What follows writes: so the transaction begins as a writing one.
    """
    if request.method != "POST" or request.blueprint != "security":
        return None
    with writing() as database:
        spent = False
        for source, limit in list(_sources()):
            guesses.wrong(database, source, _now())
            spent = spent or guesses.exhausted(database, source, limit + 1, _now())
    if spent:
        minutes = int(guesses.PERIOD.total_seconds() // 60)
        abort(429, _("Too many tries. Please wait %(n)s minutes.", n=minutes))
    db.session.connection(execution_options={"begin": "BEGIN IMMEDIATE"})
    return None


def _sources() -> Iterator[tuple[str, int]]:
    """Against what this try counts, and how many may be wrong."""
    account = request.form.get("email", "").strip().lower()[:320]
    match request.endpoint:
        case "security.login":
            yield _pair(account), PER_PAIR
            yield f"login from {visitor.address()}", PER_ADDRESS
            user = accounts.find(db.session(), account)
            if user is None or not accounts.came_from(db.session(), user, visitor.address()):
                yield f"login as {account}", PER_ACCOUNT
        case "security.forgot_password":
            yield f"reset of {account}", PER_RESET
            yield f"reset from {visitor.address()}", PER_ADDRESS
        case "security.two_factor_token_validation" | "security.mf_recovery":
            yield f"code of {session.get('tf_user_id', '')}", PER_PAIR
        case "security.verify" if current_user.is_authenticated:
            yield f"change of {current_user.id}", PER_PAIR
        case "security.change_password" if current_user.is_authenticated:
            yield f"change of {current_user.id}", PER_PAIR


def _commit(response: Response) -> Response:
    db.session.commit()
    return response


def _pair(account: str) -> str:
    return f"login as {account.lower()} from {visitor.address()}"


def _now() -> datetime:
    return datetime.now(UTC)
