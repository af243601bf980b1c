"""Brings a database to the tables that models.py describes, one step at a time.

`flask --app wsgi db migrate -m "what changes"` writes the next step; read it before you commit it.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import current_app
from flask_migrate import upgrade
from sqlalchemy import Engine, text

from maintenance.migrations import jobs
from maintenance.models import db

FOLDER = str(Path(__file__).parent)
LOCK = 7_239_514_866
"""Any number that nobody else locks on this database."""


class NotMigrated(Exception):
    """The tables are not those of this version of the program; the text says what to do."""


def apply() -> None:
    """Run every step that the current app's database has not had yet."""
    with _alone(db.engine):
        _refuse_newer(db.engine)
        upgrade(directory=FOLDER)
        if current_app.config["SETTINGS"].procrastinate:
            jobs.apply(db.engine)


def require(engine: Engine) -> None:
    """NotMigrated where a step is still to be run, or the database is ahead of this program."""
    _refuse_newer(engine)
    carried = current_app.config["SETTINGS"].procrastinate
    if _found(engine) != set(_steps().get_heads()) or (carried and not jobs.ready(engine)):
        raise NotMigrated("The database is not up to date: run `maintenance migrate`")


def _refuse_newer(engine: Engine) -> None:
    known = {step.revision for step in _steps().walk_revisions()}
    if _found(engine) - known:
        raise NotMigrated("The database was made by a newer version of this program")


def _found(engine: Engine) -> set[str]:
    with engine.connect() as connection:
        return set(MigrationContext.configure(connection).get_current_heads())


def _steps() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", FOLDER)
    return ScriptDirectory.from_config(config)


@contextmanager
def _alone(engine: Engine) -> Iterator[None]:
    """Hold off every other program that migrates this database: two would run the same step."""
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("SET lock_timeout = 0"))  # however long the other one takes
            connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": LOCK})
            try:
                yield
            finally:
                connection.invalidate()  # the lock ends with the connection
    else:
        with Path(f"{engine.url.database}.migrating").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
