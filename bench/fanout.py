"""One notice to 10,000 and 100,000 contacts over SMTP, beside a bare loop and two Django queues.

Each contact has its durable row, and each reply is committed. The loop is smtplib on one connection
with octets made beforehand and no records. All send to Debian's smtp-sink, or where it says so to
a relay with latency.
"""

import json
import smtplib
import statistics
import subprocess
import sys
import tempfile
import time
import timeit
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

from bench import amid, mailing, servers
from bench.said import COMPILED, READER, WHOLE, address, by_library
from maintenance.composing import filled
from maintenance.config import read
from tests import postgres

MAILS, MANY = 10_000, 100_000
RELAYED, RELAYED_ALONE = 10_000, 1_000
ROUNDS = 3
ROUND_TRIP, EACH = 0.001, 0.002
GOALS = {"sqlite": "0.9", "postgresql": "0.45"}
PEERS = {"django-mailer": ("mailer", ">= 8"), "django-post-office": ("post_office", ">= 3")}

Figures = Iterator[tuple[str, str]]


def run() -> Figures:
    """The figures, each with its name: medians of the ratios of rounds that take turns."""
    yield from _one_mail()
    yield from _relayed()
    yield from amid.figures()
    if servers.missing(commands=[servers.SINK]):
        yield "left out, not installed", "smtp-sink (Debian's package postfix)"
        return
    with ExitStack() as stack:
        port = stack.enter_context(servers.sink())
        server = stack.enter_context(postgres.running())
        yield from _fanned_out(port, server)


def _one_mail() -> Figures:
    """What one mail costs once its notice is compiled: the best of many tries."""
    with tempfile.TemporaryDirectory() as folder:
        settings = read(mailing.environ(folder, f"sqlite:///{folder}/x", 25))
    ours = _microseconds(lambda: filled(COMPILED, READER, "<d_1@vendor.example>", settings), 300)
    library = _microseconds(by_library, 3)
    yield "one mail after its compile (goal <= 15 us)", f"{ours:.0f} us"
    yield "the same mail with EmailMessage", f"{library:,.0f} us"


def _microseconds(work: Any, times: int) -> float:
    return min(timeit.repeat(work, number=times, repeat=50)) / times * 1e6


def _relayed() -> Figures:
    """Over connections on which every answer takes its time."""
    rates = {"alone": [], "ours": []}  # type: dict[str, list[float]]
    with servers.relay(ROUND_TRIP, EACH) as port:
        for _ in range(ROUNDS):
            rates["alone"].append(loop(port, RELAYED_ALONE))
            with _database("sqlite") as (folder, url):
                rates["ours"].append(_rate(ours(folder, url, port, RELAYED), RELAYED))
    about = "relay of 1 ms round trip + 2 ms a mail"
    yield f"{about}, 8 connections", f"{statistics.median(rates['ours']):,.0f}/s"
    yield (
        f"{about}, 8 connections / smtplib on one (goal >= 6)",
        _times(rates["ours"], rates["alone"]),
    )


def _fanned_out(port: int, server: postgres.Server) -> Figures:
    rates: dict[str, list[float]] = {"loop": [], "sqlite": [], "postgresql": []}
    for _ in range(ROUNDS):
        rates["loop"].append(loop(port, MAILS))
        for kind in GOALS:
            with _database(kind, server) as (folder, url):
                rates[kind].append(_rate(ours(folder, url, port, MAILS), MAILS))
    yield "smtplib on one connection, no records", f"{statistics.median(rates['loop']):,.0f}/s"
    for kind, goal in GOALS.items():
        about = f"{MAILS:,} contacts, {kind}"
        yield about, f"{statistics.median(rates[kind]):,.0f}/s"
        yield f"{about} / smtplib (goal >= {goal})", _times(rates[kind], rates["loop"])
    yield from _beside_queues(port, rates["sqlite"])
    for kind in GOALS:
        yield from _many(port, kind, server)


def _beside_queues(port: int, rates: list[float]) -> Figures:
    for name, (module, goal) in PEERS.items():
        if servers.missing(modules=[module]):
            yield "left out, not installed", name
            continue
        theirs = [_queued(module, port) for _ in range(ROUNDS)]
        yield f"{name}, {MAILS:,} mails, sqlite", f"{statistics.median(theirs):,.0f}/s"
        yield f"{MAILS:,} contacts, sqlite / {name} (goal {goal})", _times(rates, theirs)


def _many(port: int, kind: str, server: postgres.Server) -> Figures:
    """The same for many more contacts: the rate, and the most memory that it took."""
    found = {}
    for mails in (MAILS, MANY):
        with _database(kind, server) as (folder, url):
            found[mails] = ours(folder, url, port, mails)
    few, many = (_rate(answer, mails) for mails, answer in found.items())
    about = f"{MANY:,} contacts, {kind}"
    yield about, f"{many:,.0f}/s"
    yield f"{about} / {MAILS:,} (goal >= 0.9)", f"{many / few:.2f} x"
    yield f"{about}, most memory", f"{found[MANY]['megabytes']:.0f} MB"
    yield f"{MAILS:,} contacts, {kind}, most memory", f"{found[MAILS]['megabytes']:.0f} MB"


def loop(port: int, mails: int) -> float:
    """Mails a second by smtplib on one connection, with octets made beforehand."""
    with smtplib.SMTP("127.0.0.1", port) as smtp:
        smtp.ehlo()
        began = time.perf_counter()
        for number in range(mails):
            smtp.sendmail("onderhoud@vendor.example", [address(number)], WHOLE)
        return mails / (time.perf_counter() - began)


def ours(folder: str, url: str, port: int, mails: int) -> Mapping[str, Any]:
    """What `bench.mailing` says of a fan-out to so many contacts."""
    order = {"environ": mailing.environ(folder, url, port), "readers": mails}
    found = asked("bench.mailing", order)
    assert found["states"] == {"sent": mails}, found
    return found


def asked(module: str, order: Mapping[str, Any], *arguments: str) -> Any:
    """What this module says, in a process of its own, of an order."""
    command = [sys.executable, "-m", module, *arguments]
    said = json.dumps(order)
    done = subprocess.run(command, input=said, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


def _queued(module: str, port: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        order = {"folder": folder, "port": port, "mails": MAILS}
        answer = asked("bench.peers.queued", order, module)
    assert answer["sent"] == MAILS, answer
    return MAILS / float(answer["seconds"])


@contextmanager
def _database(kind: str, server: postgres.Server | None = None) -> Iterator[tuple[str, str]]:
    """A folder, and the URL of an empty database."""
    with tempfile.TemporaryDirectory() as folder:
        if server is None or kind == "sqlite":
            yield folder, f"sqlite:///{folder}/bench.sqlite3"
            return
        with server.database() as url:
            yield folder, url


def _rate(answer: Mapping[str, Any], mails: int) -> float:
    return mails / float(answer["seconds"])


def _times(ours: list[float], theirs: list[float]) -> str:
    """The median of the ratios, round by round."""
    ratios = [one / other for one, other in zip(ours, theirs, strict=True)]
    return f"{statistics.median(ratios):.2f} x"


if __name__ == "__main__":
    for name, figure in run():
        print(f"{name:80} {figure}", flush=True)
