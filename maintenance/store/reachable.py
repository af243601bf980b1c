"""Customers of whom nobody can and wants to be told: the SLA says that there is somebody."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session

from maintenance.models import Contact, Customer, CustomerService, DeclinedService
from maintenance.store import reach
from maintenance.windows import NoticeKind

PROMISED = (NoticeKind.ANNOUNCEMENT, NoticeKind.CHANGE, NoticeKind.CANCELLATION)
"""What an SLA promises to tell."""

_ABLE = (
    Contact.active,
    Contact.flagged.is_(None),
    Contact.stopped_at.is_(None),
    *(reach.wants(Contact.declined, kind) for kind in PROMISED),
)


def unreached(session: Session, service_ids: Collection[int] | None = None) -> list[Customer]:
    """The active customers without a reachable contact for one of these services (None: of all).

    A contact is reachable when it is active, mail to it works, and it left neither the service nor
    a kind of notice that is promised.
    """
    left = (
        exists()
        .where(
            DeclinedService.contact_id == Contact.id,
            DeclinedService.service_id == CustomerService.service_id,
        )
        .correlate(Contact, CustomerService)
    )
    able = exists().where(Contact.customer_id == Customer.id, *_ABLE, ~left)
    query = (
        select(Customer)
        .join(CustomerService, CustomerService.customer_id == Customer.id)
        .where(Customer.active, _in_doubt(), ~able.correlate(Customer, CustomerService))
        .distinct()
        .order_by(Customer.slug)
    )
    if service_ids is not None:
        query = query.where(CustomerService.service_id.in_(service_ids))
    return list(session.scalars(query))


def _in_doubt() -> ColumnElement[bool]:
    """Nobody is able to be told, or somebody left a service: of the others nothing more is asked.

    Nearly all customers are among those others, and this is seen of all of them at once.
    """
    somebody = select(Contact.customer_id).where(*_ABLE)
    leaving = select(Contact.customer_id).join(
        DeclinedService, DeclinedService.contact_id == Contact.id
    )
    return or_(Customer.id.not_in(somebody), Customer.id.in_(leaving))
