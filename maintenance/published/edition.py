"""One state of all that the public reads, and the bytes made of it so far."""

import gzip
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from typing import Any

from maintenance.published import views
from maintenance.published.asked import Asked
from maintenance.published.site import Known, Site
from maintenance.published.source import Reads, Unreachable
from maintenance.store.readers import FeedOwner
from maintenance.windows import Service
from notifications import board

LOOK_EVERY = 1.0
"""Seconds between two looks at the version, in each process."""

MOST_BYTES = 64 * 1024 * 1024
"""What the kept bytes of one edition may take; past it they are made anew when asked."""


@dataclass(frozen=True, eq=False)
class Entry:
    """What one path answers, until `changes_at`."""

    body: bytes
    tag: str
    content_type: str
    modified_at: datetime | None
    changes_at: datetime | None
    private: bool
    lasting: bool
    by_language: bool
    framed: bool
    heads: dict[bool, Any] = field(default_factory=dict)  # what goes before it, zipped or not

    @cached_property
    def zipped(self) -> bytes:
        """The body as gzip, made when the first asks for it: it takes as long as the rest."""
        return gzip.compress(self.body, 6, mtime=0)

    @property
    def size(self) -> int:
        """The most it takes, in octets, both forms together."""
        return 2 * len(self.body)


@dataclass(slots=True)
class Edition:
    """What is known at one version; entries are added as they are asked for."""

    version: int
    known: Known
    entries: dict[Asked, Entry] = field(default_factory=dict)
    owners: dict[int, FeedOwner | None] = field(default_factory=dict)
    size: int = 0


class Keeper:
    """Gives the entry for a path, from what this process last knew."""

    def __init__(self, source: Reads, site: Site) -> None:
        self._source = source
        self.site = site
        self.https = site.base_url.startswith("https://")
        self._edition: Edition | None = None
        self._confirmed_at: datetime | None = None
        self._down = False
        self._looked = -LOOK_EVERY
        self._dirty = True
        self._looking = threading.Lock()

    def look_anew(self) -> None:
        """Look at the version before the next answer: this process wrote."""
        self._dirty = True

    def entry(self, asked: Asked, now: datetime) -> Entry | None:
        """What this path answers now, or None where there is no such thing.

        Raises Unreachable where the database is, and nothing kept may stand in for it.
        """
        self._look(now)
        edition = self._edition
        if edition is None or (self._down and asked.secret):
            raise Unreachable
        kept = edition.entries.get(asked)
        if kept is not None and (kept.changes_at is None or now < kept.changes_at):
            return kept
        made = self._make(edition, asked, now)
        if made is not None:
            _keep(edition, asked, made)
        return made

    def age(self, now: datetime) -> int | None:
        """For how many seconds the database could not be read, or None while it can."""
        if not self._down or self._confirmed_at is None:
            return None
        return max(0, int((now - self._confirmed_at).total_seconds()))

    def _look(self, now: datetime) -> None:
        """See whether the public's version is still ours, at most once a second."""
        if not self._dirty and time.monotonic() - self._looked < LOOK_EVERY:
            return
        wait = self._dirty or self._edition is None
        if not self._looking.acquire(blocking=wait):
            return  # another thread is looking; what is kept is right to within a second
        try:
            if self._dirty or time.monotonic() - self._looked >= LOOK_EVERY:
                self._read(now)
        finally:
            self._looking.release()

    def _read(self, now: datetime) -> None:
        self._dirty = False  # first: what is committed from here on is looked at again
        looked = time.monotonic()  # the same: a look that takes long says how things were before
        try:
            if self._edition is None or self._source.version() != self._edition.version:
                number, services, windows = self._source.everything(now - board.KEPT)
                self._edition = Edition(number, Known(services, windows))
        except Unreachable:
            self._set_down(True)
            looked = time.monotonic()  # no reader waits for it again within a second
        else:
            self._confirmed_at = now
            self._set_down(False)
        self._looked = looked

    def _set_down(self, down: bool) -> None:
        if down == self._down:
            return
        self._down = down
        if self._edition is not None:  # the pages say how old they are, or no longer
            self._edition = Edition(self._edition.version, self._edition.known)

    def _make(self, edition: Edition, asked: Asked, now: datetime) -> Entry | None:
        owner = None
        if asked.secret:
            owner = self.site.owner(asked.secret, lambda row: self._owner(edition, row))
            if owner is None:
                return None
        as_of = self._confirmed_at if self._down else None
        shown = views.render(self.site, edition.known, asked, owner, now, as_of)
        if shown is None:
            return None
        return Entry(
            body=shown.body,
            tag=sha256(shown.body).hexdigest()[:24],
            content_type=shown.content_type,
            modified_at=_modified_at(shown.moments.last, edition.known.services, owner),
            changes_at=shown.moments.next,
            private=bool(asked.secret),
            lasting=shown.lasting,
            by_language=shown.by_language,
            framed=shown.framed,
        )

    def _owner(self, edition: Edition, customer_id: int) -> FeedOwner | None:
        if customer_id not in edition.owners:
            edition.owners[customer_id] = self._source.feed_owner(customer_id)
        return edition.owners[customer_id]


def _modified_at(
    last: datetime | None, services: Iterable[Service], owner: FeedOwner | None
) -> datetime | None:
    """When it last changed: not windows alone do, but services and whose feed it is."""
    known = [last, *(service.updated_at for service in services)]
    if owner is not None:
        known.append(owner.updated_at)
    return max(filter(None, known), default=None)


def _keep(edition: Edition, asked: Asked, made: Entry) -> None:
    """Keep this entry; where they take too much, start over."""
    edition.size += made.size
    if edition.size > MOST_BYTES:
        edition.entries.clear()
        edition.size = made.size
    edition.entries[asked] = made
