"""`maintenance migrate`: tables, policies and services brought up to date."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import click
from flask import Flask

from maintenance import migrations, rejudging
from maintenance.cli.inside import application
from maintenance.config import BadSetting
from maintenance.sla.policy import PolicyError
from maintenance.store import shipped
from maintenance.store.session import writing

ACTOR = "maintenance migrate"


@click.command()
def migrate() -> None:
    """Bring the database up to date; may be run any time.

    Makes or changes the tables, loads the policies that are shipped and those of
    MAINTENANCE_POLICY_DIR, and makes a service for each shipped one.
    """
    with application() as app:
        for change in bring_up_to_date(app, datetime.now(UTC)):
            click.echo(change)
    click.echo("The database is up to date.")


def bring_up_to_date(app: Flask, now: datetime) -> list[str]:
    """Migrate this app's database and load its policies; what changed in these, a line each.

    What is planned is judged anew where they changed. In the app's context.
    """
    added = policy_files(app.config["SETTINGS"].policy_dir)
    migrations.apply()
    try:
        with writing() as session:
            changes = shipped.put(session, added, ACTOR, now)
            return changes + (
                [str(each) for each in rejudging.rejudge(session, ACTOR, now)] if changes else []
            )
    except PolicyError as error:
        raise BadSetting(f"MAINTENANCE_POLICY_DIR: {error}") from None


def policy_files(folder: Path | None) -> Mapping[str, str]:
    """The policy files of a folder, name and text, by name."""
    files = sorted(folder.glob("*.toml")) if folder else []
    return {file.name: _text(file) for file in files}


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadSetting(f"MAINTENANCE_POLICY_DIR: {file.name}: {error}") from None
