"""Job templates: kept, proposed from, changed, removed."""

from typing import Any

import pytest
from sqlalchemy import select

from maintenance.models import Audit, JobTemplate, Window, db
from tests import build
from tests.web.conftest import Browser, Page
from tests.web.test_proposing import FINE

JOB: dict[str, Any] = {
    "planning": "yes",
    "telling": "yes",
    "name": "Disk swap",
    "at": "22:30",
    "length": "180",
    "services": ["nmbrs"],
    "kind": "planned",
    "title_nl": "Schijven vervangen",
    "title_en": "Disks replaced",
    "outage_minutes": "30",
    "channels": ["email"],
    "reminders": ["1440"],
    "justification": "",
}


@pytest.fixture
def operator(browser: Browser, services: None) -> Page:
    """An operator."""
    return browser("operator")


def templates() -> list[JobTemplate]:
    return list(db.session.scalars(select(JobTemplate)))


def kept(operator: Page, **changes: Any) -> JobTemplate:
    assert operator.send("/job-templates/new", {**JOB, **changes}).status_code == 303
    return templates()[-1]


def test_one_is_written_listed_and_logged(operator: Page) -> None:
    row = kept(operator)
    assert (row.name, f"{row.at:%H:%M}", row.length_minutes) == ("Disk swap", "22:30", 180)
    assert row.fields["outage_minutes"] == 30
    assert row.fields["reminders"] == [1440]
    page = operator.get("/job-templates/").text
    assert "Disk swap" in page
    assert f"/windows/new?template={row.public_id}" in page
    (entry,) = db.session.scalars(select(Audit).where(Audit.subject == f"job:{row.public_id}"))
    assert entry.verb == "put"
    assert "Disk swap" in operator.get("/log").text


def test_every_error_stands_at_its_field_and_what_was_typed_stays(operator: Page) -> None:
    wrong = {"name": " ", "at": "25:00", "length": "0", "services": [], "title_nl": "kept"}
    answer = operator.send("/job-templates/new", {**JOB, **wrong, "title_en": "\u202e"})
    assert answer.status_code == 422
    for name in ("name", "at", "length", "services", "title"):
        assert f'id="{name}-error"' in answer.text, name
    assert 'value="kept"' in answer.text
    assert templates() == []


def test_an_outage_longer_than_the_job_is_refused(operator: Page) -> None:
    answer = operator.send("/job-templates/new", {**JOB, "outage_minutes": "181"})
    assert 'id="outage_minutes-error"' in answer.text


def test_a_proposal_begins_from_it_on_a_day_of_the_calendar(operator: Page) -> None:
    row = kept(operator)
    page = operator.get(f"/windows/new?template={row.public_id}&day=2026-12-02").text
    for name, value in {
        "start_date": "2026-12-02",
        "start_time": "22:30",
        "end_date": "2026-12-03",
        "end_time": "01:30",
        "title_en": "Disks replaced",
        "outage_minutes": "30",
    }.items():
        assert f'name="{name}" value="{value}"' in page or f'value="{value}"' in page, name
    assert 'id="reminders-1440" value="1440" checked' in page


def test_without_a_day_its_hours_stand_and_the_day_is_to_be_chosen(operator: Page) -> None:
    row = kept(operator)
    page = operator.get(f"/windows/new?template={row.public_id}").text
    assert 'name="start_date" value=""' in page
    assert 'name="start_time" value="22:30"' in page
    assert 'data-length="180"' in page


def test_a_job_that_is_down_all_the_time_stays_so_at_any_length(operator: Page) -> None:
    row = kept(operator, outage_minutes="")
    page = operator.get(f"/windows/new?template={row.public_id}").text
    assert 'name="outage_minutes" type="text" value=""' in page


def test_one_is_kept_from_a_window(operator: Page) -> None:
    window = build.window()
    db.session.commit()
    page = operator.get(f"/job-templates/new?window={window.public_id}").text
    for value in ("Databases bijwerken", "20:00", "120", "30"):
        assert f'value="{value}"' in page


def test_one_is_kept_from_a_proposal_being_written_which_goes_on(operator: Page) -> None:
    typed = {**FINE, "act": "template", "template_name": "Database upgrade"}
    answer = operator.send("/windows/new", typed)
    assert answer.status_code == 200
    assert "is kept as a job template" in answer.text
    assert 'value="2026-12-02"' in answer.text
    (row,) = templates()
    assert (row.name, f"{row.at:%H:%M}", row.length_minutes) == ("Database upgrade", "20:00", 120)
    assert db.session.scalars(select(Window)).all() == []


def test_keeping_one_from_a_proposal_says_what_it_needs(operator: Page) -> None:
    typed = {**FINE, "act": "template", "template_name": "", "end_date": ""}
    answer = operator.send("/windows/new", typed)
    assert answer.status_code == 422
    assert 'id="template_name-error"' in answer.text
    assert 'id="end-error"' in answer.text
    assert templates() == []


def test_one_is_changed_and_removed_and_its_windows_stay(operator: Page) -> None:
    row = kept(operator)
    path = f"/job-templates/{row.public_id}"
    assert 'value="Disk swap"' in operator.get(f"{path}/edit").text
    operator.send(f"{path}/edit", {**JOB, "name": "Disk swap, large", "at": ""})
    (row,) = templates()
    assert (row.name, row.at) == ("Disk swap, large", None)
    assert operator.send(f"{path}/remove").status_code == 303
    assert templates() == []
    assert operator.get(f"{path}/edit").status_code == 404
    assert operator.send(f"{path}/remove").status_code == 404


def test_the_proposal_form_offers_what_there_is(operator: Page) -> None:
    assert "Begin from a job template" not in operator.get("/windows/new").text
    kept(operator)
    page = operator.get("/windows/new?day=2026-12-02").text
    assert "Begin from a job template" in page
    assert 'type="hidden" name="day" value="2026-12-02"' in page
