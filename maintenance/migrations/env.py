"""How Alembic runs here: each step in a transaction of its own, on SQLite begun IMMEDIATE.

SQLite cannot alter most things in place, so a batch step copies a table and drops the old one. With
foreign keys on, that drop would take every row that cascades from it: they are off meanwhile, which
SQLite only does outside a transaction, hence on the driver's connection.
"""

from typing import Literal

from alembic import context
from flask import current_app
from sqlalchemy import Connection

from maintenance.models import Base, Names, UTCDateTime


def _as_today(kind: str, item: object, _context: object) -> str | Literal[False]:
    """A step must mean the same for ever: it names SQLAlchemy's types, not ours."""
    if kind == "type" and isinstance(item, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, Names):
        return "sa.Text()"
    return False


def _foreign_keys(connection: Connection, switch: str) -> None:
    if connection.dialect.name == "sqlite":
        driver = connection.connection.driver_connection
        driver.execute(f"PRAGMA foreign_keys={switch}")  # type: ignore[union-attr]


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        render_item=_as_today,
        compare_type=True,
        compare_server_default=True,
        transaction_per_migration=True,
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()


engine = current_app.extensions["migrate"].db.engine
with engine.connect().execution_options(begin="BEGIN IMMEDIATE") as connection:
    _foreign_keys(connection, "OFF")
    try:
        _run(connection)
    finally:
        connection.rollback()
        _foreign_keys(connection, "ON")
