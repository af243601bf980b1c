"""Mail handed in: over SMTP, or kept in a Maildir where no server is set.

`Post.send` answers for one mail; a fault that is the server's and not the mail's is raised. Nothing
but `Post.open` waits: whoever runs a talk does, for as many at once as there are.
"""

import ipaddress
import mailbox
import re
import smtplib
import socket
import ssl
import time
from collections.abc import Callable, Generator
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from selectors import EVENT_READ, EVENT_WRITE
from typing import Protocol, TypeVar

from maintenance.config import Smtp
from notifications.octets import ascii_address


class Outcome(Enum):
    """What the receiver's server made of a mail."""

    ACCEPTED = "accepted"
    LATER = "later"  # a 4xx, as in greylisting
    REFUSED = "refused"  # a 5xx


@dataclass(frozen=True, slots=True)
class Answer:
    """The server's word on one mail."""

    outcome: Outcome
    reply: str


class ServerFault(Exception):
    """No mail can be handed in now; the text is one line. In doubt: this mail may have arrived."""

    def __init__(self, why: str, *, in_doubt: bool = False) -> None:
        super().__init__(why)
        self.in_doubt = in_doubt


_T_co = TypeVar("_T_co", covariant=True)
Talk = Generator[int, bool | None, _T_co]
"""What is said to a server and back. It yields the events (of selectors) that it waits for on the
socket, and goes on once there is one; what it returns comes of it. TimeoutError is thrown into one
that has taken too long."""

LEAVE = 0
"""What a talk yields before the first octet of a mail: it is sent whether that may go."""


Mail = Callable[[], bytes]
"""The octets of a mail, asked for when it may go."""


class Post(Protocol):
    """Where mails go."""

    @property
    def is_open(self) -> bool:
        """Whether something can be said at once."""

    @property
    def socket(self) -> socket.socket:
        """What a talk waits for, while it is open."""

    def open(self, timeout: float) -> None:
        """Make it ready; may wait for this many seconds at a time. ServerFault where it fails."""

    def send(self, sender: str, address: str, mail: Mail, until: float) -> Talk[Answer | None]:
        """Hand in one mail for one recipient; ServerFault where that cannot be done now.

        It asks for LEAVE; without, the mail is not sent and there is no answer. None of it is sent
        after `until` (time.monotonic).
        """

    def quit(self) -> Talk[None]:
        """Say goodbye, and end it."""

    def drop(self) -> None:
        """End it without a word."""


class Maildir:
    """Keeps mails in a folder, where no mail server is set."""

    is_open = True
    socket: socket.socket

    def __init__(self, path: Path) -> None:
        self._box = mailbox.Maildir(path, create=True)

    def open(self, timeout: float) -> None:
        """It is open."""

    def send(
        self,
        sender: str,  # noqa: ARG002
        address: str,  # noqa: ARG002
        mail: Mail,
        until: float,  # noqa: ARG002
    ) -> Talk[Answer | None]:
        """Keep it; flushed to the disk before it counts as accepted."""
        if not (yield LEAVE):
            return None
        self._box.add(mail().replace(b"\r\n", b"\n"))
        return Answer(Outcome.ACCEPTED, "kept in the Maildir")

    def quit(self) -> Talk[None]:
        """Nothing is open."""
        yield from ()

    def drop(self) -> None:
        """Nothing is open."""


