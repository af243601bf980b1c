"""Sends what is due: claimed, composed, handed in with no transaction open, then marked.

At least once: a mail is marked after the server answered, never before. A fault of the server is
one fault, not one of each mail: the queue is kept and tried again later.
"""

import random
import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import AbstractContextManager, closing, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from maintenance import bounces, notices
from maintenance.composing import Desk, Fate, Job, Unfit
from maintenance.config import Settings
from maintenance.lines import Answered, Lines
from maintenance.store import claims, windows
from maintenance.store.claims import Claimed, Standing
from maintenance.store.policies import Versions
from maintenance.store.renderings import Kept, Key
from maintenance.store.session import UNUSABLE, reading, writing
from maintenance.windows import Window
from notifications.mail import Answer, Connection, Maildir, Outcome, Post, ServerFault, Talk

CONNECTIONS = 8
BATCH = 500
"""So many deliveries are claimed at once. Those the lease does not surely cover are given back."""

FIRST_RETRY, LAST_RETRY = timedelta(minutes=1), timedelta(hours=4)
FIRST_HOLD, LAST_HOLD = timedelta(seconds=5), timedelta(minutes=10)
GIVE_UP = timedelta(days=5)
"""So long a mail is tried again after a first refusal for the moment (RFC 5321, 4.5.4.1)."""

MOST_PATIENCE = 0.01
"""So many seconds at most an answer waits for others to be written down with it."""

FIRST_PATIENCE = 3.0
"""So many seconds a database that cannot be used is asked again before anything was said."""

WHOLE_BATCH = 10
"""When so many or more recipients get one and the same permanent answer, it is about us."""

Write = Callable[[Session], None]

_log = structlog.get_logger(__name__)


def growing(first: timedelta, last: timedelta, times: int) -> timedelta:
    """The wait after so many failures: doubled each time, at most `last`, and never quite equal."""
    wanted: timedelta = min(first * 2 ** min(times - 1, 30), last)
    return wanted * random.uniform(0.8, 1.2)  # noqa: S311


@dataclass(slots=True)
class Hold:
    """Whether the mail server works, and from when on it is tried again."""

    faults: int = 0
    until: datetime | None = None

    def on(self, now: datetime) -> bool:
        """Whether nothing is to be tried yet."""
        return self.until is not None and now < self.until

    def fault(self, why: str, now: datetime) -> None:
        """It did not work; the first time of a row is an alarm."""
        self.faults += 1
        self.until = now + growing(FIRST_HOLD, LAST_HOLD, self.faults)
        say = _log.error if self.faults == 1 else _log.info
        say("the mail server cannot be used; the queue is kept", why=why, until=str(self.until))

    def works(self) -> None:
        """It took a mail."""
        if self.faults:
            _log.info("the mail server works again")
        self.faults, self.until = 0, None


@dataclass(slots=True)
class Sender:
    """One sender; any number of them may work on the same database."""

    settings: Settings
    clock: Callable[[], datetime]
    stopping: threading.Event = field(default_factory=threading.Event)
    hold: Hold = field(default_factory=Hold)

    def send_due(self) -> None:
        """Send until nothing is due, the server fails, or the sender is told to stop."""
        self._send(None)

    def send(self, ids: Collection[int]) -> None:
        """The same with these deliveries alone: those of them that are due and in no other hands.

        What came of each is in its row; one that is to be tried again is due later.
        """
        self._send(ids)

    def _send(self, among: Collection[int] | None) -> None:
        if self.hold.on(self.clock()) or not (batch := self._claim(among)):
            return
        with self._lines() as lines:
            while batch and _Batch(self, lines, batch).run():
                if self.stopping.is_set() or self.hold.on(self.clock()):
                    return
                batch = self._claim(among)

    def _claim(self, among: Collection[int] | None = None) -> list[Claimed]:
        now = self.clock()
        with reading() as session:
            if not claims.any_due(session, now, among=among):
                return []
        with writing() as session:
            return claims.claim(session, now, self.settings.lease_seconds, BATCH, among=among)

    def _lines(self) -> AbstractContextManager[Lines]:
        timeout = self.settings.smtp_timeout.total_seconds()
        return closing(Lines(posts_of(self.settings), self._post, timeout))

    def _post(self, post: Post, job: Job, until: float) -> Talk[Answer | None]:
        """One mail over this connection."""
        sender = bounces.return_path(self.settings, job.each.id, self.clock())
        return (yield from post.send(sender, job.each.address, job.mail, until))


def posts_of(settings: Settings) -> list[Post]:
    """Where mails go by these settings."""
    if settings.smtp_url is None:
        return [Maildir(settings.instance_path / "mail")]
    return [Connection(settings.smtp_url) for _ in range(CONNECTIONS)]


