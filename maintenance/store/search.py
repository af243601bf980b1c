"""Looked for everywhere: windows, customers, contacts and services by what people call them."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, SQLColumnExpression, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from maintenance.models import Contact, Customer, Service, Window, WindowService
from maintenance.windows import LANGUAGES

MOST = 20
"""So many of each at most."""


@dataclass(frozen=True, slots=True)
class Found:
    """What was found, at most MOST of each; windows newest first."""

    windows: Sequence[Window]
    services: Sequence[Service]
    customers: Sequence[Customer]
    contacts: Sequence[Contact]

    def __bool__(self) -> bool:
        return any((self.windows, self.services, self.customers, self.contacts))


def search(session: Session, text: str) -> Found:
    """Whatever holds this text, however it is capitalised, in its name, title or address."""
    places = selectinload(Window.places).joinedload(WindowService.service)
    titles = [Window.title[lang].as_string() for lang in LANGUAGES]
    windows = select(Window).where(_holds(text, Window.reference, *titles)).options(places)
    services = select(Service).where(_holds(text, Service.slug, Service.name))
    customers = select(Customer).where(_holds(text, Customer.slug, Customer.name))
    contacts = select(Contact).where(_holds(text, Contact.email, Contact.name))
    return Found(
        session.scalars(windows.order_by(Window.start_at.desc()).limit(MOST)).all(),
        session.scalars(services.order_by(Service.slug).limit(MOST)).all(),
        session.scalars(customers.order_by(Customer.name).limit(MOST)).all(),
        session.scalars(
            contacts.options(joinedload(Contact.customer)).order_by(Contact.email).limit(MOST)
        ).all(),
    )


def _holds(text: str, *columns: SQLColumnExpression[str]) -> ColumnElement[bool]:
    return or_(*(column.icontains(text, autoescape=True) for column in columns))
