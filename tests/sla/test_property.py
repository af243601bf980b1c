"""The rules against the minute counter, on windows where the calendar is at its oddest."""

import os
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from maintenance.sla.check import Terms, check
from maintenance.sla.policy import build, parse, shipped, shipped_texts
from maintenance.sla.verdict import Window
from tests.sla.brute import Brute, Win

EXAMPLES = int(os.environ.get("MAINTENANCE_SLA_EXAMPLES", "100"))
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
CHANNELS = st.lists(st.sampled_from(["email", "status_page", "statuspage"]), unique=True)
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


ROOT = Path(__file__).parents[2]
EXAMPLE_TEXTS = {path.stem: path.read_text() for path in (ROOT / "docs/examples").glob("*.toml")}
TEXTS = {**shipped_texts(), **EXAMPLE_TEXTS}
POLICIES = {slug: parse(text, slug) for slug, text in TEXTS.items()}
BRUTES = {slug: Brute(tomllib.loads(text)) for slug, text in TEXTS.items()}
SHIPPED = sorted(shipped())


@pytest.mark.parametrize("slug", SHIPPED)
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(case=cases())
def test_the_rules_agree_with_the_minute_counter(slug, case):
    win, history = case
    assert figures(POLICIES[slug], win, history) == BRUTES[slug].judge(win, history)


