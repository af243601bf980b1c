"""Where an edition comes from: the database, read on a connection of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Protocol

from flask import Flask, current_app, has_app_context
from sqlalchemy import event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from maintenance.models import db
from maintenance.store import readers, session
from maintenance.store.readers import FeedOwner
from maintenance.store.told import Told
from maintenance.windows import Service, Window


class Unreachable(Exception):
    """The database cannot be read now."""


class Reads(Protocol):
    """What an edition is made from; each raises Unreachable."""

    def version(self) -> int:
        """The number raised by every change that the public sees."""

    def everything(self, since: datetime) -> tuple[int, tuple[Service, ...], tuple[Window, ...]]:
        """The version, the services, and what was announced and ends after `since`."""

    def feed_owner(self, customer_id: int) -> FeedOwner | None:
        """The active customer with this id, or None."""


class Source:
    """The database of this app."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._told = Told()

    def version(self) -> int:
        """The number raised by every change that the public sees."""
        with self._reading() as reading:
            return session.version(reading)

    def everything(self, since: datetime) -> tuple[int, tuple[Service, ...], tuple[Window, ...]]:
        """The version, the services, and what was announced and ends after `since`.

        The version is read first: what changes meanwhile is then read again, never missed.
        """
        with self._reading() as reading:
            number = session.version(reading)
            return number, readers.services(reading), self._told.windows(reading, since)

    def feed_owner(self, customer_id: int) -> FeedOwner | None:
        """The active customer with this id, or None."""
        with self._reading() as reading:
            return readers.feed_owner(reading, customer_id)

    @contextmanager
    def _reading(self) -> Iterator[Session]:
        """A session apart from the request's own, which may be amid a transaction."""
        try:
            with self._app.app_context():
                engine = db.engine
            with Session(engine) as reading:
                yield reading
        except SQLAlchemyError as error:
            raise Unreachable from error


def tell_of_commits() -> None:
    """Let the process that writes show its own change at once, not after a second."""
    if not event.contains(db.session, "after_commit", _committed):
        event.listen(db.session, "after_commit", _committed)


def _committed(_session: Any) -> None:
    if has_app_context() and "published" in current_app.extensions:
        current_app.extensions["published"].look_anew()
