"""The two SLAs are data: no number, hour, article or name of theirs stands in the core's code."""

import io
import tokenize
from pathlib import Path

import pytest

import maintenance.sla

CORE = Path(maintenance.sla.__file__).parent
OF_THE_SLAS = (
    *("nmbrs", "factuurportal", "beschikbaarheid", "definities", "amsterdam"),
    *("06:00", "08:30", "17:00", "18:00", "24:00"),
)
NUMBERS = {"4", "15", "120", "99", "99.6"}
"""The quota, the quarter of an hour, the cap, the availabilities."""


def code(path: Path) -> list[tokenize.TokenInfo]:
    """The tokens of a file without its comments."""
    tokens = tokenize.generate_tokens(io.StringIO(path.read_text()).readline)
    return [token for token in tokens if token.type != tokenize.COMMENT]


@pytest.mark.parametrize("name", ["rules", "kinds", "period", "check"])
def test_the_kinds_of_rule_know_nothing_of_the_two_slas(name: str) -> None:
    tokens = code(CORE / f"{name}.py")
    words = " ".join(token.string for token in tokens).lower()
    assert [said for said in OF_THE_SLAS if said in words] == []
    numbers = {token.string for token in tokens if token.type == tokenize.NUMBER}
    assert numbers & NUMBERS == set()
