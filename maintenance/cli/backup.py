"""`maintenance backup`: a whole copy of the database, whose queue is held."""

from datetime import UTC, datetime
from pathlib import Path

import click

from maintenance.cli.inside import application
from maintenance.models import db
from maintenance.store import backup as copies


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    """Write the database to FILE while all goes on: a database file, or SQL for psql.

    In the copy all sending is held: put back, it sends nothing until `maintenance release`.
    """
    with application():
        try:
            copies.write(db.engine.url, file, datetime.now(UTC))
        except copies.NoBackup as error:
            raise click.ClickException(str(error)) from None
    click.echo(f"The database is in {file}.")
