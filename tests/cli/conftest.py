"""Commands as a shell runs them, in this process or in one of their own."""

from collections.abc import Callable, Mapping

import pytest
from click.testing import CliRunner, Result

from maintenance.cli import main

Command = Callable[..., Result]


@pytest.fixture
def maintenance(environ: Mapping[str, str]) -> Command:
    """`maintenance(*words, input=...)` on a fresh installation that is not yet migrated."""

    def call(*words: str, **settings: str) -> Result:
        standard_input = settings.pop("input", None)
        runner = CliRunner(env={**environ, **settings})
        return runner.invoke(main, words, input=standard_input, prog_name="maintenance")

    return call


@pytest.fixture
def migrated(maintenance: Command) -> Command:
    """The same on an installation that is ready."""
    assert maintenance("migrate").exit_code == 0
    return maintenance
