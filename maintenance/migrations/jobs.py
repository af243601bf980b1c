"""Procrastinate's own tables: made, and brought to what the installed version of it expects.

It ships the whole schema and every step that led there, and notes nowhere which of them a database
has had: the comment on its table of jobs says so here.
"""

from pathlib import Path

from sqlalchemy import Connection, Engine, text

from maintenance.store.jobs import library

_MARK = text("SELECT obj_description(to_regclass('procrastinate_jobs'), 'pg_class')")


def apply(engine: Engine) -> None:
    """Make the tables, or run the steps that they have not had, in one transaction."""
    with engine.begin() as connection:
        mark, steps = _mark(connection), _steps()
        if mark is None:
            _run(connection, library().schema.SchemaManager.get_schema())
        else:
            for step in steps:
                if step.stem > mark:
                    _run(connection, step.read_text("utf-8"))
        _run(connection, f"COMMENT ON TABLE procrastinate_jobs IS '{steps[-1].stem}'")


def ready(engine: Engine) -> bool:
    """Whether the tables are there, and had every step."""
    with engine.connect() as connection:
        return _mark(connection) == _steps()[-1].stem


def _mark(connection: Connection) -> str | None:
    """The last step that the tables have had; None where there are no tables."""
    mark: str | None = connection.scalar(_MARK)
    return mark


def _steps() -> list[Path]:
    return sorted(Path(library().schema.SchemaManager.get_migrations_path()).glob("*.sql"))


def _run(connection: Connection, script: str) -> None:
    """Straight on the driver: a script is many statements, and its percent signs are its own."""
    driver = connection.connection.driver_connection
    assert driver is not None
    driver.execute(script)
