"""Somebody at the other end of a webhook: an HTTP server on this machine."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Got:
    """A request that came in."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """What it answers, and what came in."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    got: list[Got] = field(default_factory=list)
    port: int = 0
    arrived: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}/hook"


@contextmanager
def receiving(
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    body: bytes = b"fine",
    silent: bool = False,
) -> Iterator[Receiver]:
    """A receiver that gives this answer to every POST; a silent one gives none."""
    there = Receiver(status, headers or {}, body)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"] or 0)
            got = {name.lower(): value for name, value in self.headers.items()}
            there.got.append(Got(self.path, got, self.rfile.read(length)))
            there.arrived.set()
            if silent:
                there.released.wait(120)  # set at the end, too
                return
            self.send_response(there.status)
            for name, value in there.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(there.body)))
            self.end_headers()
            self.wfile.write(there.body)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    there.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield there
    finally:
        there.released.set()
        server.shutdown()
        thread.join()
        server.server_close()
