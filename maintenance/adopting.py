"""A policy version taken into use: read, looked at with all that it would change, and stored."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from maintenance.rejudging import Rejudged, rejudge
from maintenance.sla.policy import Policy, PolicyError, in_force, parse
from maintenance.sla.policy import shipped as policies
from maintenance.store import people, shipped
from maintenance.store.policies import Versions
from maintenance.store.session import publish, writing


@dataclass(frozen=True, slots=True)
class Adopted:
    """What storing a policy changes; `change` is empty where it is stored already, as it is."""

    policy: Policy
    before: Policy | None  # the version that it follows, or takes the place of
    change: str
    rejudged: Sequence[Rejudged]
    services: Sequence[str]  # that have this policy


def read(text: str, name: str) -> Policy:
    """The policy a text states; PolicyError where it is none, or a shipped version's."""
    found = parse(text, name)
    there = policies().get(found.slug)
    if there is not None and there.version == found.version:
        said = f"{found.version} is that of the shipped version"
        raise PolicyError(name, "effective_from", said)
    return found


def adopt(policy: Policy, text: str, actor: str, now: datetime) -> Adopted:
    """Store this version and judge anew what is planned, in one commit.

    PolicyError where a customer's agreement does not fit it.
    """
    with writing() as session:
        return _adopt(session, policy, text, actor, now)


class _OnlyLookedAt(Exception):
    """Ends a transaction that is not to be kept."""


def look(policy: Policy, text: str, actor: str, now: datetime) -> Adopted:
    """What adopting this version would change; nothing is stored. PolicyError as there."""
    found = None
    try:
        with writing() as session:
            found = _adopt(session, policy, text, actor, now)
            raise _OnlyLookedAt
    except _OnlyLookedAt:
        pass
    assert found is not None
    return found


def _adopt(session: Session, policy: Policy, text: str, actor: str, now: datetime) -> Adopted:
    before = _before(session, policy)
    services = [row.name for row in people.services(session) if row.policy == policy.slug]
    change = shipped.put_policy(session, policy, text, actor, now)
    if not change:
        return Adopted(policy, before, "", [], services)
    publish(session)
    return Adopted(policy, before, change, rejudge(session, actor, now), services)


def _before(session: Session, policy: Policy) -> Policy | None:
    versions = Versions(session)
    if policy.slug not in versions:
        return None
    stored = versions.all(policy.slug)
    same = next((each for each in stored if each.version == policy.version), None)
    return same or in_force(stored, policy.version - timedelta(days=1))
