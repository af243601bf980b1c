"""What the batteries share: two contacts to tell, and a budget in seconds for each file."""

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests import mailing
from tests.faults.mortal import Mortal
from tests.faults.rounds import LONG

BUDGETS = {
    "test_backup.py": 120,
    "test_clock.py": 120,
    "test_database.py": 240,
    "test_figures.py": 30,
    "test_kill.py": 240,
    "test_kill_web.py": 240,
    "test_last_place.py": 300,
    "test_lost_update.py": 120,
    "test_meanwhile.py": 120,
    "test_restart.py": 240,
    "test_smtp.py": 120,
    "test_stale.py": 120,
    "test_three_workers.py": 300,
    "test_twice.py": 120,
}
"""What the quick form of each may take in all, ten times what it does and more: past that
something hangs. The long form is only timed."""

_spent: Counter[str] = Counter()


@pytest.fixture(autouse=True)
def budget(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every test counts towards the budget of its file."""
    battery, began = request.path.name, time.monotonic()
    yield
    _spent[battery] += time.monotonic() - began
    assert LONG or _spent[battery] < BUDGETS[battery], f"{battery} is past its budget"


@pytest.fixture
def two_contacts(app: Flask) -> None:
    """A customer with a contact in each language."""
    mailing.two_contacts()


@pytest.fixture(scope="session")
def undertaker() -> Iterator["subprocess.Popen[str]"]:
    """The process that starts them."""
    command = [sys.executable, "-m", "tests.faults.dying"]
    root = Path(__file__).parent.parent.parent
    with subprocess.Popen(
        command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()


@pytest.fixture
def mortal(environ: dict[str, str], app: Flask, undertaker: "subprocess.Popen[str]") -> Mortal:
    """Workers and requests on this test's installation that die."""
    return Mortal(undertaker, environ)
