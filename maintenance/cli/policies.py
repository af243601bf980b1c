"""The policies a command judges by without a database: the shipped ones and the folder's."""

import os
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path

import click

from maintenance.sla.policy import Policy, PolicyError, installed

ROOT = Path(__file__).resolve().parents[2]


class Unusable(click.ClickException):
    """A setting or a file that cannot be used: one line on stderr, and exit code 2."""

    exit_code = 2

    def show(self, file: object = None) -> None:  # noqa: ARG002
        """Say it on stderr."""
        click.echo(f"maintenance: {self.message}", err=True)


def usable() -> Mapping[str, Sequence[Policy]]:
    """The versions of each policy by slug, those of MAINTENANCE_POLICY_DIR among them."""
    folder = _folder()
    try:
        return installed(_texts(Path(folder)) if folder else {})
    except PolicyError as error:
        raise Unusable(f"MAINTENANCE_POLICY_DIR: {error}") from None


def _folder() -> str | None:
    """The folder that is set; the settings' own module is loaded only where there is a file."""
    instance = Path(os.environ.get("MAINTENANCE_INSTANCE_PATH") or ROOT / "instance")
    if not (instance / "config.py").exists():
        return os.environ.get("MAINTENANCE_POLICY_DIR")
    config = import_module("maintenance.config")
    try:
        found = config.given(os.environ).get("MAINTENANCE_POLICY_DIR")
    except config.BadSetting as error:
        raise Unusable(str(error)) from None
    return str(found) if found else None


def _texts(folder: Path) -> Mapping[str, str]:
    if not folder.is_dir():
        raise Unusable(f"MAINTENANCE_POLICY_DIR: no such folder: {folder}")
    return {file.name: text_of(file) for file in sorted(folder.glob("*.toml"))}


def text_of(file: Path) -> str:
    """The text of a policy file, or Unusable."""
    try:
        return file.read_text("utf-8")
    except UnicodeDecodeError:
        raise Unusable(f"{file}: not UTF-8") from None
    except OSError as error:
        raise Unusable(f"cannot read {file}: {error.strerror}") from None
