"""Two people for a proposal: who may not approve it, and what they tell one another by mail."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flask import current_app
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from maintenance.accounts import CLOCK, LEAST, ROLES, Actor
from maintenance.models import Audit, Series, Service, User, Window
from maintenance.sla.verdict import Verdict
from maintenance.store import accounts, outbox, windows
from maintenance.store.policies import Versions
from maintenance.store.session import reading, writing
from maintenance.windows import LANGUAGES, State
from notifications import message, words
from notifications.message import Origin

AHEAD = timedelta(days=1)
"""So long before its deadline approvers are reminded of a proposal."""
SHAPING = ("propose", "draft", "edit", "submit", "move")
"""What makes somebody one of those who propose a window."""
TOLD = {"reject": "rejected", "ask": "asked"}
"""The verbs that, like approving, are told to the proposer, each with what it did."""


def forbidden(
    session: Session, window: Window, services: Iterable[Service], actor: Actor
) -> str | None:
    """Why this one may not approve it, where a service asks for two people; None where it may.

    The clock may: it only carries out what was approved with the series.
    """
    if actor == CLOCK or not any(service.four_eyes for service in services):
        return None
    shaped = actor.name == window.proposed_by or _shaped(session, window, actor)
    return _of_two(actor, shaped)


def forbidden_series(series: Series, services: Iterable[Service], actor: Actor) -> str | None:
    """The same of a series: its windows are then approved by the clock as it rolls on."""
    if not any(service.four_eyes for service in services):
        return None
    return _of_two(actor, actor.name == series.proposed_by)


def _of_two(actor: Actor, shaped: bool) -> str | None:
    if actor.service_account:
        return "a service account may not approve it: this service asks for two people"
    if shaped:
        return "who proposed or changed it may not approve it: this service asks for two people"
    return None


def _shaped(session: Session, window: Window, actor: Actor) -> bool:
    query = select(Audit.id).where(
        Audit.subject == f"window:{window.public_id}",
        Audit.actor == actor.name,
        Audit.verb.in_(SHAPING),
    )
    return session.scalar(query.limit(1)) is not None


def deadline(window: Window, verdict: Verdict) -> datetime:
    """The latest announcement that its rules allow, or its start where they ask none."""
    deadlines = [
        finding.deadline
        for finding in verdict.findings
        if finding.deadline is not None and finding.outcome != "not_applicable"
    ]
    return min(deadlines, default=window.start_at)


def watch(window: Window, verdict: Verdict) -> None:
    """Remember by when it must be approved; a new moment is a new reminder."""
    decide_by = deadline(window, verdict)
    if decide_by != window.decide_by:
        window.decide_by, window.remind_at = decide_by, decide_by - AHEAD


def tell_proposer(
    session: Session, window: Window, did: str, reason: str, actor: Actor, now: datetime
) -> None:
    """Mail whoever proposed it what another decided; `did` is approved, rejected or asked."""
    if did == "asked":
        window.decide_by = None  # it will be proposed anew, and reminded of anew
    proposer = accounts.find(session, window.proposed_by)
    if proposer is not None and proposer.active and actor.name != proposer.email:
        values = {"did": did, "actor": actor.name, "reason": words.lines(reason)}
        _mail(session, "decision", proposer.email, proposer.language, window, values, now)


def tell_approvers(
    session: Session, window: Window, verdict: Verdict, actor: Actor, now: datetime
) -> None:
    """Mail those who may approve it that it was proposed, where a service asks for two people.

    Of what was registered afterwards, that it was done without them.
    """
    if not any(place.service.four_eyes for place in window.places):
        return
    for address, language in _approvers(session, window).items():
        values = {
            "actor": actor.name,
            "afterwards": window.registered_at is not None,
            "reason": words.lines(window.justification),
            "compliant": verdict.compliant,
            "deadline": _moment(deadline(window, verdict), _zone(session, window), language),
        }
        if address != actor.name:
            _mail(session, "proposed", address, language, window, values, now)


def remind(now: datetime) -> None:
    """Mail the approvers, and the deputies of its services, of each proposal that must not wait."""
    with reading() as session:
        ids = list(session.scalars(_due(now)))
    for window_id in ids:
        with writing() as session:
            row = windows.lock_window(session, window_id)
            if row is not None and session.scalar(_due(now).where(Window.id == row.id)):
                _remind(session, row, now)


def _due(now: datetime) -> Select[str]:
    return select(Window.public_id).where(
        Window.state == State.PROPOSED, Window.remind_at <= now, Window.start_at > now
    )


def _remind(session: Session, row: Window, now: datetime) -> None:
    row.remind_at = None
    assert row.decide_by is not None
    late = row.decide_by <= now
    for address, language in _approvers(session, row).items():
        moment = _moment(row.decide_by, _zone(session, row), language)
        values = {"deadline": moment, "late": late}
        _mail(session, "waiting", address, language, row, values, now)


def _approvers(session: Session, row: Window) -> dict[str, str]:
    """Language by address: who may approve, and the deputies; not who proposed it."""
    roles = ROLES[ROLES.index(LEAST["approve"]) :]
    users = session.scalars(select(User).where(User.active).order_by(User.id)).all()
    languages = {user.email: user.language for user in users}
    found = {user.email: user.language for user in users if user.role in roles}
    if any(place.service.four_eyes for place in row.places):
        found.pop(row.proposed_by, None)
    for place in row.places:
        if deputy := place.service.deputy:
            found.setdefault(deputy, languages.get(deputy, LANGUAGES[0]))
    return found


def _mail(
    session: Session,
    name: str,
    address: str,
    language: str,
    row: Window,
    values: Mapping[str, object],
    now: datetime,
) -> None:
    settings = current_app.config["SETTINGS"]
    by = Origin(settings.mail_from, settings.base_url)
    services = [place.service for place in row.places]
    zone = _zone(session, row)
    said_of_it = {
        **values,
        "reference": row.reference,
        "title": words.line(words.said(row.title, language)),
        "services": ", ".join(service.name for service in services),
        "span": words.span(row.start_at, row.end_at, zone, language),
    }
    url = f"{by.base_url}/windows/{row.public_id}"
    said = message.note(name, said_of_it, url, language, by, signed=False)
    outbox.add_account_mail(session, address, language, said.subject, said.text, said.html, now)


def _moment(at: datetime, zone: ZoneInfo, language: str) -> str:
    return f"{words.day(at, zone, language)}, {words.clock(at, zone)}"


def _zone(session: Session, row: Window) -> ZoneInfo:
    return Versions(session).newest(row.places[0].service.policy).zone
