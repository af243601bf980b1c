"""`maintenance check --lines` beside the time that reading and writing the same JSON takes.

10,000 requests of 12 history windows each, in rounds that take turns; each side is a process of
its own, start-up included.
"""

import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

REQUESTS, HISTORY, ROUNDS = 10_000, 12, 5
SEED = 20261122
ECHO = "import json, sys\nfor line in sys.stdin.buffer: print(json.dumps(json.loads(line)))"
COMMANDS = {
    "echo": [sys.executable, "-c", ECHO],
    "check": [sys.executable, "-c", "from maintenance.cli import main; main()", "check", "--lines"],
}


def run() -> list[tuple[str, str]]:
    """The figures, each with its name: seconds on both sides (medians), and their ratio."""
    with tempfile.TemporaryDirectory() as folder:
        asked = Path(folder) / "asked.jsonl"
        asked.write_text(requests())
        rounds = [
            {name: seconds(command, asked) for name, command in COMMANDS.items()}
            for _ in range(ROUNDS)
        ]
    check = statistics.median(each["check"] for each in rounds)
    echo = statistics.median(each["echo"] for each in rounds)
    share = statistics.median(each["echo"] / each["check"] for each in rounds)
    return [
        (f"check --lines, {REQUESTS:,} requests", f"{check:.2f} s"),
        ("reading and writing the same JSON alone", f"{echo:.2f} s"),
        ("check --lines / JSON alone (goal >= 0.2)", f"{share:.2f} x"),
    ]


def seconds(command: list[str], asked: Path) -> float:
    """How long a command takes to read the requests and write its answers."""
    with asked.open("rb") as source:
        began = time.perf_counter()
        subprocess.run(command, stdin=source, stdout=subprocess.DEVNULL, check=True)
        return time.perf_counter() - began


def requests() -> str:
    """The requests, one a line: the same ones every time."""
    random.seed(SEED)
    return "".join(json.dumps(_request(number)) + "\n" for number in range(REQUESTS))


def _request(number: int) -> dict[str, object]:
    start = _moment(datetime(2026, 12, 1, tzinfo=UTC), days=365)
    history = [
        {**_window(_moment(start - timedelta(days=20), days=40)), "state": "scheduled"}
        for _ in range(HISTORY)
    ]
    told = start - timedelta(days=random.randint(0, 14))
    window = {**_window(start), "announce_at": _text(told)}
    return {"id": number, **window, "history": history}


def _window(start: datetime) -> dict[str, object]:
    return {
        "service": "nmbrs" if random.random() < 0.7 else "factuurportal",
        "kind": random.choice(("planned", "update")),
        "start": _text(start),
        "end": _text(start + timedelta(minutes=random.randint(1, 32) * 15)),
        "outage_minutes": random.randint(0, 15),
    }


def _moment(first: datetime, days: int) -> datetime:
    return first + timedelta(minutes=15 * random.randrange(days * 96))


def _text(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")


if __name__ == "__main__":
    for name, figure in run():
        print(f"{name:50} {figure}")
