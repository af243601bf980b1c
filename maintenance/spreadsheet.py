"""Tables as text (RFC 4180), safe to open in a spreadsheet; bytes in, bytes out."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

FORMULAS = ("=", "+", "-", "@", "\t", "\r")
"""What a cell begins with that a spreadsheet would calculate."""

SEPARATORS = (",", ";")
MOST_ROWS = 50_000


class Unreadable(ValueError):
    """A file that is no table; the text says why."""


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of one row by column, and the line of the file on which it begins."""

    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: its columns as named in its first line, and its rows."""

    columns: tuple[str, ...]
    rows: Sequence[Row]


def write(columns: Sequence[str], rows: Iterable[Sequence[object]], separator: str = ",") -> bytes:
    """The table in UTF-8 with a byte-order mark, by which a spreadsheet knows it.

    A cell that would be calculated gets an apostrophe before it; `read` takes it away.
    """
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator)
    writer.writerow(columns)
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig", "replace")


def read(data: bytes, known: Mapping[str, Sequence[str]]) -> tuple[str, Sheet]:
    """Which of the known tables this is, by its columns, and the table.

    `known` holds the columns of each table by its name; the first two are needed.
    Unreadable says what is wrong with the file as a whole, with the line.
    """
    text = _decoded(data)
    separator = _separator(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    rows: list[Row] = []
    columns: tuple[str, ...] = ()
    try:
        columns = tuple(cell.strip().lower() for cell in next(reader, []))
        name = _kind(columns, known)
        begins = reader.line_num + 1
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append(Row(begins, _named(begins, columns, cells)))
            if len(rows) > MOST_ROWS:
                raise Unreadable(f"more than {MOST_ROWS} rows")
            begins = reader.line_num + 1
    except csv.Error as error:
        raise Unreadable(f"line {reader.line_num}: {error}") from None
    return name, Sheet(columns, rows)


def _harmless(cell: object) -> str:
    text = "" if cell is None else str(cell).replace("\0", "")
    return f"'{text}" if _risky(text) else text


def _plain(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and _risky(cell) else cell


def _risky(text: str) -> bool:
    """Whether it is calculated, or would be but for the apostrophes before it."""
    return text.lstrip("'").startswith(FORMULAS)


def _decoded(data: bytes) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Unreadable(
            f"line {line} is not in UTF-8: save the file as 'CSV UTF-8' and try again"
        ) from None
    if "\0" in text:
        raise Unreadable("it is not a text file: save it as 'CSV UTF-8' and try again")
    if not text.strip():
        raise Unreadable("it is empty")
    return text


def _separator(text: str) -> str:
    """The one that stands most often in the first line."""
    first = text.split("\n", 1)[0]
    return max(SEPARATORS, key=first.count)


def _kind(columns: tuple[str, ...], known: Mapping[str, Sequence[str]]) -> str:
    """The known table that has these columns; Unreadable where none has."""
    fits = [name for name, wanted in known.items() if set(wanted[:2]) <= set(columns)]
    if not fits:
        expected = " or ".join(",".join(wanted) for wanted in known.values())
        raise Unreadable(f"line 1 names no known columns: expected {expected}")
    for column in columns:
        if column not in known[fits[0]]:
            raise Unreadable(f"line 1 names an unknown column: {column[:60]!r}")
    if len(set(columns)) < len(columns):
        raise Unreadable("line 1 names a column twice")
    return fits[0]


def _named(line: int, columns: tuple[str, ...], cells: Sequence[str]) -> Mapping[str, str]:
    if len(cells) > len(columns):
        raise Unreadable(f"line {line} has more cells than line 1 has columns")
    return {name: _plain(cell.strip()) for name, cell in zip(columns, cells, strict=False)}
