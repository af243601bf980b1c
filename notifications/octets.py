"""Mails as octets with marks: what is the same for all readers once, each reader's values between.

Everything is seven-bit: headers as encoded words, bodies quoted-printable. The octet 0x01 can thus
stand for nothing but the edge of a mark, and a value is encoded for where its mark stands.
"""

import re
from collections.abc import Mapping
from email.header import Header
from functools import lru_cache

MARK = "\x01"
_PLAIN = re.compile(r"[ -~]{0,900}")
_PLAIN_NAME = re.compile(r"[A-Za-z0-9 '-]{1,60}")
_PLAIN_TEXT = re.compile(r"[ -<>-~]+(?<! )")
_PLAIN_ADDRESS = re.compile(r"[!#-;=?A-~]{1,64}@[A-Za-z0-9.-]{1,253}")
_LOCAL = re.compile(r"[!#-;=?-~]{1,64}")
_WIDTH = 75


def mark(name: str) -> str:
    """The mark that `filled` puts the value of this name in."""
    return f"{MARK}{name}{MARK}"


def filled(compiled: bytes, values: Mapping[str, str]) -> bytes:
    """The octets with each mark replaced by its value; KeyError for a mark without one.

    Both are ASCII.
    """
    pieces = list(_pieces(compiled))
    pieces[1::2] = [values[name] for name in pieces[1::2]]
    return "".join(pieces).encode("ascii")


@lru_cache(maxsize=16)
def _pieces(compiled: bytes) -> tuple[str, ...]:
    """What is compiled and names of marks, in turn; kept, as one is filled in for many readers."""
    return tuple(compiled.decode("ascii").split(MARK))


def header(name: str, value: str) -> str:
    """One header line, with its end. The value is one line already; encoded where it has to be.

    An "=?" is never passed on as it is: Python's own parser would decode it and let what is in
    it out as headers (CVE-2024-6923).
    """
    if _PLAIN.fullmatch(value) and "=?" not in value:
        return f"{name}: {value}\r\n"
    encoded = Header(value, "utf-8", header_name=name, maxlinelen=_WIDTH).encode(linesep="\r\n")
    return f"{name}: {encoded}\r\n"


def mailbox(name: str, address: str) -> str:
    """Name and address, as To and From have them."""
    if not name:
        return address
    if _PLAIN_NAME.fullmatch(name) and name == name.strip():
        return f"{name} <{address}>"
    return (
        f"{Header(name, 'utf-8', maxlinelen=_WIDTH).encode(linesep=chr(13) + chr(10))} <{address}>"
    )


def ascii_address(address: str) -> str:
    """The address with its domain as punycode; ValueError for one that no server would take."""
    if _PLAIN_ADDRESS.fullmatch(address):
        return address
    local, _, domain = address.rpartition("@")
    if not _LOCAL.fullmatch(local):
        raise ValueError("this address cannot be written to")
    return f"{local}@{domain.encode('idna').decode('ascii')}"


def quoted(text: str, newline: str = "\n") -> str:
    """Text as quoted-printable (RFC 2045, 6.7); marks stay as they are, with soft breaks around.

    Lines in the text end in a newline and come out ending in `newline`.
    """
    if _PLAIN_TEXT.fullmatch(text):  # a short cut: what most names and addresses are
        return _sliced(text, newline)
    lines = (_quoted_line(line, newline) for line in text.split("\n"))
    return newline.join(lines)


def _sliced(text: str, newline: str) -> str:
    if len(text) <= _WIDTH:
        return text
    return f"={newline}".join([text[at : at + _WIDTH] for at in range(0, len(text), _WIDTH)])


def _quoted_line(line: str, newline: str) -> str:
    pieces = re.split(f"({MARK}[^{MARK}]*{MARK})", line)
    encoded = [piece if MARK in piece else _soft(piece, newline) for piece in pieces if piece]
    return f"={newline}".join(encoded)


def _soft(text: str, newline: str) -> str:
    atoms = [_ATOMS[octet] for octet in text.encode()]
    if atoms[-1:] in ([" "], ["\t"]):
        atoms[-1] = f"={ord(atoms[-1]):02X}"
    whole = "".join(atoms)
    return whole if len(whole) <= _WIDTH else f"={newline}".join(_wrapped(atoms))


def _wrapped(atoms: list[str]) -> list[str]:
    lines, length = [[]], 0  # type: list[list[str]], int
    for atom in atoms:
        if length + len(atom) > _WIDTH:
            lines.append([])
            length = 0
        lines[-1].append(atom)
        length += len(atom)
    return ["".join(line) for line in lines]


_ATOMS = [
    chr(octet) if octet in {9, 32} or (33 <= octet <= 126 and octet != 61) else f"={octet:02X}"
    for octet in range(256)
]
