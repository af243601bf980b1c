"""`maintenance token`: service accounts from the shell."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from maintenance.cli import main
from maintenance.models import db
from maintenance.store import tokens

Run = Callable[..., Result]


@pytest.fixture
def run(app: Flask, environ: dict[str, str]) -> Run:
    """run("create", ...) -> what `maintenance token create ...` did, on the app's database."""

    def invoke(*arguments: str) -> Result:
        db.session.rollback()
        return CliRunner().invoke(main, ["token", *arguments], env=environ)

    return invoke


def test_a_token_is_printed_alone_and_works(run: Run) -> None:
    made = run("create", "robot", "--role", "approver")
    assert (made.exit_code, made.stderr) == (0, "")
    (secret,) = made.stdout.splitlines()
    found = tokens.find(db.session(), secret, datetime.now(UTC))
    assert found is not None
    assert (found.name, found.role) == ("robot", "approver")


def test_tokens_are_listed_without_their_secret(run: Run) -> None:
    secret = run("create", "robot", "--role", "viewer").stdout.strip()
    listed = run("list")
    assert listed.exit_code == 0
    assert listed.stdout.split("\t")[:2] == ["robot", "viewer"]
    assert secret not in listed.stdout


def test_a_revoked_token_is_dead(run: Run) -> None:
    secret = run("create", "robot", "--role", "viewer").stdout.strip()
    assert run("revoke", "robot").exit_code == 0
    assert tokens.find(db.session(), secret, datetime.now(UTC)) is None
    again = run("revoke", "robot")
    assert (again.exit_code, len(again.stderr.splitlines())) == (1, 1)


def test_a_name_is_taken_once(run: Run) -> None:
    run("create", "robot", "--role", "viewer")
    taken = run("create", "robot", "--role", "admin")
    assert (taken.exit_code, taken.stdout) == (1, "")
    assert "robot" in taken.stderr


@pytest.mark.parametrize(
    "arguments", [["robot"], ["robot", "--role", "king"], ["", "--role", "admin"],
                  ["a\nb", "--role", "admin"], ["x" * 71, "--role", "admin"]]
)  # fmt: skip
def test_bad_input_is_refused(run: Run, arguments: list[str]) -> None:
    refused = run("create", *arguments)
    assert (refused.exit_code, refused.stdout) == (2, "")


def test_a_token_can_be_made_for_some_days(run: Run) -> None:
    secret = run("create", "robot", "--role", "viewer", "--days", "30").stdout.strip()
    now = datetime.now(UTC)
    assert tokens.find(db.session(), secret, now + timedelta(days=29)) is not None
    assert tokens.find(db.session(), secret, now + timedelta(days=31)) is None
    assert run("create", "other", "--role", "viewer", "--days", "0").exit_code == 2
