"""faults.figures: what was measured ends up in the table."""

import re
from pathlib import Path

import pytest

from tests.faults import figures
from tests.faults.figures import BEGIN, DOCUMENT, END

TESTS = Path(__file__).parent.parent


def test_what_a_battery_noted_in_parts_is_one_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "figures"
    monkeypatch.setenv("MAINTENANCE_FAULT_FIGURES", str(path))
    for kills, drain in ((2, 0.5), (3, 0.25)):
        with figures.of("kill: after 250") as noted:
            noted.rounds, noted.kills, noted.repeats, noted.drain = kills, kills, kills, drain
    with figures.of("a race") as noted:
        noted.rounds = 30
    said = figures.table(figures.gathered(path.read_text().splitlines()), "2026-11-22")
    assert said.splitlines()[0] == "Written by `make test-faults` on 2026-11-22."
    assert "| kill: after 250 | 5 | 5 | 0 | 5 | 0.50 s | 0 s |" in said
    assert "| a race | 30 | – | 0 | 0 | – | 0 s |" in said


def test_a_battery_that_failed_notes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "figures"
    monkeypatch.setenv("MAINTENANCE_FAULT_FIGURES", str(path))
    with pytest.raises(AssertionError), figures.of("a race"):
        raise AssertionError
    assert not path.exists()


def test_the_table_takes_the_place_of_the_last_one() -> None:
    document = f"before\n{BEGIN}\nold\n{END}\nafter\n"
    assert figures.written(document, "new") == f"before\n{BEGIN}\nnew\n{END}\nafter\n"
    assert figures.written(DOCUMENT.read_text(), "new").count(BEGIN) == 1


def test_every_test_that_the_page_names_is_there() -> None:
    named = set(re.findall(r"`(test_\w+)`", DOCUMENT.read_text()))
    there = "".join(file.read_text() for file in TESTS.rglob("test_*.py"))
    assert {name for name in named if f"def {name}(" not in there} == set()
    assert len(named) > 50
