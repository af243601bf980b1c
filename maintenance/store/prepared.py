"""Statements that are carried out for many rows, many times: worked out once for each database.

SQLAlchemy looks at statement, values and types anew each time; for a handful of rows that takes
several times as long as the database does.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Dialect, Update
from sqlalchemy.orm import Session

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A statement in one database's words, and how a row becomes its parameters."""

    sql: str
    fixed: Mapping[str, Any]
    converted: Mapping[str, Callable[[Any], Any]]
    order: Sequence[str] | None  # None where parameters have names

    def parameters(self, row: Row) -> Any:
        values = {**self.fixed, **row}
        for name, convert in self.converted.items():
            values[name] = convert(values[name])
        return values if self.order is None else tuple(values[name] for name in self.order)


class Prepared:
    """An update whose bound parameters are given row by row."""

    def __init__(self, statement: Update) -> None:
        self._statement = statement
        self._compiled: dict[str, _Compiled] = {}

    def run(self, session: Session, rows: Sequence[Row]) -> None:
        """Carry it out for each row, which has a value for each bound parameter."""
        connection = session.connection()
        name = connection.dialect.name
        if name not in self._compiled:
            self._compiled[name] = _compiled(self._statement, connection.dialect)
        compiled = self._compiled[name]
        connection.exec_driver_sql(compiled.sql, [compiled.parameters(row) for row in rows])


def _compiled(statement: Update, dialect: Dialect) -> _Compiled:
    compiled = statement.compile(dialect=dialect)
    fixed: dict[str, Any] = {}
    converted: dict[str, Callable[[Any], Any]] = {}
    for bound, name in compiled.bind_names.items():
        convert = bound.type.dialect_impl(dialect).bind_processor(dialect)
        if not bound.required:
            fixed[name] = convert(bound.effective_value) if convert else bound.effective_value
        elif convert is not None:
            converted[name] = convert
    return _Compiled(str(compiled), fixed, converted, compiled.positiontup)
