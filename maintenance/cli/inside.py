"""The application, for a command that works on the database and ends."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask

from maintenance.app import create_app
from maintenance.models import db


@contextmanager
def application() -> Iterator[Flask]:
    """The application inside its context; its connections are closed at the end."""
    app = create_app()
    with app.app_context():
        try:
            yield app
        finally:
            db.session.remove()
            db.engine.dispose()
