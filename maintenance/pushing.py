"""Sends what goes by a channel other than mail, each channel apart: what fails delays no other.

As with mail: claimed under a lease, sent with no transaction open, marked after the answer. One
receiver gets its notices in their order; one that fails holds up no other receiver.
"""

import threading
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from sqlalchemy.orm import Session

import notifications
from maintenance import notices, targets
from maintenance.config import Settings
from maintenance.models import Delivery, Notice, Target
from maintenance.sending import FIRST_RETRY, GIVE_UP, LAST_RETRY, growing
from maintenance.store import claims, outbox, renderings, windows
from maintenance.store import targets as store
from maintenance.store.claims import Claimed
from maintenance.store.policies import Versions
from maintenance.store.renderings import Key
from maintenance.store.session import reading, writing
from maintenance.windows import Window
from notifications import Message, Undelivered

WIDTH = 4
BATCH = 40
ALARM_AFTER = 3
"""So often a receiver may not answer before operators hear of it."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """A notice for one target, and what its channel needs to send it."""

    each: Claimed
    message: Message
    settings: dict[str, object]


@dataclass(slots=True)
class Pusher:
    """What sends by one channel; any number of them may work on the same database."""

    channel: str
    settings: Settings
    clock: Callable[[], datetime]
    stopping: threading.Event = field(default_factory=threading.Event)

    def push_due(self) -> None:
        """Send until nothing is due or the pusher is told to stop."""
        while not self.stopping.is_set() and (batch := self._claim()):
            queues: dict[int | None, list[Claimed]] = {}
            for each in batch:
                queues.setdefault(each.target_id, []).append(each)
            self._push(list(queues.values()))

    def _claim(self) -> list[Claimed]:
        now, lease = self.clock(), self.settings.lease_seconds
        with reading() as session:
            if not claims.any_due(session, now, self.channel):
                return []
        with writing() as session:
            return claims.claim(session, now, lease, BATCH, self.channel)

    def _push(self, queues: list[list[Claimed]]) -> None:
        """Each queue in its order, several of them at once."""
        with ThreadPoolExecutor(WIDTH) as threads:
            going: dict[Future[str], tuple[Job, list[Claimed]]] = {}
            for queue in queues:
                self._next(queue, threads, going)
            while going:
                done, _ = wait(going, return_when=FIRST_COMPLETED)
                for future in done:
                    job, queue = going.pop(future)
                    if self._mark(job.each, future):
                        self._next(queue, threads, going)
                    else:
                        self._give_back(queue)

    def _next(
        self,
        queue: list[Claimed],
        threads: ThreadPoolExecutor,
        going: dict[Future[str], tuple[Job, list[Claimed]]],
    ) -> None:
        """Begin the first of this queue that is still to be sent."""
        while queue and not self.stopping.is_set():
            each = queue.pop(0)
            job = self._job(each)
            if isinstance(job, Job):
                channel = notifications.channel(self.channel)
                future = threads.submit(channel.send, job.message, each.address, job.settings)
                going[future] = (job, queue)
                return
        self._give_back(queue)

    def _job(self, each: Claimed) -> Job | None:
        """What is to be sent; None where it is no longer true, which is then written down."""
        with writing() as session:
            made = self._compose(session, each)
            if isinstance(made, str):
                claims.expired(session, each, made)
                return None
        return made

    def _compose(self, session: Session, each: Claimed) -> Job | str:
        target = session.get(Target, each.target_id) if each.target_id else None
        row = session.get_one(Notice, each.notice_id)
        notice = outbox.value(row)
        if target is None or (row.window is not None and not target.active):
            return "nothing is sent there any more"
        if row.window is None:
            return self._made(session, each, notice, None, target)
        window = windows.value(row.window, Versions(session))
        concerning = store.concerning(target, {service.slug for service in window.services})
        theirs = window.changed(
            services=tuple(each for each in window.services if each.slug in concerning)
        )
        why = notices.stale(notice, window, self.clock())
        if why is None and not theirs.services:
            why = "it no longer gets notices of these services"
        return why or self._made(session, each, notice, theirs, target)

    def _made(
        self,
        session: Session,
        each: Claimed,
        notice: notices.Notice,
        window: Window | None,
        target: Target,
    ) -> Job:
        body = self._body(session, each, notice, window)
        public_id = session.get_one(Delivery, each.id).public_id
        message = Message(public_id, notice, window, body)
        return Job(each, message, targets.sending(target, self.settings))

    def _body(
        self, session: Session, each: Claimed, notice: notices.Notice, window: Window | None
    ) -> bytes:
        """What is said: made once, kept, the same at every attempt."""
        if each.rendering_id is not None:
            return renderings.by_id(session, each.rendering_id).body
        channel = notifications.channel(self.channel)
        body = channel.render(notice, window, self.settings.base_url)
        if body:
            slugs = ",".join(service.slug for service in window.services) if window else ""
            key = Key(each.notice_id, "", slugs, self.channel)
            kept = renderings.keep(session, key, body, self.clock())
            claims.keep(session, [(each, kept.id, {})])
            return kept.body
        return body

    def _mark(self, each: Claimed, future: "Future[str]") -> bool:
        """Write down what came of it; whether the next for this receiver may be tried."""
        now = self.clock()
        try:
            reply = future.result()
        except Undelivered as why:
            self._failed(each, why, now)
            return why.permanent and not why.gone
        except Exception as error:
            _log.exception("a channel failed", channel=self.channel, delivery=each.id)
            self._failed(each, Undelivered(f"failed here: {type(error).__name__}"), now)
            return False
        with writing() as session:
            claims.sent(session, [(each, reply)], now)
            if (target := session.get(Target, each.target_id)) is not None:
                target.alarmed_at = None
        return True

    def _failed(self, each: Claimed, why: Undelivered, now: datetime) -> None:
        late = now >= (each.first_attempt_at or now) + GIVE_UP
        with writing() as session:
            if why.permanent or late:
                claims.failed(session, each, str(why))
            else:
                at = now + growing(FIRST_RETRY, LAST_RETRY, each.attempts)
                claims.again(session, each, str(why), at, in_doubt=True)
            target = session.get(Target, each.target_id)
            if target is not None and (why.permanent or each.attempts >= ALARM_AFTER):
                targets.failed(session, target, why, self.settings, now)

    def _give_back(self, queue: list[Claimed]) -> None:
        """Try these later, after the one before them."""
        if queue:
            at = self.clock() + timedelta(minutes=1)
            with writing() as session:
                claims.release(session, queue, at)
            queue.clear()
