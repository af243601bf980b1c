"""Whether what customers agreed can still be read with the SLA of their service.

An agreement names rules of a policy. With a version, or another policy, that has not got them it
would mean nothing, and no window could be judged: so that is refused before it is stored.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Text, cast, select
from sqlalchemy.orm import Session

from maintenance.models import Agreement, Customer, Service
from maintenance.sla.policy import Policy, PolicyError, in_force_between, with_deviations
from maintenance.store.policies import Versions


@dataclass(frozen=True, slots=True)
class Misfit:
    """A customer whose agreement on a service cannot be read, and the key that it lacks."""

    customer: str
    service: str
    error: PolicyError

    def __str__(self) -> str:
        why = f"{self.error.key}: {self.error.expected}"
        return f"the agreement of {self.customer} does not fit it: {why}"


def of_version(session: Session, policy: Policy, now: datetime) -> Misfit | None:
    """The first agreement that does not fit this version of a policy, once it is stored."""
    stored = Versions(session)
    others = stored.all(policy.slug, but=policy.version) if policy.slug in stored else []
    return _first(session, Service.policy == policy.slug, [*others, policy], now, policy)


def of_service(session: Session, slug: str, policy: str, now: datetime) -> Misfit | None:
    """The first agreement on a service that does not fit another policy for it."""
    return _first(session, Service.slug == slug, Versions(session).all(policy), now)


def _first(
    session: Session,
    where: ColumnElement[bool],
    versions: list[Policy],
    now: datetime,
    only: Policy | None = None,
) -> Misfit | None:
    today = now.date() - timedelta(days=1)  # somewhere it still is
    for customer, service, first, last, rules in session.execute(_AGREEMENTS.where(where)):
        if last is not None and last < today:
            continue
        for policy in in_force_between(versions, max(first or today, today), last):
            if only is None or policy is only:
                try:
                    with_deviations(policy, json.loads(rules))
                except PolicyError as error:
                    return Misfit(customer, service, error)
    return None


_AGREEMENTS = (
    select(
        Customer.slug,
        Service.slug,
        Agreement.effective_from,
        Agreement.effective_until,
        cast(Agreement.rules, Text),
    )
    .join(Customer, Agreement.customer_id == Customer.id)
    .join(Service, Agreement.service_id == Service.id)
    .order_by(Customer.slug, Agreement.id)
)
