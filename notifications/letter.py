"""A mail, compiled once for many readers and filled in for each; and a mail as it may be shown."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, default
from email.utils import format_datetime
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote

from icalendar import Calendar, vCalAddress, vText

from maintenance.notices import Notice
from maintenance.windows import NoticeKind, Window
from notifications import ical, octets, words
from notifications.message import Audience, Origin, Parts, Reader, greeting, parts
from notifications.texts import Words

METHODS: Mapping[NoticeKind, str] = {
    NoticeKind.ANNOUNCEMENT: "REQUEST",
    NoticeKind.CHANGE: "REQUEST",
    NoticeKind.REMINDER: "REQUEST",
    NoticeKind.CANCELLATION: "CANCEL",
}
"""The notices that carry the window for a calendar, and the iTIP method (RFC 5546) of each."""

_POLICY = SMTP.clone(max_line_length=998)
_ATTENDEE = "ATTENDEE;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=FALSE:"
_IN_MAILTO = "@!#$&'*+/=?^_`{|}~.-"
_PLAIN = re.compile(r"[A-Za-z0-9.@_-]+")  # a short cut: what most addresses are
_BOUNDARY = "=_part"  # no quoted-printable line can hold it
_SECRET = re.compile(r"(?<=[^/]/|.[=])[\w.%~-]{32,}")
_MARKS: Mapping[Audience, Reader] = {
    Audience.CONTACTS: Reader(
        octets.mark("greeting"), octets.mark("feed_url"), octets.mark("unsubscribe_url")
    ),
    Audience.SUBSCRIBERS: Reader(
        octets.mark("greeting"), unsubscribe_url=octets.mark("unsubscribe_url")
    ),
    Audience.OPERATORS: Reader(octets.mark("greeting")),
}


class Recipient(NamedTuple):
    """One reader's own values. `at` is when the mail was first sent, which a repeat repeats."""

    name: str
    address: str
    language: str
    message_id: str
    at: datetime
    feed_url: str = ""
    unsubscribe_url: str = ""


def compile_notice(
    notice: Notice,
    window: Window,
    language: str,
    origin: Origin,
    audience: Audience = Audience.CONTACTS,
    wording: Words | None = None,
) -> bytes:
    """The mail that tells this notice, with marks where a recipient's values go.

    `wording` are a service's own words for it.
    """
    if notice.to_operators:
        audience = Audience.OPERATORS
    said = parts(notice, window, language, origin, _MARKS[audience], wording)
    message = _alternatives(said)
    method = METHODS.get(notice.kind)
    if method:
        _add_part(message, _invitation(window, language, origin, method), "calendar", method)
    extra = {"References": f"<{window.id}@{origin.domain}>"}
    if not notice.to_operators:
        extra |= _list_headers(origin)
    return _whole(message, said.subject, language, origin, extra)


def compile_account(said: Parts, language: str, origin: Origin) -> bytes:
    """A mail to one account, as a password reset."""
    return _whole(_alternatives(said), words.line(said.subject), language, origin, {})


def fill(compiled: bytes, recipient: Recipient) -> bytes:
    """The mail for this recipient: the octets that are sent, the same every time.

    ValueError for an address that no server would take.
    """
    name, address = words.line(recipient.name), octets.ascii_address(recipient.address)
    hello = greeting(name, recipient.language)
    values = {
        "to": octets.mailbox(name, address),
        "date": _date(recipient.at),
        "message_id": recipient.message_id,
        "list_unsubscribe": f"<{recipient.unsubscribe_url}>",
        "attendee": octets.quoted(_mailto(address), "\r\n"),
    }
    for in_text, in_html, value in (
        ("text:greeting", "html:greeting", hello),
        ("text:feed_url", "html:feed_url", recipient.feed_url),
        ("text:unsubscribe_url", "html:unsubscribe_url", recipient.unsubscribe_url),
    ):
        quoted, escaped = octets.quoted(value, "\r\n"), _escaped(value)
        values[in_text] = quoted
        values[in_html] = quoted if escaped == value else octets.quoted(escaped, "\r\n")
    return octets.filled(compiled, values)


def _alternatives(said: Parts) -> EmailMessage:
    message = EmailMessage(policy=_POLICY)
    message.make_alternative(_BOUNDARY)
    _add_part(message, said.text, "plain")
    _add_part(message, said.html, "html")
    return message


