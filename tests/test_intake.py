"""intake: a window's fields from a form or JSON, or every error at once."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maintenance.intake import Proposal, parse_window

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ZONES = {"nmbrs": ZoneInfo("Europe/Amsterdam"), "portal": ZoneInfo("Europe/London")}
FINE: dict[str, Any] = {
    "title": "Database upgrade",
    "services": ["nmbrs"],
    "kind": "planned",
    "start": "2026-12-02T20:00",
    "end": "2026-12-02T22:00",
}


def read(**changes: Any) -> Proposal:
    proposal = parse_window({**FINE, **changes}, ZONES, NOW)
    assert isinstance(proposal, Proposal), proposal
    return proposal


def errors(**changes: Any) -> dict[str, str]:
    found = parse_window({**FINE, **changes}, ZONES, NOW)
    assert isinstance(found, dict), found
    return found


def test_the_least_that_is_asked_gives_a_whole_proposal() -> None:
    proposal = read()
    assert proposal.title == {"nl": "Database upgrade", "en": "Database upgrade"}
    assert proposal.start == datetime(2026, 12, 2, 19, 0, tzinfo=UTC)
    assert (proposal.outage_minutes, proposal.impact) == (120, "outage")
    assert proposal.channels == ("email", "status_page")
    assert proposal.reminders is None
    assert proposal.announce_at is None
    assert not proposal.draft


def test_what_is_missing_is_told_for_every_field_at_once() -> None:
    assert parse_window({}, ZONES, NOW) == dict.fromkeys(
        ("title", "services", "kind", "start", "end"), "is required"
    )


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("title", "  ", "required"),
        ("title", 7, "a text"),
        ("title", "x" * 201, "too long"),
        ("title", "two\nlines", "cannot be shown"),
        ("title", "abc\u202edef", "cannot be shown"),
        ("title", {"fr": "bonjour"}, "unknown language"),
        ("description", "nul\x00", "cannot be shown"),
        ("services", [], "at least one"),
        ("services", "nmbrs", "a list"),
        ("services", ["nope"], "unknown service: nope"),
        ("services", ["nmbrs", "nmbrs"], "twice"),
        ("services", [{}], "a list"),
        ("kind", "emergency", "planned, update, urgent"),
        ("start", "2026-12-02T20:00:30", "whole minutes"),
        ("start", "tomorrow", ""),
        ("start", "2026-11-01T20:00", "future"),
        ("start", 5, "a time"),
        ("end", "2026-12-02T20:00", "after the start"),
        ("end", "2027-02-02T20:00", "31 days"),
        ("outage_minutes", 121, "120"),
        ("outage_minutes", -1, "120"),
        ("outage_minutes", True, "whole number"),
        ("outage_minutes", 1.5, "whole number"),
        ("impact", "terrible", "none, degraded"),
        ("announce_at", "2026-11-20T20:00", "past"),
        ("channels", ["fax"], "email, status_page"),
        ("channels", [[]], "email, status_page"),
        ("channels", "email", "a list"),
        ("reminders", [0], "from 1"),
        ("reminders", ["soon"], "whole number"),
        ("reminders", list(range(1, 20)), "at most 10"),
        ("draft", "yes", "true or false"),
    ],
)
def test_a_value_that_cannot_be_used_is_told_at_its_field(
    field: str, value: Any, message: str
) -> None:
    found = errors(**{field: value})
    assert message in found[field]


def test_the_hour_that_is_missing_in_spring_is_refused() -> None:
    found = errors(start="2027-03-28T02:30", end="2027-03-28T05:00")
    assert "start" in found


def test_the_hour_that_comes_twice_in_autumn_is_refused_and_taken_with_an_offset() -> None:
    assert "start" in errors(start="2027-10-31T02:30", end="2027-10-31T05:00")
    proposal = read(start="2027-10-31T02:30+01:00", end="2027-10-31T05:00")
    assert proposal.start == datetime(2027, 10, 31, 1, 30, tzinfo=UTC)


def test_services_in_two_zones_need_times_with_an_offset() -> None:
    assert set(errors(services=["nmbrs", "portal"])) == {"start", "end"}
    read(services=["nmbrs", "portal"], start="2026-12-02T20:00+01:00", end="2026-12-02T22:00+01:00")


def test_urgent_work_may_have_begun_already() -> None:
    read(kind="urgent", start="2026-11-23T09:30", end="2026-11-23T11:00")
    assert "end" in errors(kind="urgent", start="2026-11-23T07:30", end="2026-11-23T08:00")


DONE = {"kind": "urgent", "start": "2026-11-23T02:00", "end": "2026-11-23T03:00"}


def afterwards(**changes: Any) -> Proposal | dict[str, str]:
    values = {**FINE, **DONE, "justification": "The disk was full", **changes}
    return parse_window(values, ZONES, NOW, afterwards=True)


def test_afterwards_work_has_ended() -> None:
    read = afterwards()
    assert isinstance(read, Proposal)
    assert read.end == datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
    assert afterwards(end="2026-11-23T10:01") == {
        "end": "must not lie in the future: the work is done"
    }


def test_afterwards_only_urgent_work_with_a_reason_counts() -> None:
    assert afterwards(kind="update", justification="  ") == {
        "kind": "only urgent work is registered afterwards",
        "justification": "is required",
    }


def test_no_channel_leaves_the_announcement_out() -> None:
    assert read(channels=[]).channels == ()


def test_a_null_is_a_field_not_given() -> None:
    assert read(outage_minutes=None, announce_at=None).outage_minutes == 120


def test_a_change_keeps_what_it_does_not_name_and_does_not_hold_it_against_the_clock() -> None:
    before = read(announce_at="2026-11-24T09:00", outage_minutes=15)
    later = NOW + timedelta(days=20)
    after = parse_window({"title": "Other"}, ZONES, later, before)
    assert isinstance(after, Proposal)
    assert after.title["nl"] == "Other"
    assert (after.start, after.announce_at) == (before.start, before.announce_at)


def test_an_outage_over_the_full_length_follows_a_new_length() -> None:
    shorter = {"start": "2026-12-02T20:00", "end": "2026-12-02T21:00"}
    full = parse_window(shorter, ZONES, NOW, read())
    kept = parse_window(shorter, ZONES, NOW, read(outage_minutes=15))
    assert isinstance(full, Proposal)
    assert isinstance(kept, Proposal)
    assert (full.outage_minutes, kept.outage_minutes) == (60, 15)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from([*FINE, "outage_minutes", "channels", "reminders"]), JSON))
def test_whatever_is_sent_is_read_or_refused_field_by_field(data: dict[str, Any]) -> None:
    found = parse_window({**FINE, **data}, ZONES, NOW)
    assert isinstance(found, Proposal) or all(found.values())
