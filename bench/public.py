"""The public paths over HTTP, wrk at 32 connections: beside hello-world, nginx and Radicale.

Every side is a server of its own with one process, and the sides take turns. What is not installed
(Debian's wrk and nginx; gunicorn and Radicale from the extra `bench`) is named and left out.
"""

import os
import re
import statistics
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from bench import servers
from bench.feeds import fill
from maintenance.app import create_app
from maintenance.models import db

EVENTS, MANY = 200, 2_000
ROUNDS = 3
GZIP = {"Accept-Encoding": "gzip"}
CLOSE = {"Connection": "close"}

Figures = list[tuple[str, str]]


@dataclass(frozen=True)
class Side:
    """What wrk asks of one server."""

    name: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    connections: int = 32
    seconds: int = 2


def run() -> Iterator[tuple[str, str]]:
    """The figures, each with its name: medians of the ratios of rounds that take turns."""
    if absent := servers.missing(commands=["wrk"]):
        yield "left out, not installed", ", ".join(absent)
        return
    absent = servers.missing(commands=["nginx"], modules=["gunicorn", "radicale"])
    if absent:
        yield "left out in part, not installed", ", ".join(absent)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        os.chmod(folder, 0o755)  # nginx reads it as another user
        environ = _installed(folder / "few", EVENTS)
        ours = stack.enter_context(servers.granian("wsgi:app", environ))
        hello = Side("hello", stack.enter_context(servers.granian("bench.hello:app")))
        yield from _beside_hello(ours, hello)
        if "nginx" not in absent:
            yield from _beside_nginx(ours, hello, stack.enter_context(_static(ours, folder)))
        if "gunicorn" not in absent:
            other = Side("hello", stack.enter_context(servers.gunicorn("bench.hello:app")))
            same = stack.enter_context(servers.gunicorn("wsgi:app", environ))
            yield from _compared(
                "feed 304, keep-alive, gunicorn gthread", _unchanged(same), [(other, ">= 1.3")]
            )
        if "radicale" not in absent:
            for events, goal in ((EVENTS, ">= 150"), (MANY, ">= 400")):
                yield from _beside_radicale(folder, events, goal)


def _beside_hello(ours: str, hello: Side) -> Iterator[tuple[str, str]]:
    for name, path in (("status page", "/status"), ("summary.json", "/api/v2/summary.json")):
        side = Side(name, ours + path, GZIP)
        yield from _compared(f"{name} of {EVENTS} windows, gzip, 200", side, [(hello, ">= 0.95")])
        yield from _compared(f"{name}, 304", _unchanged(ours, path, GZIP), [(hello, ">= 0.95")])


def _beside_nginx(ours: str, hello: Side, nginx: str) -> Iterator[tuple[str, str]]:
    plain = Side("feed", f"{ours}/feeds/all.ics")
    static = Side("nginx", f"{nginx}/feeds/all.ics")
    fresh = _unchanged(nginx)
    yield from _compared(
        "feed 304, keep-alive", _unchanged(ours), [(hello, ">= 2.5"), (fresh, ">= 0.40")]
    )
    closed = [(Side("hello", hello.url, CLOSE), ">= 1.3"), (_closed(fresh), ">= 0.55")]
    yield from _compared("feed 304, new connection each", _closed(_unchanged(ours)), closed)
    yield from _compared(
        f"feed of {EVENTS} events, 200", plain, [(hello, ">= 0.9"), (static, ">= 0.45")]
    )


def _beside_radicale(folder: Path, events: int, goal: str) -> Iterator[tuple[str, str]]:
    with ExitStack() as stack:
        place = folder / f"radicale-{events}"
        place.mkdir()
        environ = _installed(folder / f"for-radicale-{events}", events)
        ours = stack.enter_context(servers.granian("wsgi:app", environ))
        theirs = stack.enter_context(servers.radicale(place))
        body, _ = _get(f"{ours}/feeds/all.ics")
        collection = f"{theirs}/bench/calendar/"
        _put(collection, body)
        side = Side("feed", f"{ours}/feeds/all.ics", GZIP)
        slow = Side(
            "Radicale at 2 connections", collection, GZIP, connections=2, seconds=10
        )  # at 32 it times out
        yield from _compared(f"feed of {events:,} events, gzip, 200", side, [(slow, goal)])


def _compared(
    name: str, side: Side, peers: Sequence[tuple[Side, str]]
) -> Iterator[tuple[str, str]]:
    rounds = [[_rate(each) for each in (side, *(peer for peer, _ in peers))] for _ in range(ROUNDS)]
    yield name, f"{statistics.median(each[0] for each in rounds):,.0f}/s"
    for place, (peer, goal) in enumerate(peers, start=1):
        ratio = statistics.median(each[0] / each[place] for each in rounds)
        yield f"{name} / {peer.name} (goal {goal})", f"{ratio:.2f} x"


def _rate(side: Side) -> float:
    """Requests a second; an answer that is none, or an error, stops the benchmark."""
    headers = [word for each in side.headers.items() for word in ("-H", ": ".join(each))]
    pressure = [f"-c{side.connections}", f"-d{side.seconds}s", "--timeout", "60s"]
    command = ["wrk", "-t1", *pressure, *headers, side.url]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in said or "Socket errors" in said:
        raise RuntimeError(f"{side.name}: {said}")
    rate = re.search(r"Requests/sec:\s*([\d.]+)", said)
    assert rate is not None, said
    return float(rate[1])


def _unchanged(
    address: str, path: str = "/feeds/all.ics", headers: Mapping[str, str] | None = None
) -> Side:
    """Asking for what one has."""
    given = headers or {}
    _, tag = _get(address + path, given)
    return Side("nginx", address + path, {**given, "If-None-Match": tag})


def _closed(side: Side) -> Side:
    return replace(side, headers={**side.headers, **CLOSE})


@contextmanager
def _static(ours: str, folder: Path) -> Iterator[str]:
    """nginx with the same bytes."""
    (folder / "feeds").mkdir()
    (folder / "feeds" / "all.ics").write_bytes(_get(f"{ours}/feeds/all.ics")[0])
    with servers.nginx(folder) as address:
        yield address


def _installed(path: Path, events: int) -> dict[str, str]:
    """The settings of a fresh installation with so many events."""
    path.mkdir()
    environ = {
        "MAINTENANCE_INSTANCE_PATH": str(path),
        "MAINTENANCE_SECRET_KEY": "only for this benchmark",
        "MAINTENANCE_BASE_URL": "http://127.0.0.1:1",
    }
    command = [sys.executable, "-m", "maintenance", "migrate"]
    subprocess.run(command, env={**os.environ, **environ}, check=True, capture_output=True)
    app = create_app(environ)
    with app.app_context():
        fill(events, services=2)
        db.engine.dispose()
    return environ


def _get(url: str, headers: Mapping[str, str] | None = None) -> tuple[bytes, str]:
    return _asked(urllib.request.Request(url, headers=dict(headers or {})))


def _put(url: str, calendar: bytes) -> None:
    kind = {"Content-Type": "text/calendar; charset=utf-8"}
    home = url.rstrip("/").rpartition("/")[0] + "/"
    for request in (
        urllib.request.Request(home, method="MKCOL"),
        urllib.request.Request(url, data=calendar, headers=kind, method="PUT"),
    ):
        _asked(request)


def _asked(request: urllib.request.Request) -> tuple[bytes, str]:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=120) as found:
        return found.read(), found.headers["ETag"] or ""


if __name__ == "__main__":
    for name, figure in run():
        print(f"{name:80} {figure}", flush=True)
