"""The calendar by week and as a list, filtered, and the addresses that lead there."""

from datetime import timedelta

import pytest
from sqlalchemy import event

from maintenance.models import db
from tests import build
from tests.web.conftest import Browser

pytestmark = pytest.mark.usefixtures("services")


def titled(
    title: str, services: tuple[str, ...] = ("nmbrs",), day: int = 2, **values: object
) -> None:
    at = build.START.replace(day=day)
    text = {"nl": title, "en": title}
    build.window(services, title=text, start_at=at, end_at=at + timedelta(hours=3), **values)


@pytest.fixture
def three() -> None:
    """Windows of either service, one of both."""
    titled("Of Nmbrs")
    titled("Of the portal", ("factuurportal",), day=3, state="proposed")
    titled("Of both", ("nmbrs", "factuurportal"), day=4)
    db.session.commit()


def seen(page: str) -> set[str]:
    return {one for one in ("Of Nmbrs", "Of the portal", "Of both") if f">{one}<" in page}


@pytest.mark.usefixtures("three")
class TestFilters:
    @pytest.mark.parametrize("view", ["month", "week", "list"])
    @pytest.mark.parametrize(
        ("query", "left"),
        [
            ({}, {"Of Nmbrs", "Of the portal", "Of both"}),
            ({"service": "nmbrs"}, {"Of Nmbrs", "Of both"}),
            ({"state": "proposed"}, {"Of the portal"}),
            ({"customer": "acme"}, {"Of Nmbrs", "Of both"}),
            ({"customer": "acme", "service": "factuurportal"}, set()),
            ({"customer": "nobody"}, set()),
            ({"state": "nonsense"}, {"Of Nmbrs", "Of the portal", "Of both"}),
        ],
    )
    def test_leave_in_what_is_asked(
        self, browser: Browser, view: str, query: dict[str, str], left: set[str]
    ) -> None:
        asked = {"view": view, "day": "2026-12-02", **query}
        page = browser("viewer").get("/", query_string=asked).text
        assert seen(page.split('<div id="month">')[1]) == left

    def test_go_along_to_other_times_and_views(self, browser: Browser) -> None:
        asked = {"view": "week", "day": "2026-12-02", "service": "nmbrs"}
        page = browser("viewer").get("/", query_string=asked).text
        assert 'href="/?day=2026-12-07&amp;service=nmbrs&amp;view=week"' in page
        assert 'href="/?month=2026-12&amp;service=nmbrs"' in page


class TestWeek:
    def test_shows_a_window_in_its_hour_and_that_it_goes_on(self, browser: Browser) -> None:
        titled("Tonight")
        db.session.commit()
        page = browser("viewer").get("/?view=week&day=2026-12-04").text
        hour = page.split('<th scope="row">20:00</th>')[1].split("</tr>")[0]
        after = page.split('<th scope="row">22:00</th>')[1].split("</tr>")[0]
        over = page.split('<th scope="row">23:00</th>')[1].split("</tr>")[0]
        assert "Tonight" in hour
        assert ("goes on" in after, "goes on" in over) == (True, False)

    def test_shades_the_hours_an_agreement_speaks_of(self, browser: Browser) -> None:
        page = browser("viewer").get("/?view=week&day=2026-12-02&service=factuurportal").text
        at_ten = page.split('<th scope="row">10:00</th>')[1].split("</tr>")[0]
        at_night = page.split('<th scope="row">03:00</th>')[1].split("</tr>")[0]
        assert at_ten.count('class="spoken"') == 5
        assert 'class="spoken"' not in at_night

    def test_shades_the_day_where_places_are_counted(self, browser: Browser) -> None:
        page = browser("viewer").get("/?view=week&day=2026-12-02&service=nmbrs").text
        shaded = [
            'class="spoken"' in page.split(f'<th scope="row">{hour}:00</th>')[1].split("</tr>")[0]
            for hour in ("05", "06", "17", "18")
        ]
        assert shaded == [False, True, True, False]

    def test_names_holidays_and_offers_the_days_to_who_may_plan(self, browser: Browser) -> None:
        page = browser("operator").get("/?view=week&day=2026-12-25").text
        assert "Christmas Day" in page
        assert 'href="/windows/new?day=2026-12-26"' in page
        assert "/windows/new?day" not in browser("viewer").get("/?view=week&day=2026-12-25").text

    @pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25", "1971-01-01", "2198-12-31"])
    def test_has_24_hours_whatever_the_clock_does(self, browser: Browser, day: str) -> None:
        answer = browser("viewer").get(f"/?view=week&day={day}")
        assert answer.status_code == 200
        assert answer.text.count('<th scope="row">') == 24


def test_a_list_without_windows_says_so(browser: Browser) -> None:
    assert "No maintenance this month." in browser("viewer").get("/?view=list").text


@pytest.mark.parametrize("view", ["week", "list"])
def test_the_queries_do_not_grow_with_the_windows(browser: Browser, view: str) -> None:
    def queries() -> int:
        statements: list[object] = []
        page = browser("viewer")
        page.get(f"/?view={view}&day=2026-12-02&customer=acme")

        def count(*args: object) -> None:
            statements.append(args[2])

        event.listen(db.engine, "before_cursor_execute", count)
        page.get(f"/?view={view}&day=2026-12-02&customer=acme")
        event.remove(db.engine, "before_cursor_execute", count)
        return len(statements)

    titled("One")
    db.session.commit()
    few = queries()
    for day in range(1, 6):
        titled(f"More {day}", ("nmbrs", "factuurportal"), day=day)
    db.session.commit()
    assert queries() <= few + 1
