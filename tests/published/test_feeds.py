"""published.feeds: what is added for who asks for it."""

from datetime import timedelta

import feedparser
import icalendar
import pytest
import recurring_ical_events

from maintenance.windows import State
from tests.notifications.values import BAD_TITLES, FACTUURPORTAL, window
from tests.published.sources import SECRET, Database, get, header

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


@pytest.mark.parametrize("path", [FEED, "/feeds/all.ics", SECRET, f"{SECRET}?alarm=15"])
def test_a_feed_without_windows_is_a_calendar_without_events(path: str) -> None:
    answer = get(Database().keeper(), path)
    calendar = icalendar.Calendar.from_ical(answer.body)
    assert (answer.status, calendar.subcomponents) == ("200 OK", [])
    assert recurring_ical_events.of(calendar).at(2026) == []


def test_a_customer_has_its_windows_as_atom_too() -> None:
    secret = SECRET.replace(".ics", ".atom")
    mailed = window(id="w_mailed", channels=("email",))
    other = window(id="w_other", services=(FACTUURPORTAL,))
    keeper = Database((window(), mailed, other)).keeper()
    answer = get(keeper, f"{secret}?lang=en")
    found = feedparser.parse(answer.body)
    assert not found.bozo
    assert [entry.id.rpartition(":")[2] for entry in found.entries] == ["w_mailed", window().id]
    assert found.feed.title == "Maintenance on Acme"
    assert header(answer, "Cache-Control") == "private, no-cache"
    assert get(keeper, secret.replace("-7", "-8")).status == "404 Not Found"


def test_only_a_customer_s_own_feed_has_its_account() -> None:
    (public,) = events(FEED, window())
    (own,) = events(SECRET, window())
    assert "X-MAINTNOTE-ACCOUNT" not in public
    assert str(own["X-MAINTNOTE-ACCOUNT"]) == "acme"
    assert public["UID"] == own["UID"]
