"""Single sign-on: an OpenID Connect provider says who it is, its groups say what they may do.

Needs the extra `oidc`. The authorization code flow with PKCE (RFC 7636); what comes back is
checked by Authlib: state, nonce, signature, issuer and audience.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from authlib.integrations.base_client import OAuthError
from authlib.integrations.flask_client import OAuth
from flask import Blueprint, Flask, current_app, flash, redirect, session, url_for
from flask_security import login_user
from joserfc.errors import JoseError
from requests import RequestException
from werkzeug.wrappers import Response

from maintenance.accounts import ANYONE, ROLES, Actor, open_to
from maintenance.addresses import BadAddress, normalized
from maintenance.config import Oidc, Settings
from maintenance.models import User, db
from maintenance.store import accounts
from maintenance.store.session import writing
from maintenance.web.display import now
from maintenance.web.texts import _

pages = Blueprint("sso", __name__)


class Refused(Exception):
    """Somebody the provider knows and we do not let in; the text says why."""


def init_app(app: Flask, provider: Oidc) -> None:
    """Offer sign-in through this provider."""
    OAuth(app).register(
        "provider",
        client_id=provider.client_id,
        client_secret=provider.client_secret,
        server_metadata_url=f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration",
        client_kwargs={"scope": "openid email profile groups", "code_challenge_method": "S256"},
    )
    app.register_blueprint(pages)


@pages.get("/login/sso")
@open_to(ANYONE)
def go() -> Response:
    """To the provider's own sign-in page."""
    settings: Settings = current_app.config["SETTINGS"]
    try:
        where = settings.base_url + url_for("sso.back")
        answer: Response = _provider().authorize_redirect(where)
    except RequestException:
        return _refused(_("Single sign-on does not answer. Try again later, or use a password."))
    return answer


@pages.get("/login/sso/back")
@open_to(ANYONE)
def back() -> Response:
    """Where the provider sends people back to: signed in, or told why not."""
    settings: Settings = current_app.config["SETTINGS"]
    assert settings.oidc is not None
    try:
        token = _provider().authorize_access_token()
        user = _account(token["userinfo"], settings.oidc)
    except (OAuthError, JoseError, RequestException, KeyError):
        return _refused(_("Signing in did not work. Try again."))
    except Refused as error:
        return _refused(str(error))
    with writing():
        login_user(user, authn_via=["sso"])
    session["sso"] = True
    return redirect(url_for("calendar.home"), 303)


def role_of(groups: object, roles: Mapping[str, str]) -> str | None:
    """The highest role that these groups give, or None."""
    theirs = groups if isinstance(groups, Iterable) and not isinstance(groups, str) else ()
    given = {roles[group] for group in theirs if isinstance(group, str) and group in roles}
    return max(given, key=ROLES.index, default=None)


def _provider() -> Any:
    return current_app.extensions["authlib.integrations.flask_client"].provider


def _account(claims: Mapping[str, Any], provider: Oidc) -> User:
    """The account of this person, made or brought up to date; Refused where there is none."""
    role = role_of(claims.get("groups"), provider.roles)
    if role is None:
        raise Refused(_("You are in none of the groups that may sign in here."))
    actor = Actor("single sign-on", "admin")
    with writing() as database:
        user = accounts.by_subject(database, str(claims["sub"]))
        if user is None:
            user = _first_time(claims, role, actor)
        if not user.active:
            raise Refused(_("This account is not active."))
        keeps_an_admin = role == "admin" or accounts.other_admins(database, user)
        if user.role != role and (user.role != "admin" or keeps_an_admin):
            accounts.set_role(database, user, role, actor, now())
    return user


def _first_time(claims: Mapping[str, Any], role: str, actor: Actor) -> User:
    """An account for somebody new here, or the one there is of the address that was verified."""
    try:
        address = normalized(str(claims.get("email", "")))
    except BadAddress:
        raise Refused(_("The provider gives no usable e-mail address for you.")) from None
    database = db.session()
    user = accounts.find(database, address)
    if user is None:
        user = accounts.add(database, address, role, actor, now())
    elif claims.get("email_verified") is not True or user.subject is not None:
        raise Refused(_("There is an account with your address already. Use its password."))
    user.subject = str(claims["sub"])
    user.password = None  # whoever leaves the groups does not get in by another way
    return user


def _refused(said: str) -> Response:
    flash(said, "error")
    return redirect(url_for("security.login"), 303)
