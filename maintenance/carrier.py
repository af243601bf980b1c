"""Runs the jobs that carry the sending on PostgreSQL: Procrastinate, beside the clock.

Any number of workers on any number of hosts share them. What a job does is what APScheduler calls
elsewhere: a sender sends deliveries. A worker that is killed leaves its job `doing`; the sweep
gives it back, and the deliveries in it wait for their lease.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

import structlog
from flask import Flask
from sqlalchemy.engine import make_url

from maintenance.sending import Sender
from maintenance.store import jobs
from maintenance.store.session import reading, writing

POLL_SECONDS = 1
"""How late a job for a later moment may begin; one for at once is announced by the database."""

SWEEP_SECONDS = 5
HEARTBEAT_SECONDS, STALLED_SECONDS = 10, 30
"""How often a worker says that it lives, and after how long a silence its jobs are given back."""

SOON = timedelta(seconds=5)
"""What could not be sent is not tried again before that, whatever its row says."""

REST_SECONDS = 15
OVERDUE = timedelta(minutes=1)
"""What has been due for so long is sent without a job: held till now, made without jobs, lost."""

AGAIN_SECONDS = 5

_log = structlog.get_logger(__name__)


def run(app: Flask, sender: Sender, stopping: threading.Event) -> None:
    """Run jobs until told to stop; the one in hand is finished. Outlives its database."""
    while not stopping.is_set():
        try:
            asyncio.run(_run(_carrier(app, sender), stopping))
        except Exception as error:  # a lost connection has many names, one for each layer
            _log.warning("the jobs cannot be run now", why=str(error.__cause__ or error))
            stopping.wait(AGAIN_SECONDS)


def drain(app: Flask, sender: Sender) -> None:
    """Give back what stalled, then run the jobs that are due, until none is."""
    asyncio.run(_drain(_carrier(app, sender)))


def send_rest(sender: Sender) -> None:
    """Send what no job seems to carry; what one does carry, somebody else has in hand by then."""
    before: Sequence[int] = []
    while not sender.stopping.is_set() and not sender.hold.on(sender.clock()):
        with reading() as session:
            ids = jobs.uncarried(session, sender.clock() - OVERDUE, jobs.BATCH)
        if ids == before:  # none, or none of them can be had now
            return
        sender.send(ids)
        before = ids


async def _run(carrier: Any, stopping: threading.Event) -> None:
    async with carrier.open_async():
        working = asyncio.create_task(carrier.run_worker_async(**_options()))
        try:
            await _sweep_until(lambda: stopping.is_set() or working.done(), carrier)
        finally:
            working.cancel()
            await asyncio.wait({working})
        if not working.cancelled():
            working.result()


async def _drain(carrier: Any) -> None:
    async with carrier.open_async():
        await sweep(carrier)
        await carrier.run_worker_async(wait=False, listen_notify=False, **_options())


def _options() -> dict[str, Any]:
    return {
        "queues": [jobs.SEND],
        "install_signal_handlers": False,
        "delete_jobs": "successful",
        "fetch_job_polling_interval": POLL_SECONDS,
        "update_heartbeat_interval": HEARTBEAT_SECONDS,
        "stalled_worker_timeout": STALLED_SECONDS,
    }


async def _sweep_until(ended: Callable[[], bool], carrier: Any) -> None:
    next_at = time.monotonic()
    while not ended():
        if time.monotonic() >= next_at:
            await sweep(carrier)
            next_at = time.monotonic() + SWEEP_SECONDS
        await asyncio.sleep(0.1)


async def sweep(carrier: Any) -> None:
    """Give back the jobs of workers that were not heard of for too long."""
    manager = carrier.job_manager
    for job in await manager.get_stalled_jobs(
        queue=jobs.SEND, seconds_since_heartbeat=STALLED_SECONDS
    ):
        with suppress(jobs.library().exceptions.ConnectorException):  # another gave it back
            await manager.retry_job(job)
            _log.warning("a job whose worker is gone was given back", job=job.id)


def _carrier(app: Flask, sender: Sender) -> Any:
    """Procrastinate with the one task that there is."""
    library = jobs.library()
    url = make_url(app.config["SETTINGS"].database_url).set(drivername="postgresql")
    conninfo = url.render_as_string(hide_password=False)
    carrier = library.App(connector=library.PsycopgConnector(conninfo=conninfo, max_size=4))
    retry = library.RetryStrategy(wait=int(SOON.total_seconds()))
    carrier.task(name=jobs.SEND, queue=jobs.SEND, retry=retry)(_task(app, sender))
    return carrier


def _task(app: Flask, sender: Sender) -> Callable[[Sequence[int]], None]:
    def send(ids: Sequence[int]) -> None:
        with app.app_context():
            try:
                sender.send(ids)
                _carry_on(sender, ids)
            except Exception:
                _log.exception("a job failed; it is run again")
                raise

    return send


def _carry_on(sender: Sender, ids: Sequence[int]) -> None:
    """What is left of a job is a job of its own, for when the first of it may be tried again."""
    now = sender.clock()
    soon = max(now + SOON, sender.hold.until or now)
    with writing() as session:
        left = jobs.left(session, ids)
        if left:
            jobs.add(session, list(left), wait=max(soon, min(left.values())) - now)
