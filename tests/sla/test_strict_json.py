"""JSON is read strictly, and what is wrong with it is said in a line."""

import pytest

from maintenance.sla.strict_json import NotJson, loads


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b'{"a": 1}', {"a": 1}),
        (b'\xef\xbb\xbf{"a": 1}\r\n', {"a": 1}),
        (b'"\xc3\xa9"', "é"),
        (b"1e400", float("inf")),
    ],
)
def test_json_is_read(data, value):
    assert loads(data) == value


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"{} {}",
        b"nope",
        b"NaN",
        b'{"a": Infinity}',
        b'{"a": -Infinity}',
        b'{"a": 1, "a": 1}',
        b'{"b": [{"a": 1, "a": 2}]}',
        b'{"\\ud800": 1, "\\ud800": 2}',
        b'"\xff"',
        '{"a": 1}'.encode("utf-16"),
        b"1" * 5000,
        b"[" * 100_000,
        b'{"a":' * 100_000,
    ],
)
def test_what_is_no_json_is_refused_in_a_line(data):
    with pytest.raises(NotJson) as refused:
        loads(data)
    assert "\n" not in str(refused.value)
    assert str(refused.value).isascii()
