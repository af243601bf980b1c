"""`maintenance policy`: policy files, looked at before they are used."""

from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

import click

from maintenance.cli.policies import Unusable, text_of
from maintenance.sla.policy import Policy, PolicyError, faults, parse


@click.group()
def policy() -> None:
    """Work with policy files: SLAs as data (docs/policies.md)."""


@policy.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
def check(files: tuple[Path, ...]) -> None:
    """Say whether each policy FILE can be used, or which keys of it cannot, and why.

    Exit code: 0 all can be used, 2 one cannot.
    """
    bad = 0
    for file in files:
        wrong = _wrong_with(file)
        for error in wrong:
            click.echo(f"maintenance: {error}", err=True)
        bad += bool(wrong)
        if not wrong:
            click.echo(summary(parse(text_of(file), str(file))))
    if bad:
        raise SystemExit(2)


def _wrong_with(file: Path) -> Sequence[object]:
    try:
        return faults(text_of(file), str(file))
    except Unusable as error:
        return [error]


@policy.command()
@click.argument("file", type=click.Path(path_type=Path))
def add(file: Path) -> None:
    """Store the policy in FILE as a new version, and judge anew what is planned.

    It holds from its `effective_from` on. Exit code: 0 it is stored, 2 it cannot be used.
    """
    text = text_of(file)
    try:
        lines = import_module("maintenance.cli.adding").add(text, str(file), datetime.now(UTC))
    except PolicyError as error:
        raise Unusable(str(error)) from None
    for line in lines:
        click.echo(line)


def summary(found: Policy) -> str:
    """A usable policy in one line."""
    rules = ", ".join(f"{rule.id} ({rule.kind})" for rule in found.rules)
    return f"{found.file}: {found.slug} from {found.version} in {found.zone.key}: {rules}"
