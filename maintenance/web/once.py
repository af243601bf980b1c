"""A form that makes something carries a key of its own: sent twice, it makes one thing."""

import secrets
from dataclasses import dataclass

from maintenance.store import repeats
from maintenance.store.session import writing
from maintenance.web.access import actor
from maintenance.web.display import now

MOST = 64


@dataclass(frozen=True, slots=True)
class Sending:
    """One sending of a form: where the first one led, if this is a repeat of it."""

    claim_id: int | None
    led_to: str | None

    def leads_to(self, path: str) -> str:
        """Remember for repeats where this sending leads; the same path."""
        if self.claim_id is not None:
            repeats.carry_out(None)
            with writing() as session:
                answer = repeats.Answer(303, {"Location": path}, b"")
                repeats.answered(session, self.claim_id, answer)
        return path


def key() -> str:
    """A key for a form that is opened now."""
    return secrets.token_urlsafe(16)


def sending(key: str, otherwise: str) -> Sending:
    """What to do with a form that came with this key; `otherwise` where the first is under way."""
    if not key or len(key) > MOST:
        return Sending(None, None)
    with writing() as session:
        found = repeats.claim(session, actor().name, f"form {key}", "", now())
    match found:
        case repeats.Mine(claim_id):
            repeats.carry_out(claim_id)
            return Sending(claim_id, None)
        case repeats.Answer(_, headers, _):
            return Sending(None, str(headers["Location"]))
    return Sending(None, otherwise)
