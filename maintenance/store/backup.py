"""A whole copy of the database, taken while it is in use, whose own queue is held.

What was sent after the copy was made waits in it to go out again: whoever puts it back decides.
"""

import os
import sqlite3
import subprocess
from contextlib import closing
from datetime import datetime
from pathlib import Path

from sqlalchemy import URL, create_engine
from sqlalchemy.orm import Session

from maintenance.store import holding

ACTOR = "maintenance backup"


class NoBackup(Exception):
    """The copy could not be made; the text is one line."""


def write(url: URL, file: Path, now: datetime) -> None:
    """Write the copy to this file, over an older one only once it is whole; NoBackup otherwise.

    A database file for SQLite; for PostgreSQL what `pg_dump` says, which `psql` reads.
    """
    part = file.with_name(f"{file.name}.part")
    why = f"a backup of {now:%Y-%m-%d %H:%M} UTC was put back"
    try:
        part.unlink(missing_ok=True)
        part.touch(mode=0o600)
        if url.get_backend_name() == "sqlite":
            _copy(Path(url.database or ""), part)
            _hold(part, why, now)
        else:
            _dump(url, part, why)
        part.replace(file)
    except OSError as error:
        raise NoBackup(f"{error.strerror}: {error.filename}") from None
    except sqlite3.Error as error:
        raise NoBackup(str(error)) from None
    finally:
        part.unlink(missing_ok=True)


def _copy(database: Path, part: Path) -> None:
    """As it was at one moment, with all that is committed, though others write meanwhile."""
    source = f"{database.resolve().as_uri()}?mode=ro"
    with closing(sqlite3.connect(source, uri=True)) as old, closing(sqlite3.connect(part)) as new:
        old.backup(new)
        new.execute("PRAGMA journal_mode = DELETE")  # one file, nothing beside it


def _hold(part: Path, why: str, now: datetime) -> None:
    engine = create_engine(f"sqlite:///{part}")
    with Session(engine) as session, session.begin():
        holding.hold(session, ACTOR, why, now)
    engine.dispose()


def _dump(url: URL, part: Path, why: str) -> None:
    plain = url.set(drivername="postgresql", password=None).render_as_string()
    command = ["pg_dump", "--no-owner", "--no-privileges", f"--file={part}", f"--dbname={plain}"]
    password = {"PGPASSWORD": str(url.password)} if url.password else {}
    try:
        done = subprocess.run(  # noqa: S603
            command, env={**os.environ, **password}, capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        raise NoBackup("pg_dump is not here: install PostgreSQL's client programs") from None
    if done.returncode:
        raise NoBackup(next(iter(done.stderr.strip().splitlines()), "pg_dump failed"))
    with part.open("a", encoding="utf-8") as file:
        file.write(_HELD.format(by=_quoted(ACTOR), why=_quoted(why)))


_HELD = """
-- What waited when this was written does not go out before somebody lets it.
RESET search_path;
INSERT INTO held (id, since_at, by, why) VALUES (1, now(), {by}, {why}) ON CONFLICT DO NOTHING;
"""


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
