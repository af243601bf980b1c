"""The rules against the minute counter, on windows where the calendar is at its oddest."""

import os
import tomllib
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from maintenance.sla.check import Terms, check
from maintenance.sla.policy import shipped, shipped_texts
from maintenance.sla.verdict import Window
from tests.sla.brute import Brute, Win

EXAMPLES = int(os.environ.get("MAINTENANCE_SLA_EXAMPLES", "150"))
MINUTE = timedelta(minutes=1)

ODD_DAYS = [
    datetime(2026, 3, 29, 1, tzinfo=UTC),  # the clock goes forward
    datetime(2026, 10, 25, 1, tzinfo=UTC),  # and back
    datetime(2027, 3, 28, 1, tzinfo=UTC),
    datetime(2027, 10, 31, 1, tzinfo=UTC),  # back, on the last day of a month
    datetime(2026, 12, 25, 12, tzinfo=UTC),
    datetime(2026, 12, 31, 23, tzinfo=UTC),  # local New Year in ISO week 53
    datetime(2027, 1, 3, 23, tzinfo=UTC),
    datetime(2024, 12, 29, 23, tzinfo=UTC),  # ISO 2025 begins in 2024
    datetime(2026, 4, 6, 12, tzinfo=UTC),  # Easter Monday
    datetime(2025, 4, 26, 12, tzinfo=UTC),  # King's Day on a Saturday
    datetime(2027, 5, 6, 12, tzinfo=UTC),  # Liberation and Ascension Day
    datetime(2028, 2, 29, 12, tzinfo=UTC),
    datetime(2026, 11, 30, 17, tzinfo=UTC),  # a month's end
    datetime(2026, 6, 30, 22, tzinfo=UTC),
    datetime(2026, 9, 16, 6, tzinfo=UTC),
]
KINDS = ["planned", "update", "urgent"]
CHANNELS = st.lists(st.sampled_from(["email", "status_page"]), unique=True)
LENGTHS = st.one_of(
    st.integers(1, 300), st.sampled_from([15, 60, 720, 1440]), st.integers(1, 3 * 1440)
)


@st.composite
def wins(draw, around, days=4):
    """A window somewhere around a moment; odd times are as likely as round ones."""
    grid = draw(st.sampled_from([1, 15, 60]))
    start = around + draw(st.integers(-days * 1440, days * 1440)) // grid * grid * MINUTE
    length = draw(LENGTHS)
    outage = draw(st.one_of(st.integers(0, length), st.just(min(length, 15)), st.just(length)))
    told = start - draw(st.integers(-60, 14 * 1440)) * MINUTE
    return Win(
        kind=draw(st.sampled_from(KINDS)),
        start=start,
        end=start + length * MINUTE,
        outage=outage,
        announced=dict.fromkeys(draw(CHANNELS), told),
        justification=draw(st.sampled_from(["", " \n\t", "a leak"])),
    )


@st.composite
def cases(draw, days=20):
    """A window and a history around one odd day."""
    around = draw(st.sampled_from(ODD_DAYS))
    return draw(wins(around)), draw(st.lists(wins(around, days), max_size=7))


def as_window(win):
    return Window(win.kind, win.start, win.end, win.outage, win.announced, win.justification)


def figures(policy, win, history):
    verdict = check(as_window(win), [Terms(policy.slug, policy, [as_window(w) for w in history])])
    return {
        f.rule: (f.outcome, f.deadline, f.used, f.adds, f.limit, f.period) for f in verdict.findings
    }


def told_near_the_deadline(brute, win):
    """The same window told at each notice deadline, a moment before and a moment after."""
    moments = {
        figure[1] + away
        for figure in brute.judge(win, []).values()
        if figure[1] is not None
        for away in (timedelta(), -MINUTE, timedelta(microseconds=1))
    }
    for at in moments:
        yield Win(win.kind, win.start, win.end, win.outage, {"email": at}, win.justification)


BRUTES = {slug: Brute(tomllib.loads(text)) for slug, text in shipped_texts().items()}


@pytest.mark.parametrize("slug", BRUTES)
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(case=cases())
def test_the_rules_agree_with_the_minute_counter(slug, case):
    win, history = case
    assert figures(shipped()[slug], win, history) == BRUTES[slug].judge(win, history)


@pytest.mark.parametrize("slug", BRUTES)
@settings(max_examples=EXAMPLES // 3, deadline=None, suppress_health_check=list(HealthCheck))
@given(case=cases())
def test_a_deadline_is_the_very_last_moment(slug, case):
    win, history = case
    for told in told_near_the_deadline(BRUTES[slug], win):
        assert figures(shipped()[slug], told, history) == BRUTES[slug].judge(told, history)
