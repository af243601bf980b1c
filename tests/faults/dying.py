"""A worker or a request that kills itself with -9 at a named point: `python -m tests.faults.dying`.

It takes orders from standard input, a JSON object a line, and carries out each in a process of its
own (forked, so that the imports are paid for once); it answers each with how that process ended.
"""

import json
import os
import signal
import sys
from collections.abc import Callable, Generator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from inspect import isgeneratorfunction
from typing import Any

import time_machine
from flask import Flask
from sqlalchemy.orm import Session

from maintenance import planning, sending, worker
from maintenance.accounts import Actor
from maintenance.api import repeating
from maintenance.app import create_app
from maintenance.composing import Desk
from maintenance.sending import Sender
from maintenance.store import audit, claims, outbox, repeats, windows
from notifications import mail
from notifications.mail import Connection

APPROVER = Actor("anna@vendor.example", "approver")

AROUND: Mapping[str, tuple[Any, str, str]] = {
    "in the fan-out": (outbox, "fan_out", "after"),
    "before the claim": (claims, "claim", "before"),
    "in the claim": (claims, "claim", "after"),
    "after the claim": (Desk, "__init__", "before"),
    "before its words are kept": (Desk, "keep", "before"),
    "after its words are kept": (sending._Batch, "_hand_in", "before"),
    "connected": (Connection, "_envelope", "before"),
    "after MAIL": (Connection, "_asked", "after"),
    "after RCPT": (Connection, "_envelope", "after"),
    "after 250": (Connection, "_body", "after"),
    "before the mark": (claims, "sent", "before"),
    "in the mark": (claims, "sent", "after"),
    "after the mark": (sending._Batch, "_settle", "after"),
    "before the commit": (Session, "commit", "before"),
    "after the commit": (Session, "commit", "after"),
}
"""Points before or after a function; those within the sending of a mail are in `_data`."""

ASKED: Mapping[str, tuple[Any, str, str]] = {
    "before its key is claimed": (repeats, "claim", "before"),
    "in the claim of its key": (repeats, "claim", "after"),
    "before the verb": (windows, "lock_window", "before"),
    "in the verb": (audit, "record", "after"),
    "after the verb": (repeating, "_settle", "before"),
    "in the marking of its answer": (repeats, "answered", "after"),
    "after all": (repeating, "_settle", "after"),
}
"""Points of a request that changes something, carried out once by its Idempotency-Key."""

IN_DATA = ("after 354", "mid-body", "after the dot")


def die() -> None:
    """As a power cut would end it."""
    os.kill(os.getpid(), signal.SIGKILL)


def kill_at(point: str, times: int) -> None:
    """Die when this point is come to for so many times."""
    owner, name, when = {**AROUND, **ASKED}.get(point) or (Connection, "_hand_over", point)
    real = getattr(owner, name)
    seen = 0

    def before(*arguments: Any) -> None:
        nonlocal seen
        seen += 1
        if seen == times and when == "before":
            die()
        if seen == times and when in IN_DATA:
            _data(when, *arguments)

    def after() -> None:
        if seen >= times and when == "after":
            die()

    def called(*arguments: Any, **more: Any) -> Any:
        before(*arguments)
        answer = real(*arguments, **more)
        after()
        return answer

    def talked(*arguments: Any) -> Generator[Any, Any, Any]:
        before(*arguments)
        answer = yield from real(*arguments)
        after()
        return answer

    setattr(owner, name, talked if isgeneratorfunction(real) else called)


def _data(point: str, connection: Connection, raw: bytes) -> None:
    """Hand in a part of a mail, and die."""
    whole = mail.ended(raw)
    part = {"after 354": 0, "mid-body": len(whole) // 2, "after the dot": len(whole)}[point]
    connection.socket.setblocking(True)
    connection.socket.sendall(whole[:part])
    die()


def mark_first() -> None:
    """Turn the protection off: what is handed in counts as sent beforehand."""
    real: Callable[..., None] = sending._Batch._hand_in

    def patched(self: sending._Batch, jobs: Sequence[Any]) -> None:
        said = [(job.each, "?") for job in jobs]
        self._write(lambda session: claims.sent(session, said, self._clock()))
        real(self, jobs)

    setattr(sending._Batch, "_hand_in", patched)  # noqa: B010


@lru_cache(maxsize=1)
def app_for(environ: str) -> Flask:
    """The application of this installation; making it touches no database."""
    return create_app(json.loads(environ))


def carry_out(order: Mapping[str, Any]) -> None:
    """One order, in this process."""
    app = app_for(json.dumps(order["environ"]))
    now = datetime.fromisoformat(order["now"])
    sending.CONNECTIONS = order["connections"]
    if order["mark_first"]:
        mark_first()
    with app.app_context():
        kill_at(order["point"], order["times"])
        if order["request"]:
            with time_machine.travel(now, tick=False):
                app.test_client().open(**order["request"])
        elif order["approve"]:
            planning.approve(order["approve"], APPROVER, now, override_reason="agreed")
        else:
            worker.tick(now, Sender(app.config["SETTINGS"], lambda: now))


def main() -> None:
    """Orders until there are no more."""
    for line in sys.stdin:
        order = json.loads(line)
        app_for(json.dumps(order["environ"]))  # for every child to have
        child = os.fork()
        if child == 0:
            carry_out(order)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