@pytest.mark.parametrize("slug", SHIPPED)
@settings(max_examples=EXAMPLES // 3, deadline=None, suppress_health_check=list(HealthCheck))
@given(case=cases())
def test_a_deadline_is_the_very_last_moment(slug, case):
    win, history = case
    for told in told_near_the_deadline(BRUTES[slug], win):
        assert figures(POLICIES[slug], told, history) == BRUTES[slug].judge(told, history)


@pytest.mark.parametrize("slug", sorted(EXAMPLE_TEXTS))
@settings(max_examples=EXAMPLES // 3, deadline=None, suppress_health_check=list(HealthCheck))
@given(case=cases(days=60))
def test_the_examples_agree_with_the_minute_counter(slug, case):
    win, history = case
    assert figures(POLICIES[slug], win, history) == BRUTES[slug].judge(win, history)


# Any policy

ZONES = {
    "Europe/Amsterdam": ODD_DAYS,
    "America/New_York": [datetime(2026, 3, 8, 7, tzinfo=UTC), datetime(2026, 11, 1, 6, tzinfo=UTC)],
    # half an hour, and at midnight: the date begins at 01:00
    "Australia/Lord_Howe": [datetime(2026, 4, 4, 15, tzinfo=UTC)],
    "Africa/Cairo": [datetime(2026, 4, 23, 22, tzinfo=UTC), datetime(2026, 10, 29, 21, tzinfo=UTC)],
    "Asia/Kolkata": [datetime(2026, 12, 31, 18, 30, tzinfo=UTC)],
}
WORDS = {"nl": "woorden", "en": "words"}
DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
CLOCK = st.integers(0, 96).map(lambda n: f"{n // 4:02}:{n % 4 * 15:02}")
HOURS = st.sampled_from(["one", "two"])
MINUTES = st.sampled_from([0, 15, 30, 60, 120, 480, 1440])
PERIODS = st.sampled_from(["week", "month", "quarter", "year", "1 days", "7 days", "30 days"])


def days_of(names, least=1):
    return st.lists(st.sampled_from(names), min_size=least, max_size=3, unique=True)


BAND = st.tuples(CLOCK, CLOCK, days_of([*DAYS, "daily", "working", "non-working"])).filter(
    lambda band: band[0] < band[1]
)
CONDITION = st.fixed_dictionaries(
    {},
    optional={
        "outage_over": MINUTES,
        "length_over": MINUTES,
        "touches": HOURS,
        "inside": HOURS,
        "outside": HOURS,
    },
).filter(bool)
MEASURE = st.sampled_from(["outage", "length"])
TERMS = {
    "notice": st.fixed_dictionaries(
        {
            "unit": st.sampled_from(
                ["hours", "clock_days", "calendar_days", "clear_days", "working_days"]
            ),
            "length": st.integers(1, 4),
            "channels": days_of(["email", "status_page", "statuspage"]),
        }
    ),
    "count": st.fixed_dictionaries(
        {
            "limit": st.integers(0, 5),
            "counts": st.sampled_from(["days", "windows"]),
            "period": PERIODS,
        },
        optional={"hours": HOURS},
    ),
    "total": st.fixed_dictionaries(
        {"limit_minutes": MINUTES, "measure": MEASURE, "period": PERIODS}
    ),
    "longest": st.fixed_dictionaries({"limit_minutes": MINUTES, "measure": MEASURE}),
    "hours": st.one_of(
        st.fixed_dictionaries({"within": HOURS}), st.fixed_dictionaries({"outside": HOURS})
    ),
    "blackout": st.fixed_dictionaries(
        {
            "dates": days_of(["2026-03-28/2026-03-30", "2026-12-31", "2026-10-25"], 0),
            "yearly": days_of(["12-24/01-02", "02-29", "04-20/04-30"]),
        },
        optional={"hours": HOURS, "last_working_days": st.integers(1, 4)},
    ),
    "gap": st.fixed_dictionaries({"least_minutes": st.sampled_from([1, 60, 1440, 4320])}),
    "justification": st.fixed_dictionaries({}, optional={"scope": HOURS}),
}


@st.composite
def rules(draw):
    """One rule of any kind, as a table of a policy file."""
    kind = draw(st.sampled_from(sorted(TERMS)))
    return {
        "kind": kind,
        "windows": draw(days_of(KINDS)),
        "severity": draw(st.sampled_from(["violation", "advice"])),
        "article": "1",
        **draw(TERMS[kind]),
        **draw(st.fixed_dictionaries({}, optional={"when": CONDITION, "advice_when": CONDITION})),
    }


@st.composite
def policies(draw):
    """Any policy, as the tables of its file."""
    bands = st.lists(BAND, min_size=1, max_size=3)
    return {
        "slug": "any",
        "effective_from": "2020-01-01",
        "name": WORDS,
        "calendar": {
            "zone": draw(st.sampled_from(sorted(ZONES))),
            "working_days": draw(st.one_of(st.just(DAYS[:5]), days_of(DAYS))),
            "holidays": [
                {"day": "easter+1", "name": WORDS},
                {"day": "04-27", "on_sunday": "04-26", "name": WORDS},
                {"day": "12-25", "name": WORDS},
                {"day": "02-29", "name": WORDS},
            ],
            "struck": draw(days_of(["2026-12-25", "04-27", "easter+1"], 0)),
        },
        "hours": {
            name: {
                "name": WORDS,
                "times": [{"from": a, "to": b, "days": days} for a, b, days in draw(bands)],
            }
            for name in ("one", "two")
        },
        "rules": {
            f"rule-{n}": rule
            for n, rule in enumerate(draw(st.lists(rules(), min_size=1, max_size=4)))
        },
    }


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(source=policies(), data=st.data())
def test_any_policy_agrees_with_the_minute_counter(source, data):
    around = data.draw(st.sampled_from(ZONES[source["calendar"]["zone"]]))
    win = data.draw(wins(around))
    history = data.draw(st.lists(wins(around, 20), max_size=6))
    assert figures(build(source, "any"), win, history) == Brute(source).judge(win, history)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(source=policies(), data=st.data())
def test_no_window_outside_the_span_changes_a_verdict(source, data):
    around = data.draw(st.sampled_from(ZONES[source["calendar"]["zone"]]))
    win = data.draw(wins(around))
    history = data.draw(st.lists(wins(around, 60), max_size=8))
    policy = build(source, "any")
    span = policy.span(as_window(win))
    near = [other for other in history if span.overlaps(other.start, other.end)]
    assert figures(policy, win, history) == figures(policy, win, near)
