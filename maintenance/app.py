"""create_app(): wiring only."""

import os
from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec

from flask import Flask
from flask_migrate import Migrate

from maintenance import config
from maintenance.models import db
from maintenance.store import session

AREAS = (
    "maintenance.web",
    "maintenance.web.operations",
    "maintenance.published",
    "maintenance.api",
)
"""Each offers init_app(app)."""


def create_app(environ: Mapping[str, str] | None = None) -> Flask:
    """The application for these settings (default: the process's environment).

    Raises config.BadSetting where a setting cannot be used.
    """
    settings = config.read(os.environ if environ is None else environ)
    app = Flask(
        __name__,
        instance_path=str(settings.instance_path),
        template_folder=str(config.ROOT / "templates"),
    )
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SETTINGS=settings,
    )
    db.init_app(app)
    Migrate(app, db, directory=str(config.ROOT / "maintenance" / "migrations"))
    with app.app_context():
        session.prepare(db.engine)
    for name in AREAS:
        if find_spec(name) and hasattr(module := import_module(name), "init_app"):
            module.init_app(app)
    return app
