"""Accounts: people who may sign in and programs that may call, and what each may do."""

from datetime import date, datetime, time, timedelta
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from maintenance import addresses
from maintenance.accounts import ROLES, open_to
from maintenance.models import Delivery, User, db
from maintenance.store import accounts, desk, tokens
from maintenance.store.session import writing
from maintenance.web import signin
from maintenance.web.access import actor
from maintenance.web.display import desk_zone, now
from maintenance.web.texts import _
from maintenance.windows import LANGUAGES
from notifications import letter

pages = Blueprint("accounts", __name__, url_prefix="/accounts")

Answer = Response | str | tuple[str, int]


@pages.get("/")
@open_to("administer")
def listing() -> str:
    """Who may sign in, and which programs may call."""
    return _page()


@pages.post("/invite")
@open_to("administer")
def invite() -> Answer:
    """A new account, and a mail with the link under which its password is chosen."""
    typed = dict(request.form)
    errors = _role(typed)
    try:
        address = addresses.normalized(typed.get("email", "").strip())
    except addresses.BadAddress as error:
        return _page(typed, errors | {"email": str(error)}), 422
    if accounts.find(db.session(), address):
        errors["email"] = _("There is an account with this address already.")
    if errors:
        return _page(typed, errors), 422
    with writing() as session:
        user = accounts.add(session, address, typed["role"], actor(), now())
        user.language = typed["language"] if typed.get("language") in LANGUAGES else "en"
        signin.invite(user)
    flash(_("An invitation goes to %(address)s.", address=address), "success")
    return _back()


@pages.post("/<int:user_id>/role")
@open_to("administer")
def role(user_id: int) -> Answer:
    """Another role for an account; the last administrator stays one."""
    if _role(request.form):
        abort(400)
    with writing() as session:
        user = _user(user_id)
        if request.form["role"] != "admin" and not accounts.other_admins(session, user):
            return _last_admin()
        accounts.set_role(session, user, request.form["role"], actor(), now())
    return _back()


@pages.post("/<int:user_id>/active")
@open_to("administer")
def active(user_id: int) -> Answer:
    """Deactivate an account, which logs it out everywhere; or activate it again."""
    wanted = request.form.get("active") == "yes"
    with writing() as session:
        user = _user(user_id)
        if not wanted and not accounts.other_admins(session, user):
            return _last_admin()
        accounts.set_active(session, user, wanted, actor(), now())
    return _back()


@pages.post("/<int:user_id>/factor/reset")
@open_to("administer")
def reset_factor(user_id: int) -> Answer:
    """Take away the second factors of somebody who lost them; signs them out everywhere."""
    with writing() as session:
        user = _user(user_id)
        accounts.reset_factor(session, user, actor(), now())
        address = user.email
    flash(_("%(address)s signs in by password alone now.", address=address), "success")
    return _back()


@pages.post("/<int:user_id>/invite")
@open_to("administer")
def invite_again(user_id: int) -> Response:
    """The invitation once more, for an account that never chose a password."""
    with writing():
        user = _user(user_id)
        signin.invite(user)
        address = user.email
    flash(_("An invitation goes to %(address)s.", address=address), "success")
    return _back()


@pages.post("/tokens")
@open_to("administer")
def create_token() -> Answer:
    """A service account; its token is on the page that answers, and nowhere after."""
    typed = dict(request.form)
    name = typed.get("token_name", "").strip()
    errors = _role(typed, "token_role")
    if not name.isprintable() or not 1 <= len(name) <= 60:
        errors["token_name"] = _("A short name, as in deploy-robot.")
    expires_at = _end_of_day(typed.get("token_until", ""), errors)
    secret = None
    if not errors:
        with writing() as session:
            role_of, who = typed["token_role"], actor().name
            secret = tokens.create(session, name, role_of, who, now(), expires_at)
    if secret is None:
        taken = {"token_name": _("There is a service account with this name already.")}
        return _page(typed, errors or taken), 422
    return _page(secret=secret, made=name)


@pages.post("/tokens/revoke")
@open_to("administer")
def revoke_token() -> Response:
    """End a service account at once."""
    with writing() as session:
        if not tokens.revoke(session, request.form.get("name", ""), actor().name, now()):
            abort(404)
    flash(_("The token no longer works."), "success")
    return _back()


def _page(
    typed: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
    secret: str | None = None,
    made: str | None = None,
) -> str:
    return render_template(
        "accounts/listing.html",
        users=accounts.listed(db.session()),
        tokens=tokens.listed(db.session()),
        works=tokens.works,
        mails=[(mail, _masked(mail)) for mail in desk.account_mails(db.session())],
        typed=typed or {},
        errors=errors or {},
        secret=secret,
        made=made,
    )


def _masked(mail: Delivery) -> tuple[str, str]:
    """Subject and text of a mail about an account, its secret link taken out."""
    said = mail.notice.words or {}
    return letter.masked(said.get("subject", "")), letter.masked(said.get("text", ""))


def _role(typed: Any, field: str = "role") -> dict[str, str]:
    return {} if typed.get(field) in ROLES else {field: _("Choose a role.")}


def _end_of_day(text: str, errors: dict[str, str]) -> datetime | None:
    """When the day ends that a token works until; None for ever."""
    if not text:
        return None
    try:
        last = date.fromisoformat(text)
        end = datetime.combine(last + timedelta(days=1), time(), tzinfo=desk_zone())
    except (ValueError, OverflowError):
        errors["token_until"] = _("A date, as in 2027-12-31.")
        return None
    if end <= now():
        errors["token_until"] = _("That day is over.")
    return end


def _user(user_id: int) -> User:
    return db.session.get(User, user_id) or abort(404)


def _last_admin() -> Response:
    flash(_("This is the last administrator: make another one first."), "error")
    return _back()


def _back() -> Response:
    return redirect(url_for("accounts.listing"), 303)
