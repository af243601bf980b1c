"""`maintenance demo`: a month of maintenance to look at."""

from datetime import UTC, datetime

import click

from maintenance import demo as month
from maintenance import migrations
from maintenance.cli.inside import application
from maintenance.models import db


@click.command()
def demo() -> None:
    """Fill an empty database with a month of maintenance around today.

    Refused where an SMTP server is set: its mails would go to people who do not exist.
    """
    with application() as app:
        if app.config["SETTINGS"].smtp_url:
            raise click.ClickException("MAINTENANCE_SMTP_URL is set: the demo would send mails")
        migrations.require(db.engine)
        try:
            month.load(datetime.now(UTC))
        except month.NotEmpty as error:
            raise click.ClickException(str(error)) from None
    click.echo("The demo data is loaded.")
