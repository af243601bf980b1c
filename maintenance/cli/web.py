"""`maintenance web`: the pages, feeds and API, served by granian."""

import errno
import os
import socket

import click
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from maintenance import migrations
from maintenance.cli.inside import application
from maintenance.models import db

HOST, PORT = "127.0.0.1", 8000


@click.command()
@click.option("--host", default=HOST, show_default=True, help="The address to listen on.")
@click.option("--port", default=PORT, show_default=True, type=click.IntRange(1, 65535))
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64))
@click.option("--access-log", is_flag=True, help="Log each request, secrets masked.")
def web(host: str, port: int, workers: int, access_log: bool) -> None:
    """Serve the pages, the feeds and the API until told to stop."""
    require_migrated()
    require_free(host, port)
    factory = "logged" if access_log else "quiet"
    Granian(
        f"maintenance.serving:{factory}",
        factory=True,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=max(2, min(8, os.cpu_count() or 2)),
        websockets=False,
        log_level=LogLevels.warning,
        workers_kill_timeout=10,
    ).serve()


def require_migrated() -> None:
    """NotMigrated, BadSetting or a database error, before anything is started."""
    with application():
        migrations.require(db.engine)


def require_free(host: str, port: int) -> None:
    """A ClickException where nothing can listen there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            taken = error.errno == errno.EADDRINUSE
            why = "something else listens there" if taken else error.strerror
            raise click.ClickException(f"cannot listen on {host}:{port}: {why}") from None
