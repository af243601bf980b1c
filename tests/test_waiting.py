"""What waits for approval: by when, and what breaks if it waits until tomorrow."""

from datetime import timedelta

import pytest
from flask import Flask

from maintenance import planning, recurring
from maintenance.accounts import Actor
from maintenance.models import Window, db
from maintenance.results import Done
from maintenance.waiting import waiting
from tests import build
from tests.build import NOW, START
from tests.test_outages import proposal
from tests.test_recurring import plan

OPERATOR = Actor("otto@vendor.example", "operator")


@pytest.fixture(autouse=True)
def installation(app: Flask) -> None:
    for slug in ("nmbrs", "factuurportal"):
        build.contact(build.customer(f"of-{slug}", [slug]))
    db.session.commit()


def proposed(days: int = 0, service: str = "nmbrs", kind: str = "planned") -> Window:
    start = START + timedelta(days=days)
    why = "The disk fails" if kind == "urgent" else ""
    values = proposal(
        services=[service],
        kind=kind,
        start=start,
        end=start + timedelta(hours=1),
        justification=why,
    )
    result = planning.propose(values, OPERATOR, NOW)
    assert isinstance(result, Done)
    return result.window


def test_the_earliest_deadline_comes_first() -> None:
    late, early = proposed(days=9), proposed()
    found = waiting(db.session(), NOW)
    assert [each.window for each in found] == [early, late]
    assert found[0].deadline == START - timedelta(days=2)


def test_what_is_due_tomorrow_would_break_and_what_is_due_later_would_not() -> None:
    soon, later = proposed(days=-7), proposed()  # 25 November 20:00, two working days ahead
    found = {each.window: each.breaks_tomorrow for each in waiting(db.session(), NOW)}
    assert found == {soon: True, later: False}


def test_what_is_broken_already_does_not_break_tomorrow() -> None:
    proposed(days=-8)
    (found,) = waiting(db.session(), NOW)
    assert (found.verdict.compliant, found.breaks_tomorrow) == (False, False)


def test_too_late_is_only_advice_outside_office_hours() -> None:
    proposed(days=-4, service="factuurportal")
    (found,) = waiting(db.session(), NOW)
    assert found.breaks_tomorrow is False


def test_urgent_work_that_would_be_over_cannot_wait() -> None:
    proposed(days=-9, kind="urgent")
    (found,) = waiting(db.session(), NOW)
    assert found.breaks_tomorrow is True


def test_a_series_waits_as_one() -> None:
    recurring.propose(plan(), OPERATOR, NOW)
    (found,) = waiting(db.session(), NOW)
    assert found.window.series is not None


def test_only_the_services_that_are_named() -> None:
    proposed()
    other = proposed(service="factuurportal")
    assert [each.window for each in waiting(db.session(), NOW, ["factuurportal"])] == [other]
