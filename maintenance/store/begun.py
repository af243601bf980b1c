"""How far an installation is: what a page asks to say what to do first."""

from typing import NamedTuple

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from maintenance.models import Customer, User, Window


class Begun(NamedTuple):
    """Whether anything was planned, any customer added, anybody else invited."""

    windows: bool
    customers: bool
    colleagues: bool


_BEGUN = select(
    exists().where(Window.id.is_not(None)),
    exists().where(Customer.id.is_not(None)),
    select(func.count(User.id) > 1).scalar_subquery(),
)


def begun(session: Session) -> Begun:
    """How far this installation is."""
    windows, customers, colleagues = session.execute(_BEGUN).one()
    return Begun(bool(windows), bool(customers), bool(colleagues))
