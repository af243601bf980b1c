"""DKIM (RFC 6376): a mail signed for our domain; the same octets again at a repeat."""

from datetime import datetime
from typing import Any

import dkim

SIGNED = (
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "MIME-Version",
    "Content-Type",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
)
"""RFC 8058 asks that the signature covers the List-Unsubscribe headers."""


class _At(dkim.DKIM):  # type: ignore[misc]
    """Signs as of a moment that is given, not of the clock: a repeat has to be the same."""

    at = b""

    def gen_header(self, fields: list[tuple[bytes, bytes]], *args: Any, **kwargs: Any) -> bytes:
        """With our own `t`."""
        fields = [(name, self.at if name == b"t" else value) for name, value in fields]
        signature: bytes = super().gen_header(fields, *args, **kwargs)
        return signature


def signed(mail: bytes, domain: str, selector: str, key: bytes, at: datetime) -> bytes:
    """The mail with its signature before it; `key` is an RSA key in PEM."""
    signer = _At(mail)
    signer.at = str(int(at.timestamp())).encode()
    header: bytes = signer.sign(
        selector.encode(),
        domain.encode("idna"),
        key,
        canonicalize=(b"relaxed", b"relaxed"),
        include_headers=[name.encode() for name in SIGNED],
    )
    return header + mail
