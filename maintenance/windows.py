"""The nouns: a window and what is told about it, each value explained. Plain values, no framework.

The terms are those of the contract: a *notice* is what is told, a *delivery* is one notice to one
reader through one channel, a *revision* counts a window's changes and is the iCal SEQUENCE.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

LANGUAGES = ("nl", "en")
"""The languages a reader can choose; the first is the default of a new contact."""

LONGEST = timedelta(days=31)
"""No window lasts longer: the store relies on it to read a stretch of history by its start."""

Text = Mapping[str, str]
"""A text per language: {"nl": ..., "en": ...}."""


class State(StrEnum):
    """Where a window stands."""

    DRAFT = "draft"  # being written; holds no place and is shown to operators only
    PROPOSED = "proposed"  # waits for an approver, with its verdict
    SCHEDULED = "scheduled"  # approved: holds its place and will be announced, or has been
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    REJECTED = "rejected"


FOLLOWS: Mapping[State, frozenset[State]] = {
    State.DRAFT: frozenset({State.PROPOSED, State.CANCELLED}),
    State.PROPOSED: frozenset(
        {State.DRAFT, State.SCHEDULED, State.REJECTED, State.CANCELLED}
    ),  # a draft again where an approver asks back
    State.SCHEDULED: frozenset({State.IN_PROGRESS, State.CANCELLED}),
    State.IN_PROGRESS: frozenset({State.COMPLETED, State.CANCELLED}),
    State.COMPLETED: frozenset(),
    State.CANCELLED: frozenset(),
    State.REJECTED: frozenset(),
}
"""Which state may follow which."""

HOLDING = (State.SCHEDULED, State.IN_PROGRESS, State.COMPLETED)
"""The states whose windows hold a place in a quota or cap."""


class Kind(StrEnum):
    """Which sort of maintenance, as the SLAs tell them apart."""

    PLANNED = "planned"
    UPDATE = "update"
    URGENT = "urgent"


class Impact(StrEnum):
    """What readers notice while it runs."""

    NONE = "none"
    DEGRADED = "degraded"
    PARTIAL = "partial"
    OUTAGE = "outage"


class Channel(StrEnum):
    """By what an announcement goes."""

    EMAIL = "email"
    STATUS_PAGE = "status_page"


class NoticeKind(StrEnum):
    """What is told."""

    ANNOUNCEMENT = "announcement"
    CHANGE = "change"
    REMINDER = "reminder"
    START = "start"
    COMPLETION = "completion"
    CANCELLATION = "cancellation"
    OVERRUN = "overrun"  # to operators: not completed at its end
    MESSAGE = "message"  # a word to the readers
    ACCOUNT = "account"  # an invitation or a password reset, to one address


class DeliveryState(StrEnum):
    """Where a delivery stands."""

    WAITING = "waiting"
    SENDING = "sending"  # claimed by a worker whose lease runs
    SENT = "sent"  # accepted by the receiver's server
    FAILED = "failed"  # refused for good
    EXPIRED = "expired"  # not sent, because it was no longer true


@dataclass(frozen=True, slots=True)
class Service:
    """A service as readers know it."""

    slug: str
    name: str
    zone: str = "Europe/Amsterdam"
    color: str = "#0b5cad"
    created_at: datetime | None = None  # where it is asked for, in the list of services
    updated_at: datetime | None = None  # the same


@dataclass(frozen=True, slots=True)
class Message:
    """A word to the readers about a window."""

    at: datetime
    text: Text


@dataclass(frozen=True, slots=True)
class Window:
    """A maintenance window, as notices, feeds and pages read it. Instants are aware UTC."""

    id: str  # w_..., public and unguessable
    reference: str  # M-2026-041, for people
    state: State
    revision: int
    services: tuple[Service, ...]
    kind: Kind
    title: Text
    description: Text
    start: datetime
    end: datetime
    outage_minutes: int
    impact: Impact
    updated_at: datetime  # when it last changed for readers: DTSTAMP and LAST-MODIFIED
    channels: tuple[str, ...] = (Channel.EMAIL, Channel.STATUS_PAGE)
    reminders: tuple[int, ...] = ()  # minutes before start
    announce_at: datetime | None = None  # when the announcement is to go out; None: at approval
    announced_at: datetime | None = None  # when what readers now know was published
    notice_revision: int | None = None  # the approval or move since which notice is counted
    times_revision: int | None = None  # the approval, move or extension that set its times
    started_at: datetime | None = None
    completed_at: datetime | None = None
    cancelled_at: datetime | None = None
    messages: tuple[Message, ...] = field(default=())
    outages: Mapping[str, int] = field(default_factory=dict)  # by service, where they differ

    def only(self, slugs: Collection[str]) -> Self:
        """This window as it concerns who has these services alone: with their outage."""
        kept = tuple(service for service in self.services if service.slug in slugs)
        own = [self.outages.get(service.slug, self.outage_minutes) for service in kept]
        return self.changed(services=kept, outage_minutes=max(own, default=0))

    def apart(self) -> list[tuple[Service, int]]:
        """Each service with its own outage in minutes, where they differ; else nothing."""
        own = [(each, self.outages.get(each.slug, self.outage_minutes)) for each in self.services]
        return own if len({minutes for _, minutes in own}) > 1 else []

    def changed(self, **fields: object) -> Self:
        """This window with other values."""
        return replace(self, **fields)  # type: ignore[arg-type]


def differing(outages: Mapping[str, int]) -> dict[str, int]:
    """The minutes of each service where they differ; nothing where all have the same."""
    return dict(outages) if len(set(outages.values())) > 1 else {}


def shrunk(outage: int, was: int, length: int) -> int:
    """An outage in a window that gets another length: all of it stays all, else at most that."""
    return length if outage == was else min(outage, length)
