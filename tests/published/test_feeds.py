"""published.feeds: what is added for who asks for it."""

from datetime import timedelta

import icalendar
import pytest

from maintenance.windows import State
from tests.notifications.values import BAD_TITLES, window
from tests.published.sources import SECRET, Database, get

FEED = "/feeds/nmbrs.ics"


def events(path: str, *windows: object) -> list[icalendar.Event]:
    answer = get(Database(windows).keeper(), path)  # type: ignore[arg-type]
    return list(icalendar.Calendar.from_ical(answer.body).walk("VEVENT"))


@pytest.mark.parametrize("minutes", [15, 60, 1440])
@pytest.mark.parametrize("path", [FEED, SECRET])
def test_a_bell_rings_for_who_asked_for_one(path: str, minutes: int) -> None:
    (event,) = events(f"{path}?alarm={minutes}", window())
    (bell,) = event.walk("VALARM")
    assert bell["TRIGGER"].dt == -timedelta(minutes=minutes)
    assert bell["ACTION"] == "DISPLAY"


@pytest.mark.parametrize("query", ["", "?alarm=0", "?alarm=61", "?alarm=-15", "?alarm=x"])
def test_no_bell_rings_for_others(query: str) -> None:
    (event,) = events(f"{FEED}{query}", window())
    assert event.walk("VALARM") == []


def test_no_bell_rings_for_what_was_cancelled() -> None:
    (event,) = events(f"{FEED}?alarm=15", window(state=State.CANCELLED))
    assert event.walk("VALARM") == []


@pytest.mark.parametrize("bad", BAD_TITLES, ids=range(len(BAD_TITLES)))
def test_a_bad_title_rings_one_bell(bad: str) -> None:
    (event,) = events(f"{SECRET}?alarm=15", window(title={"nl": bad, "en": bad}))
    assert len(event.walk("VALARM")) == 1
    assert str(event["X-MAINTNOTE-ACCOUNT"]) == "acme"


def test_only_a_customer_s_own_feed_has_its_account() -> None:
    (public,) = events(FEED, window())
    (own,) = events(SECRET, window())
    assert "X-MAINTNOTE-ACCOUNT" not in public
    assert str(own["X-MAINTNOTE-ACCOUNT"]) == "acme"
    assert public["UID"] == own["UID"]
