"""`maintenance user` makes and changes operators' accounts."""

import pytest

from tests.cli.conftest import Command

PASSWORD = "correct horse battery"


def add(maintenance: Command, email: str = "sanne@vendor.example", role: str = "admin"):
    return maintenance("user", "add", email, "--role", role, "--password-stdin", input=PASSWORD)


def test_an_account_is_made_and_listed(database: str, migrated: Command):
    answer = add(migrated)
    assert answer.exit_code == 0
    assert PASSWORD not in answer.output
    assert migrated("user", "list").stdout == "sanne@vendor.example\tadmin\tactive\n"


def test_the_password_is_never_an_argument(migrated: Command):
    answer = migrated("user", "add", "sanne@vendor.example", "--role", "admin")
    assert answer.exit_code == 2
    assert "--password-stdin" in answer.stderr


@pytest.mark.parametrize("password", ["", "short", "x" * 300])
def test_a_password_that_cannot_be_used_is_refused(migrated: Command, password: str):
    answer = migrated(
        "user",
        "add",
        "sanne@vendor.example",
        "--role",
        "viewer",
        "--password-stdin",
        input=password,
    )
    assert answer.exit_code == 2
    assert "10 to 200 characters" in answer.stderr
    assert migrated("user", "list").stdout == ""


@pytest.mark.parametrize("email", ["nobody", "a@b@c.example", "sanne@", "x y@vendor.example"])
def test_an_address_that_is_none_is_refused(migrated: Command, email: str):
    answer = add(migrated, email)
    assert answer.exit_code == 2
    assert "EMAIL" in answer.stderr


def test_an_unknown_role_is_refused(migrated: Command):
    assert add(migrated, role="king").exit_code == 2


def test_an_address_has_one_account_however_it_is_written(migrated: Command):
    add(migrated)
    answer = add(migrated, "Sanne@vendor.example")
    assert answer.exit_code == 1
    assert "already" in answer.stderr


def test_a_role_changes(migrated: Command):
    add(migrated)
    add(migrated, "joris@vendor.example", "operator")
    assert migrated("user", "role", "joris@vendor.example", "approver").exit_code == 0
    assert "joris@vendor.example\tapprover\tactive" in migrated("user", "list").stdout


def test_an_account_is_deactivated_and_activated_again(migrated: Command):
    add(migrated)
    add(migrated, "joris@vendor.example", "operator")
    migrated("user", "deactivate", "joris@vendor.example")
    assert "joris@vendor.example\toperator\tdeactivated" in migrated("user", "list").stdout
    migrated("user", "activate", "joris@vendor.example")
    assert "joris@vendor.example\toperator\tactive" in migrated("user", "list").stdout


@pytest.mark.parametrize(
    "words", [["deactivate", "sanne@vendor.example"], ["role", "sanne@vendor.example", "viewer"]]
)
def test_the_last_admin_stays(migrated: Command, words: list[str]):
    add(migrated)
    answer = migrated("user", *words)
    assert answer.exit_code == 1
    assert "last active admin" in answer.stderr


def test_a_new_password_is_set(migrated: Command):
    add(migrated)
    words = ["user", "password", "sanne@vendor.example", "--password-stdin"]
    assert migrated(*words, input="another long password\n").exit_code == 0


def test_an_account_that_is_not_there_is_named(migrated: Command):
    answer = migrated("user", "deactivate", "nobody@vendor.example")
    assert answer.exit_code == 2
    assert "nobody@vendor.example" in answer.stderr


def test_a_lost_second_factor_is_taken_off(migrated: Command):
    add(migrated)
    assert migrated("user", "reset-factor", "sanne@vendor.example").exit_code == 0
    assert migrated("user", "reset-factor", "nobody@vendor.example").exit_code == 2
