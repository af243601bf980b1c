"""create_app(): wiring only."""

import os
from collections.abc import Mapping

from flask import Flask

from maintenance import config
from maintenance.models import db
from maintenance.store import session


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
    with app.app_context():
        session.prepare(db.engine)
    return app
