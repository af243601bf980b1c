"""A source that a test can change, count and stop."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from maintenance.links import Purpose, token
from maintenance.published import answer
from maintenance.published.answer import Answer
from maintenance.published.edition import Keeper
from maintenance.published.site import Site
from maintenance.published.source import Unreachable
from maintenance.store.readers import FeedOwner
from maintenance.windows import Service, Window
from tests.notifications.values import FACTUURPORTAL, NMBRS, NOW

KEY = "a key that only the tests know"
BASE = "https://maintenance.example"
SECRET = f"/feeds/c/{token(KEY, Purpose.FEED, 7, 1)}.ics"


@dataclass
class Database:
    """What a database would hold."""

    windows: tuple[Window, ...] = ()
    number: int = 1
    services: tuple[Service, ...] = (FACTUURPORTAL, NMBRS)
    owners: dict[int, FeedOwner] = field(
        default_factory=lambda: {7: FeedOwner("acme", "Acme", 1, frozenset({"nmbrs"}))}
    )
    down: bool = False
    looks: int = 0
    reads: int = 0

    def version(self) -> int:
        """As published.source."""
        self._answer()
        self.looks += 1
        return self.number

    def everything(self, _since: datetime) -> tuple[int, Any, Any]:
        """As published.source."""
        self._answer()
        self.reads += 1
        return self.number, self.services, self.windows

    def feed_owner(self, customer_id: int) -> FeedOwner | None:
        """As published.source."""
        self._answer()
        return self.owners.get(customer_id)

    def change(self, *windows: Window) -> None:
        """As a commit of another process."""
        self.windows, self.number = windows, self.number + 1

    def keeper(self) -> Keeper:
        """A process that reads it."""
        return Keeper(self, Site(BASE, KEY, "Vendor <maintenance@vendor.example>"))

    def _answer(self) -> None:
        if self.down:
            raise Unreachable


def get(keeper: Keeper, path: str, now: datetime = NOW, **headers: str) -> Answer:
    """The answer to a GET of this path; headers by their names in WSGI."""
    path, _, query = path.partition("?")
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": query, **headers}
    found = answer.to(environ, keeper, now)
    assert found is not None
    return found


def header(answer: Answer, name: str) -> str | None:
    """The value of this header, or None."""
    return dict(answer.headers).get(name)
