"""lines: mails over a few connections at once, and their answers."""

import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from selectors import EVENT_READ
from typing import Any, cast

import pytest

from maintenance.composing import Job
from maintenance.lines import Lines
from notifications.mail import LEAVE, Answer, Outcome, Post, ServerFault, Talk

PATIENCE = 60.0
"""Long enough for any machine; nothing waits for so long but what has failed."""


class Refused:
    """A mail that nobody wants; each is another one."""


@dataclass
class Line:
    """A connection that answers with what it was given, once its server has spoken."""

    is_open: bool = False
    closed: bool = False
    given: list[str] = field(default_factory=list)
    pair: tuple[socket.socket, socket.socket] = field(default_factory=socket.socketpair)
    fails: str = ""
    prompt: bool = False  # its server speaks at once

    @property
    def socket(self) -> socket.socket:
        return self.pair[0]

    def speak(self) -> None:
        """As the server."""
        self.pair[1].send(b".")

    def open(self, timeout: float) -> None:  # noqa: ARG002
        if self.fails:
            raise ServerFault(self.fails)
        if self.socket.fileno() == -1:
            self.hang_up()
            self.pair = socket.socketpair()
        self.is_open = True

    def send(self, job: Job) -> Talk[Answer | None]:
        if isinstance(job, Refused):
            return Answer(Outcome.REFUSED, "no")
        if not (yield LEAVE):
            return None
        self.given.append(str(job))
        if self.prompt:
            self.speak()
        yield EVENT_READ
        self.socket.recv(1)
        if str(job) == "bad":
            self.drop()
            raise ValueError(job)
        return Answer(Outcome.ACCEPTED, str(job))

    def quit(self) -> Talk[None]:
        self.closed = True
        self.drop()
        yield from ()

    def drop(self) -> None:
        self.is_open = False
        self.socket.close()

    def hang_up(self) -> None:
        for end in self.pair:
            end.close()


@pytest.fixture
def posts() -> Iterator[list[Line]]:
    made = [Line() for _ in range(3)]
    yield made
    for post in made:
        post.hang_up()


@pytest.fixture
def open_lines(posts: list[Line]) -> Iterator[Callable[..., Lines]]:
    made = []

    def opened(timeout: float = PATIENCE) -> Lines:
        found = cast(list[Post], posts)
        made.append(Lines(found, lambda post, job, _until: cast(Any, post).send(job), timeout))
        return made[-1]

    yield opened
    for post in posts:
        if post.is_open:
            post.speak()
    for each in made:
        each.close()


@pytest.fixture
def lines(open_lines: Callable[..., Lines]) -> Lines:
    return open_lines()


def speak(posts: list[Line]) -> None:
    for post in posts:
        post.speak()


def put(lines: Lines, *mails: str) -> None:
    """Put these, and let them out."""
    jobs = [cast(Job, mail) for mail in mails]
    for job in jobs:
        lines.put(job)
    lines.go(jobs)


def test_as_many_go_at_once_as_there_are_connections(lines: Lines, posts: list[Line]) -> None:
    put(lines, "one", "two", "three")
    assert (lines.free, lines.going) == (0, 3)
    speak(posts)
    answered = lines.answered(PATIENCE)
    assert {str(job) for job, _ in answered} == {"one", "two", "three"}
    assert (lines.free, lines.going) == (3, 0)


def test_the_first_answer_is_not_kept_waiting_for_one_that_does_not_come(
    lines: Lines, posts: list[Line]
) -> None:
    put(lines, "one", "two")
    posts[0].speak()
    ((job, answer),) = lines.answered(patience=0)
    assert answer == Answer(Outcome.ACCEPTED, str(job))
    assert lines.going == 1


def test_a_connection_is_used_only_when_the_others_are(lines: Lines, posts: list[Line]) -> None:
    for mail in ("one", "two", "three"):
        put(lines, mail)
        posts[0].speak()
        lines.answered()
    assert posts[0].given == ["one", "two", "three"]
    assert posts[1].given == posts[2].given == []


def test_what_goes_wrong_is_told_and_the_next_mail_goes_over_a_new_connection(
    lines: Lines, posts: list[Line]
) -> None:
    posts[0].prompt = True
    put(lines, "bad")
    ((_, answer),) = lines.answered()
    assert isinstance(answer, ValueError)
    for mail in ("good", "better"):
        put(lines, mail)
        ((_, answer),) = lines.answered()
        assert answer == Answer(Outcome.ACCEPTED, mail)


def test_a_connection_that_cannot_be_opened_is_told_as_its_mails_answer(
    lines: Lines, posts: list[Line]
) -> None:
    posts[0].fails = "nobody listens"
    put(lines, "one")
    ((job, answer),) = lines.answered()
    assert (str(job), str(answer)) == ("one", "nobody listens")


