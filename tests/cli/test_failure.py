"""What goes wrong is told in one readable line, never a traceback."""

import pytest

from maintenance.cli import COMMANDS, main
from tests.cli.conftest import Command


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(maintenance: Command, name: str):
    answer = maintenance(name, "--help")
    assert answer.exit_code == 0
    assert answer.output.startswith(f"Usage: maintenance {name}")


@pytest.mark.parametrize(
    "words",
    [["nope"], ["--nope"], ["check", "--nope"], ["user", "add"], ["slots", "--minutes", "x"]],
)
def test_words_that_do_not_fit_are_told_in_one_line(maintenance: Command, words: list[str]):
    answer = maintenance(*words)
    assert answer.exit_code == 2
    assert answer.stdout == ""
    assert answer.stderr.count("\n") == 1
    assert "--help" in answer.stderr


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("MAINTENANCE_DATABASE_URL", "mysql://localhost/x"),
        ("MAINTENANCE_DATABASE_URL", "sqlite://"),
        ("MAINTENANCE_SMTP_URL", "mail.example"),
        ("MAINTENANCE_BASE_URL", "maintenance.example"),
        ("MAINTENANCE_MAIL_FROM", "nobody"),
        ("MAINTENANCE_POLICY_DIR", "/does/not/exist"),
        ("MAINTENANCE_SMTP_TIMEOUT", "soon"),
        ("MAINTENANCE_LEASE_SECONDS", "5"),
        ("MAINTENANCE_TRUSTED_PROXIES", "-1"),
        ("MAINTENANCE_SECRET_KEY", "short"),
    ],
)
def test_a_bad_setting_stops_the_start_with_one_line_that_names_it(
    maintenance: Command, setting: str, value: str
):
    answer = maintenance("web", **{setting: value})
    assert answer.exit_code == 2
    assert answer.stdout == ""
    assert answer.stderr.count("\n") == 1
    assert setting in answer.stderr


@pytest.mark.parametrize("words", [["web"], ["worker", "--once"], ["demo"], ["user", "list"]])
def test_a_database_that_is_not_migrated_says_what_to_do(maintenance: Command, words: list[str]):
    answer = maintenance(*words)
    assert answer.exit_code == 1
    assert "run `maintenance migrate`" in answer.stderr
    assert answer.stderr.count("\n") == 1


def test_a_database_out_of_reach_is_told_in_one_line(maintenance: Command):
    url = "postgresql+psycopg://nobody:secret@127.0.0.1:1/nothing"
    answer = maintenance("user", "list", MAINTENANCE_DATABASE_URL=url)
    assert answer.exit_code == 1
    assert "The database cannot be used" in answer.stderr
    assert answer.stderr.count("\n") == 1
    assert "secret" not in answer.stderr


def test_what_nobody_expected_is_told_with_its_place(
    maintenance: Command, monkeypatch: pytest.MonkeyPatch
):
    def fail() -> None:
        raise KeyError("surprise")

    monkeypatch.setattr("maintenance.cli.inside.create_app", fail)
    answer = maintenance("migrate")
    assert answer.exit_code == 1
    assert answer.stderr.startswith("maintenance: Unexpected KeyError at test_failure.py:")
    assert answer.stderr.count("\n") == 1


def test_an_unknown_command_is_bad_input(maintenance: Command):
    answer = maintenance("fly")
    assert answer.exit_code == 2
    assert "No such command" in answer.stderr


def test_the_program_lists_its_commands():
    assert {"check", "run", "web", "worker", "migrate", "demo", "user", "token"} <= set(COMMANDS)
    assert main.name == "main"
