"""What went wrong, in one readable line: no command ends in a traceback."""

from pathlib import Path
from traceback import extract_tb

from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError

from maintenance.config import BadSetting
from maintenance.migrations import NotMigrated

NO, BAD = 1, 2
"""The exit codes of contract and shell: the answer is no; the input is bad."""


def explain(error: Exception) -> tuple[str, int]:
    """The line to print and the code to exit with."""
    match error:
        case BadSetting():
            return str(error), BAD
        case NotMigrated():
            return str(error), NO
        case OperationalError() | ProgrammingError():
            return _database(error), NO
        case _:
            return _unexpected(error), NO


def _database(error: DBAPIError) -> str:
    reason = _first_line(error.orig)
    if any(sign in reason for sign in ("no such table", "no such column", "does not exist")):
        return f"The database is not up to date: run `maintenance migrate` ({reason})"
    return f"The database cannot be used: {reason}"


def _unexpected(error: Exception) -> str:
    frames = extract_tb(error.__traceback__)
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "start"
    return f"Unexpected {type(error).__name__} at {place}: {_first_line(error)}"


def _first_line(error: object) -> str:
    return next(iter(str(error).strip().splitlines()), "no reason given")
