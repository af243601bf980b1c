"""The interface in Dutch: every text of it, as the code has them now, and compiled."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

from maintenance.config import ROOT
from maintenance.web.messages import recognised

NL = ROOT / "maintenance" / "translations" / "nl" / "LC_MESSAGES"
KEYWORDS = {
    "_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "_l": None,
    "_N": None,
    "_n": (1, 2),
}

Id = str | tuple[str, ...]


@cache
def dutch() -> Catalog:
    """The catalogue as it is translated."""
    with (NL / "messages.po").open("rb") as file:
        return read_po(file)


@cache
def texts() -> frozenset[Id]:
    """Every text that code and templates mark."""
    with (ROOT / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)
    found = extract_from_dir(ROOT, methods, options, KEYWORDS)
    return frozenset(message for _file, _line, message, _comments, _context in found if message)


def messages() -> list[Message]:
    """Each entry of the catalogue but its header."""
    return [message for message in dutch() if message.id]


def test_the_catalogue_has_every_text_and_no_other() -> None:
    there = {_key(message.id) for message in messages()}
    assert texts() - there == set(), "run `make translations`"
    assert there - texts() == set(), "run `make translations`"


def test_every_text_is_translated() -> None:
    assert [m.id for m in messages() if not all(_strings(m.string)) or m.fuzzy] == []


def test_a_translation_names_the_same_places() -> None:
    wrong = []
    for message in messages():
        original = set().union(*(_places(text) for text in _strings(message.id)))
        for text in _strings(message.string):
            # an English library says why an address is wrong; a Dutch reader is spared that
            if _places(text) - original or (original - _places(text) - {"num", "why"}):
                wrong.append(message.id)
    assert wrong == []


def test_what_is_compiled_is_what_is_written() -> None:
    with (NL / "messages.mo").open("rb") as file:
        compiled = read_mo(file)
    there = {_key(message.id): _strings(message.string) for message in compiled if message.id}
    assert there == {_key(m.id): _strings(m.string) for m in messages()}, "run `make translations`"


@pytest.mark.parametrize(
    "path",
    [
        "intake.py",
        "customers.py",
        "planning.py",
        "four_eyes.py",
        "series_intake.py",
        "recurring.py",
        "importing.py",
        "spreadsheet.py",
        "addresses.py",
        "targets.py",
        "sla/instant.py",
        "sla/policy.py",
        "sla/reading.py",
    ],
)
def test_each_message_of_intake_and_the_verbs_is_known_to_the_pages(path: str) -> None:
    unknown = [said for said in _said(ROOT / "maintenance" / path) if recognised(said)[0] is None]
    assert unknown == []


SAYING = {
    *("Bad", "BadTime", "BadAddress", "NotPossible", "Unreadable", "_wrong"),
    *("error", "PolicyError"),
}
"""What a message is given to."""


def _said(path: Path) -> Iterator[str]:
    """The messages in a module: given to one of SAYING, or put at a field, of two words or more."""
    for node in ast.walk(ast.parse(path.read_text())):
        given: list[ast.expr] = []
        if isinstance(node, ast.Call) and _name(node.func) in SAYING:
            given = [
                *node.args,
                *(v for a in node.args if isinstance(a, ast.Dict) for v in a.values),
            ]
        elif isinstance(node, ast.Call) and _name(node.func) == "setdefault":
            given = node.args[1:]
        elif isinstance(node, ast.Assign) and _is_field(node.targets[0]):
            given = [node.value]
        elif isinstance(node, ast.Return) and isinstance(node.value, ast.Dict):
            given = list(node.value.values)
        yield from (said for each in given if (said := _text(each)) and " " in said)


def _is_field(target: ast.expr) -> bool:
    """errors[...] and the like."""
    return isinstance(target, ast.Subscript) and _name(target.value) in {"errors", "wrong"}


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else getattr(node, "attr", "")


def _text(node: ast.expr) -> str:
    """A text, with something in each of its places."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part) or "x" for part in node.values)
    return ""


def _key(text: Id | list[str]) -> Id:
    return text if isinstance(text, str) else tuple(text)


def _strings(text: Id | list[str]) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)


def _places(text: str) -> set[str]:
    return set(re.findall(r"%\((\w+)\)", text))
