"""Secret links: who holds one may see or change one thing, until it is replaced.

A link's token is a 256-bit HMAC-SHA256 over its purpose, the id of the row it is for and that row's
generation, then the id: "<43 characters>-<id>". Nothing of it is stored but the generation, so that
raising the generation ends every link made before, and a copy of the database opens no door.
"""

import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Callable
from enum import StrEnum

_FORM = re.compile(r"([A-Za-z0-9_-]{43})-([1-9][0-9]{0,17})")


class Purpose(StrEnum):
    """What a link is for; a token made for one purpose opens no other."""

    FEED = "feed"  # a customer's own feed
    PREFERENCES = "preferences"  # a contact's wishes: unsubscribing, language
    SUBSCRIBER = "subscriber"  # a subscriber's
    WEBHOOK = "webhook"  # what a webhook is signed with
    BOUNCE = "bounce"  # the return path of one mail; of a day, not of a generation
    CONFIRM = "confirm"  # that a subscription was asked for by who reads that address


def token(secret_key: str, purpose: Purpose, row_id: int, generation: int) -> str:
    """The token for this row as long as this is its generation. URL-safe, under 64 characters."""
    mac = key(secret_key, purpose, row_id, generation)
    return f"{urlsafe_b64encode(mac).rstrip(b'=').decode()}-{row_id}"


def key(secret_key: str, purpose: Purpose, row_id: int, generation: int) -> bytes:
    """The 256 bits that only who knows the secret key can make."""
    said = f"maintenance link|{purpose}|{row_id}|{generation}".encode()
    return hmac.digest(secret_key.encode(), said, "sha256")


def row_id(token: str) -> int | None:
    """The id that this token claims to be for, or None for what is no token; proves nothing."""
    found = _FORM.fullmatch(token)
    return int(found[2]) if found else None


def opens(
    given: str, secret_key: str, purpose: Purpose, generation_of: Callable[[int], int | None]
) -> int | None:
    """The id of the row that this token opens, or None where it opens nothing.

    `generation_of` gives the generation stored for an id, or None for an unknown row. An unknown
    row costs the same comparison as a wrong token, which takes equally long wherever they differ.
    """
    claimed = row_id(given)
    if claimed is None:
        return None
    generation = generation_of(claimed)
    expected = token(secret_key, purpose, claimed, generation if generation is not None else 0)
    fits = hmac.compare_digest(given.encode(), expected.encode())
    return claimed if fits and generation is not None else None
