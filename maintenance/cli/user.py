"""`maintenance user`: operators' accounts from the shell."""

import sys
from datetime import UTC, datetime

import click
from flask import current_app
from flask_security import hash_password
from flask_security.password_util import PasswordUtil

from maintenance import addresses
from maintenance.accounts import ROLES, Actor
from maintenance.cli.inside import application
from maintenance.models import User, db
from maintenance.store import accounts
from maintenance.store.session import writing

ACTOR = Actor("command line", "admin")
LEAST, MOST = 10, 200
"""Characters in a password."""

email_argument = click.argument("email")
password_option = click.option(
    "--password-stdin",
    is_flag=True,
    required=True,
    help="Read the password from standard input: on the command line others could see it.",
)
role_choice = click.Choice(ROLES)


@click.group()
def user() -> None:
    """Make, list and change operators' accounts."""


@user.command()
@email_argument
@click.option("--role", required=True, type=role_choice, help="What the person may do.")
@password_option
def add(email: str, role: str, password_stdin: bool) -> None:  # noqa: ARG001
    """Make an account for EMAIL."""
    address, password = _address(email), _password()
    with application():
        if accounts.find(db.session(), address):
            raise click.ClickException(f"there is an account {address} already")
        make(address, role, password, datetime.now(UTC))
    click.echo(f"{address} may log in as {role}.")


@user.command("list")
def listed() -> None:
    """Show each account: address, role, active or not."""
    with application():
        for row in accounts.listed(db.session()):
            click.echo(f"{row.email}\t{row.role}\t{'active' if row.active else 'deactivated'}")


@user.command()
@email_argument
@click.argument("role", type=role_choice)
def role(email: str, role: str) -> None:
    """Give EMAIL another ROLE."""
    with application(), writing() as session:
        row = _existing(email)
        if role != "admin":
            _keep_an_admin(row)
        accounts.set_role(session, row, role, ACTOR, datetime.now(UTC))


@user.command()
@email_argument
def deactivate(email: str) -> None:
    """Shut EMAIL out at once, wherever it is logged in."""
    with application(), writing() as session:
        row = _existing(email)
        _keep_an_admin(row)
        accounts.set_active(session, row, False, ACTOR, datetime.now(UTC))


@user.command()
@email_argument
def activate(email: str) -> None:
    """Let a deactivated EMAIL in again."""
    with application(), writing() as session:
        accounts.set_active(session, _existing(email), True, ACTOR, datetime.now(UTC))


@user.command()
@email_argument
@password_option
def password(email: str, password_stdin: bool) -> None:  # noqa: ARG001
    """Give EMAIL a new password, and end its sessions."""
    new = _password()
    with application():
        hashed = _hashed(new)
        with writing() as session:
            accounts.set_password(session, _existing(email), hashed, datetime.now(UTC))


@user.command("reset-factor")
@email_argument
def reset_factor(email: str) -> None:
    """Take away the authenticator and passkeys of EMAIL, who lost them, and end its sessions."""
    with application(), writing() as session:
        accounts.reset_factor(session, _existing(email), ACTOR, datetime.now(UTC))


def make(email: str, role: str, password: str, now: datetime) -> None:
    """An account that can log in at once; in an app's context."""
    hashed = _hashed(password)
    with writing() as session:
        row = accounts.add(session, email, role, ACTOR, now)
        accounts.set_password(session, row, hashed, now)


def _hashed(password: str) -> str:
    """As sign-in compares it; slow on purpose, so never while the database is locked."""
    return str(hash_password(PasswordUtil(current_app).normalize(password)))


def _address(email: str) -> str:
    try:
        return addresses.normalized(email)
    except addresses.BadAddress as error:
        raise click.BadParameter(str(error), param_hint="EMAIL") from None


def _password() -> str:
    """The first line of standard input, without its line break."""
    given = sys.stdin.readline().rstrip("\r\n")
    if not LEAST <= len(given) <= MOST:
        raise click.UsageError(f"A password has {LEAST} to {MOST} characters.")
    return given


def _existing(email: str) -> User:
    row = accounts.find(db.session(), email)
    if row is None:
        raise click.BadParameter(f"there is no account {email}", param_hint="EMAIL")
    return row


def _keep_an_admin(row: User) -> None:
    if row.role == "admin" and row.active and not accounts.other_admins(db.session(), row):
        raise click.ClickException("this is the last active admin: make another one first")
