"""notifications.mail: what becomes of a mail, with a real server over a socket."""

import math
import re
import smtplib
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from io import BytesIO
from mailbox import Maildir as Box
from pathlib import Path
from selectors import DefaultSelector
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maintenance.config import Smtp
from notifications import mail
from notifications.mail import LEAVE, Connection, Maildir, Outcome, Post, ServerFault, Talk
from tests.certificate import signed
from tests.smtp import free_port, serving

FROM, JAN = "onderhoud@vendor.example", "jan@acme.example"
NEVER = math.inf
RAW = b"Subject: hello\r\nTo: jan@acme.example\r\n\r\n.a dot first\r\nand an end\r\n"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for localhost that nobody trusts yet, with its key."""
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    path.write_bytes(b"".join(signed("localhost", vouching=True)))
    return path


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return context


@pytest.fixture
def trusted(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))


def hand_in(post: Post, address: str = JAN, timeout: float = 5, raw: bytes = RAW) -> mail.Answer:
    """Open it where it is closed, and talk until there is an answer."""
    if not post.is_open:
        post.open(timeout)
    answer = talk(post, post.send(FROM, address, lambda: raw, NEVER), timeout)
    assert answer is not None
    return answer


def talk(post: Post, said: Talk[Any], timeout: float = 5, *, leave: bool = True) -> Any:
    """What comes of a talk: it goes on when the socket is ready, within so many seconds."""
    until = time.monotonic() + timeout
    try:
        wanted = next(said)
        while True:
            if wanted == LEAVE:
                wanted = said.send(leave)
            elif ready(post.socket, wanted, until - time.monotonic()):
                wanted = next(said)
            else:
                wanted = said.throw(TimeoutError("timed out"))
    except StopIteration as done:
        return done.value


def ready(sock: socket.socket, events: int, seconds: float) -> bool:
    with DefaultSelector() as selector:
        selector.register(sock, events)
        return bool(selector.select(max(0, seconds)))


@contextmanager
def connection(server: Smtp) -> Iterator[Connection]:
    made = Connection(server)
    try:
        yield made
    finally:
        if made.is_open:
            talk(made, made.quit())


def handed_in(
    server: Smtp, address: str = JAN, timeout: float = 5, raw: bytes = RAW
) -> mail.Answer:
    with connection(server) as made:
        return hand_in(made, address, timeout, raw)


def test_a_mail_arrives_octet_for_octet_for_one_recipient() -> None:
    with serving() as server:
        answer = handed_in(server.smtp)
    assert answer == mail.Answer(Outcome.ACCEPTED, "250 kept")
    (got,) = server.accepted
    assert (got.sender, got.address, got.raw) == (FROM, JAN, RAW)


def test_a_connection_is_kept_for_the_next_mail() -> None:
    with serving() as server, connection(server.smtp) as made:
        for _ in range(3):
            hand_in(made)
    assert (len(server.accepted), server.connections) == (3, 1)


@pytest.mark.parametrize(
    ("stage", "reply", "outcome"),
    [
        ("RCPT", "450 4.2.0 greylisted, come again", Outcome.LATER),
        ("RCPT", "550 5.1.1 no such user", Outcome.REFUSED),
        ("DATA", "451 4.3.0 busy", Outcome.LATER),
        ("DATA", "554 5.7.1 not from you", Outcome.REFUSED),
    ],
)
def test_an_answer_about_a_mail_is_its_own_and_the_next_one_goes(
    stage: str, reply: str, outcome: Outcome
) -> None:
    def script(at: str, address: str) -> str | None:
        return reply if (at, address) == (stage, JAN) else None

    with serving(script) as server, connection(server.smtp) as made:
        assert hand_in(made) == mail.Answer(outcome, reply)
        kim = hand_in(made, "kim@acme.example")
    assert kim.outcome is Outcome.ACCEPTED
    assert [each.address for each in server.accepted] == ["kim@acme.example"]


@pytest.mark.parametrize(
    ("stage", "reply", "in_doubt"),
    [
        ("MAIL", "550 5.7.1 you may not send", False),
        ("MAIL", "354 go on", False),
        ("MAIL", "451 4.3.0 no space", False),
        ("RCPT", "421 4.3.2 closing", False),
        ("354", "drop", True),
        ("DATA", "drop", True),
    ],
)
def test_a_fault_of_the_server_is_not_the_mails(stage: str, reply: str, in_doubt: bool) -> None:
    with (
        serving(lambda at, _address: reply if at == stage else None) as server,
        pytest.raises(ServerFault) as fault,
    ):
        handed_in(server.smtp)
    assert fault.value.in_doubt is in_doubt
    assert "\n" not in str(fault.value)


@pytest.mark.parametrize("reply", ["354 go on", "150 wait"])
def test_an_answer_that_is_neither_yes_nor_no_leaves_it_in_doubt(reply: str) -> None:
    with (
        serving(lambda at, _address: reply if at == "DATA" else None) as server,
        pytest.raises(ServerFault) as fault,
    ):
        handed_in(server.smtp)
    assert fault.value.in_doubt


class Wire(smtplib.SMTP):
    """A connection to a server that says 354 to everything; remembers what was said."""

    said = b""

    def putcmd(self, *_command: str) -> None:
        """A command, which is not remembered."""

    def getreply(self) -> tuple[int, bytes]:
        return 354, b"go on"

    def send(self, octets: bytes) -> None:  # type: ignore[override]
        self.said += octets


DOTS = st.text(st.sampled_from(".\r\nx")).map(lambda text: re.sub("\r?\n|\r", "\r\n", text))


@given(DOTS)
def test_a_mail_is_ended_as_the_library_does(text: str) -> None:
    raw = b"Subject: dots\r\n\r\n" + text.encode() + b"\r\n"
    theirs = Wire()
    theirs.data(raw)
    assert mail.ended(raw) == theirs.said


REPLIES = [
    "250 ok",
    "250 ok\r",
    "550 no\r250 yes",
    "421",
    "250-one\r\n250-two\r\n250 three",
    "250",
    "354 go on",
    "250-\r\n250 x",
]


@given(st.lists(st.sampled_from(REPLIES), min_size=1, max_size=5), st.integers(1, 7))
def test_replies_are_read_as_the_library_does_in_whatever_pieces_they_come(
    replies: list[str], size: int
) -> None:
    octets = "".join(f"{reply}\r\n" for reply in replies).encode()
    theirs = smtplib.SMTP()
    theirs.file = BytesIO(octets)
    assert read(octets, size, len(replies)) == [theirs.getreply() for _ in replies]


def read(octets: bytes, size: int, replies: int) -> list[tuple[int, bytes]]:
    """So many replies, from a socket on which the octets come in pieces of this size."""
    made, (ours, theirs) = Connection(Smtp("localhost", 25)), socket.socketpair()
    made._smtp = smtplib.SMTP()
    made._smtp.sock = ours
    ours.setblocking(False)
    pieces = [octets[at : at + size] for at in range(0, len(octets), size)]
    found = []
    with ours, theirs:
        for _ in range(replies):
            said = made._reply()
            try:
                while next(said):
                    theirs.send(pieces.pop(0))
            except StopIteration as done:
                found.append(done.value)
    return found


def test_a_reply_without_an_end_is_not_read_for_ever() -> None:
    endless = b"250-and so on\r\n" * 10_000
    with pytest.raises(smtplib.SMTPResponseException, match="without an end"):
        read(endless, 10_000, 1)


@pytest.mark.parametrize("way", ["plain", "tls"])
@pytest.mark.usefixtures("trusted")
def test_a_mail_that_does_not_fit_in_the_sockets_buffer_arrives_whole(
    tls: ssl.SSLContext, way: str
) -> None:
    raw = RAW + b"a line of text\r\n" * 500_000
    with serving(tls=tls if way == "tls" else None) as server:
        assert handed_in(server.smtp, timeout=60, raw=raw).outcome is Outcome.ACCEPTED
    assert server.accepted[0].raw == raw


def test_without_leave_nothing_of_a_mail_is_sent_and_the_next_one_goes() -> None:
    with serving() as server, connection(server.smtp) as made:
        made.open(5)
        assert talk(made, made.send(FROM, JAN, lambda: RAW, NEVER), leave=False) is None
        hand_in(made, "kim@acme.example")
    assert [each.address for each in server.accepted] == ["kim@acme.example"]


@pytest.mark.parametrize(("stage", "in_doubt"), [("RCPT", False), ("DATA", True)])
def test_a_silent_server_gets_no_more_than_its_time(stage: str, in_doubt: bool) -> None:
    with (
        serving(lambda at, _address: "silence" if at == stage else None) as server,
        pytest.raises(ServerFault, match="timed out") as fault,
    ):
        handed_in(server.smtp, timeout=0.3)
    assert fault.value.in_doubt is in_doubt


def test_a_mail_whose_time_is_over_is_not_begun() -> None:
    with serving() as server, connection(server.smtp) as made:
        made.open(5)
        with pytest.raises(ServerFault, match="timed out") as fault:
            talk(made, made.send(FROM, JAN, lambda: RAW, time.monotonic()))
    assert not fault.value.in_doubt
    assert server.accepted == []


def test_a_command_has_one_line_whatever_the_address_says() -> None:
    with serving() as server, pytest.raises(ValueError, match="one line"):
        handed_in(server.smtp, f"{JAN}>\r\nRSET")
    assert server.accepted == []


def test_after_a_drop_the_next_mail_gets_a_new_connection() -> None:
    drops = iter(["drop", None])

    def script(at: str, _address: str) -> str | None:
        return next(drops) if at == "354" else None

    with serving(script) as server, connection(server.smtp) as made:
        with pytest.raises(ServerFault):
            hand_in(made)
        assert hand_in(made).outcome is Outcome.ACCEPTED
    assert server.connections == 2


def test_nobody_listening_is_a_fault_of_the_server() -> None:
    with pytest.raises(ServerFault, match="no connection"):
        handed_in(Smtp("127.0.0.1", free_port()))


def test_a_login_is_made_and_a_wrong_password_is_a_fault_of_the_server() -> None:
    with serving(login=True) as server:
        right = replace(server.smtp, user="me", password="right")
        assert handed_in(right).outcome is Outcome.ACCEPTED
        with pytest.raises(ServerFault, match="535"):
            handed_in(replace(right, password="wrong"))


def test_a_password_goes_nowhere_without_tls_but_to_loopback(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with serving(login=True) as server:
        secret = replace(server.smtp, user="me", password="right")
        monkeypatch.setattr(mail, "_is_loopback", lambda _host: False)
        with pytest.raises(ServerFault, match="without TLS"):
            handed_in(secret)
    assert server.logins == []


def test_without_that_protection_the_password_would_have_gone() -> None:
    """The twin: to a host that counts as loopback it goes in plain text."""
    with serving(login=True) as server:
        handed_in(replace(server.smtp, user="me", password="right"))
    assert server.logins == [(b"me", b"right")]


@pytest.mark.parametrize("way", ["tls", "starttls"])
@pytest.mark.usefixtures("trusted")
def test_tls_is_spoken_with_a_server_whose_certificate_holds(tls: ssl.SSLContext, way: str) -> None:
    with serving(tls=tls if way == "tls" else None, starttls=tls if way != "tls" else None) as at:
        assert handed_in(at.smtp).outcome is Outcome.ACCEPTED


@pytest.mark.parametrize("way", ["tls", "starttls"])
def test_a_certificate_that_nobody_vouches_for_ends_it(tls: ssl.SSLContext, way: str) -> None:
    with (
        serving(tls=tls if way == "tls" else None, starttls=tls if way != "tls" else None) as at,
        pytest.raises(ServerFault, match="certificate"),
    ):
        handed_in(at.smtp)
    assert at.accepted == []


def test_starttls_that_is_not_offered_ends_it() -> None:
    with serving() as server, pytest.raises(ServerFault, match="STARTTLS"):
        handed_in(replace(server.smtp, starttls=True))
    assert server.accepted == []


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    found = Box(tmp_path / "mail", create=True)
    yield found
    found.close()


def test_without_a_server_mails_are_kept_in_a_maildir(tmp_path: Path, box: Box) -> None:
    assert hand_in(Maildir(tmp_path / "mail")).outcome is Outcome.ACCEPTED
    (kept,) = box
    assert kept["Subject"] == "hello"
    assert kept.get_payload() == ".a dot first\nand an end\n"
