"""What else is on around some times: other windows of the same services, and days off."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from maintenance.models import Window, db
from maintenance.store import windows
from maintenance.windows import State

AROUND = timedelta(days=4)
MOST = 8


def nearby(
    services: Iterable[str], start: datetime, end: datetime, but: Window | None
) -> list[Window]:
    """Other windows planned near these times; what is only proposed holds no place yet."""
    found = windows.listed(
        db.session(),
        states=(State.PROPOSED, State.SCHEDULED, State.IN_PROGRESS),
        services=list(services),
        since=start - AROUND,
        until=end + AROUND,
        limit=MOST + 1,
    )
    return [row for row in found if but is None or row.id != but.id][:MOST]
