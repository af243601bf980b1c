"""Mail that came back: what a bounce says, by RFC 3464; forms of other makers by flufl.bounce."""

import re
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import Message

from flufl.bounce import all_failures

_STOPS = re.compile(r"5\.1\.\d{1,3}|5\.2\.1")
_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_TO = ("To", "Delivered-To", "X-Original-To", "Envelope-To")
_READ = 20_000


@dataclass(frozen=True, slots=True)
class Bounce:
    """A mail that will not arrive: where the report went, its status (RFC 3463), what is said."""

    to: str  # every address the report names as its own, in one text
    status: str
    why: str

    @property
    def stops(self) -> bool:
        """Whether nobody reads that address: no such mailbox or domain, or it is switched off."""
        return _STOPS.fullmatch(self.status) is not None


def read(raw: bytes) -> Bounce | None:
    """What this mail reports, or None where it reports no failure for good: a delay, a holiday."""
    message = message_from_bytes(raw, policy=policy.compat32)
    to = " ".join(str(value) for name in _TO for value in message.get_all(name, []))
    found = _reported(message) or _recognised(message)
    return Bounce(to, *found) if found else None


def _reported(message: Message) -> tuple[str, str] | None:
    """Status and diagnosis of the first recipient that failed, of a delivery-status part."""
    for part in message.walk():
        if part.get_content_type() != "message/delivery-status":
            continue
        for block in part.get_payload() if part.is_multipart() else ():
            if not isinstance(block, Message):
                continue
            status = _STATUS.search(str(block.get("Status", "")))
            failed = str(block.get("Action", "")).strip().lower() == "failed"
            if failed and status and status[1].startswith("5"):
                return status[1], _line(str(block.get("Diagnostic-Code", "")))
    return None


def _recognised(message: Message) -> tuple[str, str] | None:
    """The same of a form that only its maker uses."""
    _, permanent = all_failures(message)
    if not permanent:
        return None
    text = "\n".join(_texts(message))[:_READ]
    status = re.search(r"\b5\.\d{1,3}\.\d{1,3}\b", text)
    said = next((line for line in text.splitlines() if status and status[0] in line), "")
    return status[0] if status else "5.0.0", _line(said)


def _texts(message: Message) -> list[str]:
    found = []
    for part in message.walk():
        payload = part.get_payload(decode=True)
        if part.get_content_maintype() == "text" and isinstance(payload, bytes):
            found.append(payload.decode("utf-8", "replace"))
    return found


def _line(text: str) -> str:
    return "".join(char if char.isprintable() else " " for char in " ".join(text.split()))[:300]
