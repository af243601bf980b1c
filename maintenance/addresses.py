"""E-mail addresses: which can be written to, and how they are kept."""

from collections.abc import Collection

import email_validator
from email_validator import EmailNotValidError, validate_email

_RESERVED = tuple(email_validator.SPECIAL_USE_DOMAIN_NAMES)


class BadAddress(ValueError):
    """An address that nobody can be written to at; the text says why."""


def allow(domains: Collection[str]) -> None:
    """Let addresses in these special-use domains (RFC 6761), which no mail from outside reaches.

    For the whole process: the library has one list, and sign-in reads the same.
    """
    allowed = [name for name in _RESERVED if name not in domains]
    email_validator.SPECIAL_USE_DOMAIN_NAMES[:] = allowed


def normalized(text: str) -> str:
    """The address as it is written to, its domain in lower case; BadAddress otherwise."""
    domain = text.rpartition("@")[2].strip().lower()
    local = domain == "localhost" and domain not in email_validator.SPECIAL_USE_DOMAIN_NAMES
    try:
        found = validate_email(
            text,
            check_deliverability=False,
            allow_smtputf8=False,
            strict=True,
            globally_deliverable=not local,  # a domain without a dot is none, but for this one
        )
    except EmailNotValidError as error:
        raise BadAddress(f"is no address that can be written to: {error}") from None
    return found.normalized


def reserved() -> Collection[str]:
    """The special-use domains that can be allowed."""
    return _RESERVED
