"""The site of docs/deploy/nginx.conf, served by a real nginx before a real `maintenance web`."""

import os
import re
import shutil
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

import pytest

from maintenance.config import ROOT
from tests.certificate import signed
from tests.smtp import free_port

SITE = (ROOT / "docs" / "deploy" / "nginx.conf").read_text()
NAME = "maintenance.vendor.example"
LONG = 60
"""Seconds that a start or an end may take on a busy machine."""

MAIN = """
{user}
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    access_log {folder}/access.log;
    include {folder}/site.conf;
}}
"""


@dataclass(frozen=True)
class Answer:
    """The names of its headers begin with capitals, whatever was sent."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Site:
    """Where it is served; `folder` has its logs and its cache."""

    folder: Path
    http: int
    https: int

    def get(self, path: str, **more: object) -> Answer:
        """What a reader gets over TLS, the certificate checked."""
        return self.ask("GET", path, **more)

    def ask(
        self,
        method: str,
        path: str,
        headers: dict[str, str] | None = None,
        body: str | None = None,
        source: str = "127.0.0.1",
    ) -> Answer:
        """One request from this address of loopback, on a connection of its own."""
        plain = HTTPConnection("127.0.0.1", self.https, LONG, (source, 0))
        plain.connect()
        trusting = ssl.create_default_context(cafile=str(self.folder / "fullchain.pem"))
        plain.sock = trusting.wrap_socket(plain.sock, server_hostname=NAME)
        return _answer(plain, method, path, {"Host": NAME, **(headers or {})}, body)

    def without_tls(self, path: str) -> Answer:
        """What a reader gets without TLS."""
        return _answer(HTTPConnection("127.0.0.1", self.http, LONG), "GET", path, {"Host": NAME})

    def logged(self) -> str:
        """All that stands in its logs."""
        return "".join(log.read_text() for log in self.folder.glob("*.log"))

    def kept(self) -> set[str]:
        """The addresses whose answers are in its cache."""
        files = [file for file in (self.folder / "cache").rglob("*") if file.is_file()]
        return {
            line.rpartition(b"http://maintenance")[2].decode()
            for file in files
            for line in file.read_bytes().splitlines()
            if line.startswith(b"KEY: ")
        }


def _answer(
    connection: HTTPConnection,
    method: str,
    path: str,
    headers: dict[str, str],
    body: str | None = None,
) -> Answer:
    try:
        connection.request(method, path, body, headers)
        found = connection.getresponse()
        return Answer(
            found.status, {name.title(): value for name, value in found.getheaders()}, found.read()
        )
    finally:
        connection.close()


@contextmanager
def serving(
    folder: Path, upstream: int, changed: Callable[[str], str] = lambda site: site
) -> Iterator[Site]:
    """nginx with the site before what listens on this port, until the block ends."""
    program = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
    if program is None:
        assert "CI" not in os.environ, "nginx is missing"
        pytest.skip("nginx is not installed (Debian: apt install nginx-light)")
    site = Site(folder, free_port(), free_port())
    folder.mkdir()
    _certificate(folder)
    (folder / "site.conf").write_text(changed(_placed(site, upstream)))
    user = "user root;" if os.getuid() == 0 else ""
    (folder / "nginx.conf").write_text(MAIN.format(folder=folder, user=user))
    command = [program, "-p", str(folder), "-c", str(folder / "nginx.conf")]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as nginx:
        try:
            wait_for(lambda: (folder / "nginx.pid").exists() or nginx.poll() is not None)
            assert nginx.poll() is None, nginx.communicate()
            yield site
        finally:
            nginx.terminate()


def _placed(site: Site, upstream: int) -> str:
    """The file as it is, but for ports and places."""
    text = re.sub(r"^ *listen \[::\].*\n", "", SITE, flags=re.MULTILINE)
    for theirs, ours in (
        ("listen 80;", f"listen 127.0.0.1:{site.http};"),
        ("listen 443 ssl;", f"listen 127.0.0.1:{site.https} ssl;"),
        ("server 127.0.0.1:8000;", f"server 127.0.0.1:{upstream};"),
        (f"/etc/letsencrypt/live/{NAME}", str(site.folder)),
        ("/var/log/nginx/maintenance.log", str(site.folder / "maintenance.log")),
        ("/var/lib/nginx/maintenance", str(site.folder / "cache")),
    ):
        assert theirs in text
        text = text.replace(theirs, ours)
    return text


def _certificate(folder: Path) -> None:
    """One that it signed itself, for the name of the site."""
    certificate, key = signed(NAME, vouching=True)
    (folder / "fullchain.pem").write_bytes(certificate)
    (folder / "privkey.pem").write_bytes(key)


def wait_for(come: Callable[[], bool]) -> None:
    """Until it is so."""
    end = time.monotonic() + LONG
    while not come():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.05)


@contextmanager
def web(environ: dict[str, str], port: int) -> Iterator["subprocess.Popen[bytes]"]:
    """`maintenance web` on this port, until the block ends or somebody ends it."""
    command = [sys.executable, "-m", "maintenance", "web", "--port", str(port)]
    with subprocess.Popen(command, env=os.environ | environ) as server:
        try:
            wait_for(lambda: _alive(port) or server.poll() is not None)
            assert server.poll() is None
            yield server
        finally:
            server.terminate()


def _alive(port: int) -> bool:
    try:
        return _answer(HTTPConnection("127.0.0.1", port, LONG), "GET", "/healthz", {}).status == 200
    except OSError:
        return False
