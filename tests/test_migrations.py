"""The migrated tables are those of models.py, on both databases and however often."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import text

from maintenance import migrations
from maintenance.app import create_app
from maintenance.migrations import jobs
from maintenance.models import Base, Contact, Customer, db


@pytest.fixture
def unmigrated(environ: dict[str, str]) -> Iterator[Flask]:
    """An application whose database has no table, inside its context."""
    app = create_app(environ)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def test_every_step_together_makes_the_tables_of_the_models(database: str, unmigrated: Flask):
    migrations.apply()
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, Base.metadata) == []


def test_an_empty_database_is_refused_and_a_migrated_one_is_not(database: str, unmigrated: Flask):
    with pytest.raises(migrations.NotMigrated, match="maintenance migrate"):
        migrations.require(db.engine)
    migrations.apply()
    migrations.require(db.engine)


def test_a_database_that_is_ahead_of_the_program_is_refused(unmigrated: Flask):
    migrations.apply()
    with db.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'from the future'"))
    with pytest.raises(migrations.NotMigrated, match="newer"):
        migrations.require(db.engine)
    with pytest.raises(migrations.NotMigrated, match="newer"):
        migrations.apply()


def test_migrating_again_changes_nothing(database: str, unmigrated: Flask):
    migrations.apply()
    migrations.apply()
    migrations.require(db.engine)


def test_programs_that_migrate_at_once_all_succeed(
    database: str, environ: dict[str, str], unmigrated: Flask
):
    code = (
        "from maintenance import app, migrations\n"
        "with app.create_app().app_context(): migrations.apply()"
    )
    command = [sys.executable, "-c", code]
    programs = [subprocess.Popen(command, env=os.environ | environ) for _ in range(3)]
    assert [program.wait(timeout=60) for program in programs] == [0, 0, 0]
    migrations.require(db.engine)


STEP = """
revision = "zzzz"
down_revision = {head!r}

def upgrade():
    from alembic import op
    import sqlalchemy as sa
    with op.batch_alter_table("customer", recreate="always") as batch:
        batch.add_column(sa.Column("extra", sa.String(10)))
"""


def _rebuild_customers(folder: Path, foreign_keys: str = "OFF") -> int:
    """Run a step that rebuilds a table, in a copy of the steps; the contacts that are left."""
    shutil.copytree(migrations.FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__"))
    env = folder / "env.py"
    env.write_text(env.read_text().replace('"OFF"', f'"{foreign_keys}"'))
    (folder / "versions" / "zzzz_step.py").write_text(STEP.format(head=_head()))
    now = datetime(2026, 11, 22, tzinfo=UTC)
    customer = Customer(slug="acme", name="Acme", updated_at=now)
    customer.contacts = [Contact(email="jan@acme.example")]
    db.session.add(customer)
    db.session.commit()
    db.session.remove()
    upgrade(directory=str(folder))
    return db.session.query(Contact).count()


def _head() -> str:
    with db.engine.connect() as connection:
        return str(MigrationContext.configure(connection).get_current_revision())


def test_a_table_that_is_rebuilt_keeps_what_hangs_from_it(unmigrated: Flask, tmp_path: Path):
    migrations.apply()
    assert _rebuild_customers(tmp_path / "steps") == 1


def test_the_twin_with_foreign_keys_on_loses_what_hangs_from_it(unmigrated: Flask, tmp_path: Path):
    migrations.apply()
    assert _rebuild_customers(tmp_path / "steps", foreign_keys="ON") == 0


@pytest.fixture
def carrying(environ: dict[str, str], postgres_url: str) -> Iterator[Flask]:
    """The same on PostgreSQL, where jobs of Procrastinate are to carry the sending."""
    settings = {"MAINTENANCE_DATABASE_URL": postgres_url, "MAINTENANCE_PROCRASTINATE": "1"}
    app = create_app(environ | settings)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.mark.postgres
def test_the_tables_of_the_jobs_are_asked_for_at_the_start_and_made_with_ours(carrying: Flask):
    upgrade(directory=migrations.FOLDER)  # as it was before the setting was switched on
    with pytest.raises(migrations.NotMigrated, match="maintenance migrate"):
        migrations.require(db.engine)
    migrations.apply()
    migrations.apply()
    migrations.require(db.engine)


@pytest.mark.postgres
def test_tables_of_the_jobs_that_an_older_version_made_get_the_steps_they_lack(
    carrying: Flask, monkeypatch: pytest.MonkeyPatch
):
    every = jobs._steps()
    older = [step for step in every if step.stem < "03.03"]
    with db.engine.begin() as connection:
        for step in older:
            jobs._run(connection, step.read_text())
        jobs._run(connection, f"COMMENT ON TABLE procrastinate_jobs IS '{older[-1].stem}'")
    assert "procrastinate_retry_job_v2" not in _functions()
    migrations.apply()
    assert "procrastinate_retry_job_v2" in _functions()
    assert jobs.ready(db.engine)
    monkeypatch.setattr(jobs, "_steps", lambda: [*every, Path("99.00.00_01_of_the_future.sql")])
    assert not jobs.ready(db.engine)


def _functions() -> set[str]:
    db.session.rollback()
    return set(db.session.scalars(text("SELECT proname FROM pg_proc")))
