"""risk: from when on somebody has to know that a customer is not told yet."""

from datetime import UTC, datetime, timedelta

import pytest

from maintenance import risk
from maintenance.risk import Promise
from maintenance.sla.policy import shipped
from maintenance.sla.verdict import Window
from maintenance.windows import Channel

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
DEADLINE = datetime(2026, 11, 30, 19, 0, tzinfo=UTC)
PROMISE = Promise(DEADLINE, DEADLINE - 12 * HOUR, frozenset({"email"}))
BOTH = Promise(DEADLINE, DEADLINE - 12 * HOUR, frozenset({"email", "status_page"}))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def promised(slug: str, start: str, outage: int = 60, kind: str = "planned") -> list[Promise]:
    begin = at(start)
    window = Window(kind, begin, begin + 2 * HOUR, outage, {})
    return list(risk.promises(window, shipped()[slug], slug))


@pytest.mark.parametrize(
    ("slug", "start", "deadline", "risky_from"),
    [  # a quarter of two working days is twelve hours of them; four working hours may be earlier
        ("nmbrs", "2026-12-02T20:00+01:00", "2026-11-30T20:00+01:00", "2026-11-30T08:00+01:00"),
        ("nmbrs", "2027-01-04T06:00+01:00", "2026-12-30T06:00+01:00", "2026-12-29T13:00+01:00"),
        ("nmbrs", "2026-12-28T20:00+01:00", "2026-12-23T20:00+01:00", "2026-12-23T08:00+01:00"),
        (
            "factuurportal",
            "2026-12-03T14:00+01:00",
            "2026-11-28T14:00+01:00",
            "2026-11-27T08:00+01:00",
        ),
        (  # Monday morning: the last working hours were on Friday
            "factuurportal",
            "2026-12-05T02:00+01:00",
            "2026-11-30T02:00+01:00",
            "2026-11-27T13:00+01:00",
        ),
    ],
)
def test_a_promise_is_risky_a_quarter_of_its_length_or_four_working_hours_ahead(
    slug: str, start: str, deadline: str, risky_from: str
) -> None:
    (promise,) = promised(slug, start)
    assert (promise.deadline, promise.risky_from) == (at(deadline), at(risky_from))


def test_where_no_notice_rule_applies_nothing_is_promised() -> None:
    assert promised("factuurportal", "2026-12-03T14:00+01:00", outage=15) == []
    assert promised("nmbrs", "2026-12-02T20:00+01:00", kind="urgent") == []


def test_it_is_at_risk_from_then_on_until_it_is_too_late() -> None:
    first = PROMISE.risky_from
    told: dict[str, datetime | None] = {"email": None}
    assert not risk.at_risk(PROMISE, told, first - MINUTE)
    assert risk.at_risk(PROMISE, told, first)
    assert risk.at_risk(PROMISE, told, DEADLINE - MINUTE)
    assert not risk.at_risk(PROMISE, told, DEADLINE)


def test_a_customer_that_was_told_by_a_channel_that_counts_is_not_at_risk() -> None:
    page = {"status_page": DEADLINE - 20 * HOUR}
    now = DEADLINE - HOUR
    assert not risk.at_risk(BOTH, page, now)
    assert risk.at_risk(PROMISE, page, now)


def test_in_time_is_until_the_last_moment_itself() -> None:
    assert PROMISE.in_time({"email": DEADLINE})
    assert not PROMISE.in_time({"email": DEADLINE + MINUTE})
    assert not PROMISE.in_time({"email": None})


def test_one_looks_when_it_becomes_risky_but_gives_mails_time_to_arrive() -> None:
    margin = 15 * MINUTE
    first = PROMISE.risky_from
    assert risk.first_look([PROMISE], first - HOUR, margin) == first
    assert risk.first_look([PROMISE], first + HOUR, margin) == first + HOUR + margin


def test_close_to_the_deadline_one_looks_at_once() -> None:
    now = DEADLINE - 5 * MINUTE
    assert risk.first_look([PROMISE], now, 15 * MINUTE) == now


def test_what_is_too_late_is_not_looked_at() -> None:
    assert risk.first_look([PROMISE], DEADLINE, 15 * MINUTE) is None


def test_channels_are_named_as_windows_name_them() -> None:
    (promise,) = promised("nmbrs", "2026-12-02T20:00+01:00")
    assert promise.channels == {Channel.EMAIL, Channel.STATUS_PAGE}