def _add_part(message: EmailMessage, text: str, subtype: str, method: str = "") -> None:
    """Add a part whose marks say for which kind of part they are."""
    params = {"method": method} if method else {}
    message.add_alternative("", subtype=subtype, cte="quoted-printable", params=params)
    kind = "html" if subtype == "html" else "text"
    edge = octets.MARK
    own = re.sub(
        f"{edge}(greeting|feed_url|unsubscribe_url){edge}", rf"{edge}{kind}:\1{edge}", text
    )
    part = list(message.iter_parts())[-1]
    part.set_payload(octets.quoted(own))
    del part["MIME-Version"]


def _whole(
    message: EmailMessage,
    subject: str,
    language: str,
    origin: Origin,
    extra: Mapping[str, str],
) -> bytes:
    """Our headers, then the body; ValueError where a parser would see other headers than these."""
    lines = [
        f"From: {octets.mailbox(origin.sender, origin.address)}\r\n",
        f"To: {octets.mark('to')}\r\n",
        octets.header("Subject", subject),
        f"Date: {octets.mark('date')}\r\n",
        f"Message-ID: {octets.mark('message_id')}\r\n",
        "Auto-Submitted: auto-generated\r\n",
        "X-Auto-Response-Suppress: All\r\n",
        *(f"{key}: {value}\r\n" for key, value in extra.items()),
        f"Content-Language: {language}\r\n",
        "MIME-Version: 1.0\r\n",
    ]
    compiled = "".join(lines).encode("ascii") + message.as_bytes(policy=_POLICY)
    _check(compiled, [line.partition(":")[0] for line in lines] + list(message.keys()))
    return compiled


def _check(compiled: bytes, names: list[str]) -> None:
    sample = Recipient("Ünal", "a@b.example", "nl", "<a@b>", datetime.now(UTC))
    seen = message_from_bytes(fill(compiled, sample), policy=default).keys()
    if list(seen) != names:
        raise ValueError(f"a mail with these headers would be sent: {seen}")


def _list_headers(origin: Origin) -> dict[str, str]:
    """RFC 2919 and 8058: one click leaves, without a page in between."""
    return {
        "List-Id": f"<maintenance.{origin.domain}>",
        "List-Unsubscribe": octets.mark("list_unsubscribe"),
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def _invitation(window: Window, language: str, origin: Origin, method: str) -> str:
    """The window for a calendar, the same event as in the feeds; lines end in a newline."""
    event = ical.vevent(window, language, origin.base_url)
    organizer = vCalAddress(f"mailto:{origin.address}")
    organizer.params["CN"] = vText(origin.sender or origin.address)
    event.add("organizer", organizer)
    calendar = Calendar()
    calendar.add("prodid", ical.PRODID)
    calendar.add("version", "2.0")
    calendar.add("method", method)
    calendar.add_component(event)
    text = calendar.to_ical().decode().replace("\r\n", "\n")
    attendee = f"{_ATTENDEE}\n {octets.mark('attendee')}"  # RFC 5546 asks for one
    return str(text.replace("\nEND:VEVENT\n", f"\n{attendee}\nEND:VEVENT\n"))


def _mailto(address: str) -> str:
    """The recipient's address as the end of the event's ATTENDEE line, folded."""
    where = f"mailto:{address if _PLAIN.fullmatch(address) else quote(address, safe=_IN_MAILTO)}"
    return "\n ".join(where[at : at + 74] for at in range(0, len(where), 74))


@lru_cache
def _date(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC))


def _escaped(value: str) -> str:
    """As the HTML serialiser writes it, in a text and in an attribute."""
    for char, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\xa0", "&nbsp;")):
        value = value.replace(char, entity)
    return value


@dataclass(frozen=True, slots=True)
class Shown:
    """A mail as people may see it: its secret links are masked."""

    subject: str
    to: str
    text: str
    html: str


def shown(raw: bytes) -> Shown:
    """What this mail says, without its secrets."""
    message = message_from_bytes(raw, policy=default)
    return Shown(
        subject=masked(str(message["Subject"])),
        to=str(message["To"]),
        text=masked(_content(message, "plain")),
        html=masked(_content(message, "html")),
    )


def _content(message: EmailMessage, subtype: str) -> str:
    part = message.get_body((subtype,))
    return str(part.get_content()) if part else ""


def masked(text: str) -> str:
    """The text with what makes its links secret taken out: long random pieces of an address."""
    return _SECRET.sub("\N{BULLET}" * 3, text)
