"""The units of docs/deploy, as systemd itself reads them."""

import shutil
import subprocess
from pathlib import Path

import pytest

from maintenance.cli import COMMANDS
from maintenance.config import ROOT

UNITS = sorted((ROOT / "docs" / "deploy").glob("*.service"))
PROGRAM = "/opt/maintenance/.venv/bin/maintenance"


@pytest.fixture
def analyze() -> str:
    """The program that reads units."""
    found = shutil.which("systemd-analyze")
    if found is None:
        pytest.skip("systemd-analyze is not installed (Debian: apt install systemd)")
    return found


def said_of(analyze: str, unit: Path, folder: Path, text: str) -> list[str]:
    """What systemd has to say of this text as a unit, its program being where this one is."""
    program = folder / "maintenance"
    program.touch(0o755)
    (folder / unit.name).write_text(text.replace(PROGRAM, str(program)))
    command = [analyze, "verify", "--man=no", "--recursive-errors=no", str(folder / unit.name)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    return [line for line in (done.stdout + done.stderr).splitlines() if unit.name in line]


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_takes_every_line(analyze: str, unit: Path, tmp_path: Path) -> None:
    assert said_of(analyze, unit, tmp_path, unit.read_text()) == []


def test_the_twin_with_a_word_it_does_not_know_is_named(analyze: str, tmp_path: Path) -> None:
    text = UNITS[0].read_text().replace("Restart=always", "Restart=sometimes")
    assert "sometimes" in "".join(said_of(analyze, UNITS[0], tmp_path, text))


def test_each_starts_a_command_that_there_is() -> None:
    lines = [line for unit in UNITS for line in unit.read_text().splitlines()]
    started = [line.split()[1] for line in lines if line.startswith(f"ExecStart={PROGRAM}")]
    assert started == ["web", "worker"]
    assert set(started) <= set(COMMANDS)


def test_the_document_names_every_file_beside_it() -> None:
    text = (ROOT / "docs" / "deploy.md").read_text()
    files = [file.name for file in (ROOT / "docs" / "deploy").iterdir()]
    assert [name for name in files if f"(deploy/{name})" not in text] == []
