"""docs/performance.md: a section for each benchmark, with what it last found."""

import os
import platform
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

FILE = Path(__file__).resolve().parent.parent / "docs" / "performance.md"
HEAD = """# Speed, as measured

Written by `make bench`; `python -m bench NAME` measures one section anew. The sides of a ratio
take turns and the ratio is the median: it holds from machine to machine, the absolute figures do
not.
"""


def write(name: str, about: str, figures: Sequence[tuple[str, str]]) -> None:
    """Put the figures of this benchmark in the file; the others stay."""
    kept = FILE.read_text() if FILE.exists() else ""
    sections = dict(re.findall(r"^## (\S+)\n(.*?)(?=^## |\Z)", kept, re.S | re.M))
    rows = "".join(f"| {what} | {figure} |\n" for what, figure in figures)
    machine = f"{datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}, {_cores()}"
    sections[name] = f"\n{about}\n({machine})\n\n| what | figure |\n|---|---|\n{rows}\n"
    text = "".join(f"## {name}\n{sections[name]}" for name in sorted(sections))
    FILE.write_text(f"{HEAD}\n{text}".rstrip() + "\n")


def _cores() -> str:
    load = os.getloadavg()[0]
    return f"{os.cpu_count()} cores, load {load:.1f}"
