"""The servers that are measured beside each other: processes of their own, stopped at the end."""

import importlib.util
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError

THREADS = str(max(2, min(8, os.cpu_count() or 2)))  # as `maintenance web` has them
SINK = "smtp-sink" if shutil.which("smtp-sink") else "/usr/sbin/smtp-sink"
PATIENCE = 400
"""How many times a server is asked whether it is there; each asking waits a little."""

NGINX_CONF = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{}}
http {{
  access_log off; types {{ text/calendar ics; }} keepalive_requests 1000000000;
  server {{ listen 127.0.0.1:{port}; root {folder}; }}
}}
"""
RADICALE_CONF = """
[server]
hosts = 127.0.0.1:{port}
max_connections = 100
[auth]
type = none
[rights]
type = authenticated
[storage]
filesystem_folder = {folder}/collections
[logging]
level = error
"""


def missing(*, commands: Sequence[str] = (), modules: Sequence[str] = ()) -> list[str]:
    """Those of these commands and modules that are not installed."""
    return [
        *(name for name in commands if shutil.which(name) is None),
        *(name for name in modules if importlib.util.find_spec(name) is None),
    ]


@contextmanager
def granian(target: str, environ: Mapping[str, str] | None = None) -> Iterator[str]:
    """A WSGI application under granian, with the settings of `maintenance web`."""
    port = _free_port()
    options = ["--interface", "wsgi", "--port", str(port), "--blocking-threads", THREADS]
    command = [sys.executable, "-m", "granian", *options, "--no-ws", target]
    with _running([*command, "--log-level", "error"], port, environ) as address:
        yield address


@contextmanager
def gunicorn(target: str, environ: Mapping[str, str] | None = None) -> Iterator[str]:
    """The same under gunicorn's threads."""
    port = _free_port()
    command = [sys.executable, "-m", "gunicorn", "-k", "gthread", "--threads", THREADS]
    command += ["--no-control-socket", "--log-level", "error", "-b", f"127.0.0.1:{port}", target]
    with _running(command, port, environ) as address:
        yield address


@contextmanager
def nginx(folder: Path) -> Iterator[str]:
    """nginx with the files of this folder."""
    port = _free_port()
    conf = folder / "nginx.conf"
    conf.write_text(NGINX_CONF.format(folder=folder, port=port))
    with _running(["nginx", "-c", str(conf), "-e", str(folder / "error.log")], port) as address:
        yield address


@contextmanager
def radicale(folder: Path) -> Iterator[str]:
    """An empty calendar server."""
    port = _free_port()
    conf = folder / "radicale.conf"
    conf.write_text(RADICALE_CONF.format(folder=folder, port=port))
    command = [sys.executable, "-m", "radicale", "--config", str(conf)]
    with _running(command, port) as address:
        yield address


@contextmanager
def sink() -> Iterator[int]:
    """The port of Debian's smtp-sink (package postfix), which takes every mail and forgets it."""
    port = _free_port()
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    with _listening([SINK, *user, f"127.0.0.1:{port}", "1000"], port):
        yield port


@contextmanager
def relay(round_trip: float, each: float, file: Path | None = None) -> Iterator[int]:
    """The port of a relay this far away, in seconds; see bench.relay."""
    port = _free_port()
    said = [str(port), str(round_trip), str(each), *([str(file)] if file else [])]
    with _listening([sys.executable, "-m", "bench.relay", *said], port):
        yield port


@contextmanager
def _listening(command: Sequence[str], port: int) -> Iterator[None]:
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as server:
        try:
            for _ in range(PATIENCE):
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.05)
            else:
                raise RuntimeError("the server does not answer")
            yield
        finally:
            server.terminate()


@contextmanager
def _running(
    command: Sequence[str], port: int, environ: Mapping[str, str] | None = None
) -> Iterator[str]:
    address = f"http://127.0.0.1:{port}"
    with subprocess.Popen(command, env={**os.environ, **(environ or {})}) as server:
        try:
            _wait_for(address, server)
            yield address
        finally:
            server.terminate()


def _wait_for(address: str, server: "subprocess.Popen[bytes]") -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    for _ in range(PATIENCE):
        try:
            opener.open(address, timeout=5).close()
            return
        except HTTPError:
            return
        except OSError:
            try:
                server.wait(0.05)
            except subprocess.TimeoutExpired:
                continue
            raise RuntimeError("the server ended") from None
    raise RuntimeError("the server does not answer")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
