"""Services' own words for notices, and their ladders: which notices go out, and when."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from maintenance.models import Service, Wording
from maintenance.store import audit
from maintenance.windows import NoticeKind
from notifications.texts import Words

OPTIONAL = (NoticeKind.REMINDER, NoticeKind.START, NoticeKind.COMPLETION)
"""The kinds of notice that a service may leave out; the others an SLA or a reader relies on."""

Key = tuple[str, str, str]


def of(session: Session, slugs: Collection[str]) -> dict[Key, Words]:
    """The words of these services, by (service, kind, language)."""
    query = (
        select(Service.slug, Wording.kind, Wording.language, Wording.subject, Wording.lead)
        .join(Service, Service.id == Wording.service_id)
        .where(Service.slug.in_(slugs))
    )
    return {
        (slug, kind, lang): Words(s, lead) for slug, kind, lang, s, lead in session.execute(query)
    }


def choose(
    words: Mapping[Key, Words], services: Sequence[str], kind: str, language: str
) -> Words | None:
    """The words for a reader with these services: of the first that has its own, if any."""
    found = (words.get((slug, kind, language)) for slug in services)
    return next((each for each in found if each is not None), None)


def put(
    session: Session,
    service: Service,
    kind: str,
    words: Mapping[str, Words | None],
    actor: str,
    now: datetime,
) -> None:
    """Give a service these words by language; None takes them away: the usual ones return."""
    query = select(Wording).where(Wording.service_id == service.id, Wording.kind == kind)
    there = {row.language: row for row in session.scalars(query)}
    changed = {}
    for language, said in words.items():
        row = there.get(language)
        before = [row.subject, row.lead] if row else None
        after = [said.subject, said.lead] if said else None
        if before == after:
            continue
        changed[language] = {"from": before, "to": after}
        if row is not None:
            session.delete(row)
            session.flush()
        if said is not None:
            session.add(
                Wording(
                    service_id=service.id,
                    kind=kind,
                    language=language,
                    subject=said.subject,
                    lead=said.lead,
                )
            )
    if changed:
        subject = f"service:{service.slug}"
        audit.record(session, actor, "words", subject, {"kind": kind, **changed}, now)


def put_ladder(
    session: Session,
    service: Service,
    reminders: Sequence[int],
    silent: Collection[str],
    actor: str,
    now: datetime,
) -> None:
    """Remind so many minutes before the start of a new window, and leave these kinds out."""
    before = {"reminders": list(service.reminders), "silent": sorted(service.silent)}
    service.reminders = sorted(set(reminders), reverse=True)
    service.silent = frozenset(silent) & frozenset(OPTIONAL)
    after = {"reminders": list(service.reminders), "silent": sorted(service.silent)}
    if before != after:
        details = {name: [before[name], after[name]] for name in before}
        audit.record(session, actor, "ladder", f"service:{service.slug}", details, now)
