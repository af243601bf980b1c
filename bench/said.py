"""One mail of this program, whole and in parts, for those that are measured beside it."""

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, default

from notifications import letter
from tests.notifications.test_message import CASES, JAN, ORIGIN, TOKEN

NOTICE, WINDOW = CASES["announcement"]
COMPILED = letter.compile_notice(NOTICE, WINDOW, "nl", ORIGIN)
WHOLE = letter.fill(COMPILED, JAN)
SEEN = message_from_bytes(WHOLE, policy=default)
TEXT, HTML, CALENDAR = (str(part.get_content()) for part in SEEN.iter_parts())
READER = {
    "name": JAN.name,
    "address": JAN.address,
    "language": "nl",
    "at": JAN.at.isoformat(),
    "contact": [7, 1],
    "subscriber": [None, None],
    "feed": [12, 1],
}


def address(number: int) -> str:
    """The address of this reader."""
    return f"jan{number}@acme.example"


def by_library() -> bytes:
    """The same mail built for one reader with EmailMessage, from texts that are ready."""
    mail = EmailMessage(policy=SMTP.clone(max_line_length=998))
    for name, value in SEEN.items():
        if name not in {"Content-Type", "MIME-Version"}:
            mail[name] = value
    mail.set_content(TEXT.replace("Jan de Vries", JAN.name))
    mail.add_alternative(HTML.replace("Jan de Vries", JAN.name), subtype="html")
    calendar = CALENDAR.replace(TOKEN, TOKEN)
    mail.add_alternative(calendar, subtype="calendar", params={"method": "REQUEST"})
    return mail.as_bytes()
