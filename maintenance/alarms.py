"""What operators are told by mail before it is too late: who is not told in time yet."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from maintenance.config import Settings
from maintenance.models import Notice, Window
from maintenance.store import outbox, reach, standing, windows
from maintenance.store.policies import Versions
from maintenance.store.session import reading, writing
from maintenance.store.standing import Standing
from maintenance.windows import Channel
from notifications import message, words
from notifications.message import Origin

NAMED = 20
"""So many customers are named in a mail; of the others it says how many."""


def watch(settings: Settings, now: datetime) -> None:
    """Alarm operators, once per window and notice, while a customer can still be told in time."""
    with reading() as session:
        ids = standing.to_look_at(session, now)
    for notice_id in ids:
        with writing() as session:
            _look(session, notice_id, settings, now)


def _look(session: Session, notice_id: int, settings: Settings, now: datetime) -> None:
    notice = session.get_one(Notice, notice_id)
    assert notice.window is not None
    window = windows.lock_window(session, notice.window.public_id)
    assert window is not None
    session.refresh(notice)
    if notice.watch_at is None or notice.watch_at > now:
        return  # another worker was first
    risky = standing.look(session, notice, now)
    if risky:
        everyone = standing.standings(session, window)
        by = Origin(settings.mail_from, settings.base_url)
        url = f"{by.base_url}/windows/{window.public_id}/ledger"
        for address, language in reach.operators(session):
            values = _values(session, window, risky, everyone, language)
            said = message.note("risk", values, url, language, by, signed=False)
            outbox.add_account_mail(
                session, address, language, said.subject, said.text, said.html, now
            )


def may_show(row: Window, standings: Sequence[Standing]) -> bool:
    """Whether putting the window on the status page would tell who is not told yet.

    The page elsewhere of its service, where there is one, then shows it too.
    """
    if Channel.STATUS_PAGE in row.channels:
        return False
    waiting = [each for each in standings if each.told_at is None]
    return any(
        promise.channels & (each.told.keys() - {Channel.EMAIL})
        for each in waiting
        for promise in each.promises
    )


def _values(
    session: Session,
    row: Window,
    risky: Sequence[Standing],
    everyone: Sequence[Standing],
    language: str,
) -> dict[str, Any]:
    window = windows.value(row, Versions(session))
    zone = ZoneInfo(window.services[0].zone)
    named = sorted(risky, key=lambda each: (each.deadline or row.start_at, each.customer))
    return {
        "told": sum(each.told_at is not None for each in everyone),
        "all": len(everyone),
        "reference": row.reference,
        "title": words.line(words.said(row.title, language)),
        "services": ", ".join(service.name for service in window.services),
        "start": _moment(row.start_at, zone, language),
        "customers": [
            (each.customer, _moment(each.deadline or row.start_at, zone, language))
            for each in named[:NAMED]
        ],
        "more": max(0, len(named) - NAMED),
        "by_page": may_show(row, risky),
    }


def _moment(moment: datetime, zone: ZoneInfo, language: str) -> str:
    return f"{words.day(moment, zone, language)}, {words.clock(moment, zone)}"
