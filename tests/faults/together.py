"""Several things done at once, each in a thread with a connection of its own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from flask import Flask


def at_once(app: Flask, *works: Callable[[], object]) -> list[str]:
    """Begin all of these together; by name of type what each answered or raised, in order."""
    begin = Barrier(len(works))

    def run(work: Callable[[], object]) -> str:
        with app.app_context():
            begin.wait()
            try:
                return type(work()).__name__
            except Exception as error:
                return type(error).__name__

    with ThreadPoolExecutor(len(works)) as pool:
        return sorted(pool.map(run, works))
