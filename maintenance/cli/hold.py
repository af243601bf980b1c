"""`maintenance hold` and `maintenance release`: the switch that holds all sending."""

from datetime import UTC, datetime

import click

from maintenance.cli.inside import application
from maintenance.store import holding
from maintenance.store.session import writing

ACTOR = "maintenance hold"


@click.command()
@click.option("--why", default="", help="Kept, and shown on every page.")
def hold(why: str) -> None:
    """Hold all sending until `maintenance release`: after a backup was put back, say.

    Notices still fall due; their mails and webhooks wait. Works while no worker runs.
    """
    with application(), writing() as session:
        holding.hold(session, ACTOR, why, datetime.now(UTC))
    click.echo("Sending is held.")


@click.command()
def release() -> None:
    """Send what is due again. Look first at what waits: it goes out at once."""
    with application(), writing() as session:
        holding.release(session, ACTOR, datetime.now(UTC))
    click.echo("Sending goes on.")
