"""What an installation starts with: its policies, and a service for each that is shipped."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from maintenance.customers import ServiceValues
from maintenance.models import Policy as Row
from maintenance.models import Version
from maintenance.sla import policy
from maintenance.sla.policy import Policy, PolicyError
from maintenance.store import audit, fitting, people
from maintenance.store.session import publish

COLORS = ("#0b5cad", "#a84300", "#00695c", "#7b3fa0", "#8a6d00", "#b0245e")
"""Told apart by the colour-blind too, and readable under white text."""


def put(session: Session, added: Mapping[str, str], actor: str, now: datetime) -> list[str]:
    """Bring policies and services to what is shipped and `added` (file name -> text).

    Answers what changed, a line each; doing it again changes nothing. An added policy takes the
    place of a shipped one with the same slug and date. PolicyError where a text cannot be used.
    """
    if session.get(Version, 1) is None:
        session.add(Version(id=1))
        session.flush()
    texts = {f"{slug}.toml": text for slug, text in policy.shipped_texts().items()}
    wanted: dict[tuple[object, ...], tuple[Policy, str]] = {}
    for name, text in [*texts.items(), *added.items()]:
        parsed = policy.parse(text, name)
        wanted[parsed.slug, parsed.version] = parsed, text
    changes = [put_policy(session, *one, actor, now) for one in wanted.values()]
    changes += _put_services(session, policy.shipped().values(), actor, now)
    done = [change for change in changes if change]
    if done:
        publish(session)
    return done


def put_policy(session: Session, parsed: Policy, text: str, actor: str, now: datetime) -> str:
    """Store this version of a policy; what changed, in a line, empty where nothing did.

    PolicyError where a customer's agreement does not fit it.
    """
    where = (Row.slug == parsed.slug, Row.effective_from == parsed.version)
    row = session.scalar(select(Row).where(*where))
    if row is not None and row.text == text:
        return ""
    if misfit := fitting.of_version(session, parsed, now):
        raise PolicyError(parsed.file, "rules", str(misfit))
    verb = "add" if row is None else "change"
    if row is None:
        row = Row(slug=parsed.slug, effective_from=parsed.version, created_at=now)
        session.add(row)
    row.text = text
    session.flush()
    details = {"effective_from": parsed.version.isoformat(), "file": parsed.file}
    audit.record(session, actor, verb, f"policy:{parsed.slug}", details, now)
    return f"policy {parsed.slug} of {parsed.version}: {verb.rstrip('e')}ed"


def _put_services(
    session: Session, policies: Iterable[Policy], actor: str, now: datetime
) -> list[str]:
    new = [one for one in policies if people.find_service(session, one.slug) is None]
    taken = len(people.services(session))
    for number, one in enumerate(new, start=taken):
        color = COLORS[number % len(COLORS)]
        values = ServiceValues(name=one.name["nl"], policy=one.slug, color=color)
        people.put_service(session, one.slug, values, actor, now)
    return [f"service {one.slug}: added" for one in new]
