"""`maintenance worker`: starts and ends windows, and sends the mails."""

import sys

import click

from maintenance import logs, migrations
from maintenance import worker as work
from maintenance.app import create_app
from maintenance.models import db


@click.command()
@click.option("--once", is_flag=True, help="Do what is due, then exit.")
def worker(once: bool) -> None:
    """Start and end windows and send what is due, until told to stop.

    With --once: exit 0 when all that was due is done, 1 when the mail server could not be used.
    """
    logs.configure()
    app = create_app()
    with app.app_context():
        migrations.require(db.engine)
    if not once:
        work.run(app)
    elif not work.once(app):
        click.echo("maintenance: the mail server could not be used; the queue is kept", err=True)
        sys.exit(1)
