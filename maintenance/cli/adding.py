"""A policy put into the database from the command line."""

from datetime import datetime

from maintenance import adopting
from maintenance.cli.inside import application

ACTOR = "maintenance policy add"


def add(text: str, name: str, now: datetime) -> list[str]:
    """Store this version and judge anew what is planned, in one commit; what changed, in lines.

    PolicyError where it cannot be used.
    """
    policy = adopting.read(text, name)
    with application():
        found = adopting.adopt(policy, text, ACTOR, now)
    if not found.change:
        return ["It is stored already."]
    lines = [found.change, *map(str, found.rejudged)]
    if not found.services:
        lines.append(f"No service has the policy {policy.slug} yet.")
    return lines
