"""notifications.mail: what becomes of a mail, with a real server over a socket."""

import re
import shutil
import smtplib
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from mailbox import Maildir as Box
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maintenance.config import Smtp
from notifications import mail
from notifications.mail import Connection, Maildir, Outcome, ServerFault
from tests.smtp import free_port, serving

FROM, JAN = "onderhoud@vendor.example", "jan@acme.example"
RAW = b"Subject: hello\r\nTo: jan@acme.example\r\n\r\n.a dot first\r\nand an end\r\n"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for localhost that nobody trusts yet, with its key."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not here")
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    subject = ("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost")
    key = ("-newkey", "rsa:2048", "-nodes", "-keyout", str(path))
    subprocess.run(
        ["openssl", "req", "-x509", "-days", "2", *key, *subject, "-out", f"{path}.crt"],
        check=True,
        capture_output=True,
    )
    path.write_bytes(path.read_bytes() + Path(f"{path}.crt").read_bytes())
    return path


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return context


@pytest.fixture
def trusted(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))


def handed_in(server: Smtp, address: str = JAN, timeout: float = 5) -> mail.Answer:
    with closing(Connection(server, timeout)) as connection:
        return connection.send(FROM, address, RAW)


def test_a_mail_arrives_octet_for_octet_for_one_recipient() -> None:
    with serving() as server:
        answer = handed_in(server.smtp)
    assert answer == mail.Answer(Outcome.ACCEPTED, "250 kept")
    (got,) = server.accepted
    assert (got.sender, got.address, got.raw) == (FROM, JAN, RAW)


def test_a_connection_is_kept_for_the_next_mail() -> None:
    with serving() as server, closing(Connection(server.smtp, 5)) as connection:
        for _ in range(3):
            connection.send(FROM, JAN, RAW)
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

    with serving(script) as server, closing(Connection(server.smtp, 5)) as connection:
        assert connection.send(FROM, JAN, RAW) == mail.Answer(outcome, reply)
        kim = connection.send(FROM, "kim@acme.example", RAW)
    assert kim.outcome is Outcome.ACCEPTED
    assert [each.address for each in server.accepted] == ["kim@acme.example"]


@pytest.mark.parametrize(
    ("stage", "reply", "in_doubt"),
    [
        ("MAIL", "550 5.7.1 you may not send", False),
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
def test_a_mail_is_handed_over_as_the_library_does(text: str) -> None:
    raw = b"Subject: dots\r\n\r\n" + text.encode() + b"\r\n"
    ours, theirs = Wire(), Wire()
    mail.hand_over(ours, raw)
    theirs.data(raw)
    assert ours.said == theirs.said


@pytest.mark.parametrize(("stage", "in_doubt"), [("RCPT", False), ("DATA", True)])
def test_a_silent_server_gets_no_more_than_its_time(stage: str, in_doubt: bool) -> None:
    with (
        serving(lambda at, _address: "silence" if at == stage else None) as server,
        pytest.raises(ServerFault, match="timed out") as fault,
    ):
        handed_in(server.smtp, timeout=0.3)
    assert fault.value.in_doubt is in_doubt


def test_after_a_drop_the_next_mail_gets_a_new_connection() -> None:
    drops = iter(["drop", None])

    def script(at: str, _address: str) -> str | None:
        return next(drops) if at == "354" else None

    with serving(script) as server, closing(Connection(server.smtp, 5)) as connection:
        with pytest.raises(ServerFault):
            connection.send(FROM, JAN, RAW)
        assert connection.send(FROM, JAN, RAW).outcome is Outcome.ACCEPTED
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
    with closing(Maildir(tmp_path / "mail")) as post:
        assert post.send(FROM, JAN, RAW).outcome is Outcome.ACCEPTED
    (kept,) = box
    assert kept["Subject"] == "hello"
    assert kept.get_payload() == ".a dot first\nand an end\n"
