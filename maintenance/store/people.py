"""Services, customers, contacts and agreements: read and written, each write with its log row."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, selectinload

from maintenance.customers import (
    AgreementValues,
    ContactValues,
    CustomerValues,
    ServiceValues,
)
from maintenance.models import Agreement, Contact, Customer, Service
from maintenance.models import Policy as PolicyRow
from maintenance.sla.policy import Policy
from maintenance.store import audit, outbox
from maintenance.store.policies import Versions
from maintenance.store.session import lock, publish


def services(session: Session) -> list[Service]:
    """Every service, by slug."""
    return list(session.scalars(select(Service).order_by(Service.slug)))


def find_service(session: Session, slug: str) -> Service | None:
    """The service, or None."""
    return session.scalar(select(Service).where(Service.slug == slug))


def policy_slugs(session: Session) -> list[str]:
    """The slugs of the stored policies, which a service can have."""
    return list(session.scalars(select(PolicyRow.slug).distinct().order_by(PolicyRow.slug)))


def policies(session: Session, now: datetime) -> dict[str, list[Policy]]:
    """By service's slug, its SLA: the version in force and those that follow it."""
    versions = Versions(session)
    return {row.slug: versions.coming(row.policy, now) for row in services(session)}


def customers(
    session: Session,
    search: str = "",
    after: str = "",
    limit: int | None = None,
    active: bool | None = None,
) -> list[Customer]:
    """Customers by slug, those after `after`, with services, contacts and agreements loaded.

    `search` is looked for in slug, name and the contacts' names and addresses.
    """
    query = select(Customer).where(Customer.slug > after).order_by(Customer.slug)
    if search:
        theirs = select(Contact.customer_id).where(_holds(search, Contact.name, Contact.email))
        query = query.where(
            or_(_holds(search, Customer.slug, Customer.name), Customer.id.in_(theirs))
        )
    if active is not None:
        query = query.where(Customer.active.is_(active))
    return list(session.scalars(query.options(*_WHOLE).limit(limit)))


def find_customer(session: Session, slug: str) -> Customer | None:
    """The customer with everything of it, as it now is, or None."""
    query = select(Customer).where(Customer.slug == slug).options(*_WHOLE)
    return session.scalar(query.execution_options(populate_existing=True))


_WHOLE = (
    selectinload(Customer.services),
    selectinload(Customer.contacts),
    selectinload(Customer.agreements).joinedload(Agreement.service),
)


def _holds(search: str, *columns: InstrumentedAttribute[str]) -> ColumnElement[bool]:
    return or_(*(column.icontains(search, autoescape=True) for column in columns))


def put_service(
    session: Session, slug: str, values: ServiceValues, actor: str, now: datetime
) -> tuple[Service, bool]:
    """The service with these values, and whether it is new; readers' pages follow."""
    lock(session, [slug])
    publish(session)  # its row's lock also lets only one make this service
    row = find_service(session, slug)
    new = row is None
    if row is None:
        row = Service(slug=slug, created_at=now)
        session.add(row)
    before = _service_log(row)
    row.name, row.policy = values.name, values.policy
    row.color, row.clock_completes = values.color, values.clock_completes
    if values.four_eyes is not None:
        row.four_eyes = values.four_eyes
    if values.deputy is not None:
        row.deputy = values.deputy
    row.updated_at = now
    session.flush()
    details = {"from": before, "to": _service_log(row)}
    audit.record(session, actor, "put", f"service:{slug}", details, now)
    return row, new


def put_customer(
    session: Session, slug: str, values: CustomerValues, actor: str, now: datetime
) -> tuple[Customer, bool]:
    """The customer with these values, and whether it is new.

    Contacts are matched by address; who is no longer in the list is deactivated, and what was
    delivered to it stays. Whoever can now be told of a coming window gets its announcement.
    """
    there = find_customer(session, slug)
    taken = {service.slug for service in there.services} if there else set()
    locked = lock(session, {*values.services, *taken})
    publish(session)  # its row's lock also lets only one make this customer
    row = find_customer(session, slug)
    new = row is None
    row = row or _no_customer(slug)
    with _changing(session, row, actor, now):
        _set_customer(row, values, locked)
    return row, new


def put_customers(
    session: Session, wanted: Mapping[str, CustomerValues], actor: str, now: datetime
) -> None:
    """Many customers, by slug, as put_customer: their readers are looked for once, at the end."""
    every = lock(session, [service.slug for service in services(session)])
    publish(session)
    there = {row.slug: row for row in customers(session)}
    reached: list[Contact] = []
    for slug, values in wanted.items():
        row = there.get(slug) or _no_customer(slug)
        with _logged(session, row, actor, now) as newly:
            _set_customer(row, values, every)
        reached += newly
    if reached:
        outbox.add_to_contacts(session, reached, now)


def add_contact(
    session: Session, customer: Customer, values: ContactValues, actor: str, now: datetime
) -> Contact | None:
    """The contact, added or active again; None where an active one has this address."""
    there = _by_address(customer).get(values.email.casefold())
    if there is not None and there.active:
        return None
    with _changing(session, customer, actor, now):
        return _put_contact(customer, there, values)


