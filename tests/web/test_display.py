"""Times on pages: in the zone they are entered in, wherever the machine stands."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from maintenance.web.display import day, span

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        ((2026, 11, 24, 23), (2026, 11, 25, 1), "Wed 25 Nov 2026, 00:00–02:00 CET"),
        ((2026, 12, 2, 19), (2026, 12, 2, 21), "Wed 2 Dec 2026, 20:00–22:00 CET"),
        ((2026, 10, 24, 22), (2026, 10, 25, 3), "Sun 25 Oct 2026, 00:00 CEST – 04:00 CET"),
    ],
)
def test_a_span_names_the_local_date(
    app: Flask, start: tuple[int, ...], end: tuple[int, ...], said: str
) -> None:
    with app.test_request_context():
        times = (datetime(*at, tzinfo=UTC) for at in (start, end))  # type: ignore[misc,arg-type]
        assert span(*times, AMSTERDAM) == said


def test_a_day_is_that_of_its_own_zone(app: Flask) -> None:
    local = datetime(2026, 11, 25, 0, 0, tzinfo=AMSTERDAM)
    with app.test_request_context():
        assert day(local) == "Wed 25 Nov 2026"
        assert day(local.astimezone(UTC), AMSTERDAM) == "Wed 25 Nov 2026"
