"""`maintenance token`: service accounts for programs."""

from datetime import UTC, datetime, timedelta

import click

from maintenance.accounts import ROLES
from maintenance.app import create_app
from maintenance.intake import Bad, line
from maintenance.models import db
from maintenance.store import tokens
from maintenance.store.session import writing

ACTOR = "command line"


@click.group()
def token() -> None:
    """Make, list and revoke the tokens with which programs use the API."""


@token.command()
@click.argument("name")
@click.option("--role", required=True, type=click.Choice(ROLES), help="What it may do.")
@click.option(
    "--days", type=click.IntRange(1, 3650), help="How long it works; for ever if not given."
)
def create(name: str, role: str, days: int | None) -> None:
    """Make a service account NAME and print its token, once: only a hash of it is kept."""
    try:
        wanted = line(name, most=70)
    except Bad as error:
        raise click.BadParameter(str(error), param_hint="NAME") from None
    if not wanted:
        raise click.BadParameter("is required", param_hint="NAME")
    now = datetime.now(UTC)
    expires_at = None if days is None else now + timedelta(days)
    with create_app().app_context(), writing() as session:
        secret = tokens.create(session, wanted, role, ACTOR, now, expires_at)
    if secret is None:
        raise click.ClickException(f"there is a token {wanted!r} already; revoke it first")
    click.echo(secret)


@token.command("list")
def listed() -> None:
    """Show each service account: name, role, when it was made, last used, revoked, expires."""
    with create_app().app_context():
        for row in tokens.listed(db.session()):
            moments = (row.created_at, row.last_used_at, row.revoked_at, row.expires_at)
            columns = [row.name, row.role, *(_moment(moment) for moment in moments)]
            click.echo("\t".join(columns))


@token.command()
@click.argument("name")
def revoke(name: str) -> None:
    """End the service account NAME at once."""
    with create_app().app_context(), writing() as session:
        ended = tokens.revoke(session, name, ACTOR, datetime.now(UTC))
    if not ended:
        raise click.ClickException(f"there is no token {name!r} in use")


def _moment(moment: datetime | None) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else "-"
