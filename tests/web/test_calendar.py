"""The first page: the month as it is, and what needs somebody."""

from datetime import timedelta

import pytest
from sqlalchemy import event

from maintenance.config import ROOT
from maintenance.models import Delivery, Notice, Policy, db
from maintenance.sla.policy import parse
from maintenance.windows import DeliveryState
from tests import build
from tests.web.conftest import Browser


def test_a_window_stands_on_each_day_it_touches_in_words_and_shape(
    browser: Browser, services: None
) -> None:
    build.window(start_at=build.START, end_at=build.START + timedelta(hours=8))
    db.session.commit()
    text = browser("viewer").get("/?month=2026-12").text
    assert text.count('class="chip chip-scheduled"') == 2
    assert "20:00–…" in text.replace("\n", "")
    assert "…–04:00" in text.replace("\n", "")
    assert "Scheduled," in text
    assert 'data-service="nmbrs"' in text


def test_holidays_have_their_names(browser: Browser, services: None) -> None:
    text = browser("viewer").get("/?month=2026-12").text
    assert "Christmas Day" in text
    assert "Boxing Day" in text
    assert "Good Friday" not in browser("viewer").get("/?month=2026-04").text


@pytest.fixture
def faculty(services: None) -> None:
    """A service closed for exams, from 15 May to 15 June, and on the last 2 working days."""
    text = (ROOT / "docs" / "examples" / "university.toml").read_text()
    read = parse(text, "university.toml")
    values = {"effective_from": read.version, "text": text, "created_at": build.NOW}
    build.added(Policy(slug="university", **values))
    build.service("faculty", name="Faculty", policy="university")
    db.session.commit()


@pytest.mark.parametrize(
    ("path", "said", "times"),
    [
        ("/?month=2027-05", "No maintenance:", 25),  # 17 of its own, 6 of June, the last 2 of April
        ("/?month=2027-05&view=list", "No maintenance allowed", 17),
        ("/?day=2027-05-20&view=week", "closed for faculty", 7 * 24),
        ("/?month=2027-04", "No maintenance:", 4),  # the last working days, of March too,
    ],
)
def test_what_is_blacked_out_shows_in_each_view(
    browser: Browser, faculty: None, path: str, said: str, times: int
) -> None:
    assert browser("viewer").get(path).text.count(said) == times


def test_the_list_has_holidays_among_its_windows(browser: Browser, services: None) -> None:
    row = build.window(start_at=build.START, end_at=build.START + timedelta(hours=8))
    db.session.commit()
    text = browser("viewer").get("/?month=2026-12&view=list").text
    assert text.count(f"/windows/{row.public_id}") == 1
    assert "Christmas Day" in text
    assert text.index(row.public_id) < text.index("Christmas Day")


def test_hours_of_which_several_agreements_speak_are_shaded_deeper(
    browser: Browser, services: None
) -> None:
    text = browser("viewer").get("/?view=week&day=2026-12-01").text
    assert text.count('class="spoken often"') == 5 * 9  # office hours from Monday to Friday
    assert text.count('class="spoken"') == 7 * 12 - 5 * 9  # of Nmbrs' daytime, the rest


def test_a_day_and_an_hour_of_the_calendar_begin_a_proposal(
    browser: Browser, services: None
) -> None:
    page = browser("operator").get("/windows/new?day=2026-12-01&hour=23").text
    for name, value in {
        "start_date": "2026-12-01",
        "start_time": "23:00",
        "end_date": "2026-12-02",
        "end_time": "01:00",
    }.items():
        assert f'name="{name}" value="{value}"' in page, name


def test_the_daytime_places_of_the_month_are_counted(browser: Browser, services: None) -> None:
    for day in (7, 8):
        at = build.START.replace(day=day, hour=9)
        build.window(start_at=at, end_at=at + timedelta(hours=1))
    db.session.commit()
    assert "2 used, 2 free" in browser("viewer").get("/?month=2026-12").text
    assert "0 used, 4 free" in browser("viewer").get("/?month=2027-01").text


def test_the_month_is_fetched_alone_by_script(browser: Browser, services: None) -> None:
    headers = {"HX-Request": "true", "HX-Target": "month"}
    text = browser("viewer").get("/?month=2027-02", headers=headers).text
    assert text.lstrip().startswith('<div id="month">')
    assert "February 2027" in text


@pytest.mark.parametrize("month", ["", "nonsense", "2026-13", "9999-12", "0001-01", "2026-12-01"])
def test_a_month_that_is_none_shows_the_present_one(
    browser: Browser, services: None, month: str
) -> None:
    text = browser("viewer").get("/", query_string={"month": month}).text
    assert "November 2026" in text


def test_a_proposal_waits_with_the_time_left(browser: Browser, services: None) -> None:
    verdict = {"compliant": True, "findings": []}
    build.window(state="proposed", verdict=verdict)
    db.session.commit()
    text = browser("viewer").get("/").text
    assert "Waiting for approval" in text
    assert ">7 days</span>" in text
    assert "Mon 30 Nov 2026, 20:00 CET" in text


def test_a_mail_that_was_refused_is_shown(browser: Browser, services: None) -> None:
    window = build.window()
    notice = Notice(
        window=window, revision=2, kind="announcement", due_at=build.NOW, created_at=build.NOW
    )
    db.session.add(notice)
    db.session.flush()
    db.session.add(
        Delivery(
            public_id="d_1",
            notice_id=notice.id,
            channel="email",
            customer="acme",
            address="gone@acme.example",
            state=DeliveryState.FAILED,
            reply="550 no such user",
            message_id="<1@maintenance.example>",
            created_at=build.NOW,
        )
    )
    db.session.commit()
    text = browser("viewer").get("/").text
    assert "gone@acme.example" in text
    assert "550 no such user" in text


def test_the_number_of_queries_does_not_grow_with_the_windows(
    browser: Browser, services: None
) -> None:
    def queries() -> int:
        seen: list[str] = []
        page = browser("viewer")
        page.get("/?month=2026-12")

        def count(*args: object) -> None:
            seen.append(str(args[2]))

        event.listen(db.engine, "before_cursor_execute", count)
        page.get("/?month=2026-12")
        page.get("/windows/?state=all")
        event.remove(db.engine, "before_cursor_execute", count)
        return len(seen)

    build.window()
    db.session.commit()
    few = queries()
    for day in range(3, 25):
        at = build.START.replace(day=day)
        build.window(("nmbrs", "factuurportal"), start_at=at, end_at=at + timedelta(hours=1))
    db.session.commit()
    assert queries() <= few + 2


def test_customers_nobody_can_reach_are_shown_first_and_before_an_approval(
    browser: Browser, services: None
) -> None:
    build.customer("silent", ("nmbrs",))
    row = build.window(state="proposed", notice_revision=None, times_revision=None)
    db.session.commit()
    assert "Customers nobody can reach" in browser("viewer").get("/").text
    text = browser("approver").get(f"/windows/{row.public_id}").text
    assert "One customer has nobody who can be told" in text
    assert text.index("Decide") < text.index("has nobody who can be told") < text.index(">Approve<")
