"""What the clock does: windows start and end, due notices are fanned out, mails are sent.

APScheduler only wakes it; due times are rows. Any number of workers may run at once, on any number
of hosts: each step is a transaction that one of them makes. Where Procrastinate carries the
sending, its jobs are run beside this, and what no job carried is sent by and by.
"""

import signal
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask, current_app
from sqlalchemy.orm import Session

from maintenance import alarms, bounces, carrier, clock, four_eyes, recurring
from maintenance.composing import origin
from maintenance.models import Notice
from maintenance.pushing import Pusher
from maintenance.sending import Hold, Sender
from maintenance.store import claims, jobs, outbox, reach, windows
from maintenance.store.session import UNUSABLE, lock, reading, writing
from notifications import CHANNELS
from notifications.message import alarm

STOP = (signal.SIGTERM, signal.SIGINT)
WAKE_SECONDS = 1

_log = structlog.get_logger(__name__)


def tick(now: datetime, sender: Sender | None = None) -> None:
    """Do all that is due at `now`, in the order of time: windows first, what is told of them next.

    Without a sender of its own it sends with one whose clock stands at `now`.
    """
    step(now)
    (sender or _still(now)).send_due()
    look(now)


def step(now: datetime) -> None:
    """Start and end windows, roll series on, and make the deliveries of what is due."""
    clock.expire(now)
    clock.begin(now)
    clock.complete(now)
    recurring.roll_on(now)
    fan_out(now)


def look(now: datetime) -> None:
    """See what became of the mails, and tell operators what needs them."""
    raise_alarm(now)
    bounces.read_maildir(current_app.config["SETTINGS"], now)
    alarms.watch(current_app.config["SETTINGS"], now)
    four_eyes.remind(now)


def _still(now: datetime) -> Sender:
    return Sender(current_app.config["SETTINGS"], clock=lambda: now)


def fan_out(now: datetime) -> None:
    """Make the deliveries of every notice that has fallen due, a transaction for each notice."""
    with reading() as session:
        ids = outbox.due(session, now)
    for notice_id in ids:
        with writing() as session:
            _fan_out(session, notice_id, now)


def _fan_out(session: Session, notice_id: int, now: datetime) -> None:
    """One notice, unless another worker was first; locked as the verbs lock, in their order."""
    notice = session.get_one(Notice, notice_id)
    assert notice.window is not None
    window = windows.lock_window(session, notice.window.public_id)
    assert window is not None
    lock(session, [place.service.slug for place in window.places])
    session.refresh(notice)
    if notice.fanned_out_at is None:
        outbox.fan_out(session, notice, now)


def raise_alarm(now: datetime) -> None:
    """Tell operators of what was refused for good; but not of mails to operators themselves."""
    by = origin(current_app.config["SETTINGS"])
    with reading() as session:
        if not claims.any_unalarmed(session):
            return
    with writing() as session:
        failed = [row for row in claims.unalarmed(session, now) if row[1]]
        if not failed:
            return
        _log.error("mails were refused for good", addresses=[row[0] for row in failed])
        for address, language in reach.operators(session):
            said = alarm(failed, language, by)
            outbox.add_account_mail(
                session, address, language, said.subject, said.text, said.html, now
            )


def once(app: Flask) -> bool:
    """Do everything that is due, until nothing is; whether all of it could be handed in."""
    hold = Hold()
    with app.app_context():
        sender = Sender(app.config["SETTINGS"], _now, hold=hold)
        tick(_now(), sender)
        for channel in CHANNELS:
            Pusher(channel, app.config["SETTINGS"], _now).push_due()
        sender.send_due()  # the alarms, where there were any
        if jobs.carry(app):
            carrier.drain(app, sender)  # nothing is left for them to do
    return hold.faults == 0


def run(app: Flask) -> None:
    """Work until SIGTERM or SIGINT; what is in hand is finished and marked.

    The clock, the mails, what is looked after and each further channel have a thread of their own:
    a mail server that is slow to answer holds up no window, and none of them another.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP)
    stopping = threading.Event()
    scheduler = BackgroundScheduler(timezone=UTC, job_defaults={"misfire_grace_time": None})
    for work, seconds in _works(app, stopping):
        wake = _wake(app, work)
        scheduler.add_job(
            wake, "interval", seconds=seconds, next_run_time=_now(), max_instances=1, coalesce=True
        )
    if jobs.carry(app):
        sender = Sender(app.config["SETTINGS"], _now, stopping)
        scheduler.add_job(carrier.run, args=(app, sender, stopping))  # once
    scheduler.start()
    _log.info("the worker has started")
    signal.sigwait(STOP)
    stopping.set()
    scheduler.shutdown(wait=True)
    _log.info("the worker has stopped")


def _works(app: Flask, stopping: threading.Event) -> Iterator[tuple[Callable[[], None], int]]:
    """What is done again and again, and every how many seconds."""
    yield lambda: step(_now()), WAKE_SECONDS
    sender = Sender(app.config["SETTINGS"], _now, stopping)
    if jobs.carry(app):
        yield lambda: carrier.send_rest(sender), carrier.REST_SECONDS
    else:
        yield sender.send_due, WAKE_SECONDS
    yield lambda: look(_now()), WAKE_SECONDS
    for channel in CHANNELS:
        yield Pusher(channel, app.config["SETTINGS"], _now, stopping).push_due, WAKE_SECONDS


def _wake(app: Flask, work: Callable[[], None]) -> Callable[[], None]:
    def wake() -> None:
        with app.app_context():
            try:
                work()
            except UNUSABLE as error:
                _log.warning("the database cannot be used now", why=str(error.orig))
            except Exception:
                _log.exception("the worker failed; it goes on")

    return wake


def _now() -> datetime:
    return datetime.now(UTC)
