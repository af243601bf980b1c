"""My account: language, second factor, and where I am signed in."""

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from maintenance.accounts import open_to
from maintenance.models import User, db
from maintenance.store import accounts
from maintenance.store.session import writing
from maintenance.web.display import now
from maintenance.web.texts import _
from maintenance.windows import LANGUAGES

pages = Blueprint("account", __name__, url_prefix="/account")


@pages.get("")
@open_to("read")
def page() -> str:
    """What is kept of my account, and each browser that is signed in."""
    return render_template(
        "accounts/own.html",
        logins=accounts.logins(db.session(), current_user, now()),
        this=g.login.id,
    )


@pages.post("/language")
@open_to("read")
def language() -> Response:
    """The language that the pages and my mails speak."""
    wanted = request.form.get("language", "")
    if wanted not in LANGUAGES:
        abort(400)
    with writing() as session:
        session.get_one(User, current_user.id).language = wanted
    return _back()


@pages.post("/logins/<int:login_id>/end")
@open_to("read")
def end(login_id: int) -> Response:
    """Sign out one browser of mine."""
    with writing() as session:
        accounts.end_one(session, current_user, login_id, now())
    flash(_("That browser is signed out."), "success")
    return _back()


@pages.post("/logins/end")
@open_to("read")
def end_others() -> Response:
    """Sign out every browser of mine but this one."""
    this = g.login.id
    with writing() as session:
        for one in accounts.logins(session, current_user, now()):
            if one.id != this:
                accounts.end_one(session, current_user, one.id, now())
    flash(_("Every other browser is signed out."), "success")
    return _back()


def _back() -> Response:
    return redirect(url_for("account.page"), 303)
