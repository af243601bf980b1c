"""What goes into a verdict and what comes out: Window, Finding, Verdict.

Named tuples: a stream of requests makes them by the hundred thousand.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

KINDS = ("planned", "update", "urgent")
PUSHED = "statuspage"
"""A page elsewhere that is kept in step; each service has its own."""

CHANNELS = ("email", "status_page", PUSHED)
OUTCOMES = ("violation", "advice", "pass", "not_applicable")
"""Strictest first."""


class Window(NamedTuple):
    """A window as the rules see it: aware UTC instants, minutes, what it is announced by and when.

    `announced` maps a channel to the instant at which the announcement goes, or went, out by it.
    """

    kind: str
    start: datetime
    end: datetime
    outage_minutes: int
    announced: Mapping[str, datetime]
    justification: str = ""


class Finding(NamedTuple):
    """What one rule of one service's SLA says about a window; `message` by language (en, nl).

    `customer` is the one whose agreement decided, None where the SLA itself did.
    """

    service: str
    rule: str
    outcome: str
    article: str
    message: Mapping[str, str]
    deadline: datetime | None = None
    used: int | None = None
    adds: int | None = None
    limit: int | None = None
    period: str | None = None
    customer: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The finding in the shape of the contract; what it has no value for is left out."""
        said: dict[str, Any] = {
            "service": self.service,
            "rule": self.rule,
            "outcome": self.outcome,
            "article": self.article,
            "message": dict(self.message),
        }
        if self.deadline is not None:
            said["deadline"] = as_text(self.deadline)
        if self.used is not None:
            said["used"] = self.used
        if self.adds is not None:
            said["adds"] = self.adds
        if self.limit is not None:
            said["limit"] = self.limit
        if self.period is not None:
            said["period"] = self.period
        if self.customer is not None:
            said["customer"] = self.customer
        return said

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> "Finding":
        """The finding that `as_json` gave."""
        deadline = said.get("deadline")
        return cls(**{**said, "deadline": deadline and datetime.fromisoformat(deadline)})


class Verdict(NamedTuple):
    """The findings of every rule of every service asked, in that order."""

    findings: tuple[Finding, ...]

    @property
    def compliant(self) -> bool:
        """Whether no finding is a violation."""
        return all(finding.outcome != "violation" for finding in self.findings)

    def as_json(self) -> dict[str, Any]:
        """The verdict in the shape of the contract."""
        return {
            "compliant": self.compliant,
            "findings": [finding.as_json() for finding in self.findings],
        }

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> "Verdict":
        """The verdict that `as_json` gave."""
        return cls(tuple(Finding.from_json(finding) for finding in said["findings"]))


def as_text(instant: datetime) -> str:
    """An instant as `YYYY-MM-DDTHH:MM:SSZ`."""
    return instant.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"
