"""A fresh installation as a user makes one: migrated, with accounts, served by the real server."""

import json
import os
import re
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

ROOT = Path(__file__).parents[2]
PASSWORD = "correct horse battery"
ROLES = ("viewer", "operator", "approver", "admin")
PROGRAM = (sys.executable, "-m", "maintenance")
PATIENCE = 400
"""How many times the server is asked whether it is there; each asking waits a little."""


@dataclass(frozen=True, slots=True)
class Installation:
    """Where it is served, where it lives, and the environment its commands run in."""

    address: str
    path: Path
    environ: dict[str, str]

    def run(self, *command: str, given: str = "") -> str:
        """What a `maintenance` command prints; it must succeed."""
        done = subprocess.run(
            [*PROGRAM, *command],
            env=self.environ,
            input=given,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout

    def mails(self) -> list[EmailMessage]:
        """Send what is due, as the worker does; every mail that ever arrived, oldest first."""
        self.run("worker", "--once")
        files = sorted((self.path / "mail" / "new").iterdir(), key=lambda f: f.stat().st_mtime_ns)
        parser = BytesParser(policy=policy.default)
        found = [parser.parsebytes(file.read_bytes()) for file in files]
        return [one for one in found if isinstance(one, EmailMessage)]

    def read(self, path: str) -> str:
        """What anyone gets under this path, unfolded where it is a calendar."""
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(self.address + path, timeout=10) as answer:
            text: str = answer.read().decode()
        return re.sub(r"\r\n[ \t]", "", text)


@contextmanager
def installed(
    path: Path, setup: Sequence[Sequence[str]] = (), host: str = "127.0.0.1"
) -> Iterator[Installation]:
    """An installation in this folder, with an account of each role, while it is served."""
    port = _free_port()
    made = _installation(path, f"http://{host}:{port}")
    _run_all(made, [("migrate",), *map(_account, ROLES), *setup])
    serving = [*PROGRAM, "web", "--port", str(port)]
    with subprocess.Popen(serving, env=made.environ) as server:
        try:
            _wait_for(made.address, server)
            yield made
        finally:
            server.terminate()


def _account(role: str) -> Sequence[str]:
    email = f"{role}@maintenance.example"
    return ("user", "add", email, "--role", role, "--password-stdin")


def _run_all(made: Installation, commands: Iterable[Sequence[str]]) -> None:
    """Run `maintenance` commands, in one process of their own; who asks a password is told."""
    lines = "\n".join(json.dumps([command, PASSWORD]) for command in commands)
    program = (sys.executable, "-m", "tests.browser.commands")
    done = subprocess.run(
        program,
        env=made.environ,
        cwd=ROOT,
        input=lines,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"


def _installation(path: Path, address: str) -> Installation:
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("MAINTENANCE_")}
    environ = inherited | {
        "MAINTENANCE_INSTANCE_PATH": str(path),
        "MAINTENANCE_BASE_URL": address,
        "MAINTENANCE_SECRET_KEY": "a key that only the tests know",
    }
    return Installation(address, path, environ)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(address: str, server: "subprocess.Popen[bytes]") -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    for _ in range(PATIENCE):
        try:
            with opener.open(address + "/healthz", timeout=5):
                return
        except OSError:
            try:
                server.wait(0.05)
            except subprocess.TimeoutExpired:
                continue
            raise AssertionError("the server ended") from None
    raise AssertionError("the server does not answer")
