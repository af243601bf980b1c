"""Secrets of others that have to be kept: sealed, so that a copy of the database opens no door.

Fernet (AES-128-CBC and HMAC-SHA256), with a key made of the installation's secret key and of what
the secret is for.
"""

import hmac
from base64 import urlsafe_b64encode
from enum import StrEnum

from cryptography.fernet import Fernet, InvalidToken


class Purpose(StrEnum):
    """What is sealed; what was sealed for one purpose is not read for another."""

    API_KEY = "api key"  # of a page elsewhere
    ANSWER = "answer"  # of the API, kept for a repeat of the request


def seal(secret_key: str, purpose: Purpose, plain: bytes) -> bytes:
    """The same as URL-safe ASCII that only who knows the secret key can read."""
    return _box(secret_key, purpose).encrypt(plain)


def unseal(secret_key: str, purpose: Purpose, sealed: bytes) -> bytes | None:
    """What was sealed; None where it was with another secret key, or is not sealed at all."""
    try:
        return _box(secret_key, purpose).decrypt(sealed)
    except InvalidToken:
        return None


def _box(secret_key: str, purpose: Purpose) -> Fernet:
    key = hmac.digest(secret_key.encode(), f"maintenance seal|{purpose}".encode(), "sha256")
    return Fernet(urlsafe_b64encode(key))
