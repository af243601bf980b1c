"""lines: mails over a few connections at once, and their answers."""

import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from maintenance.composing import Job
from maintenance.lines import Lines
from notifications.mail import Answer, Outcome, Post

PATIENCE = 60.0
"""Long enough for any machine; nothing waits for so long but what has failed."""


@dataclass
class Line:
    """A connection that answers with what it was given, once it may."""

    may: threading.Event = field(default_factory=threading.Event)
    began: threading.Event = field(default_factory=threading.Event)
    given: list[str] = field(default_factory=list)
    closed: bool = False

    def send(self, job: Job) -> Answer:
        self.began.set()
        self.may.wait(PATIENCE)
        self.given.append(str(job))
        if str(job) == "bad":
            raise ValueError(job)
        return Answer(Outcome.ACCEPTED, str(job))

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def posts() -> list[Line]:
    return [Line() for _ in range(3)]


@pytest.fixture
def lines(posts: list[Line]) -> Iterator[Lines]:
    made = Lines(cast(list[Post], posts), lambda post, job: cast(Any, post).send(job))
    with closing(made):
        yield made
        let_go(posts)


def let_go(posts: list[Line]) -> None:
    for post in posts:
        post.may.set()


def put(lines: Lines, *mails: str) -> None:
    for mail in mails:
        lines.put(cast(Job, mail))


def test_as_many_go_at_once_as_there_are_connections(lines: Lines, posts: list[Line]) -> None:
    put(lines, "one", "two", "three")
    assert (lines.free, lines.going) == (0, 3)
    let_go(posts)
    answered = lines.answered(PATIENCE)
    assert {str(job) for job, _ in answered} == {"one", "two", "three"}
    assert (lines.free, lines.going) == (3, 0)


def test_the_first_answer_is_not_kept_waiting_for_one_that_does_not_come(
    lines: Lines, posts: list[Line]
) -> None:
    put(lines, "one", "two")
    assert all(post.began.wait(PATIENCE) for post in posts[:2])
    posts[0].may.set()
    ((job, answer),) = lines.answered(patience=0)
    assert answer == Answer(Outcome.ACCEPTED, str(job))
    assert lines.going == 1


def test_a_connection_is_used_only_when_the_others_are(lines: Lines, posts: list[Line]) -> None:
    let_go(posts)
    for mail in ("one", "two", "three"):
        put(lines, mail)
        lines.answered()
    assert posts[0].given == ["one", "two", "three"]
    assert posts[1].given == posts[2].given == []


def test_what_goes_wrong_is_told_and_the_next_mail_goes(lines: Lines, posts: list[Line]) -> None:
    let_go(posts)
    put(lines, "bad")
    ((_, answer),) = lines.answered()
    assert isinstance(answer, ValueError)
    put(lines, "good")
    ((_, answer),) = lines.answered()
    assert answer == Answer(Outcome.ACCEPTED, "good")


def test_closed_it_ends_what_was_opened_once_its_mail_was_answered(posts: list[Line]) -> None:
    let_go(posts)
    with closing(Lines(cast(list[Post], posts), lambda post, job: cast(Any, post).send(job))) as it:
        put(it, "one", "two")
    assert sorted(posts[0].given + posts[1].given) == ["one", "two"]
    assert [post.closed for post in posts] == [True, True, False]
