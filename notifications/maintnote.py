"""MAINTNOTE: what network and ITSM tools read in the events of a customer's own feed."""

from collections.abc import Collection, Mapping
from email.utils import parseaddr
from urllib.parse import urlsplit

from icalendar import Event

from maintenance.windows import Impact, State, Window

_IMPACT: Mapping[Impact, str] = {
    Impact.NONE: "NO-IMPACT",
    Impact.DEGRADED: "DEGRADED",
    Impact.PARTIAL: "DEGRADED",
    Impact.OUTAGE: "OUTAGE",
}
_STATUS: Mapping[State, str] = {
    State.SCHEDULED: "CONFIRMED",
    State.IN_PROGRESS: "IN-PROCESS",
    State.COMPLETED: "COMPLETED",
    State.CANCELLED: "CANCELLED",
}


def properties(
    window: Window, account: str, services: Collection[str], base_url: str, mail_from: str
) -> Event:
    """What is added to the event for this customer: its account and which of its services."""
    added = Event()
    added.add("organizer", f"mailto:{parseaddr(mail_from)[1]}")
    added.add("x-maintnote-provider", urlsplit(base_url).hostname)
    added.add("x-maintnote-account", account)
    added.add("x-maintnote-maintenance-id", window.reference)
    for service in window.services:
        if service.slug in services:
            added.add("x-maintnote-object-id", service.slug)
    added.add("x-maintnote-impact", _IMPACT[window.impact])
    added.add("x-maintnote-status", _STATUS.get(window.state, "TENTATIVE"))
    return added
