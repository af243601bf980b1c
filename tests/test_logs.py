"""The log: one JSON line an event, and no secret in it."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from maintenance import logs
from maintenance.serving import AccessLog

FEED = "/feeds/c/AbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_AbCdE.ics"


@pytest.fixture
def configured() -> Iterator[None]:
    """The program's log, undone afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    logs.configure()
    yield
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        (FEED, "/feeds/c/***"),
        ("/reset/WyIxMjM0NTY3ODkwYWJjZGVmIl0.aBcDeF.xYz-123_456", "/reset/***"),
        ("/windows/w_7Q2xAbCdEfGhIjKlMnOpQr", "/windows/w_7Q2xAbCdEfGhIjKlMnOpQr"),
        ("/feeds/factuurportal.ics", "/feeds/factuurportal.ics"),
        ("/api/v2/scheduled-maintenances/upcoming.json",) * 2,
    ],
)
def test_a_secret_in_a_path_is_masked(path: str, shown: str):
    assert logs.masked_path(path) == shown


def test_a_request_is_one_line_without_its_secrets(
    configured: None, capsys: pytest.CaptureFixture[str]
):
    def app(environ, start_response):  # type: ignore[no-untyped-def]
        start_response("200 OK", [])
        return [b""]

    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": FEED, "QUERY_STRING": "token=secret"}
    logs.configure()
    AccessLog(app)(environ, lambda *_: None)  # type: ignore[arg-type]
    (line,) = capsys.readouterr().err.splitlines()
    said = json.loads(line)
    assert said["event"] == "request"
    assert (said["method"], said["path"], said["status"]) == ("GET", "/feeds/c/***", 200)
    assert "secret" not in line


def test_line_breaks_do_not_make_more_lines(configured: None, capsys: pytest.CaptureFixture[str]):
    logs.configure()
    logging.getLogger("anywhere").warning('one\n{"event": "forged"}\u2028\x00')
    (line,) = capsys.readouterr().err.splitlines()
    assert json.loads(line)["event"].startswith("one\n")
