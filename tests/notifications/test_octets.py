"""notifications.octets: text as octets, and marks in it."""

import quopri
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from notifications import octets

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\x01"))


@given(TEXTS)
@example("a" * 76)
@example("short, and ends in a space ")
@example("tab\t")
@example("1 = 1\n.\n")
def test_what_is_quoted_reads_as_it_was_on_lines_of_76_at_most(text: str) -> None:
    made = octets.quoted(text)
    assert quopri.decodestring(made.encode("ascii")) == text.encode()
    assert all(len(line) <= 76 and not re.search(r"[ \t]$", line) for line in made.split("\n"))


@given(TEXTS.filter(lambda text: "\n" not in text))
def test_a_value_filled_in_reads_as_if_it_had_been_there(value: str) -> None:
    compiled = octets.quoted(f"Beste {octets.mark('name')}, hallo").encode()
    made = octets.filled(compiled, {"name": octets.quoted(value)})
    assert quopri.decodestring(made).decode() == f"Beste {value}, hallo"


def test_a_mark_without_a_value_is_an_error() -> None:
    with pytest.raises(KeyError):
        octets.filled(octets.mark("name").encode(), {})


@pytest.mark.parametrize(
    ("address", "sent"),
    [
        ("jan@acme.example", "jan@acme.example"),
        ("o'neil+x=y@Acme.example", "o'neil+x=y@Acme.example"),
        ("jan@bücher.example", "jan@xn--bcher-kva.example"),
    ],
)
def test_an_address_goes_on_the_envelope_in_ascii(address: str, sent: str) -> None:
    assert octets.ascii_address(address) == sent
