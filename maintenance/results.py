"""What a verb answers: Done, or why not, and then nothing was written."""

from dataclasses import dataclass

from maintenance.models import Window
from maintenance.sla.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Done:
    """It is done; the window as it now stands."""

    window: Window


@dataclass(frozen=True, slots=True)
class Refused:
    """A rule is broken and nobody who may overrode it."""

    verdict: Verdict


@dataclass(frozen=True, slots=True)
class NotPossible:
    """The window's state does not allow it."""

    message: str


@dataclass(frozen=True, slots=True)
class Bad:
    """Fields that are wrong, each with why."""

    errors: dict[str, str]


@dataclass(frozen=True, slots=True)
class Stale:
    """Somebody changed the window after the caller read it; the window as it now stands."""

    window: Window


@dataclass(frozen=True, slots=True)
class Missing:
    """There is no such window."""


Result = Done | Refused | NotPossible | Bad | Stale | Missing
