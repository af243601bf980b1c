"""Real servers: each process shows a change within a second, and goes on without its database."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest
from sqlalchemy import text

from maintenance import links
from maintenance.app import create_app
from maintenance.models import Customer, db
from maintenance.published.asked import feed_path
from maintenance.store import people
from maintenance.store.session import publish, writing
from tests import build, postgres
from tests.browser.installation import _free_port, _wait_for

KEY = "a key that only the tests know"
SECOND = 1.0


@dataclass(frozen=True)
class Page:
    """An answer of a server, and when it was asked for."""

    status: int
    body: bytes
    age: str | None
    asked_at: float


def get(address: str) -> Page:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    asked_at = time.monotonic()
    try:
        with opener.open(address, timeout=30) as found:
            return Page(found.status, found.read(), found.headers["Age"], asked_at)
    except urllib.error.HTTPError as error:
        with error:
            return Page(error.code, error.read(), error.headers["Age"], asked_at)


def within_a_second(address: str, changed_at: float, seen: Callable[[Page], bool]) -> Page:
    """The first answer that shows it; none asked for a second later may be without."""
    while True:
        page = get(address)
        if seen(page):
            return page
        assert page.asked_at < changed_at + SECOND, f"{address} still says {page.status}"


@contextmanager
def serving(environ: dict[str, str]) -> Iterator[str]:
    """The address of a server process of its own."""
    port = _free_port()
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "maintenance", "web", "--port", str(port)]
    with subprocess.Popen(command, env={**os.environ, **environ}) as server:
        try:
            _wait_for(address, server)
            yield address
        finally:
            server.terminate()


@contextmanager
def installed(path: Path, url: str) -> Iterator[tuple[dict[str, str], str]]:
    """The settings of an installation on this database, and the path of a customer's feed."""
    environ = {
        "MAINTENANCE_INSTANCE_PATH": str(path),
        "MAINTENANCE_DATABASE_URL": url,
        "MAINTENANCE_SECRET_KEY": KEY,
        "MAINTENANCE_BASE_URL": "http://127.0.0.1:1",
    }
    command = [sys.executable, "-m", "maintenance", "migrate"]
    subprocess.run(command, env={**os.environ, **environ}, check=True, capture_output=True)
    app = create_app(environ)
    with app.app_context():
        customer = build.customer("acme")
        _announce("First")
        db.session.commit()
        yield environ, _feed(customer)
        db.session.remove()
        db.engine.dispose()


def _announce(title: str) -> None:
    start = datetime.now(UTC) + timedelta(days=3)
    words = {"nl": title, "en": title}
    build.window(title=words, start_at=start, announced_at=datetime.now(UTC))
    publish(db.session())


def _feed(customer: Customer) -> str:
    token = links.token(KEY, links.Purpose.FEED, customer.id, customer.feed_generation)
    return feed_path(token)


def test_every_process_shows_a_change_and_a_dead_address_within_a_second(
    database: str, tmp_path: Path
) -> None:
    with ExitStack() as stack:
        environ, secret = stack.enter_context(installed(tmp_path, database))
        servers = [stack.enter_context(serving(environ)) for _ in range(2)]
        for server in servers:
            assert b"Second" not in get(f"{server}/feeds/all.ics").body
            assert get(f"{server}{secret}").status == 200
        with writing():
            _announce("Second")
        at = time.monotonic()
        for server in servers:
            for path in ("/feeds/all.ics", "/status", "/api/v2/summary.json", secret):
                within_a_second(f"{server}{path}", at, lambda page: b"Second" in page.body)
        with writing() as session:
            customer = session.get_one(Customer, 1)
            people.replace_feed(session, customer, "op@vendor.example", datetime.now(UTC))
        at = time.monotonic()
        for server in servers:
            within_a_second(f"{server}{secret}", at, lambda page: page.status == 404)
            assert get(f"{server}{_feed(customer)}").status == 200


@pytest.mark.postgres
def test_with_postgresql_stopped_the_public_reads_on_and_secret_feeds_answer_503(
    tmp_path: Path,
) -> None:
    with ExitStack() as stack:
        cluster = stack.enter_context(postgres.running())
        url = cluster.url.render_as_string(hide_password=False)
        environ, secret = stack.enter_context(installed(tmp_path, url))
        server = stack.enter_context(serving(environ))
        fresh = get(f"{server}/feeds/all.ics")
        assert fresh.age is None
        assert get(f"{server}{secret}").status == 200
        _stop()
        at = time.monotonic()
        later = within_a_second(f"{server}/feeds/all.ics", at, lambda page: page.age is not None)
        assert (later.status, later.body) == (200, fresh.body)
        page = get(f"{server}/status?lang=en")
        assert page.status == 200
        assert b"We cannot read the latest data at the moment" in page.body
        assert b"First" in page.body
        assert get(f"{server}/api/v2/summary.json").status == 200
        assert get(f"{server}{secret}").status == 503


def _stop() -> None:
    """Stop the database's server for real, and wait until it is gone."""
    folder = Path(db.session.execute(text("SHOW data_directory")).scalar_one())
    db.session.remove()
    db.engine.dispose()
    process = psutil.Process(int((folder / "postmaster.pid").read_text().split("\n")[0]))
    process.send_signal(signal.SIGQUIT)  # as abrupt as a crash
    process.wait(30)
