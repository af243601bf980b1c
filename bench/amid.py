"""A sender killed with -9 amid a fan-out, again and again, until everything was sent."""

import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import create_engine, text

from bench import mailing, servers
from maintenance.sending import CONNECTIONS

MAILS, KILLS = 2_000, 5
PATIENCE = 120
LEASE = 1_000
"""Seconds by which the clock of each next sender is ahead: the lease of the last is over."""


def figures() -> Iterator[tuple[str, str]]:
    """What was lost, recorded twice, and in doubt: accepted, and not recorded when it died."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        database = folder / "bench.sqlite3"
        accepted = folder / "accepted"
        accepted.touch()
        with servers.relay(0, 0, accepted) as port:
            doubtful = [_killed(folder, port, kill) for kill in range(KILLS)]
            _sender(folder, port, KILLS).wait()
        said = Counter(accepted.read_text().split())
        recorded = _recorded(database)
    about = f"killed {KILLS} times amid {MAILS:,} mails"
    yield f"{about}: lost", str(MAILS - len(said))
    yield f"{about}: recorded twice", str(len(recorded) - len(set(recorded)))
    yield f"{about}: recorded and not accepted", str(len(set(recorded) - set(said)))
    yield f"{about}: in doubt at a kill, at most (goal <= {CONNECTIONS})", str(max(doubtful))
    yield f"{about}: said twice", str(said.total() - len(said))


def _killed(folder: Path, port: int, kill: int) -> int:
    """Kill a sender once it has got so far; how many mails were accepted and not recorded."""
    accepted, database = folder / "accepted", folder / "bench.sqlite3"
    wanted = len(accepted.read_text().split()) + MAILS // (KILLS + 1)
    with _sender(folder, port, kill) as sender:
        until = time.monotonic() + PATIENCE
        while len(accepted.read_text().split()) < wanted and time.monotonic() < until:
            time.sleep(0.01)
        sender.kill()
        sender.wait()
    return len(set(accepted.read_text().split()) - set(_recorded(database)))


def _sender(folder: Path, port: int, ahead: int) -> "subprocess.Popen[str]":
    url = f"sqlite:///{folder / 'bench.sqlite3'}"
    order = {"environ": mailing.environ(str(folder), url, port), "ahead": ahead * LEASE}
    order["readers"] = MAILS if ahead == 0 else 0
    command = [sys.executable, "-m", "bench.mailing"]
    sender = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    assert sender.stdin is not None
    sender.stdin.write(json.dumps(order))
    sender.stdin.close()
    return sender


def _recorded(database: Path) -> list[str]:
    engine = create_engine(f"sqlite:///{database}")
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT address FROM delivery WHERE state = 'sent'"))
        found = [row[0] for row in rows]
    engine.dispose()
    return found
