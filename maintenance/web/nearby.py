"""What else is on around some times: other windows of the same services; what overlaps first."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from maintenance.models import Window, db
from maintenance.store import windows

AROUND = timedelta(days=4)
MOST = 8


@dataclass(frozen=True, slots=True)
class Near:
    """Another window, and whether it is on at the same time."""

    window: Window
    overlaps: bool


def nearby(
    services: Iterable[str], start: datetime, end: datetime, but: Window | None
) -> list[Near]:
    """Other windows planned near these times; what is only proposed holds no place yet."""
    found = windows.listed(
        db.session(),
        states=windows.PLANNED,
        services=list(services),
        since=start - AROUND,
        until=end + AROUND,
        limit=MOST * 4,
    )
    near = [
        Near(row, row.start_at < end and start < row.end_at)
        for row in found
        if but is None or row.id != but.id
    ]
    return sorted(near, key=lambda each: not each.overlaps)[:MOST]