class _Batch:
    """A batch of claimed deliveries on its way."""

    def __init__(self, sender: Sender, lines: Lines, batch: Sequence[Claimed]) -> None:
        self._sender, self._lines, self._batch = sender, lines, batch
        self._settings, self._clock = sender.settings, sender.clock
        self._untried = {each.id: each for each in batch}
        self._refused: list[tuple[Claimed, Answer]] = []
        self._answers = 0
        self._ended = False
        self._windows: dict[str, Window] = {}
        self._flagged: set[int | None] = set()
        self._desk = Desk(batch, sender.settings, sender.clock())
        self._drafts = map(self._desk.draft, batch)
        self._ready: deque[Job | Unfit] = deque()
        self._patience = 0.0

    def run(self) -> bool:
        """Send each, mark each as its answer comes, give back what was not tried.

        False where nothing more is to be sent now: the server failed, or sending is held.
        """
        try:
            while self._lines.going or (self._untried and self._may_go_on()):
                answers = self._lines.answered(self._patience, self._draft)
                self._settle(self._outcomes(answers), self._addressed())
        except UNUSABLE:  # no answer waits to be marked, or none could be within the lease
            with suppress(*UNUSABLE):
                self._give_back(patience=0)
            raise
        self._judge_refusals()
        self._give_back()
        return not self._ended

    def _give_back(self, patience: float | None = None) -> None:
        """What was not tried is for another time."""
        if left := list(self._untried.values()):
            self._write(
                lambda session: claims.release(session, left, self._next()), patience=patience
            )

    def _may_go_on(self) -> bool:
        """Whether the lease outlasts the longest that the server may take for a mail."""
        in_time = self._clock() + self._settings.smtp_timeout < self._batch[0].until
        return in_time and not self._ended and not self._sender.stopping.is_set()

    def _draft(self) -> bool:
        """Put the next mail together, if few are ready; whether there was one."""
        wanted = len(self._ready) < CONNECTIONS and self._may_go_on()
        draft = next(self._drafts, None) if wanted else None
        if draft is not None:
            self._ready.append(draft)
        return draft is not None

    def _addressed(self) -> Sequence[Job | Unfit]:
        """What is next, as much as can go: the servers hear for whom it is."""
        found: list[Job | Unfit] = []
        while self._may_go_on() and self._lines.free and (self._ready or self._draft()):
            found.append(draft := self._ready.popleft())
            if isinstance(draft, Job):
                self._lines.put(draft)
        return found

    def _settle(self, writes: Sequence[Write], drafts: Sequence[Job | Unfit]) -> None:
        """Write down what the answers are, look at what is next, and let that out.

        In one transaction: nothing of a mail goes out over a connection before the answer to the
        one before it is marked. Answers that come soon share it: the next are waited for twice as
        long as it took.
        """
        looked_at: list[Job | Unfit] = []
        kept: dict[Key, Kept] = {}

        def look(session: Session) -> None:
            looked_at[:] = self._look(session, drafts)
            kept.update(self._desk.keep(session, _jobs(looked_at)))

        began = time.monotonic()
        self._write(*writes, look, patience=None if writes else FIRST_PATIENCE)
        self._patience = min(2 * (time.monotonic() - began), MOST_PATIENCE)
        self._desk.remember(kept)
        for draft in looked_at:
            del self._untried[draft.each.id]
        self._hand_in(_jobs(looked_at))

    def _look(self, session: Session, drafts: Sequence[Job | Unfit]) -> list[Job | Unfit]:
        """What is to become of these; what must not go out is written down. None where held."""
        standing = claims.standing(session, [draft.each for draft in drafts])
        if any(each.held for each in standing.values()):
            self._ended = True
            return []
        flagged = [draft for draft in drafts if standing[draft.each.id].flagged]
        self._flagged |= {draft.each.contact_id for draft in flagged}
        looked_at = [self._fit(session, draft, standing[draft.each.id]) for draft in drafts]
        for draft in looked_at:
            if isinstance(draft, Unfit):
                self._unfit(draft)(session)
        return looked_at

    def _fit(self, session: Session, job: Job | Unfit, standing: Standing) -> Job | Unfit:
        why = self._no_longer(session, job, standing) if isinstance(job, Job) else None
        return Unfit(job.each, why, Fate.EXPIRED) if why is not None else job

    def _no_longer(self, session: Session, job: Job, standing: Standing) -> str | None:
        """Why it must not go out after all."""
        if standing.gone or job.window is None or standing.revision is None:
            return standing.gone
        window = self._window(session, job.window, standing.revision)
        return notices.stale(job.notice, window, self._clock())

    def _window(self, session: Session, known: Window, revision: int) -> Window:
        """The window as it now is; read again only where it changed."""
        window = self._windows.get(known.id, known)
        if window.revision != revision:
            row = windows.by_public_id(session, known.id)
            assert row is not None
            window = windows.value(row, Versions(session))
        self._windows[known.id] = window
        return window

    def _hand_in(self, jobs: Sequence[Job]) -> None:
        self._lines.go(jobs)

    def _outcomes(self, answers: Sequence[Answered]) -> list[Write]:
        """What is to be written of these answers."""
        accepted: list[tuple[Claimed, str]] = []
        writes: list[Write] = []
        for job, answer in answers:
            if isinstance(answer, Answer) and answer.outcome is Outcome.ACCEPTED:
                accepted.append((job.each, answer.reply))
            else:
                writes.append(self._outcome(job.each, answer))
        return [*writes, *self._accepted(accepted)] if accepted else writes

    def _accepted(self, accepted: Sequence[tuple[Claimed, str]]) -> list[Write]:
        self._sender.hold.works()
        self._answers += len(accepted)
        now = self._clock()
        writes: list[Write] = [lambda session: claims.sent(session, accepted, now)]
        if works := self._flagged & {each.contact_id for each, _ in accepted}:
            writes.append(lambda session: claims.works_again(session, works))
        return writes

    def _outcome(self, each: Claimed, answer: Answer | Exception) -> Write:
        """What is to be written of an answer that is no yes, or of there being none."""
        if isinstance(answer, ServerFault):
            return self._faulted(each, answer)
        if isinstance(answer, Exception):
            _log.error("a mail could not be handed in", delivery=each.id, exc_info=answer)
            return self._again(each, f"failed here: {type(answer).__name__}", in_doubt=True)
        self._answers += 1
        now = self._clock()
        if answer.outcome is Outcome.LATER and now < (each.first_attempt_at or now) + GIVE_UP:
            return self._again(each, answer.reply)
        self._refused.append((each, answer))
        return _nothing

    def _again(self, each: Claimed, why: str, *, in_doubt: bool = False) -> Write:
        at = self._clock() + growing(FIRST_RETRY, LAST_RETRY, each.attempts)
        return lambda session: claims.again(session, each, why, at, in_doubt=in_doubt)

    def _faulted(self, each: Claimed, fault: ServerFault) -> Write:
        """The server failed: an attempt only where this mail was under way."""
        why = str(fault)
        if not self._ended:
            self._ended = True
            self._sender.hold.fault(why, self._clock())
        if fault.in_doubt:
            return self._again(each, why, in_doubt=True)
        return lambda session: claims.release(session, [each], self._next(), why)

    def _judge_refusals(self) -> None:
        """Write down what was refused for good; one answer to a whole batch is about us."""
        if not self._refused:
            return
        why = self._refused[0][1].reply
        alike = {answer.reply for _, answer in self._refused} == {why}
        if alike and len(self._refused) == self._answers >= WHOLE_BATCH:
            self._sender.hold.fault(f"every mail was refused: {why}", self._clock())
            all_of_them = [each for each, _ in self._refused]
            self._write(lambda session: claims.release(session, all_of_them, self._next(), why))
        else:
            self._write(*(_failed(each, answer.reply) for each, answer in self._refused))

    def _unfit(self, unfit: Unfit) -> Write:
        each, why = unfit.each, unfit.why
        match unfit.fate:
            case Fate.EXPIRED:
                return lambda session: claims.expired(session, each, why)
            case Fate.FAILED:
                return _failed(each, why)
            case Fate.LATER:
                return self._again(each, why)

    def _next(self) -> datetime:
        """When what is given back is due again: once the server is tried again."""
        return max(self._clock(), self._sender.hold.until or self._clock())

    def _write(self, *writes: Write, patience: float | None = None) -> None:
        """Write it down; a database that is busy or restarting is asked again.

        For so many seconds, or within the lease where there are answers to be marked.
        """
        if not writes:
            return
        lease = self._batch[0].until - self._clock()
        last = time.monotonic() + (lease.total_seconds() if patience is None else patience)
        while True:
            try:
                with writing() as session:
                    for write in writes:
                        write(session)
                return
            except UNUSABLE:
                if time.monotonic() >= last or self._sender.stopping.is_set():
                    raise
                time.sleep(0.2)


def _failed(each: Claimed, why: str) -> Write:
    return lambda session: claims.failed(session, each, why)


def _jobs(drafts: Iterable[Job | Unfit]) -> list[Job]:
    return [draft for draft in drafts if isinstance(draft, Job)]


def _nothing(_session: Session) -> None:
    """Nothing yet."""