def test_nothing_of_a_mail_is_said_before_it_is_let_out(lines: Lines, posts: list[Line]) -> None:
    jobs = [cast(Job, mail) for mail in ("one", "two")]
    posts[0].is_open = posts[1].is_open = True
    for job in jobs:
        lines.put(job)
    assert posts[0].given == posts[1].given == []
    speak(posts)
    lines.go(jobs[1:])
    ((job, _),) = lines.answered(PATIENCE)
    assert (job, posts[0].given, posts[1].given) == (jobs[1], [], ["two"])


def test_of_a_mail_that_is_not_let_out_nothing_is_heard_and_its_connection_is_free_again(
    lines: Lines, posts: list[Line]
) -> None:
    for mail in ("one", "two", "three"):
        lines.put(cast(Job, mail))
    lines.go(())
    assert lines.answered() == []
    assert (lines.free > 0, lines.going) == (True, 0)
    assert [post.given for post in posts] == [[], [], []]


def test_a_mail_that_takes_too_long_is_told_so(open_lines: Callable[..., Lines]) -> None:
    lines = open_lines(timeout=0.05)
    put(lines, "one")
    ((_, answer),) = lines.answered()
    assert isinstance(answer, TimeoutError)


def test_with_time_enough_it_would_have_been_answered(lines: Lines, posts: list[Line]) -> None:
    """The twin: the server speaks."""
    posts[0].prompt = True
    put(lines, "one")
    ((_, answer),) = lines.answered()
    assert answer == Answer(Outcome.ACCEPTED, "one")


def test_what_a_server_says_unasked_ends_its_connection(lines: Lines, posts: list[Line]) -> None:
    put(lines, "one", "two")
    posts[0].speak()
    lines.answered()
    posts[0].speak()
    posts[1].speak()
    lines.answered()
    assert [post.is_open for post in posts] == [False, True, False]
    posts[0].prompt = posts[1].prompt = True
    put(lines, "three", "four")
    assert len(lines.answered(PATIENCE)) == 2


def test_a_server_that_leaves_while_a_mail_waits_to_be_let_out_has_not_answered_it(
    lines: Lines, posts: list[Line]
) -> None:
    posts[0].is_open = posts[1].is_open = posts[1].prompt = True
    one, two = cast(Job, "one"), cast(Job, "two")
    put(lines, "before")
    posts[0].speak()
    lines.answered()
    lines.put(one)  # over the connection that is watched
    posts[0].speak()
    lines._turn()
    assert (lines.free, lines.going) == (2, 0)
    lines.put(two)
    lines.go([one, two])
    told = dict(lines.answered(PATIENCE))
    assert isinstance(told[one], ConnectionError)
    assert told[two] == Answer(Outcome.ACCEPTED, "two")


def test_an_answer_that_came_early_is_told_once_its_mail_was_let_out(
    lines: Lines, posts: list[Line]
) -> None:
    for post in posts:
        post.is_open = True
    jobs = [cast(Job, Refused()), cast(Job, Refused())]
    for job in jobs:
        lines.put(job)
    assert (lines.free, lines.going) == (1, 0)
    lines.go(jobs[:1])
    assert lines.answered() == [(jobs[0], Answer(Outcome.REFUSED, "no"))]
    assert (lines.free, lines.going) == (3, 0)


def test_without_a_thread_to_open_a_connection_in_it_is_told(
    lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    def start(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", start)
    put(lines, "one")
    ((_, answer),) = lines.answered()
    assert isinstance(answer, ServerFault)


def test_while_nothing_happens_other_work_is_done_in_pieces(
    lines: Lines, posts: list[Line]
) -> None:
    pieces = iter([True, True, False])
    done = []

    def work() -> bool:
        done.append(next(pieces, False))
        if len(done) == 3:
            posts[0].speak()
        return done[-1]

    put(lines, "one")
    lines.answered(meanwhile=work)
    assert done[:3] == [True, True, False]


def test_closed_it_ends_what_was_opened_once_its_mail_was_answered(
    posts: list[Line], open_lines: Callable[..., Lines]
) -> None:
    posts[0].is_open = posts[1].is_open = True
    lines = open_lines()
    put(lines, "one", "two")
    speak(posts)
    lines.close()
    assert [post.given for post in posts] == [["one"], ["two"], []]
    assert [post.closed for post in posts] == [True, True, False]


def test_closed_it_sends_nothing_that_did_not_go_out_yet(
    posts: list[Line], open_lines: Callable[..., Lines]
) -> None:
    lines = open_lines()
    put(lines, "one")  # its connection is being opened
    lines.put(cast(Job, "two"))
    lines.close()
    assert [post.given for post in posts] == [[], [], []]
