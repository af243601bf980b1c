"""What readers of mails wish: to be told, of which services, of what, in which language; to leave.

A reader is a contact of a customer or a subscriber. A contact who leaves what the SLA promises
to tell stays a contact who is not told: operators are alarmed, and the customer counts as not told.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from maintenance import links
from maintenance.config import Settings
from maintenance.models import Contact, Customer, Service, Subscriber, Subscription
from maintenance.store import audit, outbox, people, reach, subscribers
from maintenance.store.reachable import PROMISED
from maintenance.store.session import lock
from maintenance.windows import LANGUAGES, NoticeKind
from notifications import message
from notifications.message import Origin, Parts

KINDS = (
    *PROMISED,
    NoticeKind.REMINDER,
    NoticeKind.START,
    NoticeKind.COMPLETION,
    NoticeKind.MESSAGE,
)
"""The kinds of notice that a reader chooses from, in the order they are shown."""

CONFIRM_WITHIN = timedelta(days=7)

Reader = Contact | Subscriber


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a reader wants to get."""

    language: str
    kinds: frozenset[str]
    services: frozenset[str]  # slugs


def ask(
    session: Session,
    email: str,
    service: Service,
    language: str,
    settings: Settings,
    now: datetime,
) -> None:
    """Mail this address the link that subscribes it, or where it already is, its preferences.

    Addresses that were asked for and never confirmed are forgotten.
    """
    subscribers.forget_unconfirmed(session, now - CONFIRM_WITHIN)
    row = subscribers.asked(session, email, service, language, now)
    by = Origin(settings.mail_from, settings.base_url)
    values = {"service": service.name}
    if row.confirmed_at is None or row.subscriber.flagged is not None:
        token = confirm_token(row, settings)
        said = message.note("confirm", values, f"{by.base_url}/subscribe/{token}", language, by)
    else:
        token = preferences_token(row.subscriber, settings)
        said = message.note("known", values, f"{by.base_url}/preferences/{token}", language, by)
    _mail(session, email, language, said, now)


def confirm(session: Session, row: Subscription, now: datetime) -> bool:
    """Subscribe whoever reads that address, and tell it what is to come; False where too late."""
    if row.confirmed_at is None and now >= row.asked_at + CONFIRM_WITHIN:
        return False
    lock(session, [row.service.slug])
    row.confirmed_at = row.confirmed_at or now
    row.subscriber.flagged = row.subscriber.stopped_at = None
    session.flush()
    outbox.add_to_subscriber(session, row.subscriber, now)
    return True


def confirm_token(row: Subscription, settings: Settings) -> str:
    """The token of the mailed link that subscribes."""
    generation = row.subscriber.link_generation
    return links.token(settings.secret_key, links.Purpose.CONFIRM, row.id, generation)


def preferences_token(reader: Reader, settings: Settings) -> str:
    """The token of this reader's preferences page."""
    purpose = _purpose(reader)
    return links.token(settings.secret_key, purpose, reader.id, reader.link_generation)


def opened(session: Session, token: str, settings: Settings) -> Reader | None:
    """Whose preferences this token opens, or None."""

    def contact(row_id: int) -> int | None:
        row = session.get(Contact, row_id)
        return row.link_generation if row and row.active else None

    def subscriber(row_id: int) -> int | None:
        row = session.get(Subscriber, row_id)
        return row.link_generation if row else None

    key = settings.secret_key
    if (found := links.opens(token, key, links.Purpose.PREFERENCES, contact)) is not None:
        return session.get(Contact, found)
    if (found := links.opens(token, key, links.Purpose.SUBSCRIBER, subscriber)) is not None:
        return session.get(Subscriber, found)
    return None


def confirmed_by(session: Session, token: str, settings: Settings) -> Subscription | None:
    """The subscription that this mailed token confirms, or None."""

    def generation(row_id: int) -> int | None:
        row = session.get(Subscription, row_id)
        return row.subscriber.link_generation if row else None

    found = links.opens(token, settings.secret_key, links.Purpose.CONFIRM, generation)
    return session.get(Subscription, found) if found else None


def choices(session: Session, reader: Reader) -> Sequence[Service]:
    """The services a reader chooses from: a contact its customer's, a subscriber all."""
    return reader.customer.services if isinstance(reader, Contact) else people.services(session)


