"""`maintenance import`: customers or contacts from a CSV file."""

from datetime import UTC, datetime
from typing import BinaryIO

import click

from maintenance import importing as files
from maintenance import migrations
from maintenance.cli.failure import BAD
from maintenance.cli.inside import application
from maintenance.importing import Change, Plan
from maintenance.models import db
from maintenance.spreadsheet import Unreadable
from maintenance.store.session import writing

ACTOR = "command line"


@click.command("import")
@click.argument("file", type=click.File("rb"))
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
@click.pass_context
def importing(context: click.Context, file: BinaryIO, dry_run: bool) -> None:
    """Add or change customers or contacts from FILE, a CSV file in UTF-8 (- reads stdin).

    Customers: customer,name,services,level,active. Contacts: customer,email,name,language,active.
    The first two are needed. What the file does not name stays. Each change is printed with its
    line; where a row is bad nothing is changed, and the exit code is 2.
    """
    data, now = file.read(), datetime.now(UTC)
    with application():
        migrations.require(db.engine)
        try:
            with writing() as session:
                found = files.plan(session, data, now)
                if not found.bad and not dry_run:
                    files.apply(session, found, ACTOR, now)
        except Unreadable as error:
            raise click.UsageError(str(error)) from None
    _say(found, dry_run)
    context.exit(BAD if found.bad else 0)


def _say(found: Plan, dry_run: bool) -> None:
    for change in found.changes:
        click.echo(_line(change))
    for row in found.bad:
        click.echo(f"line {row.line}: {row.field}: {row.message}", err=True)
    done = "to change" if found.bad or dry_run else "changed"
    nothing = ": nothing was changed" if found.bad else ""
    counts = f"{len(found.changes)} {done}, {found.same} as they are, {len(found.bad)} bad"
    click.echo(counts + nothing)


def _line(change: Change) -> str:
    fields = [
        f"{name} {to!r}" if change.new else f"{name} {was!r} -> {to!r}"
        for name, (was, to) in change.fields.items()
        if to or not change.new
    ]
    whom = f"{change.customer} {change.contact}".strip()
    return f"line {change.line}: {'new ' if change.new else ''}{whom}: {', '.join(fields)}"
