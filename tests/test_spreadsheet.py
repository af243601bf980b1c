"""Tables as text: what spreadsheets write is read, and nothing we write is calculated."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maintenance.spreadsheet import Unreadable, read, write

KNOWN = {"people": ("name", "age", "town"), "towns": ("town", "land")}


def rows(data: bytes) -> list[dict[str, str]]:
    return [dict(row.cells) for row in read(data, KNOWN)[1].rows]


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("separator", [",", ";"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_file_is_read_as_spreadsheets_write_it(mark: bytes, separator: str, end: str):
    text = end.join(["Name; Age", 'Anaïs;"3;0"', ";", "Bo;4", ""]).replace(";", separator)
    found = read(mark + text.encode(), KNOWN)
    assert found[0] == "people"
    assert [(row.line, dict(row.cells)) for row in found[1].rows] == [
        (2, {"name": "Anaïs", "age": f"3{separator}0"}),
        (4, {"name": "Bo", "age": "4"}),
    ]


def test_a_row_is_named_by_the_line_on_which_it_begins():
    found = read(b'name,age\n"Bo\nand Co",4\nJo,5\n', KNOWN)[1]
    assert [row.line for row in found.rows] == [2, 4]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "is empty"),
        (b"name,age\nBo,4\nAna\xefs,3\n", "line 3 is not in UTF-8"),
        ("name,age\nBo,4".encode("utf-16"), "is not in UTF-8"),
        (b"n\0ame,age", "not a text file"),
        (b"naam,leeftijd\n", "no known columns: expected name,age,town or town,land"),
        (b"name,age,shoe size\n", "unknown column: 'shoe size'"),
        (b"name,age,name\n", "names a column twice"),
        (b"name,age\nBo,4,5\n", "line 2 has more cells"),
        (b'name,age\n"Bo,4\n', "line 2: unexpected end of data"),
    ],
)
def test_what_is_no_such_table_is_refused_with_the_reason(data: bytes, says: str):
    with pytest.raises(Unreadable, match=says):
        read(data, KNOWN)


@pytest.mark.parametrize("text", ["=cmd|' /C calc'!A0", "+31", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_cell_is_calculated(text: str):
    written = write(("name", "age"), [(text, 1)])
    read_as = csv.reader(io.StringIO(written.decode("utf-8-sig"), newline=""))
    cell = list(read_as)[1][0]
    assert cell == f"'{text}"


@given(
    st.lists(
        st.tuples(st.text(st.characters(exclude_categories=["Cs"]), max_size=8).map(str.strip)),
        max_size=5,
    ),
    st.sampled_from([",", ";"]),
)
def test_what_is_written_is_read_back(cells: list[tuple[str]], separator: str):
    cells += [("'=1",), ("''-",), ("'tis",)]
    kept = [(text.replace("\0", "").strip(), "4") for (text,) in cells]
    data = write(("name", "age"), kept, separator)
    assert [(row["name"], row["age"]) for row in rows(data)] == kept
