"""Pages for what went wrong: one look, no traceback, and what to do next."""

from flask import Flask, current_app, render_template
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import HTTPException

from maintenance.models import db
from maintenance.store.session import UNUSABLE

Answer = tuple[str, int]


def init_app(app: Flask) -> None:
    """Answer errors with a page."""
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(CSRFError, _stale_form)
    for error in UNUSABLE:
        app.register_error_handler(error, _no_database)


def _http(error: HTTPException) -> HTTPException | Answer:
    if error.code is None or error.code < 400:
        return error  # a redirect that werkzeug raises
    return render_template("error.html", code=error.code, said=error.description), error.code


def _stale_form(error: CSRFError) -> Answer:
    return render_template("error.html", code="form", said=error.description), 400


def _no_database(error: DBAPIError) -> Answer:
    current_app.logger.error("the database does not answer: %s", error.orig)
    db.session.rollback()
    page = current_app.jinja_env.get_template("unavailable.html")
    return page.render(), 503  # without what render_template asks of the database
