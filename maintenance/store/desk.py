"""What operators look at: their drafts, mails that were refused, mails about accounts."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from maintenance.models import Delivery, Notice, Window, WindowService
from maintenance.windows import DeliveryState, NoticeKind, State

MOST = 20
MOST_DRAFTS = 200


def drafts(session: Session, by: str | None = None) -> Sequence[Window]:
    """The drafts, or those that this one wrote; the last changed first, at most MOST_DRAFTS."""
    query = select(Window).where(Window.state == State.DRAFT)
    if by is not None:
        query = query.where(Window.proposed_by == by)
    places = selectinload(Window.places).joinedload(WindowService.service)
    query = query.order_by(Window.updated_at.desc(), Window.id.desc()).options(places)
    return session.scalars(query.limit(MOST_DRAFTS)).all()


def failures(session: Session, since: datetime) -> Sequence[Delivery]:
    """Deliveries of windows' notices that failed since, newest first; at most MOST."""
    query = (
        select(Delivery)
        .join(Notice)
        .where(
            Delivery.state == DeliveryState.FAILED,
            Delivery.created_at > since,
            Notice.window_id.is_not(None),
        )
        .options(joinedload(Delivery.notice).joinedload(Notice.window))
        .order_by(Delivery.id.desc())
    )
    return session.scalars(query.limit(MOST)).all()


def account_mails(session: Session) -> Sequence[Delivery]:
    """The newest mails about accounts, each with its notice; at most MOST."""
    query = (
        select(Delivery)
        .join(Notice)
        .where(Notice.kind == NoticeKind.ACCOUNT)
        .options(joinedload(Delivery.notice))
        .order_by(Delivery.id.desc())
    )
    return session.scalars(query.limit(MOST)).all()
