"""A contact that is added while a notice is being fanned out is told, on either database."""

import threading

import pytest
from flask import Flask
from sqlalchemy import select

from maintenance import worker
from maintenance.app import create_app
from maintenance.models import Customer, Delivery, Version, db
from maintenance.store import outbox, session
from tests import build
from tests.build import NOW


def told(app: Flask, patience: float) -> set[str]:
    """Who is told where a contact is added, not yet committed, when the worker fans out.

    That is committed once the fan-out is done, or after so many seconds, where it has to wait.
    """
    build.contact(build.customer("acme"), "jan@acme.example")
    build.notice(build.window())
    db.session.commit()
    added, fanned_out = threading.Event(), threading.Event()

    def add() -> None:
        with app.app_context(), session.writing() as database:
            acme = database.scalars(select(Customer)).one()
            kim = build.contact(acme, "kim@acme.example")
            outbox.add_to_contact(database, kim, NOW)
            added.set()
            fanned_out.wait(patience)

    def fan_out() -> None:
        added.wait()
        with app.app_context():
            worker.fan_out(NOW)
        fanned_out.set()

    threads = [threading.Thread(target=each) for each in (add, fan_out)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db.session.rollback()
    return set(db.session.scalars(select(Delivery.address)))


@pytest.mark.usefixtures("database")
def test_whoever_is_added_meanwhile_is_told(app: Flask) -> None:
    assert told(app, 0.5) == {"jan@acme.example", "kim@acme.example"}


@pytest.mark.postgres
def test_without_the_lock_it_would_not_have_been(
    postgres_url: str, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin, on PostgreSQL; on SQLite no two write at once."""
    monkeypatch.setattr(outbox, "lock", lambda _session, _slugs: [])
    app = create_app(environ | {"MAINTENANCE_DATABASE_URL": postgres_url})
    with app.app_context():
        db.create_all()
        db.session.add(Version(id=1))
        db.session.commit()
        assert told(app, 60) == {"jan@acme.example"}
        db.session.remove()
        db.engine.dispose()
