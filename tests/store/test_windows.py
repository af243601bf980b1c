"""store.windows: what binds a window, and which windows hold a place."""

from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask

from maintenance.models import Agreement, db
from maintenance.sla import verdict
from maintenance.sla.check import Terms
from maintenance.store import windows
from tests import build
from tests.build import NOW, START

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def installation(database: str, app: Flask) -> None:
    build.service("nmbrs")


def asked(start: datetime = START) -> verdict.Window:
    end = start + timedelta(hours=1)
    return verdict.Window("planned", start, end, 60, {"email": NOW}, "")


def terms(start: datetime = START, exclude: int | None = None) -> Terms:
    services = windows.services(db.session(), ["nmbrs"])
    (found,) = windows.terms(db.session(), services, asked(start), exclude=exclude)
    return found


@pytest.mark.parametrize(
    ("state", "holds"),
    [
        ("draft", False),
        ("proposed", False),
        ("scheduled", True),
        ("in_progress", True),
        ("completed", True),
        ("cancelled", False),
        ("rejected", False),
    ],
)
def test_only_some_states_hold_a_place(state: str, holds: bool) -> None:
    build.window(state=state)
    assert len(terms().history) == holds


def test_urgent_work_holds_no_place() -> None:
    build.window(kind="urgent")
    assert not terms().history


def test_the_window_itself_and_other_services_are_left_out() -> None:
    own = build.window()
    build.window(["factuurportal"])
    assert not terms(exclude=own.id).history


def test_history_reaches_as_far_as_the_rules_look() -> None:
    first = datetime(2026, 11, 30, 22, 59, tzinfo=UTC)  # 23:59 on the last of November
    build.window(start_at=first - DAY, end_at=first)
    touching = build.window(start_at=first - DAY, end_at=first + timedelta(minutes=2))
    assert [each.start for each in terms(datetime(2026, 12, 15, 19, tzinfo=UTC)).history] == [
        touching.start_at
    ]


def test_an_agreement_that_looks_further_sees_more_of_the_history() -> None:
    february = build.window(start_at=datetime(2026, 2, 3, 9, tzinfo=UTC))
    assert not terms().history
    yearly = {
        "days-a-year": {
            "kind": "count",
            "windows": ["planned"],
            "counts": "days",
            "period": "year",
            "limit": 3,
            "severity": "violation",
            "article": "Overeenkomst 4",
        }
    }
    agree(yearly)
    assert february.start_at in [each.start for each in terms().history]


def test_an_agreement_counts_on_its_days_only() -> None:
    agree({"notice": {"length": 5}}, effective_from=date(2026, 12, 1))
    assert len(terms(START).agreements) == 1
    assert not terms(START - 5 * DAY).agreements
    agree({"notice": {"length": 6}}, slug="bakker", effective_until=date(2026, 12, 2))
    assert len(terms(START).agreements) == 2
    assert len(terms(START + DAY).agreements) == 1


def test_customers_with_the_same_deviations_share_one_policy() -> None:
    for number in range(3):
        agree({"notice": {"length": 5}}, slug=f"customer-{number}")
    agree({"notice": {"length": 6}}, slug="other")
    assert len({each.policy for each in terms().agreements}) == 2


def agree(
    rules: dict[str, object],
    slug: str = "acme",
    effective_from: date | None = None,
    effective_until: date | None = None,
) -> None:
    customer = build.customer(slug)
    customer.agreements.append(
        Agreement(
            service=build.service("nmbrs"),
            rules=rules,
            effective_from=effective_from,
            effective_until=effective_until,
        )
    )
    db.session.flush()


def test_a_window_longer_than_any_is_the_bound_for_reading_history_by_start() -> None:
    long = build.window(start_at=START - 31 * DAY, end_at=START + timedelta(minutes=1))
    assert [each.start for each in terms().history] == [long.start_at]


def test_a_listing_goes_on_after_the_last_seen() -> None:
    rows = [build.window(start_at=START + n * DAY) for n in (2, 0, 1, 1)]
    first = windows.listed(db.session(), limit=2)
    last = first[-1]
    rest = windows.listed(db.session(), after=(last.start_at, last.id))
    assert [*first, *rest] == sorted(rows, key=lambda row: (row.start_at, row.id))


def test_references_count_on_within_their_year() -> None:
    session = db.session()
    given = [windows.next_reference(session, year) for year in (2026, 2026, 2027)]
    assert given == ["M-2026-001", "M-2026-002", "M-2027-001"]
