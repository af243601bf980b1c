"""A policy put into the database from the command line."""

from datetime import datetime

from maintenance import rejudging
from maintenance.cli.inside import application
from maintenance.models import db
from maintenance.sla.policy import Policy
from maintenance.store import people, shipped
from maintenance.store.session import publish, writing

ACTOR = "maintenance policy add"


def add(policy: Policy, text: str, now: datetime) -> list[str]:
    """Store this version and judge anew what is planned, in one commit; what changed, in lines."""
    with application():
        with writing() as session:
            change = shipped.put_policy(session, policy, text, ACTOR, now)
            if not change:
                return ["It is stored already."]
            publish(session)
            lines = [change, *rejudging.rejudge(session, ACTOR, now)]
        if not any(row.policy == policy.slug for row in people.services(db.session())):
            lines.append(f"No service has the policy {policy.slug} yet.")
        return lines
