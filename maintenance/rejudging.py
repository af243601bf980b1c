"""Planned windows judged anew when a policy, a service's choice of it or an agreement changes."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from maintenance import judging
from maintenance.customers import ServiceValues
from maintenance.four_eyes import watch
from maintenance.models import Service
from maintenance.sla.verdict import Verdict
from maintenance.store import audit, fitting, people, windows
from maintenance.windows import State

PLANNED = (State.PROPOSED, State.SCHEDULED)


@dataclass(frozen=True, slots=True)
class Rejudged:
    """A planned window that breaks other rules than it did, each a service's and a rule's name."""

    window: str  # its public id
    reference: str
    new: Collection[tuple[str, str]]  # that it did not break before
    gone: Collection[tuple[str, str]]  # that it breaks no more

    def __str__(self) -> str:
        if self.new:
            rules = ", ".join(sorted(map(" ".join, self.new)))
            return f"{self.reference} no longer complies: {rules}"
        return f"{self.reference} breaks fewer rules than it did"


def rejudge(
    session: Session, actor: str, now: datetime, services: Collection[str] = ()
) -> list[Rejudged]:
    """Store what the rules now say of each window planned on these services (none: on any).

    Answers each that breaks a rule it did not break before, or one less; that stands in its log
    too. Part of the transaction that changes the rules.
    """
    session.flush()
    found = []
    for row in windows.listed(session, states=PLANNED, services=services, since=now):
        before = Verdict.from_json(row.verdict)
        verdict = judging.verdict_of(session, row, now)
        row.verdict = verdict.as_json()
        watch(row, verdict)
        broken, was = _broken(verdict), _broken(before)
        if broken != was:
            details = {"broken": [sorted(map(" ".join, each)) for each in (was, broken)]}
            audit.record(session, actor, "rejudge", f"window:{row.public_id}", details, now)
            found.append(Rejudged(row.public_id, row.reference, broken - was, was - broken))
    return found


def put_service(
    session: Session, slug: str, values: ServiceValues, actor: str, now: datetime
) -> tuple[Service, bool]:
    """The service with these values, and whether it is new; with another SLA judged anew by it."""
    there = people.find_service(session, slug)
    before = there.policy if there else values.policy
    row, new = people.put_service(session, slug, values, actor, now)
    if row.policy != before:
        rejudge(session, actor, now, [slug])
    return row, new


def misfit(session: Session, slug: str, values: ServiceValues, now: datetime) -> dict[str, str]:
    """An error at `policy` where an agreement on this service does not fit the SLA it would get."""
    found = fitting.of_service(session, slug, values.policy, now)
    return {"policy": str(found)} if found else {}


def _broken(verdict: Verdict) -> set[tuple[str, str]]:
    """The rules it breaks, each with its service."""
    found = [each for each in verdict.findings if each.outcome == "violation"]
    return {(each.service, each.rule) for each in found}