class Connection:
    """One SMTP connection, kept open: opened by smtplib, and never waited for after that."""

    def __init__(self, server: Smtp) -> None:
        self._server = server
        self._smtp: smtplib.SMTP | None = None
        self._heard = b""

    @property
    def is_open(self) -> bool:
        """Whether something can be said at once."""
        return self._smtp is not None

    @property
    def socket(self) -> socket.socket:
        """What a talk waits for, while it is open."""
        if self._smtp is None or self._smtp.sock is None:
            raise smtplib.SMTPServerDisconnected("not connected")
        return self._smtp.sock

    def open(self, timeout: float) -> None:
        """Connect and log in, each answer within this many seconds; ServerFault where it fails."""
        try:
            smtp = self._connected(timeout)
        except (OSError, smtplib.SMTPException) as error:
            raise ServerFault(f"no connection: {_why(error)}") from error
        assert smtp.sock is not None
        smtp.sock.setblocking(False)
        self._smtp, self._heard = smtp, b""

    def send(self, sender: str, address: str, mail: Mail, until: float) -> Talk[Answer | None]:
        """Hand in one mail for one recipient."""
        in_doubt = False
        try:
            refused = yield from self._envelope(sender, address)
            if refused:
                return refused
            if not (yield LEAVE):
                yield from self._asked("RSET")
                return None
            refused = yield from self._data()
            if refused:
                return refused
            octets = mail()
            if time.monotonic() >= until:
                raise TimeoutError("timed out")
            in_doubt = True
            return (yield from self._body(octets))
        except BaseException as error:  # nobody knows what the server would answer to next
            self.drop()
            if isinstance(error, (OSError, smtplib.SMTPException)):
                when = "no answer to the mail" if in_doubt else "the server went away"
                raise ServerFault(f"{when}: {_why(error)}", in_doubt=in_doubt) from error
            raise

    def quit(self) -> Talk[None]:
        """Say goodbye, if anybody still listens."""
        try:
            with suppress(OSError, smtplib.SMTPException):
                yield from self._asked("QUIT")
        finally:
            self.drop()

    def drop(self) -> None:
        """End it without a word."""
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            smtp.close()

    def _connected(self, timeout: float) -> smtplib.SMTP:
        server = self._server
        if server.user and not (server.tls or server.starttls or _is_loopback(server.host)):
            raise ServerFault("the password is not sent without TLS: use smtps:// or ?starttls=1")
        if server.tls:
            context = ssl.create_default_context()
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, timeout=timeout, context=context
            )
        else:
            smtp = smtplib.SMTP(server.host, server.port, timeout=timeout)
        try:
            self._greet(smtp)
        except BaseException:
            smtp.close()
            raise
        return smtp

    def _greet(self, smtp: smtplib.SMTP) -> None:
        server = self._server
        smtp.ehlo_or_helo_if_needed()
        if server.starttls:
            smtp.starttls(context=ssl.create_default_context())  # raises where it is not offered
            smtp.ehlo()
        if server.user:
            smtp.login(server.user, server.password or "")

    def _envelope(self, sender: str, address: str) -> Talk[Answer | None]:
        """MAIL and RCPT; the answer where the recipient is not taken."""
        code, text = yield from self._asked(f"MAIL FROM:<{sender}>")
        if not 200 <= code < 300:
            raise ServerFault(f"we may not send: {_one_line(code, text)}")
        code, text = yield from self._asked(f"RCPT TO:<{ascii_address(address)}>")
        answer = _answer(code, text)
        if answer.outcome is Outcome.ACCEPTED:
            return None
        yield from self._asked("RSET")
        return answer

    def _data(self) -> Talk[Answer | None]:
        """DATA; the answer where the mail is not taken."""
        code, text = yield from self._asked("DATA")
        if code == 354:
            return None
        answer = _answer(code, text)
        if answer.outcome is Outcome.ACCEPTED:  # before its first octet
            raise smtplib.SMTPResponseException(code, text)
        yield from self._asked("RSET")
        return answer

    def _body(self, octets: bytes) -> Talk[Answer]:
        yield from self._hand_over(octets)
        return _answer(*(yield from self._reply()))

    def _hand_over(self, mail: bytes) -> Talk[None]:
        yield from self._say(ended(mail))

    def _asked(self, command: str) -> Talk[tuple[int, bytes]]:
        if "\r" in command or "\n" in command:
            raise ValueError("a command has one line")
        yield from self._say(f"{command}\r\n".encode("ascii"))
        return (yield from self._reply())

    def _say(self, octets: bytes) -> Talk[None]:
        sock = self.socket
        while octets:
            try:
                octets = octets[sock.send(octets) :]
            except (BlockingIOError, ssl.SSLWantWriteError):
                yield EVENT_WRITE
            except ssl.SSLWantReadError:
                yield EVENT_READ

    def _reply(self) -> Talk[tuple[int, bytes]]:
        """The server's next reply: its code, and its lines without it (RFC 5321, 4.2.1)."""
        sock, wanted = self.socket, EVENT_READ
        while not (reply := _REPLY.match(self._heard)):
            if len(self._heard) > MOST_HEARD:
                raise smtplib.SMTPResponseException(500, "a reply without an end")
            yield wanted
            try:
                octets, wanted = sock.recv(TLS_RECORD), EVENT_READ
            except (BlockingIOError, ssl.SSLWantReadError):
                wanted = EVENT_READ
            except ssl.SSLWantWriteError:
                wanted = EVENT_WRITE
            else:
                if not octets:
                    raise smtplib.SMTPServerDisconnected("Connection unexpectedly closed")
                self._heard += octets
        self._heard = self._heard[reply.end() :]
        lines = reply[0].split(b"\n")[:-1]  # a lone CR ends none
        code = lines[-1][:3]
        return int(code) if code.isdigit() else -1, b"\n".join(line[4:].strip() for line in lines)


_REPLY = re.compile(rb"(?:[^\n]{3}-[^\n]*\n)*(?![^\n]{3}-)[^\n]*\n")

MOST_HEARD = 65_536
"""A reply is shorter than so many octets."""

TLS_RECORD = 16_384
"""What is read at once: all of a TLS record (RFC 8446, 5.1), for no event tells of its rest."""


def ended(mail: bytes) -> bytes:
    """A mail whose lines end in CRLF as it is sent: with the dot that ends it (RFC 5321, 4.5.2).

    smtplib's own way looks at each line end of each mail: for most mails that is most of the work.
    """
    if b"\n." in mail:
        mail = mail.replace(b"\n.", b"\n..")
    return mail + b".\r\n"


def _answer(code: int, text: bytes) -> Answer:
    if code == 421:  # the server is closing the connection: not about this mail
        raise ServerFault(_one_line(code, text))
    if not (200 <= code < 300 or 400 <= code < 600):  # whatever it is, it is no yes
        raise smtplib.SMTPResponseException(code, text)
    outcome = Outcome.REFUSED if code >= 500 else Outcome.LATER if code >= 400 else Outcome.ACCEPTED
    return Answer(outcome, _one_line(code, text))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _one_line(code: int, text: bytes) -> str:
    said = " ".join(text.decode("utf-8", "replace").split())
    return f"{code} {said}"[:500]


def _why(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        text = error.smtp_error
        return _one_line(error.smtp_code, text if isinstance(text, bytes) else text.encode())
    if isinstance(error, socket.timeout):
        return "timed out"
    return " ".join(str(error).split())[:500] or type(error).__name__
