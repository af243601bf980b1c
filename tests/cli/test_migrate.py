"""`maintenance migrate` brings tables, policies and services up to date, any time."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from maintenance.app import create_app
from maintenance.models import Audit, Policy, Service, Version, db
from maintenance.sla.policy import shipped_texts
from tests.cli.conftest import Command


@pytest.fixture
def session(environ: Mapping[str, str]) -> Iterator[Session]:
    """The database of the installation that the commands work on."""
    with create_app(environ).app_context():
        yield db.session()
        db.session.remove()
        db.engine.dispose()


def test_it_makes_a_service_for_each_shipped_policy(
    database: str, maintenance: Command, session: Session
):
    answer = maintenance("migrate")
    assert answer.exit_code == 0
    assert "service nmbrs: added" in answer.stdout
    assert sorted(row.slug for row in session.query(Service)) == ["factuurportal", "nmbrs"]
    assert {row.slug: row.text for row in session.query(Policy)} == shipped_texts()
    assert session.get_one(Version, 1).number > 0


def test_again_it_changes_nothing(database: str, maintenance: Command, session: Session):
    maintenance("migrate")
    before = session.query(Audit).count()
    session.rollback()
    answer = maintenance("migrate")
    assert answer.stdout == "The database is up to date.\n"
    assert session.query(Audit).count() == before


def test_a_service_that_was_changed_is_left_alone(maintenance: Command, session: Session):
    maintenance("migrate")
    session.query(Service).filter_by(slug="nmbrs").update({"name": "Payroll"})
    session.commit()
    maintenance("migrate")
    assert session.query(Service).filter_by(slug="nmbrs").one().name == "Payroll"


def test_a_shipped_text_that_changed_is_taken_over(maintenance: Command, session: Session):
    maintenance("migrate")
    session.query(Policy).filter_by(slug="nmbrs").update({"text": "as it was before"})
    session.commit()
    assert "policy nmbrs of 2020-01-01: changed" in maintenance("migrate").stdout
    assert session.query(Policy).filter_by(slug="nmbrs").one().text == shipped_texts()["nmbrs"]


def test_a_folder_of_policies_adds_versions_and_replaces_shipped_ones(
    maintenance: Command, session: Session, tmp_path: Path
):
    text = shipped_texts()["nmbrs"]
    (tmp_path / "later.toml").write_text(text.replace("2020-01-01", "2027-01-01"))
    (tmp_path / "own.toml").write_text("# ours\n" + text)
    answer = maintenance("migrate", MAINTENANCE_POLICY_DIR=str(tmp_path))
    assert answer.exit_code == 0
    texts = {
        row.effective_from.year: row.text for row in session.query(Policy) if row.slug == "nmbrs"
    }
    assert set(texts) == {2020, 2027}
    assert texts[2020].startswith("# ours")


@pytest.mark.parametrize("data", [b"slug = ", b'slug = "x"', b"\xff\xfe"])
def test_a_policy_that_cannot_be_used_is_named_and_nothing_is_written(
    maintenance: Command, session: Session, tmp_path: Path, data: bytes
):
    maintenance("migrate")
    (tmp_path / "broken.toml").write_bytes(data)
    (tmp_path / "a.toml").write_text(shipped_texts()["nmbrs"].replace("2020-01-01", "2027-01-01"))
    answer = maintenance("migrate", MAINTENANCE_POLICY_DIR=str(tmp_path))
    assert answer.exit_code == 2
    assert answer.stderr.count("\n") == 1
    assert "broken.toml" in answer.stderr
    assert session.query(Policy).count() == 2
