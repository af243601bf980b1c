"""`maintenance import`: what it says, what it changes, how it ends."""

from pathlib import Path

import pytest

from tests.cli.conftest import Command

CUSTOMERS = "customer,name,services\nacme,Acme BV,nmbrs\n"
CONTACTS = "customer;email;language\nacme;jan@acme.example;nl\n"


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    """A file of customers and one of contacts."""
    customers, contacts = tmp_path / "customers.csv", tmp_path / "contacts.csv"
    customers.write_text(CUSTOMERS)
    contacts.write_bytes(b"\xef\xbb\xbf" + CONTACTS.encode())
    return str(customers), str(contacts)


def test_files_are_imported_once_and_are_the_same_afterwards(
    migrated: Command, files: tuple[str, str]
):
    first = [migrated("import", file) for file in files]
    assert [done.exit_code for done in first] == [0, 0]
    assert first[0].stdout == (
        "line 2: new acme: name 'Acme BV', services 'nmbrs', active 'yes'\n"
        "1 changed, 0 as they are, 0 bad\n"
    )
    assert [migrated("import", file).stdout for file in files] == [
        "0 changed, 1 as they are, 0 bad\n"
    ] * 2


def test_a_dry_run_changes_nothing(migrated: Command, files: tuple[str, str]):
    for _ in range(2):
        said = migrated("import", files[0], "--dry-run")
        assert said.stdout.endswith("1 to change, 0 as they are, 0 bad\n")


def test_a_bad_row_is_named_and_stops_everything(migrated: Command):
    done = migrated("import", "-", input=CUSTOMERS + "bakker,,nmbrs\n")
    assert done.exit_code == 2
    assert done.stderr == "line 3: name: is required\n"
    assert done.stdout.endswith("1 to change, 0 as they are, 1 bad: nothing was changed\n")
    again = migrated("import", "-", input=CUSTOMERS)
    assert again.stdout.startswith("line 2: new acme")


def test_a_file_in_another_encoding_is_refused(migrated: Command, tmp_path: Path):
    (tmp_path / "excel.csv").write_bytes("customer,name\nacme,Café\n".encode("cp1252"))
    done = migrated("import", str(tmp_path / "excel.csv"))
    assert done.exit_code == 2
    assert "line 2 is not in UTF-8: save the file as 'CSV UTF-8'" in done.stderr
    assert "Traceback" not in done.stderr
