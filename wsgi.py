"""The WSGI application, for any server."""

from maintenance.app import create_app

app = create_app()
