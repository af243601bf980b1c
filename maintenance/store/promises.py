"""What each customer was promised of one window."""

from collections.abc import Iterable, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from maintenance import risk
from maintenance.models import Customer, CustomerService, Service, Window, WindowService
from maintenance.risk import Promise
from maintenance.sla.check import Terms, as_seen_by
from maintenance.sla.policy import Policy
from maintenance.sla.verdict import Window as Judged
from maintenance.store import windows


def of(session: Session, row: Window) -> dict[str, tuple[Promise, ...]]:
    """Per active customer with one of its services, what it was promised, the soonest first.

    A customer's agreement goes before the SLA of that service.
    """
    window = _judged(row)
    services = [place.service for place in row.places]
    terms = windows.terms(session, services, window, exclude=row.id, outages=windows.outages(row))
    by_slug = {each.service: each for each in terms}
    found: dict[tuple[tuple[str, Policy], ...], tuple[Promise, ...]] = {}
    promised: dict[str, tuple[Promise, ...]] = {}
    for customer, slugs in affected(session, row).items():
        binding = tuple(
            (slug, policy) for slug in slugs for policy in _policies(by_slug[slug], customer)
        )
        if binding not in found:
            found[binding] = _promises(window, by_slug, binding)
        promised[customer] = found[binding]
    return promised


def _judged(row: Window) -> Judged:
    return Judged(row.kind, row.start_at, row.end_at, row.outage_minutes, {}, row.justification)


def _policies(terms: Terms, customer: str) -> list[Policy]:
    theirs = [each.policy for each in terms.agreements if each.customer == customer]
    return theirs or [terms.policy]


def _promises(
    window: Judged, terms: Mapping[str, Terms], binding: Iterable[tuple[str, Policy]]
) -> tuple[Promise, ...]:
    found = {
        promise
        for slug, policy in binding
        for promise in risk.promises(as_seen_by(terms[slug], window), policy, slug)
    }
    return tuple(sorted(found, key=lambda each: (each.deadline, each.risky_from)))


def affected(session: Session, row: Window) -> dict[str, list[str]]:
    """Per active customer, the slugs of the services it has of this window."""
    query = (
        select(Customer.slug, Service.slug)
        .join(CustomerService, CustomerService.customer_id == Customer.id)
        .join(Service, Service.id == CustomerService.service_id)
        .join(WindowService, WindowService.service_id == Service.id)
        .where(WindowService.window_id == row.id, Customer.active)
        .order_by(Customer.slug, Service.slug)
    )
    found: dict[str, list[str]] = {}
    for customer, service in session.execute(query):
        found.setdefault(customer, []).append(service)
    return found
