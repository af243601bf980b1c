"""The proposal form: what is typed is kept, errors stand at their field, the verdict is live."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from maintenance.models import User, Window, db
from maintenance.web import proposal
from tests import build
from tests.web.conftest import Browser, Page

FINE: dict[str, Any] = {
    "planning": "yes",
    "times": "yes",
    "telling": "yes",
    "services": ["nmbrs"],
    "kind": "planned",
    "start_date": "2026-12-02",
    "start_time": "20:00",
    "end_date": "2026-12-02",
    "end_time": "22:00",
    "title_nl": "Databases bijwerken",
    "title_en": "Database upgrade",
    "channels": ["email", "status_page"],
    "reminders": ["1440"],
    "act": "propose",
}


@pytest.fixture
def operator(browser: Browser, services: None) -> Page:
    """An operator at the form."""
    return browser("operator")


def windows() -> list[Window]:
    """Every window there is."""
    return list(db.session.scalars(select(Window)))


def test_a_fine_proposal_is_kept_and_its_page_shown(operator: Page) -> None:
    answer = operator.send("/windows/new", FINE)
    (row,) = windows()
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"/windows/{row.public_id}"
    assert (row.state, row.kind, row.outage_minutes) == ("proposed", "planned", 120)
    assert row.start_at == build.START
    assert row.title == {"nl": "Databases bijwerken", "en": "Database upgrade"}
    assert row.reminders == [1440]
    assert row.proposed_by == "operator@maintenance.example"
    page = operator.get(answer.headers["Location"]).text
    assert "Wed 2 Dec 2026, 20:00–22:00 CET" in page
    assert "2026-12-02 19:00 – 2026-12-02 21:00 UTC" in page
    assert "Within the agreement" in page


def test_a_draft_is_kept_as_a_draft(operator: Page) -> None:
    operator.send("/windows/new", {**FINE, "act": "draft"})
    assert [row.state for row in windows()] == ["draft"]


def test_one_language_serves_for_both(operator: Page) -> None:
    operator.send("/windows/new", {**FINE, "title_en": ""})
    assert windows()[0].title["en"] == "Databases bijwerken"


def test_checking_shows_the_verdict_and_saves_nothing(operator: Page) -> None:
    answer = operator.send("/windows/new", {**FINE, "act": "check"})
    assert answer.status_code == 200
    assert "Within the agreement" in answer.text
    assert 'value="Databases bijwerken"' in answer.text
    assert windows() == []


def test_every_error_stands_at_its_field_at_once_and_what_was_typed_stays(operator: Page) -> None:
    wrong = {
        **FINE,
        "services": [],
        "start_date": "",
        "end_time": "25:99",
        "outage_minutes": "many",
        "title_nl": "A\u202ebad",
        "title_en": "kept as typed",
        "justification": "because <b>",
    }
    answer = operator.send("/windows/new", wrong)
    assert answer.status_code == 422
    for field in ("services", "start", "end", "title", "outage_minutes"):
        assert f'id="{field}-error"' in answer.text, field
        assert f'href="#{field}"' in answer.text, field
    assert 'value="kept as typed"' in answer.text
    assert 'value="25:99"' in answer.text
    assert 'value="many"' in answer.text
    assert "because &lt;b&gt;" in answer.text
    assert windows() == []


@pytest.mark.parametrize("typed", ["8:00", "08.00", "0800", " 08:00 "])
def test_a_time_is_read_as_fingers_make_it(operator: Page, typed: str) -> None:
    operator.send("/windows/new", {**FINE, "start_time": typed})
    assert f"{windows()[0].start_at:%H:%M}" == "07:00"


AUTUMN = {"start_date": "2026-10-25", "end_date": "2026-10-25", "end_time": "06:00"}


@pytest.mark.parametrize(("which", "utc"), [("0", "00:30"), ("1", "01:30")])
def test_the_hour_that_comes_twice_asks_which(browser: Browser, which: str, utc: str) -> None:
    with time_machine.travel("2026-10-01T08:00:00Z", tick=False):
        build.service("nmbrs")
        db.session.commit()
        operator = browser("operator")
        typed = {**FINE, **AUTUMN, "start_time": "02:30"}
        asked = operator.send("/windows/new", typed)
        assert asked.status_code == 422
        assert "comes twice" in asked.text
        assert "02:30 CEST, the first time" in asked.text
        assert "02:30 CET, the second time" in asked.text
        operator.send("/windows/new", {**typed, "start_which": which})
        (row,) = windows()
        assert f"{row.start_at:%H:%M}" == utc
        edit = operator.get(f"/windows/{row.public_id}/edit").text
        assert f'id="start_which-{which}" value="{which}" checked' in edit


def test_the_hour_that_is_skipped_is_refused_at_its_field(operator: Page) -> None:
    typed = {**FINE, "start_date": "2027-03-28", "start_time": "02:30", "end_date": "2027-03-28"}
    answer = operator.send("/windows/new", typed)
    assert answer.status_code == 422
    assert "02:30 does not exist on this date" in answer.text
    assert windows() == []


def test_an_announcement_can_wait_for_a_moment(operator: Page) -> None:
    typed = {**FINE, "announce": "at", "announce_date": "2026-11-25", "announce_time": "09:00"}
    operator.send("/windows/new", typed)
    announce_at = windows()[0].announce_at
    assert announce_at is not None
    assert announce_at.isoformat() == "2026-11-25T08:00:00+00:00"


def live(page: Page, **typed: Any) -> str:
    """The verdict that htmx fetches."""
    answer = page.send("/windows/verdict", {**FINE, **typed}, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    return str(answer.text)


def test_the_live_verdict_gives_each_rule_with_article_deadline_and_places(operator: Page) -> None:
    said = live(operator, start_time="10:00", title_nl="", title_en="")
    assert "Within the agreement" in said
    assert "Notice period" in said
    assert "Beschikbaarheid" in said
    assert "Mon 30 Nov 2026, 10:00 CET" in said
    assert "0 used, this adds 1, of 4" in said
    assert "<html" not in said
    assert windows() == []


BROKEN = {
    "Notice period": {"start_date": "2026-11-24", "end_date": "2026-11-24"},
    "Weekly update limit": {"kind": "update", "outage_minutes": "121", "end_time": "23:00"},
    "Why it cannot wait": {"kind": "urgent"},
}


@pytest.mark.parametrize("rule", BROKEN)
def test_the_live_verdict_names_the_rule_that_is_broken(operator: Page, rule: str) -> None:
    said = live(operator, **BROKEN[rule])
    assert "A promise would be broken" in said
    assert f'<strong>{rule}</strong><span class="outcome word-violation">Broken' in said


def test_the_live_verdict_counts_the_places_that_are_used(operator: Page) -> None:
    for day in (7, 8, 9, 10):
        at = build.START.replace(day=day, hour=9)
        build.window(start_at=at, end_at=at.replace(hour=10), state="scheduled")
    db.session.commit()
    said = live(operator, start_time="10:00")
    assert "4 used, this adds 1, of 4" in said
    assert "A promise would be broken" in said


def test_what_is_only_proposed_is_shown_beside_the_verdict_and_holds_no_place(
    operator: Page,
) -> None:
    title = {"nl": "Ander werk", "en": "Other work"}
    build.window(state="proposed", title=title, start_at=build.START + timedelta(days=1))
    db.session.commit()
    said = live(operator)
    assert "Other work" in said
    assert "holds no place yet" in said


def test_an_unfinished_form_is_not_scolded(operator: Page) -> None:
    said = live(operator, services=[], start_date="", start_time="", end_date="", end_time="")
    assert "The verdict appears here" in said
    assert "required" not in said


def test_the_live_verdict_brings_the_question_which_of_two(operator: Page) -> None:
    said = live(operator, start_date="2027-10-31", start_time="02:30", end_date="2027-10-31")
    assert 'id="start-which-box" hx-swap-oob="true"' in said
    assert "02:30 CEST, the first time" in said


def test_messages_stand_in_the_language_of_the_reader(browser: Browser, services: None) -> None:
    operator = browser("operator")
    row = db.session.scalars(select(User)).one()
    row.language = "nl"
    db.session.commit()
    assert "Gepland onderhoud wordt minstens" in live(operator)


def test_a_title_is_shown_as_it_was_written_wherever_it_stands(operator: Page) -> None:
    title = '<img src=x onerror=alert(1)> {{7*7}} "quoted" & more'
    operator.send("/windows/new", {**FINE, "title_nl": title, "title_en": title})
    (row,) = windows()
    assert row.title["en"] == title
    for path in ("/?month=2026-12", "/windows/", f"/windows/{row.public_id}"):
        text = operator.get(path).text
        assert "&lt;img src=x onerror=alert(1)&gt; {{7*7}} &#34;quoted&#34; &amp; more" in text
        assert "<img src=x" not in text
    assert "<img src=x" not in operator.get(f"/windows/{row.public_id}/announcement/nl").text


def test_a_day_of_the_calendar_is_filled_in(operator: Page) -> None:
    text = operator.get("/windows/new?day=2026-12-10").text
    assert 'name="start_date" value="2026-12-10"' in text
    assert 'value="&#34;' not in operator.get('/windows/new?day="><script>').text


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("is required", "Title is required."),
        ("choose at least one service", "Choose at least one service."),
        ("must lie in the future", "Title must lie in the future."),
    ],
)
def test_errors_are_whole_sentences(app: Flask, said: str, shown: str) -> None:
    with app.test_request_context():
        assert proposal.sentence("title", said) == shown


def test_editing_starts_from_what_is_there_and_keeps_the_rest(operator: Page) -> None:
    operator.send("/windows/new", {**FINE, "outage_minutes": "30", "impact": "degraded"})
    (row,) = windows()
    form = operator.get(f"/windows/{row.public_id}/edit").text
    assert 'value="Databases bijwerken"' in form
    changed = {**FINE, "title_en": "Bigger upgrade", "outage_minutes": "30", "revision": "1"}
    answer = operator.send(f"/windows/{row.public_id}/edit", changed)
    assert answer.status_code == 303
    (row,) = windows()
    assert (row.title["en"], row.outage_minutes, row.revision) == ("Bigger upgrade", 30, 2)


def test_an_announcement_moment_can_be_taken_back(operator: Page) -> None:
    typed = {**FINE, "announce": "at", "announce_date": "2026-11-25", "announce_time": "09:00"}
    operator.send("/windows/new", typed)
    (row,) = windows()
    operator.send(f"/windows/{row.public_id}/edit", {**FINE, "announce": "approval", "revision": 1})
    assert windows()[0].announce_at is None


def test_the_second_of_two_editors_is_told_and_sees_both(operator: Page, browser: Browser) -> None:
    operator.send("/windows/new", FINE)
    path = f"/windows/{windows()[0].public_id}/edit"
    assert operator.send(path, {**FINE, "title_en": "Theirs", "revision": "1"}).status_code == 303
    answer = browser("approver").send(path, {**FINE, "title_en": "Mine", "revision": "1"})
    assert answer.status_code == 409
    assert "Somebody changed it meanwhile" in answer.text
    assert "Theirs" in answer.text
    assert 'value="Mine"' in answer.text
    assert 'name="revision" value="2"' in answer.text
    assert windows()[0].title["en"] == "Theirs"


def test_once_approved_the_form_leaves_the_times_alone(operator: Page, browser: Browser) -> None:
    operator.send("/windows/new", FINE)
    (row,) = windows()
    browser("approver").send(f"/windows/{row.public_id}/approve", {"revision": "1"})
    path = f"/windows/{row.public_id}/edit"
    assert 'name="start_date"' not in operator.get(path).text
    texts = {k: v for k, v in FINE.items() if k not in {"planning", "times"}}
    assert (
        operator.send(path, {**texts, "title_en": "New words", "revision": "2"}).status_code == 303
    )
    assert windows()[0].title["en"] == "New words"
    later = {**FINE, "start_time": "21:00", "revision": "3"}
    assert operator.send(path, later).status_code == 422
    assert windows()[0].start_at == build.START


def test_a_form_sent_twice_proposes_once(operator: Page) -> None:
    text = operator.get("/windows/new").text
    once = text.split('name="once" value="', 1)[1].split('"', 1)[0]
    answers = [operator.send("/windows/new", {**FINE, "once": once}) for _ in range(3)]
    assert len(windows()) == 1
    assert {answer.headers["Location"] for answer in answers} == {
        f"/windows/{windows()[0].public_id}"
    }


def test_without_its_key_a_form_sent_twice_would_propose_twice(operator: Page) -> None:
    """The twin."""
    for _ in range(2):
        operator.send("/windows/new", FINE)
    assert len(windows()) == 2


def test_a_past_window_is_copied_without_its_days(browser: Browser, services: None) -> None:
    row = build.window(("nmbrs", "factuurportal"), state="completed", kind="update")
    db.session.commit()
    page = browser("operator")
    assert f'href="/windows/new?copy={row.public_id}"' in page.get(f"/windows/{row.public_id}").text
    form = page.get(f"/windows/new?copy={row.public_id}").text
    assert 'value="Database upgrade"' in form
    assert 'value="20:00"' in form
    assert 'value="2026-12-02"' not in form
    assert page.get("/windows/new?copy=w_none").status_code == 200