def edit_contact(
    session: Session, contact: Contact, values: ContactValues, actor: str, now: datetime
) -> bool:
    """Give this contact these values and make it active; False where another has its address."""
    customer = contact.customer
    if _by_address(customer).get(values.email.casefold(), contact) is not contact:
        return False
    with _changing(session, customer, actor, now):
        contact.stopped_at = None  # whoever saves it wants it written to
        _put_contact(customer, contact, values)
    return True


def deactivate_contact(session: Session, contact: Contact, actor: str, now: datetime) -> None:
    """Write to this contact no more; what was delivered to it stays."""
    with _changing(session, contact.customer, actor, now):
        contact.active = False


def replace_feed(session: Session, customer: Customer, actor: str, now: datetime) -> None:
    """Give the customer another secret feed address; the old one is dead."""
    customer.feed_generation = Customer.feed_generation + 1
    customer.updated_at = now
    session.flush()
    audit.record(session, actor, "replace-feed", f"customer:{customer.slug}", {}, now)
    publish(session)


def _no_customer(slug: str) -> Customer:
    """A customer that is about to be made: it reaches nobody yet."""
    return Customer(slug=slug, feed_generation=1, active=False)


def _set_customer(row: Customer, values: CustomerValues, every: Iterable[Service]) -> None:
    row.name, row.level, row.active = values.name, values.level, values.active
    row.services = [service for service in every if service.slug in values.services]
    if values.contacts is not None:
        _set_contacts(row, values.contacts)
    if values.agreements is not None:
        _set_agreements(row, values.agreements)


def _by_address(customer: Customer) -> dict[str, Contact]:
    return {contact.email.casefold(): contact for contact in customer.contacts}


def _set_contacts(row: Customer, wanted: Iterable[ContactValues]) -> None:
    there = _by_address(row)
    for values in wanted:
        _put_contact(row, there.pop(values.email.casefold(), None), values)
    for contact in there.values():
        contact.active = False


def _put_contact(customer: Customer, row: Contact | None, values: ContactValues) -> Contact:
    if row is None:
        row = Contact(email=values.email)
        customer.contacts.append(row)
    if row.email != values.email or row.active is False:
        row.flagged = row.stopped_at = None
    row.email, row.name, row.language = values.email, values.name, values.language
    row.active = True
    return row


def _set_agreements(row: Customer, wanted: Iterable[AgreementValues]) -> None:
    by_slug = {service.slug: service for service in row.services}
    row.agreements = [
        Agreement(
            service=by_slug[values.service],
            rules=dict(values.rules),
            effective_from=values.effective_from,
            effective_until=values.effective_until,
        )
        for values in wanted
    ]


@contextmanager
def _changing(session: Session, row: Customer, actor: str, now: datetime) -> Iterator[None]:
    """Around a change of a customer: logs it, and tells those whom notices reach only now.

    Under the lock that announcing takes, so that nobody falls between the two.
    """
    lock(session, {service.slug for service in row.services})
    with _logged(session, row, actor, now) as newly:
        yield
    if newly:
        outbox.add_to_contacts(session, newly, now)


@contextmanager
def _logged(session: Session, row: Customer, actor: str, now: datetime) -> Iterator[list[Contact]]:
    """Around a change of a customer: logs it; afterwards the list holds whom notices reach anew."""
    before, reach = _customer_log(row), _reach(row)
    newly: list[Contact] = []
    yield newly
    row.updated_at = now
    session.add(row)
    session.flush()
    details = {"from": before, "to": _customer_log(row)}
    audit.record(session, actor, "put", f"customer:{row.slug}", details, now)
    addresses = {email for email, _ in _reach(row) - reach}
    newly += [contact for contact in row.contacts if contact.email in addresses]


def _reach(row: Customer) -> set[tuple[str, str]]:
    """The (address, service) pairs that notices reach."""
    if not row.active:
        return set()
    active = [c.email for c in row.contacts if c.active and c.stopped_at is None]
    return {(email, service.slug) for email in active for service in row.services}


def _service_log(row: Service) -> dict[str, object]:
    return {
        "name": row.name,
        "policy": row.policy,
        "color": row.color,
        "clock_completes": row.clock_completes,
        "four_eyes": row.four_eyes,
        "deputy": row.deputy,
    }


def _customer_log(row: Customer) -> dict[str, object]:
    return {
        "name": row.name,
        "level": row.level,
        "active": row.active,
        "services": [service.slug for service in row.services],
        "contacts": [
            {"email": c.email, "name": c.name, "language": c.language}
            for c in row.contacts
            if c.active
        ],
        "agreements": [
            {
                "service": a.service.slug,
                "rules": a.rules,
                "effective_from": a.effective_from and a.effective_from.isoformat(),
                "effective_until": a.effective_until and a.effective_until.isoformat(),
            }
            for a in row.agreements
        ],
    }
