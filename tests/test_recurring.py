"""recurring: a series is previewed, proposed, approved, rolled on and ended."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from maintenance import planning, recurring
from maintenance.accounts import Actor
from maintenance.intake import Proposal
from maintenance.models import Series, Window, db
from maintenance.recurring import Plan, Planned
from maintenance.results import NotPossible
from maintenance.sla.series import Series as When
from tests import build
from tests.build import NOW

APPROVER = Actor("anna@vendor.example", "approver")
AMSTERDAM = ZoneInfo("Europe/Amsterdam")


@pytest.fixture(autouse=True)
def installation(database: str, app: Flask) -> None:
    build.contact(build.customer("acme", ["nmbrs"]))
    db.session.commit()


def plan(at: time = time(20, 0), announce_days: int = 7, **changes: Any) -> Plan:
    """The weekly update, Tuesdays from 1 December 2026, an hour and a half."""
    values = Proposal(
        title={"nl": "Wekelijkse update", "en": "Weekly update"},
        description={"nl": "", "en": ""},
        services=("nmbrs",),
        kind="update",
        start=NOW,
        end=NOW,
        outage_minutes=90,
        impact="partial",
        justification="",
        announce_at=None,
        channels=("email", "status_page"),
        reminders=(),
    )
    when = replace(When(date(2026, 12, 1), at, timedelta(minutes=90)), **changes)
    return Plan(when, values, announce_days)


def preview(asked: Plan) -> list[Planned]:
    return recurring.preview(db.session(), asked, NOW)


def windows(row: Series) -> list[Window]:
    db.session.refresh(row)
    return row.windows


def approved(asked: Plan) -> Series:
    row = recurring.propose(asked, APPROVER, NOW)
    recurring.approve(row.public_id, APPROVER, NOW)
    return row


def test_thirteen_months_are_shown_with_their_verdicts_and_nothing_is_saved() -> None:
    shown = preview(plan())
    assert len(shown) == 56
    assert all(each.verdict.compliant for each in shown)
    assert db.session.query(Window).count() == 0


def test_an_occurrence_counts_those_before_it() -> None:
    by_day = preview(plan(at=time(10, 0)))
    december = [each.verdict.compliant for each in by_day if each.occurrence.day.month == 12]
    assert december[:5] == [True, True, True, True, False]  # the fifth Tuesday of the month


def test_each_is_announced_in_time_by_itself() -> None:
    for each in preview(plan(announce_days=0)):
        notice = each.verdict.findings[0]
        assert notice.outcome == "pass"
        assert notice.deadline is not None
        if each.values.announce_at is not None:
            assert each.values.announce_at < notice.deadline


def test_it_is_proposed_whole_and_holds_no_place_before_it_is_approved() -> None:
    row = recurring.propose(plan(), APPROVER, NOW)
    made = windows(row)
    assert len(made) == 56
    assert {window.state for window in made} == {"proposed"}
    assert made[0].occurrence == date(2026, 12, 1)
    recurring.approve(row.public_id, APPROVER, NOW)
    assert {window.state for window in windows(row)} == {"scheduled"}


def test_what_breaks_a_rule_stays_proposed() -> None:
    made = windows(approved(plan(at=time(10, 0))))
    left = [window for window in made if window.state == "proposed"]
    assert left[0].occurrence == date(2026, 12, 29)


def test_readers_are_told_a_week_ahead_not_a_year() -> None:
    first, second, *_ = windows(approved(plan()))
    assert first.announced_at is not None or first.announce_at is not None
    assert second.announced_at is None
    assert second.announce_at == second.start_at - timedelta(days=7)


def test_it_rolls_on_by_itself_and_twice_makes_nothing_twice() -> None:
    row = approved(plan())
    later = NOW + timedelta(days=60)
    recurring.roll_on(later)
    made = len(windows(row))
    recurring.roll_on(later)
    assert len(windows(row)) == made == 65
    assert windows(row)[-1].state == "scheduled"


def test_one_is_skipped_or_moved_as_any_window_is_and_not_made_again() -> None:
    row = approved(plan())
    second, third = windows(row)[1:3]
    planning.cancel(second.public_id, "", APPROVER, NOW)
    start = third.start_at + timedelta(days=1)
    planning.move(third.public_id, start, start + timedelta(minutes=90), APPROVER, NOW)
    recurring.roll_on(NOW + timedelta(days=60))
    days = [window.occurrence for window in windows(row)]
    assert len(days) == len(set(days))
    assert second.state == "cancelled"


def test_ending_it_cancels_what_has_not_begun() -> None:
    row = approved(plan())
    first = windows(row)[0]
    planning.start(first.public_id, APPROVER, first.start_at)
    recurring.end(row.public_id, "no longer needed", APPROVER, first.start_at)
    states = [window.state for window in windows(row)]
    assert states[0] == "in_progress"
    assert set(states[1:]) == {"cancelled"}
    recurring.roll_on(NOW + timedelta(days=90))
    assert len(windows(row)) == 56


def test_it_stops_after_its_last_date() -> None:
    row = approved(plan(until=date(2026, 12, 31)))
    assert len(windows(row)) == 5
    recurring.roll_on(NOW + timedelta(days=90))
    assert len(windows(row)) == 5


def test_local_time_is_kept_across_the_clock_change() -> None:
    starts = {window.start_at.astimezone(AMSTERDAM).time() for window in windows(approved(plan()))}
    assert starts == {time(20, 0)}


def test_what_has_passed_already_is_not_made() -> None:
    asked = plan(first=date(2026, 11, 3))
    first = preview(asked)[0]
    assert first.values.start > NOW
    assert first.values.start == datetime(2026, 11, 24, 19, 0, tzinfo=UTC)


def test_where_a_service_asks_for_two_people_its_proposer_cannot_approve_a_series() -> None:
    build.service("nmbrs").four_eyes = True
    db.session.commit()
    row = recurring.propose(plan(), APPROVER, NOW)
    refused = recurring.approve(row.public_id, APPROVER, NOW)
    assert isinstance(refused, NotPossible)
    assert {window.state for window in windows(row)} == {"proposed"}
    assert row.state == "proposed"
    other = Actor("bob@vendor.example", "approver")
    assert isinstance(recurring.approve(row.public_id, other, NOW), Series)
    assert {window.state for window in windows(row)} == {"scheduled"}
