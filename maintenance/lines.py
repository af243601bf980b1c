"""Lines to where mails go, each a connection in a thread of its own: mails in, answers out."""

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue

from maintenance.composing import Job
from notifications.mail import Answer, Post

Answered = tuple[Job, Answer | Exception]
"""A mail, and what the server said of it or what went wrong."""


class Lines:
    """Takes as many mails as there are connections; the next one when an answer was fetched.

    A thread is started, and its connection opened, when the others are in use.
    """

    def __init__(self, posts: Sequence[Post], post: Callable[[Post, Job], Answer]) -> None:
        self._posts, self._post = list(posts), post
        self._threads: list[threading.Thread] = []
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._answered: SimpleQueue[Answered] = SimpleQueue()
        self.going = 0

    @property
    def free(self) -> int:
        """How many mails can be put at once."""
        return len(self._posts) - self.going

    def put(self, job: Job) -> None:
        """Hand this mail in over whichever connection is free."""
        self._jobs.put(job)
        self.going += 1
        if self.going > len(self._threads):
            post = self._posts[len(self._threads)]
            thread = threading.Thread(target=self._work, args=(post,))
            self._threads.append(thread)
            thread.start()

    def answered(self, patience: float = 0.0) -> list[Answered]:
        """The answers that have come: the first, and what comes in so many seconds after it.

        At least one mail is on its way.
        """
        found = [self._answered.get()]
        until = time.monotonic() + patience
        with suppress(Empty):
            while len(found) < self.going:
                found.append(self._answered.get(timeout=max(0, until - time.monotonic())))
        self.going -= len(found)
        return found

    def close(self) -> None:
        """End the connections, each once its mail was answered."""
        for _ in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            thread.join()

    def _work(self, post: Post) -> None:
        while (job := self._jobs.get()) is not None:
            try:
                answer: Answer | Exception = self._post(post, job)
            except Exception as error:  # told to who waits for the answer
                answer = error
            self._answered.put((job, answer))
        post.close()
