"""Operators and programs: who may do what. Sign-in itself is in web/, tokens in api/."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

ROLES = ("viewer", "operator", "approver", "admin")
"""Each may do what the ones before it may."""

LEAST: dict[str, str] = {
    "read": "viewer",
    "plan": "operator",  # propose, edit, move, extend, start, complete, cancel, message
    "edit-customers": "operator",
    "approve": "approver",  # and reject
    "override": "approver",
    "administer": "admin",  # services, policies, accounts, tokens, settings
}
"""The least role for each thing that can be done."""

ANYONE = "anyone"

View = TypeVar("View", bound=Callable[..., Any])


def open_to(what: str) -> Callable[[View], View]:
    """Mark a view with the right it needs: a key of LEAST, or ANYONE. Unmarked ones answer nobody.

    web.access holds every request against it; the API checks its own bearers.
    """

    def mark(view: View) -> View:
        view.open_to = what  # type: ignore[attr-defined]
        return view

    return mark


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something: a person's address or a service account's name, and the role."""

    name: str
    role: str
    service_account: bool = False

    def may(self, what: str) -> bool:
        """Whether this one's role allows it; `what` is a key of LEAST."""
        return self.role in ROLES and ROLES.index(self.role) >= ROLES.index(LEAST[what])


CLOCK = Actor("clock", "operator", service_account=True)
"""The worker, when it starts or ends a window because its time has come."""
