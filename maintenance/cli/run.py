"""`maintenance run`: everything on one machine, web and sender, until Ctrl-C."""

import ctypes
import os
import secrets
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Collection, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from http import HTTPStatus

import click
from flask import Flask

from maintenance import config
from maintenance.cli.inside import application
from maintenance.cli.migrate import bring_up_to_date
from maintenance.cli.user import make
from maintenance.cli.web import HOST, PORT, require_free
from maintenance.demo import load
from maintenance.demo.cast import ACCOUNTS
from maintenance.models import db
from maintenance.store import accounts

STOP = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
PR_SET_PDEATHSIG = 1
PATIENCE = 20
"""Seconds that web and sender get to end by themselves."""


@click.command()
@click.option("--host", default=HOST, show_default=True, help="The address to listen on.")
@click.option("--port", default=PORT, show_default=True, type=click.IntRange(1, 65535))
@click.option("--demo", is_flag=True, help="Load the demo data first, where there is no data yet.")
def run(host: str, port: int, demo: bool) -> None:
    """Serve the pages and send the mails until Ctrl-C; the database is brought up to date first."""
    require_free(host, port)
    address = _address(host, port)
    if "MAINTENANCE_BASE_URL" not in config.given(os.environ):
        os.environ["MAINTENANCE_BASE_URL"] = address
    with application() as app:
        bring_up_to_date(app, datetime.now(UTC))
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # a shell lets what it runs with & ignore it
        signal.pthread_sigmask(signal.SIG_BLOCK, STOP | {signal.SIGCHLD})
        children = {"web": _start("web", "--host", host, "--port", str(port))}
        try:
            made = _first_start(app) if demo else {}
            children["worker"] = _start("worker")
            if _answers(address + "/healthz", children):
                _welcome(address, made)
            code = _until_told_to_stop(children)
        finally:
            _stop(children.values())
    sys.exit(code)


def _address(host: str, port: int) -> str:
    reachable = {"0.0.0.0": HOST, "::": "::1"}.get(host, host)  # noqa: S104
    return f"http://[{reachable}]:{port}" if ":" in reachable else f"http://{reachable}:{port}"


def _first_start(app: Flask) -> Mapping[str, str]:
    """Demo data and accounts with their passwords, where there is no account and no SMTP server.

    Mails of the demo would go out to addresses that do not exist.
    """
    if app.config["SETTINGS"].smtp_url or accounts.listed(db.session()):
        return {}
    click.echo("Loading the demo data (a few seconds)")
    load(datetime.now(UTC))
    made = {role: secrets.token_urlsafe(9) for role in ACCOUNTS}
    for role, password in made.items():
        make(ACCOUNTS[role], role, password, datetime.now(UTC))
    return {ACCOUNTS[role]: password for role, password in made.items()}


def _start(*command: str) -> subprocess.Popen[bytes]:
    """One of the two, in a process group of its own, so that all it starts can be ended with it."""
    program = [sys.executable, "-m", "maintenance", *command]
    return subprocess.Popen(program, process_group=0, preexec_fn=_as_child)  # noqa: PLW1509, S603


def _as_child() -> None:
    """Hear signals again, and be told to stop where `run` itself is killed (Linux only)."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP | {signal.SIGCHLD})
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _answers(url: str, children: Mapping[str, subprocess.Popen[bytes]]) -> bool:
    """Whether the web server came up; returns at once where a child ended or a signal came."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    for _ in range(600):
        if signal.sigpending() & STOP or _ended(children):
            return False
        try:
            with opener.open(url, timeout=1) as answer:
                return bool(answer.status == HTTPStatus.OK)
        except OSError:
            signal.sigtimedwait([signal.SIGCHLD], 0.05)
    return False


def _welcome(address: str, made: Mapping[str, str]) -> None:
    click.echo(f"\nMaintenance is at {address}  (Ctrl-C stops it)")
    click.echo(f"The public status page is at {address}/status\n")
    if made:
        click.echo("Log in with one of these; the passwords are shown this once:")
        for email, password in made.items():
            click.echo(f"  {email:24} {password}")
    else:
        known = [user.email for user in accounts.listed(db.session()) if user.active]
        db.session.remove()
        click.echo(f"Accounts: {', '.join(known) or 'none yet'}. To make one:")
    if made:
        click.echo("Another account, or a new password:")
    program = os.path.relpath(sys.argv[0])
    for what in ("add you@example.org --role admin", "password admin@demo.example"):
        click.echo(f"  echo 'the password' | {program} user {what} --password-stdin")


def _until_told_to_stop(children: Mapping[str, subprocess.Popen[bytes]]) -> int:
    """0 when a signal said stop, 1 when one of the programs ended by itself."""
    while not (name := _ended(children)):
        if signal.sigwait(STOP | {signal.SIGCHLD}) in STOP:
            return 0
    click.echo(f"maintenance: {name} ended (code {children[name].returncode}); stopping", err=True)
    return 1


def _ended(children: Mapping[str, subprocess.Popen[bytes]]) -> str | None:
    return next((name for name, child in children.items() if child.poll() is not None), None)


def _stop(children: Collection[subprocess.Popen[bytes]]) -> None:
    for child in children:
        child.terminate()
    for child in children:
        with suppress(subprocess.TimeoutExpired):
            child.wait(PATIENCE)
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)  # what a killed one left behind, too
