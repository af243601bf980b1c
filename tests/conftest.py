"""The fixtures that most tests share."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from maintenance.app import create_app
from maintenance.models import Version, db


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """The settings of a fresh installation."""
    return {
        "MAINTENANCE_INSTANCE_PATH": str(tmp_path / "instance"),
        "MAINTENANCE_SECRET_KEY": "a key that only the tests know",
        "MAINTENANCE_BASE_URL": "https://maintenance.example",
    }


@pytest.fixture
def app(environ: dict[str, str]) -> Iterator[Flask]:
    """An application on an empty database, inside its context."""
    app = create_app(environ)
    app.config["TESTING"] = True
    with app.app_context():
        db.create_all()
        db.session.add(Version(id=1))
        db.session.commit()
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser that is not logged in."""
    return app.test_client()
