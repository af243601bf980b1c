"""Pages elsewhere that are kept in step: whose they are, and since when they show a window.

Each belongs to one service. Where a policy's notice goes by it, its customers are told when the
page took the window.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from maintenance.models import Delivery, Notice, Window
from maintenance.sla.check import Terms
from maintenance.sla.kinds import Notice as NoticeTerms
from maintenance.sla.policy import Policy
from maintenance.sla.verdict import PUSHED
from maintenance.store import targets
from maintenance.windows import DeliveryState, NoticeKind


def with_page(session: Session, services: Collection[str]) -> set[str]:
    """Of these services, those that have a page."""
    pages = targets.pages(session, services)
    return {service.slug for page in pages for service in page.services}


def shown_since(session: Session, row: Window) -> dict[str, datetime | None]:
    """By service, since when its page shows the window at these times; None: not yet.

    Every push brings the page to how the window then is, so each counts. Of several pages of one
    service the last counts, except one that nothing is sent to any more.
    """
    accepted: dict[tuple[str, str], datetime | None] = {}
    for reader, address, at in session.execute(_pushes(row)):
        page = ((reader or {}).get("service", ""), address)
        accepted[page] = min(filter(None, (at, accepted.get(page))), default=None)
    since: dict[str, datetime | None] = {}
    for (service, _), at in accepted.items():
        so_far = since.get(service, at)
        since[service] = max(so_far, at) if so_far and at else None
    return since


def _pushes(row: Window) -> Select[dict[str, Any] | None, str, datetime | None]:
    return (
        select(Delivery.reader, Delivery.address, Delivery.accepted_at)
        .join(Notice)
        .where(
            Notice.window_id == row.id,
            Notice.kind != NoticeKind.CANCELLATION,
            Notice.revision >= (row.notice_revision or 0),
            Delivery.channel == PUSHED,
            Delivery.state != DeliveryState.EXPIRED,
        )
    )


def counting(
    session: Session, terms: Sequence[Terms], at: datetime | None, row: Window | None = None
) -> Sequence[Terms]:
    """The same terms, each with when the service's page shows the window, where a rule asks it.

    That is when it did, for the announced window `row`; else `at`, where it is to be shown at all.
    """
    asking = {each.service for each in terms if at and _asks(each)}
    if at is None or not asking:
        return terms
    since = shown_since(session, row) if row else {}
    pages = asking & (with_page(session, asking) | since.keys())
    return [
        replace(each, announced={PUSHED: since.get(each.service) or at})
        if each.service in pages
        else each
        for each in terms
    ]


def _asks(terms: Terms) -> bool:
    return any(map(_counts, [terms.policy, *(each.policy for each in terms.agreements)]))


def _counts(policy: Policy) -> bool:
    found = (rule.terms for rule in policy.rules)
    return any(PUSHED in each.channels.names for each in found if isinstance(each, NoticeTerms))
