"""What of the calendar is shown: the view, the day it is about, and the filters in its address."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from maintenance.models import Service
from maintenance.store import people, windows
from maintenance.store.windows import Brief
from maintenance.windows import State

VIEWS = ("month", "week", "list")
FAR = (date(1971, 1, 1), date(2198, 12, 31))


@dataclass(frozen=True, slots=True)
class Shown:
    """What is asked for; anything that cannot be is left out of it."""

    view: str
    day: date
    service: str = ""
    state: str = ""
    customer: str = ""

    @property
    def first(self) -> date:
        """The first of the month."""
        return self.day.replace(day=1)

    @property
    def monday(self) -> date:
        """When the week begins."""
        return self.day - timedelta(days=self.day.weekday())

    @property
    def filtered(self) -> bool:
        """Whether some windows are left out by choice."""
        return bool(self.service or self.state or self.customer)

    def before(self) -> str:
        """The address of the week or month before."""
        step = self.monday - timedelta(days=7) if self.view == "week" else None
        return self.at(step or self.first - timedelta(days=1))

    def after(self) -> str:
        """The address of the week or month after."""
        step = self.monday + timedelta(days=7) if self.view == "week" else None
        return self.at(step or self.first + timedelta(days=31))

    def at(self, day: date) -> str:
        """The address of the same view on another day."""
        return _address(replace(self, day=day))

    def by(self, view: str) -> str:
        """The address of another view of the same time."""
        return _address(replace(self, view=view))

    def today(self) -> str:
        """The address of the same view of the present."""
        return url_for("calendar.home", **self.kept())

    def kept(self) -> dict[str, Any]:
        """What goes along to another time or view."""
        asked = {name: getattr(self, name) for name in ("service", "state", "customer")}
        asked["view"] = "" if self.view == "month" else self.view
        return {name: value for name, value in asked.items() if value}

    def windows(
        self, session: Session, services: Sequence[Service], since: datetime, until: datetime
    ) -> list[Brief]:
        """The windows in that time that the filters let through; `services` are all there are."""
        found = windows.on_calendar(session, services, since, until)
        if self.state:
            found = [row for row in found if row.state == self.state]
        if self.service or self.customer:
            wanted = self._services(session, services)
            found = [row for row in found if wanted & {one.slug for one in row.services}]
        return found

    def _services(self, session: Session, services: Sequence[Service]) -> set[str]:
        """The services that are asked for, by name or as those of a customer."""
        wanted = {row.slug for row in services if self.service in ("", row.slug)}
        if self.customer:
            customer = people.find_customer(session, self.customer)
            wanted &= {one.slug for one in customer.services} if customer else set()
        return wanted


def shown(args: Mapping[str, str], today: date) -> Shown:
    """What an address asks: ?view=week&day=2026-12-02, or ?month=2026-12, and the filters."""
    view, state = args.get("view", ""), args.get("state", "")
    day = day_of(args.get("day", "")) or day_of(f"{args.get('month', '')}-01") or today
    return Shown(
        view=view if view in VIEWS else VIEWS[0],
        day=day,
        service=args.get("service", "")[:63],
        state=state if state in set(State) else "",
        customer=args.get("customer", "").strip()[:63],
    )


def _address(what: Shown) -> str:
    if what.view == "week":
        return url_for("calendar.home", day=what.monday.isoformat(), **what.kept())
    return url_for("calendar.home", month=f"{what.day:%Y-%m}", **what.kept())


def day_of(text: str) -> date | None:
    """The date, as 2026-12-02; None for what is none, or too far off to be meant."""
    try:
        day = date.fromisoformat(text) if len(text) == len("2026-12-02") else None
    except ValueError:
        return None
    return day if day and FAR[0] <= day <= FAR[1] else None
