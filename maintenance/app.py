"""create_app(): wiring only."""

import os
from collections.abc import Mapping

from flask import Flask
from flask_migrate import Migrate

from maintenance import addresses, api, config, migrations, published, web
from maintenance.models import db
from maintenance.store import jobs, session
from maintenance.web import operations

AREAS = (web, operations, published, api)
"""Each puts its routes on the app by init_app(app)."""


def create_app(environ: Mapping[str, str] | None = None) -> Flask:
    """The application for these settings (default: the process's environment).

    Raises config.BadSetting where a setting cannot be used. Does not touch the database.
    """
    settings = config.read(os.environ if environ is None else environ)
    addresses.allow(settings.special_use_domains)
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
    Migrate(app, db, directory=migrations.FOLDER)
    with app.app_context():
        session.prepare(db.engine)
    jobs.init_app(app)
    for area in AREAS:
        area.init_app(app)
    return app
