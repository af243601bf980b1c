"""Lines to where mails go, talked over in turn by one thread: mails in, answers out.

Threads, one a line, would take the interpreter from one another at every answer. Only the opening
of a line has one: a name server may take its time.
"""

import threading
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial
from queue import SimpleQueue
from selectors import EVENT_READ, DefaultSelector
from socket import socket, socketpair

from maintenance.composing import Job
from notifications.mail import LEAVE, Answer, Post, ServerFault, Talk

QUIT_SECONDS = 10
"""So long a goodbye may take; every mail is answered by then."""

Answered = tuple[Job, Answer | Exception]
"""A mail, and what the server said of it or what went wrong."""


@dataclass(slots=True, eq=False)
class _Line:
    """A connection, and what is being said over it until when at most."""

    post: Post
    job: Job | None = None  # whose answer is to be told
    talk: Talk[Answer | None] | None = None
    until: float = 0.0
    asks: bool = False  # for leave
    leave: bool | None = None  # None while nobody said
    out: bool = False  # it had leave, and went on
    watched: socket | None = None
    events: int = 0


class Lines:
    """Takes as many mails as there are connections; the next one when an answer was fetched.

    A connection is opened when the others are in use. No mail takes longer than `timeout` seconds,
    whatever the server does: what was not answered by then is in doubt. That is how a lease can be
    long enough.
    """

    def __init__(
        self,
        posts: Sequence[Post],
        post: Callable[[Post, Job, float], Talk[Answer | None]],
        timeout: float,
    ) -> None:
        self._post, self._timeout = post, timeout
        self._lines = [_Line(each) for each in reversed(posts)]
        self._idle = list(self._lines)  # that used last is the next to be used
        self._answered: list[Answered] = []
        self._early: list[Answered] = []  # before they were let out
        self._opened: SimpleQueue[tuple[_Line, Exception | None]] = SimpleQueue()
        self._woken, self._wake = socketpair()
        self._selector = DefaultSelector()
        self._selector.register(self._woken, EVENT_READ)

    @property
    def free(self) -> int:
        """How many mails can be put at once."""
        return len(self._idle) - len(self._early)

    @property
    def going(self) -> int:
        """How many answers are still to be fetched: to what was let out."""
        return len(self._answered) + sum(bool(line.job and line.leave) for line in self._lines)

    def put(self, job: Job) -> None:
        """Say for whom this mail is, over whichever connection is free; `go` lets it out."""
        line = self._idle.pop()
        line.job, line.leave, line.until = job, None, time.monotonic() + self._timeout
        self._begin(line, self._post(line.post, job, line.until))

    def go(self, fit: Collection[Job]) -> None:
        """Of the mails put since the last time let out these; nothing is heard of the others."""
        out = {id(job) for job in fit}
        self._answered += [each for each in self._early if id(each[0]) in out]
        self._early = []
        for line in self._lines:
            if line.job is not None and line.leave is None:
                self._decide(line, id(line.job) in out)

    def answered(
        self, patience: float = 0.0, meanwhile: Callable[[], bool] = lambda: False
    ) -> list[Answered]:
        """The answers that have come: the first, and what comes in so many seconds after it.

        None where none is to come; then something can be put. While nothing happens some other work
        is done, a small piece at a time, until it says that there is none.
        """
        while not self._answered and (self.going or not self.free):
            self._turn(0 if meanwhile() else None)
        until = time.monotonic() + patience
        while len(self._answered) < self.going and (left := until - time.monotonic()) > 0:
            self._turn(0 if meanwhile() else left)
        found, self._answered = self._answered, []
        return found

    def close(self) -> None:
        """End the connections, each once its mail was answered; what is not out is not sent."""
        for line in self._lines:
            if line.job is not None and not line.out:
                self._decide(line, False)
        self._finish()
        still_open = [line for line in self._idle if line.post.is_open]
        self._idle = [line for line in self._idle if not line.post.is_open]
        for line in still_open:
            line.until = time.monotonic() + QUIT_SECONDS
            self._begin(line, line.post.quit())
        self._finish()
        self._selector.close()
        self._woken.close()
        self._wake.close()

    def _finish(self) -> None:
        while len(self._idle) < len(self._lines):
            self._turn()

    def _begin(self, line: _Line, talk: Talk[Answer | None]) -> None:
        line.talk, line.out = talk, False
        if line.post.is_open:
            self._step(line, talk.__next__)
            return
        try:
            threading.Thread(target=self._open, args=(line,)).start()
        except RuntimeError as error:
            self._end(line, ServerFault(f"no connection: {error}"))

    def _open(self, line: _Line) -> None:
        """In a thread of its own."""
        error = None
        try:
            line.post.open(self._timeout)
        except Exception as found:  # told to who waits for the answer
            error = found
        self._opened.put((line, error))
        self._wake.send(b".")

    def _turn(self, seconds: float | None = None) -> None:
        """Wait, for so long at most, for a server to speak or a time to be over; go on with it."""
        talking = [line for line in self._lines if line.talk and line.watched]
        if talking:
            left = max(0.0, min(line.until for line in talking) - time.monotonic())
            seconds = left if seconds is None else min(seconds, left)
        for key, _ in self._selector.select(seconds):
            self._event(key.data)
        now = time.monotonic()
        for line in talking:
            if line.talk and line.until <= now:
                self._step(line, partial(line.talk.throw, TimeoutError("timed out")))

    def _event(self, line: _Line | None) -> None:
        if line is None:
            self._greeted()
        elif line.talk and not line.asks:
            self._step(line, line.talk.__next__)
        elif line.talk:
            self._step(line, partial(line.talk.throw, ConnectionError("spoken to unasked")))
        else:  # it speaks unasked: it is leaving
            line.post.drop()
            self._forget(line)

    def _greeted(self) -> None:
        """A line was opened, or could not be."""
        self._woken.recv(1)
        line, error = self._opened.get()
        if error is not None:
            self._end(line, error)
        elif line.talk:
            self._step(line, line.talk.__next__)

    def _step(self, line: _Line, resume: Callable[[], int]) -> None:
        """Let a talk go on until it waits again, or ends."""
        try:
            wanted = resume()
        except StopIteration as done:
            self._end(line, done.value)
        except Exception as found:  # told to who waits for the answer
            self._end(line, found)
        else:
            line.asks = wanted == LEAVE
            if line.asks:
                self._let_out(line)
            else:
                self._watch(line, wanted)

    def _decide(self, line: _Line, leave: bool) -> None:
        line.leave = leave
        line.job = line.job if leave else None
        self._let_out(line)

    def _let_out(self, line: _Line) -> None:
        """Where it asked, and somebody said."""
        if line.talk and line.asks and line.leave is not None:
            line.asks, line.out = False, line.leave
            self._step(line, partial(line.talk.send, line.leave))

    def _end(self, line: _Line, answer: Answer | Exception | None) -> None:
        if line.job is not None and answer is not None:
            told = self._early if line.leave is None else self._answered
            told.append((line.job, answer))
        line.asks = False
        line.job = line.talk = None
        self._idle.append(line)
        if not line.post.is_open:
            self._forget(line)

    def _watch(self, line: _Line, events: int) -> None:
        if line.watched is None:
            line.watched = line.post.socket
            self._selector.register(line.watched, events, line)
        elif line.events != events:
            self._selector.modify(line.watched, events, line)
        line.events = events

    def _forget(self, line: _Line) -> None:
        if line.watched is not None:
            self._selector.unregister(line.watched)
            line.watched = None
