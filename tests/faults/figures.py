"""What the batteries measured: noted as they run, written into docs/reliability.md afterwards.

MAINTENANCE_FAULT_FIGURES names the file that they are noted in, a JSON object a line, by any number
of processes at once. `python -m tests.faults.figures FILE` makes the table of it.
"""

import json
import os
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

DOCUMENT = Path(__file__).parent.parent.parent / "docs" / "reliability.md"
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
HEAD = (
    "| battery | rounds | kills | lost | repeats | drained in | took |",
    "|---|--:|--:|--:|--:|--:|--:|",
)


@dataclass(slots=True)
class Figures:
    """Of one battery; `drain` is the longest that it took until nothing was due, in seconds."""

    rounds: int = 0
    kills: int = 0
    lost: int = 0
    repeats: int = 0
    drain: float = 0.0
    seconds: float = 0.0

    @contextmanager
    def draining(self) -> Iterator[None]:
        """Take the time until the queue is empty."""
        began = time.monotonic()
        yield
        self.drain = max(self.drain, time.monotonic() - began)

    def add(self, more: "Figures") -> None:
        """The same battery, elsewhere or on the other database."""
        self.rounds += more.rounds
        self.kills += more.kills
        self.lost += more.lost
        self.repeats += more.repeats
        self.drain = max(self.drain, more.drain)
        self.seconds += more.seconds


@contextmanager
def of(battery: str) -> Iterator[Figures]:
    """The figures of this battery, to be filled in; noted where its test passes."""
    figures, began = Figures(), time.monotonic()
    yield figures
    figures.seconds = time.monotonic() - began
    if path := os.environ.get("MAINTENANCE_FAULT_FIGURES"):
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(json.dumps({"battery": battery, **asdict(figures)}) + "\n")


def gathered(lines: Iterable[str]) -> dict[str, Figures]:
    """By battery, in the order of the alphabet."""
    found: dict[str, Figures] = {}
    for line in lines:
        noted = json.loads(line)
        found.setdefault(noted.pop("battery"), Figures()).add(Figures(**noted))
    return dict(sorted(found.items()))


def table(batteries: Mapping[str, Figures], day: str) -> str:
    """As Markdown."""
    rows = [
        f"| {battery} | {each.rounds} | {each.kills or '–'} | {each.lost} | {each.repeats} "
        f"| {f'{each.drain:.2f} s' if each.drain else '–'} | {each.seconds:.0f} s |"
        for battery, each in batteries.items()
    ]
    return "\n".join([f"Written by `make test-faults` on {day}.", "", *HEAD, *rows])


def written(document: str, new: str) -> str:
    """The document with this table in the place of its last."""
    before, rest = document.split(BEGIN)
    _, after = rest.split(END)
    return f"{before}{BEGIN}\n{new}\n{END}{after}"


def main(path: Path) -> None:
    """Put the figures of this file into the document."""
    day = datetime.now(UTC).date().isoformat()
    new = table(gathered(path.read_text("utf-8").splitlines()), day)
    DOCUMENT.write_text(written(DOCUMENT.read_text("utf-8"), new), "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
