"""What operators look at: mails that were refused for good, mails about accounts."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from maintenance.models import Delivery, Notice
from maintenance.windows import DeliveryState, NoticeKind

MOST = 20


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
