"""`maintenance run`: web and sender together, from nothing to a page, and down again cleanly."""

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from threading import Timer

import psutil
import pytest

LONG = 120
"""Seconds that a start or an end may take on a busy machine."""


@pytest.fixture
def port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def environment(environ: Mapping[str, str]) -> dict[str, str]:
    """The settings of a fresh installation, its address left to the program."""
    given = {k: v for k, v in environ.items() if k != "MAINTENANCE_BASE_URL"}
    return {**os.environ, **given}


class Program:
    """The program in a process group of its own."""

    def __init__(self, environment: Mapping[str, str], log: Path, *words: str) -> None:
        self._log = log
        with log.open("w") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "maintenance", "run", *words],
                env=environment,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                start_new_session=True,
            )

    @property
    def errors(self) -> str:
        """What it said on stderr."""
        return self._log.read_text()

    def said(self, end: str) -> str:
        """What it prints, up to the line with `end`; it is killed when that takes too long."""
        watchdog = Timer(LONG, self.kill)
        watchdog.start()
        said = ""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            said += line
            if end in line:
                watchdog.cancel()
                return said
        pytest.fail(f"it ended, or took too long: {said}{self.errors}")

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Tell it to stop; its exit code."""
        self.process.send_signal(number)
        return self.process.wait(LONG)

    def kill(self) -> None:
        """End it and all it started."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)


@pytest.fixture
def run(environment: dict[str, str], tmp_path: Path) -> Iterator[Callable[..., Program]]:
    """`run(*words)` starts the program; what is left of it at the end is killed."""
    started: list[Program] = []

    def start(*words: str) -> Program:
        log = tmp_path / f"errors-{len(started)}.log"
        started.append(Program(environment, log, *words))
        return started[-1]

    yield start
    for program in started:
        program.kill()
        program.process.wait(LONG)
        assert program.process.stdout is not None
        program.process.stdout.close()


def fetch(port: int, path: str) -> str:
    """A page."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
        return str(answer.read().decode())


def alive(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Which of these still run, after they got a while to end."""
    left: list[psutil.Process] = psutil.wait_procs(processes, timeout=LONG)[1]
    return left


def test_the_first_start_loads_the_demo_and_prints_how_to_log_in(
    run: Callable[..., Program], port: int, environ: Mapping[str, str]
):
    program = run("--port", str(port), "--demo")
    said = program.said("user password")
    assert f"http://127.0.0.1:{port} " in said
    accounts = dict(re.findall(r"(\w+)@demo\.example +(\S{12})\n", said))
    assert set(accounts) == {"admin", "approver", "operator", "viewer"}
    assert len(set(accounts.values())) == 4
    assert "Reindex payslips" in fetch(port, "/status?lang=en")
    assert f"http://127.0.0.1:{port}/" in fetch(port, "/feeds/all.ics").replace("\r\n ", "")
    assert list((Path(environ["MAINTENANCE_INSTANCE_PATH"]) / "mail" / "new").iterdir())
    os.killpg(program.process.pid, signal.SIGINT)  # what Ctrl-C does
    assert program.process.wait(LONG) == 0
    assert "Traceback" not in program.errors

    again = run("--port", str(port), "--demo")
    said = again.said("user password")
    assert "Accounts: admin@demo.example" in said
    assert not set(accounts.values()) & set(said.split())
    assert again.stop() == 0


def test_no_demo_where_an_smtp_server_is_set_and_a_set_address_is_kept(
    run: Callable[..., Program], port: int, environment: dict[str, str]
):
    environment["MAINTENANCE_SMTP_URL"] = "smtp://127.0.0.1:1"
    environment["MAINTENANCE_BASE_URL"] = "https://maintenance.example"
    program = run("--port", str(port), "--demo")
    assert "none yet" in program.said("user add")
    assert "Reindex" not in fetch(port, "/status?lang=en")
    assert "https://maintenance.example" in fetch(port, "/feeds/all.ics").replace("\r\n ", "")
    children = psutil.Process(program.process.pid).children(recursive=True)
    assert program.stop() == 0
    assert alive(children) == []


@pytest.mark.parametrize("which", ["web", "worker"])
def test_where_one_of_the_two_dies_the_other_is_stopped(
    run: Callable[..., Program], port: int, which: str
):
    program = run("--port", str(port))
    program.said("user add")
    everything = psutil.Process(program.process.pid).children(recursive=True)
    next(child for child in everything if which in child.cmdline()).kill()
    assert program.process.wait(LONG) == 1
    assert f"maintenance: {which} ended" in program.errors
    assert alive(everything) == []


def test_where_it_is_killed_the_two_stop(run: Callable[..., Program], port: int):
    program = run("--port", str(port))
    program.said("user add")
    everything = psutil.Process(program.process.pid).children(recursive=True)
    program.process.kill()
    assert alive(everything) == []


def test_a_port_that_is_taken_says_so_in_one_line(run: Callable[..., Program], port: int):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        program = run("--port", str(port))
        assert program.process.wait(LONG) == 1
    assert program.errors == (
        f"Error: cannot listen on 127.0.0.1:{port}: something else listens there\n"
    )
