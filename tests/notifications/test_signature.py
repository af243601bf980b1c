"""DKIM: a signature that others verify, the same at a repeat."""

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import dkim
import pytest

from notifications import signature

AT = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)  # who verifies refuses one from the future
MAIL = b"From: Us <us@vendor.example>\r\nTo: you@acme.example\r\nSubject: Hi\r\n\r\nHello.\r\n"


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An RSA key in PEM."""
    path = tmp_path_factory.mktemp("dkim") / "key.pem"
    made = ["openssl", "genrsa", "-traditional", "-out", str(path), "1024"]
    try:
        subprocess.run(made, check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("openssl is not installed: no key can be made")
    return path


def public(key: Path) -> bytes:
    read = ["openssl", "rsa", "-in", str(key), "-pubout"]
    pem = subprocess.run(read, check=True, capture_output=True).stdout
    return b"v=DKIM1; k=rsa; p=" + b"".join(pem.splitlines()[1:-1])


def verified(mail: bytes, key: Path) -> bool:
    found: bool = dkim.verify(mail, dnsfunc=lambda *_args, **_kwargs: public(key))
    return found


def test_a_signed_mail_is_verified_and_a_changed_one_is_not(key: Path) -> None:
    mail = signature.signed(MAIL, "vendor.example", "m1", key.read_bytes(), AT)
    assert mail.endswith(MAIL)
    assert verified(mail, key)
    assert not verified(mail.replace(b"Hello.", b"Pay me."), key)


def test_a_repeat_has_the_same_octets(key: Path) -> None:
    once = signature.signed(MAIL, "vendor.example", "m1", key.read_bytes(), AT)
    assert once == signature.signed(MAIL, "vendor.example", "m1", key.read_bytes(), AT)
    assert f"t={int(AT.timestamp())}".encode() in once


def test_no_other_way_to_leave_can_be_added(key: Path) -> None:
    mail = signature.signed(MAIL, "vendor.example", "m1", key.read_bytes(), AT)
    added = mail.replace(b"Subject:", b"List-Unsubscribe: <https://evil.example>\r\nSubject:")
    assert not verified(added, key)
