"""`maintenance policy add FILE` stores a version and judges anew what is planned."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from maintenance.app import create_app
from maintenance.models import Agreement, Policy, db
from maintenance.sla.policy import shipped_texts
from tests import build
from tests.cli.conftest import Command


@pytest.fixture
def session(environ: Mapping[str, str], maintenance: Command) -> Iterator[Session]:
    """A migrated database with a window that is planned in 2099."""
    maintenance("migrate")
    with create_app(environ).app_context():
        start = build.START.replace(year=2099)
        end = start.replace(hour=21)
        build.window(reference="M-2099-001", start_at=start, end_at=end)
        db.session.commit()
        yield db.session()
        db.session.remove()
        db.engine.dispose()


def version(folder: Path, changes: Mapping[str, str]) -> str:
    text = shipped_texts()["nmbrs"]
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new, 1)
    file = folder / "nmbrs-2090.toml"
    file.write_text(text, "utf-8")
    return str(file)


FROM_2090 = {"effective_from = 2020-01-01": "effective_from = 2090-01-01"}
LONGEST = """[rules.longest]
kind = "longest"
windows = ["planned"]
measure = "length"
limit_minutes = 30
severity = "violation"
article = "3"

[availability]"""
STRICT = {**FROM_2090, "[availability]": LONGEST}


def test_a_version_is_stored_and_what_no_longer_complies_is_told(
    tmp_path: Path, maintenance: Command, session: Session
):
    answer = maintenance("policy", "add", version(tmp_path, STRICT))
    assert answer.exit_code == 0, answer.stderr
    assert answer.stdout.splitlines() == [
        "policy nmbrs of 2090-01-01: added",
        "M-2099-001 no longer complies: nmbrs longest",
    ]
    assert session.query(Policy).filter_by(slug="nmbrs").count() == 2


def test_again_it_changes_nothing(tmp_path: Path, maintenance: Command, session: Session):
    file = version(tmp_path, FROM_2090)
    maintenance("policy", "add", file)
    assert maintenance("policy", "add", file).stdout == "It is stored already.\n"


def test_a_new_sla_says_that_no_service_has_it(
    tmp_path: Path, maintenance: Command, session: Session
):
    file = version(tmp_path, {'slug = "nmbrs"': 'slug = "cloud"'})
    said = maintenance("policy", "add", file).stdout
    assert "No service has the policy cloud yet." in said


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "effective_from: 2020-01-01 is that of the shipped version"),
        ({"length = 2\n": "length = 0\n"}, "rules.notice.length"),
        ({"kind = ": "kind == "}, "not TOML"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_key(
    tmp_path: Path, maintenance: Command, session: Session, changes: Mapping[str, str], said: str
):
    answer = maintenance("policy", "add", version(tmp_path, changes))
    assert (answer.exit_code, answer.stdout) == (2, "")
    assert said in answer.stderr
    assert len(answer.stderr.splitlines()) == 1
    assert session.query(Policy).filter_by(slug="nmbrs").count() == 1


def test_a_version_that_an_agreement_does_not_fit_is_refused(
    tmp_path: Path, maintenance: Command, session: Session
):
    customer = build.customer("acme", ["nmbrs"])
    rules = {"daytime-quota": {"limit": 2}}
    db.session.add(Agreement(customer=customer, service=customer.services[0], rules=rules))
    db.session.commit()
    parts = ("", *(f".text.{result}" for result in ("pass", "broken", "not_applicable")))
    renamed = {f"[rules.daytime-quota{part}]": f"[rules.by-day{part}]" for part in parts}
    answer = maintenance("policy", "add", version(tmp_path, FROM_2090 | renamed))
    assert (answer.exit_code, answer.stdout) == (2, "")
    assert "the agreement of acme does not fit it" in answer.stderr
    assert len(answer.stderr.splitlines()) == 1


def test_a_folder_of_policies_judges_anew_too(
    tmp_path: Path, maintenance: Command, session: Session, environ: dict[str, str]
):
    version(tmp_path, STRICT)
    environ["MAINTENANCE_POLICY_DIR"] = str(tmp_path)
    said = maintenance("migrate").stdout
    assert "M-2099-001 no longer complies: nmbrs longest" in said