def of(session: Session, reader: Reader) -> Wishes:
    """What this reader now wants."""
    if isinstance(reader, Contact):
        declined = {service.slug for service in reader.declined_services}
    else:
        wanted = {row.service.slug for row in reader.subscriptions if row.confirmed_at}
        declined = {service.slug for service in choices(session, reader)} - wanted
    services = {service.slug for service in choices(session, reader)} - declined
    kinds = frozenset(KINDS) - reader.declined
    return Wishes(reader.language, kinds, frozenset(services))


def leaves(session: Session, reader: Reader, wishes: Wishes) -> bool:
    """Whether a contact would no longer be told of something that the SLA promises to tell."""
    before = of(session, reader)
    lost = (before.kinds - wishes.kinds) & set(PROMISED) or before.services - wishes.services
    return isinstance(reader, Contact) and bool(lost)


def save(
    session: Session, reader: Reader, wishes: Wishes, settings: Settings, now: datetime
) -> None:
    """Let the reader have its wishes; who wants more is told what is to come, inside `writing`."""
    offered = {service.slug: service for service in choices(session, reader)}
    lock(session, offered)
    alarming = leaves(session, reader, wishes)
    before = of(session, reader)
    reader.language = wishes.language if wishes.language in LANGUAGES else reader.language
    reader.declined = frozenset(KINDS) - wishes.kinds
    if isinstance(reader, Contact):
        reader.declined_services = [
            service for slug, service in offered.items() if slug not in wishes.services
        ]
        session.flush()
        _log(session, reader, before, of(session, reader), now)
        outbox.add_to_contact(session, reader, now)
    else:
        chosen = [service for slug, service in offered.items() if slug in wishes.services]
        subscribers.set_services(session, reader, chosen, now)
        outbox.add_to_subscriber(session, reader, now)
    if alarming and isinstance(reader, Contact):
        alarm(session, reader, settings, now)


def leave(session: Session, reader: Reader, settings: Settings, now: datetime) -> None:
    """Send this reader nothing any more, inside `writing`."""
    nothing = frozenset[str]()
    wishes = of(session, reader)
    if isinstance(reader, Contact):
        save(session, reader, replace(wishes, kinds=nothing), settings, now)
    else:
        save(session, reader, replace(wishes, services=nothing), settings, now)


def unreached(customer: Customer) -> list[Service]:
    """The customer's services of which none of its contacts can and wants to be told."""
    able = [
        contact
        for contact in customer.contacts
        if contact.active and contact.flagged is None and not contact.declined & set(PROMISED)
    ]
    return [
        service
        for service in customer.services
        if all(service in contact.declined_services for contact in able)
    ]


def alarm(
    session: Session,
    contact: Contact,
    settings: Settings,
    now: datetime,
    name: str = "left",
    **more: str,
) -> None:
    """Tell operators who is not told any more, and whether anybody of the customer still is.

    `name` is the text in templates/email that says why, `more` what it names besides.
    """
    by = Origin(settings.mail_from, settings.base_url)
    customer = contact.customer
    values = {
        "reader": contact.name or contact.email,
        "address": contact.email,
        "customer": customer.name,
        "kinds": [kind for kind in PROMISED if kind in contact.declined],
        "services": _names(contact.declined_services),
        "unreached": _names(unreached(customer)),
        **more,
    }
    url = f"{by.base_url}/customers/{customer.slug}"
    for address, language in reach.operators(session):
        said = message.note(name, values, url, language, by, signed=False)
        _mail(session, address, language, said, now)


def _log(session: Session, contact: Contact, before: Wishes, after: Wishes, now: datetime) -> None:
    if before == after:
        return
    details = {
        "contact": contact.email,
        "kinds": {"from": sorted(before.kinds), "to": sorted(after.kinds)},
        "services": {"from": sorted(before.services), "to": sorted(after.services)},
        "language": {"from": before.language, "to": after.language},
    }
    subject = f"customer:{contact.customer.slug}"
    audit.record(session, contact.email, "preferences", subject, details, now)


def _mail(session: Session, address: str, language: str, said: Parts, now: datetime) -> None:
    outbox.add_account_mail(session, address, language, said.subject, said.text, said.html, now)


def _names(services: Iterable[Service]) -> list[str]:
    return [service.name for service in services]


def _purpose(reader: Reader) -> links.Purpose:
    contact = isinstance(reader, Contact)
    return links.Purpose.PREFERENCES if contact else links.Purpose.SUBSCRIBER
