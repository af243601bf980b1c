"""Mail handed in: over SMTP, or kept in a Maildir where no server is set.

`Post.send` answers for one mail; a fault that is the server's and not the mail's is raised.
"""

import ipaddress
import mailbox
import smtplib
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Protocol

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


class Post(Protocol):
    """Where mails go."""

    def send(self, sender: str, address: str, mail: bytes) -> Answer:
        """Hand in one mail for one recipient; ServerFault where that cannot be done now."""

    def close(self) -> None:
        """End the connection."""


class Maildir:
    """Keeps mails in a folder, where no mail server is set."""

    def __init__(self, path: Path) -> None:
        self._box = mailbox.Maildir(path, create=True)

    def send(self, sender: str, address: str, mail: bytes) -> Answer:  # noqa: ARG002
        """Keep it; flushed to the disk before it counts as accepted."""
        self._box.add(mail.replace(b"\r\n", b"\n"))
        return Answer(Outcome.ACCEPTED, "kept in the Maildir")

    def close(self) -> None:
        """Nothing is open."""


class Connection:
    """One SMTP connection, opened at its first mail and kept open.

    No mail takes longer than `timeout` seconds, whatever the server does: what was not answered
    by then is in doubt. That is how a lease can be long enough.
    """

    def __init__(self, server: Smtp, timeout: float) -> None:
        self._server, self._timeout = server, timeout
        self._smtp: smtplib.SMTP | None = None
        self._deadline = 0.0

    def send(self, sender: str, address: str, mail: bytes) -> Answer:
        """Hand in one mail for one recipient."""
        self._deadline = time.monotonic() + self._timeout
        with self._faults("no connection"):
            smtp = self._smtp or self._open()
        self._smtp = smtp
        with self._faults("the server went away"):
            refused = self._envelope(smtp, sender, address)
        if refused:
            return refused
        with self._faults("no answer to the mail", in_doubt=True):
            return self._data(smtp, mail)

    def close(self) -> None:
        """Say goodbye, if anybody still listens."""
        if self._smtp is not None:
            with suppress(OSError, smtplib.SMTPException):
                self._smtp.quit()
        self._drop()

    def _open(self) -> smtplib.SMTP:
        server = self._server
        if server.user and not (server.tls or server.starttls or _is_loopback(server.host)):
            raise ServerFault("the password is not sent without TLS: use smtps:// or ?starttls=1")
        if server.tls:
            context = ssl.create_default_context()
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, timeout=self._left(), context=context
            )
        else:
            smtp = smtplib.SMTP(server.host, server.port, timeout=self._left())
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

    def _envelope(self, smtp: smtplib.SMTP, sender: str, address: str) -> Answer | None:
        """MAIL and RCPT; the answer where the recipient is not taken."""
        code, text = self._asked(smtp, f"MAIL FROM:<{sender}>")
        if code >= 400:
            raise ServerFault(f"we may not send: {_one_line(code, text)}")
        code, text = self._asked(smtp, f"RCPT TO:<{ascii_address(address)}>")
        if code >= 400:
            self._asked(smtp, "RSET")
            return _answer(code, text)
        return None

    def _data(self, smtp: smtplib.SMTP, mail: bytes) -> Answer:
        code, text = self._asked(smtp, "DATA")
        if code != 354:  # refused before the first octet of the mail
            answer = _answer(code, text)
            self._asked(smtp, "RSET")
            return answer
        self._wait(smtp)
        hand_over(smtp, mail)
        return _answer(*smtp.getreply())

    def _asked(self, smtp: smtplib.SMTP, command: str) -> tuple[int, bytes]:
        self._wait(smtp)
        return smtp.docmd(command)

    def _wait(self, smtp: smtplib.SMTP) -> None:
        """Let the next answer take what is left of this mail's time."""
        if smtp.sock is not None:
            smtp.sock.settimeout(self._left())

    def _left(self) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        return left

    @contextmanager
    def _faults(self, when: str, *, in_doubt: bool = False) -> Iterator[None]:
        """Whatever ends the connection is the server's fault."""
        try:
            yield
        except ServerFault:
            self._drop()
            raise
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            raise ServerFault(f"{when}: {_why(error)}", in_doubt=in_doubt) from error

    def _drop(self) -> None:
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            smtp.close()


def hand_over(smtp: smtplib.SMTP, mail: bytes) -> None:
    """The octets of a mail whose lines all end in CRLF, and the dot that ends it (RFC 5321, 4.5.2).

    smtplib's own way looks at each line end of each mail: for most mails that is most of the work.
    """
    if b"\n." in mail:
        mail = mail.replace(b"\n.", b"\n..")
    smtp.send(mail + b".\r\n")


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
