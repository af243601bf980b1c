"""Who may open which page: one gate before every request. What is not marked is shut."""

from flask import Flask, Response, abort, current_app, redirect, request, session, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as BaseResponse

from maintenance.accounts import ANYONE, Actor
from maintenance.web import second_factor, signin

BEARERS = "/api/v1/"
"""Paths that ask for a token of their own; a browser's cookie counts for nothing there."""


def init_app(app: Flask) -> None:
    """Shut every page that is not marked with `accounts.open_to`."""
    app.before_request(gate)


def gate() -> BaseResponse | None:
    """Let through whoever has the right that the view asks; others log in, or get a 403."""
    if request.endpoint is None or request.path.startswith(BEARERS):
        return None  # no such page, or it has its own gate
    needs = needed(request.endpoint)
    if needs == ANYONE:
        return None
    if not current_user.is_authenticated:
        return _to_login()
    if needs is None or not actor().may(needs):
        abort(403)
    if second_factor.missing(current_user) and not _may_be_without():
        return redirect(url_for("security.two_factor_setup"), 303)
    signin.note_use()
    return None


def needed(endpoint: str) -> str | None:
    """The right that a page asks for: a key of LEAST, or ANYONE; None where nobody said."""
    if endpoint in current_app.config["ASSETS"]:
        return ANYONE
    right: str | None = getattr(current_app.view_functions[endpoint], "open_to", None)
    return right


def actor() -> Actor:
    """Who is logged in, as the verbs know them."""
    return Actor(current_user.email, current_user.role)


def _may_be_without() -> bool:
    """Whether this page opens without the second factor that the account is to have.

    Those on the way to it do; and single sign-on asks for what its provider asks for.
    """
    return (
        request.blueprint == "security" or request.endpoint == "assets.services" or "sso" in session
    )


def _to_login() -> BaseResponse:
    """The login page, and from there back; a page fetched by script tells its page to go there."""
    here = request.full_path.rstrip("?") if request.method == "GET" else None
    target = url_for("security.login", next=here if here != "/" else None)
    if "HX-Request" in request.headers:
        return Response(status=401, headers={"HX-Redirect": url_for("security.login")})
    return redirect(target, 303)
