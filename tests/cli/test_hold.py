"""`maintenance hold` and `maintenance release`."""

from click.testing import CliRunner
from flask import Flask

from maintenance.cli import main
from maintenance.models import db
from maintenance.store import holding


def test_a_restored_database_is_held_before_its_worker_starts(
    app: Flask, environ: dict[str, str]
) -> None:
    run = CliRunner(env=environ)
    assert run.invoke(main, ["hold", "--why", "put back"]).exit_code == 0
    found = holding.held(db.session())
    assert found is not None
    assert found.why == "put back"
    db.session.rollback()
    assert run.invoke(main, ["release"]).exit_code == 0
    assert holding.held(db.session()) is None
