"""How a transaction is made, so that what a verb counted still holds when it writes.

SQLite's default mode let two operators take the last place of a quota in every race, and so did
PostgreSQL's READ COMMITTED. Hence BEGIN IMMEDIATE on the one, a lock on the service's row on the
other: `writing` gives the first, `lock` the second.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, event, select, update
from sqlalchemy.exc import InternalError, OperationalError
from sqlalchemy.orm import Session

from maintenance.models import Service, Version, db

BUSY_MS = 5000
"""How long a transaction waits for another that holds what it needs before it gives up."""

UNUSABLE = (OperationalError, InternalError)
"""What a database raises that is locked, full, away or takes no writes: nothing was written, and
another try may do. PostgreSQL says the last by an InternalError."""


def prepare(engine: Engine) -> None:
    """Make every connection of this engine safe to write on; once, when the app is made."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _pragmas)
        event.listen(engine, "begin", _begin)
    else:
        event.listen(engine, "connect", _patience)


def _patience(connection: Any, _record: object) -> None:
    connection.execute(f"SET lock_timeout = {BUSY_MS}")
    connection.commit()


def _pragmas(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver begins nothing by itself
    for pragma in (
        f"busy_timeout={BUSY_MS}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))


@contextmanager
def writing() -> Iterator[Session]:
    """A transaction that writes: committed at the end, undone whole by any exception.

    What the session read before is forgotten: it was read without the lock.
    """
    session = db.session()
    session.rollback()
    session.connection(execution_options={"begin": "BEGIN IMMEDIATE"})
    try:
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise


@contextmanager
def reading() -> Iterator[Session]:
    """A transaction that only reads, ended at the end: nothing stays open while a mail is sent."""
    session = db.session()
    session.rollback()
    try:
        yield session
    finally:
        session.rollback()


def lock(session: Session, slugs: Collection[str]) -> list[Service]:
    """The services with these slugs, by slug, locked until the transaction ends.

    Taken in one order, so that two windows on the same services cannot block each other.
    """
    query = select(Service).where(Service.slug.in_(slugs)).order_by(Service.slug)
    return list(session.scalars(query.with_for_update(key_share=True)))


def publish(session: Session) -> None:
    """Say that what the public reads has changed; part of the transaction that changes it."""
    session.execute(update(Version).values(number=Version.number + 1))


def version(session: Session) -> int:
    """The number that `publish` raises."""
    return session.scalar(select(Version.number)) or 0
