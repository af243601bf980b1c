"""A real SMTP server for tests, over a socket, whose answers are scripted."""

# ruff: noqa: ARG002, N802  (aiosmtpd calls these by name, with more than is needed)

import asyncio
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

from maintenance.config import Smtp

Script = Callable[[str, str], str | None]
"""What to answer at a stage ("MAIL", "RCPT", "354", "DATA") to an address; None for the usual.

At "354" and "DATA" the answer "drop" ends the connection: before the mail is read, or after it is
read and kept but before the answer. "silence" at "RCPT" and "DATA" is no answer at all; "late" at
"DATA" is the usual one, once the client has given up.
"""


@dataclass
class Accepted:
    """A mail that the server has: whether it said so is another matter."""

    sender: str
    address: str
    raw: bytes

    @property
    def mail(self) -> EmailMessage:
        """The mail, parsed."""
        return message_from_bytes(self.raw, policy=default)


@dataclass
class Server:
    """A running server: where it is, what it has, how many times it was connected to."""

    smtp: Smtp
    accepted: list[Accepted] = field(default_factory=list)
    connections: int = 0
    logins: list[tuple[bytes, bytes]] = field(default_factory=list)

    def to(self, address: str) -> list[Accepted]:
        """The mails that this address has."""
        return [each for each in self.accepted if each.address == address]


class _Scripted(SMTP):
    """The server's side of one connection."""

    def __init__(self, handler: "_Handler", **options: Any) -> None:
        super().__init__(handler, **options)
        self._script = handler.script

    async def smtp_DATA(self, arg: str | None) -> None:
        addresses = self.envelope.rcpt_tos if self.envelope else []
        if addresses and self._script("354", addresses[0]) == "drop":
            await self.push("354 go on")
            self.transport.abort()
            return
        await super().smtp_DATA(arg)


class _Handler:
    def __init__(self, script: Script) -> None:
        self.script = script
        self.server: Server

    async def handle_EHLO(
        self, server: SMTP, session: Any, envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        self.server.connections += 1
        session.host_name = hostname
        return responses

    async def handle_MAIL(
        self, server: SMTP, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        said = self.script("MAIL", address)
        if said is None:
            envelope.mail_from = address
        return said or "250 ok"

    async def handle_RCPT(
        self, server: SMTP, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        said = self.script("RCPT", address)
        if said == "silence":
            await asyncio.Event().wait()
        if said is None:
            envelope.rcpt_tos.append(address)
        return said or "250 ok"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:
        (address,) = envelope.rcpt_tos  # one recipient a message
        said = self.script("DATA", address)
        if said is None or not said[0].isdigit():
            raw = envelope.original_content
            self.server.accepted.append(Accepted(envelope.mail_from, address, raw))
        if said == "drop":
            server.transport.abort()
        if said == "silence":
            await asyncio.Event().wait()
        if said == "late":
            while not server.transport.is_closing():
                await asyncio.sleep(0.01)
        return "250 kept" if said in {None, "late"} else said

    def authenticator(
        self, server: SMTP, session: Any, envelope: Any, mechanism: str, data: Any
    ) -> AuthResult:
        self.server.logins.append((data.login, data.password))
        return AuthResult(success=data.password == b"right", handled=False)


class _Controller(Controller):
    def factory(self) -> SMTP:
        return _Scripted(self.handler, **self.SMTP_kwargs)


@contextmanager
def serving(
    script: Script = lambda _stage, _address: None,
    *,
    tls: ssl.SSLContext | None = None,
    starttls: ssl.SSLContext | None = None,
    login: bool = False,
    port: int = 0,
) -> Iterator[Server]:
    """A server on loopback that answers by the script, until the block ends."""
    port = port or free_port()
    handler = _Handler(script)
    options: dict[str, Any] = {"tls_context": starttls}
    if login:
        options |= {"authenticator": handler.authenticator, "auth_require_tls": False}
    handler.server = Server(
        Smtp("localhost", port, tls=tls is not None, starttls=starttls is not None)
    )
    controller = _Controller(handler, "127.0.0.1", port, ssl_context=tls, **options)
    controller.start()
    handler.server.connections = 0  # the controller's own look whether it is there
    try:
        yield handler.server
    finally:
        controller.stop()


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
