"""The JSON of `maintenance check`: what is read from it, and how its first bad field is named."""

from datetime import UTC, datetime, timedelta

import pytest

from maintenance.sla.check import check
from maintenance.sla.instant import BadTime, parse_instant
from maintenance.sla.plain import plain_entry
from maintenance.sla.policy import parse as parse_policy
from maintenance.sla.policy import shipped, shipped_texts
from maintenance.sla.request import BadField, id_of, parse, read_entry
from maintenance.sla.verdict import CHANNELS
from tests.sla.build import AMSTERDAM

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
BASE = {
    "service": "nmbrs",
    "kind": "planned",
    "start": "2026-12-02T20:00",
    "end": "2026-12-02T22:00",
}


def asked(**fields):
    return parse({**BASE, **fields}, shipped(), NOW)


def bad_field(**fields):
    with pytest.raises(BadField) as refused:
        asked(**fields)
    assert "\n" not in refused.value.message
    return refused.value.field


# Times


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-12-02T20:00", "2026-12-02T19:00:00+00:00"),
        ("2026-12-02 20:00:00", "2026-12-02T19:00:00+00:00"),
        ("2026-12-02T19:00Z", "2026-12-02T19:00:00+00:00"),
        ("2026-12-02T20:00:30.5+01:00", "2026-12-02T19:00:30.500000+00:00"),
        ("2026-12-02T18:30-00:30", "2026-12-02T19:00:00+00:00"),
        ("2026-10-25T02:30+02:00", "2026-10-25T00:30:00+00:00"),
        ("2026-12-02T19:00:00.0000001Z", "2026-12-02T19:00:00.000001+00:00"),
        ("2026-12-02T19:00:00.0000000Z", "2026-12-02T19:00:00+00:00"),
        ("2026-12-02T19:59:59.9999999Z", "2026-12-02T20:00:00+00:00"),
        ("1970-01-01T00:00+01:00", "1969-12-31T23:00:00+00:00"),
        ("2199-12-31T23:59Z", "2199-12-31T23:59:00+00:00"),
    ],
)
def test_a_time_is_read_with_its_offset_or_as_local_time(text, instant):
    assert parse_instant(text, AMSTERDAM).isoformat() == instant


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2026-12-02", "format"),
        ("2026-12-02t20:00", "format"),
        ("2026-12-02T20:00z", "format"),
        ("2026-12-02T20:00+0100", "format"),
        ("2026-12-02T20:00+01", "format"),
        ("2026-12-02T20:00+24:00", "format"),
        ("2026-12-02T24:00", "format"),
        ("2026-12-02T20:60", "format"),
        ("2026-12-02T20:00:60", "format"),
        ("2026-12-02T20:00:00.", "format"),
        ("2026-02-30T20:00", "format"),
        ("2026-W49-3T20:00", "format"),
        ("2026-12-02T20:00\n", "format"),
        ("２026-12-02T20:00", "format"),
        ("", "format"),
        (None, "format"),
        (20, "format"),
        ("1969-12-31T23:59Z", "range"),
        ("2200-01-01T00:00Z", "range"),
        ("0000-01-01T00:00Z", "format"),
        ("2026-03-29T02:30", "gap"),
        ("2026-10-25T02:30", "repeated"),
    ],
)
def test_a_time_that_cannot_be_used_says_why(text, reason):
    with pytest.raises(BadTime) as refused:
        parse_instant(text, AMSTERDAM)
    assert refused.value.reason == reason


def test_a_time_that_comes_twice_offers_both():
    with pytest.raises(BadTime) as refused:
        parse_instant("2026-10-25T02:30", AMSTERDAM)
    first, second = refused.value.choices
    assert first.isoformat() == "2026-10-25T00:30:00+00:00"
    assert second - first == timedelta(hours=1)


# What is left out


def test_what_is_left_out_or_null_has_its_default():
    nothing = dict.fromkeys(
        [
            *("services", "outage_minutes", "announce_at", "channels", "justification"),
            *("id", "window_id", "history", "agreements", "state"),
        ]
    )
    request = asked(**nothing)
    assert request == asked()
    assert request.window.outage_minutes == 120
    assert request.window.announced == dict.fromkeys(CHANNELS, NOW)
    assert request.id is None


def test_unknown_fields_are_ignored():
    assert asked(colour="red", history=[{**BASE, "id": 1, "colour": 1}]).window == asked().window


@pytest.mark.parametrize("identity", ["7", 7, 7.5, -1, "", "é", 10**40])
def test_an_id_is_kept_as_it_came(identity):
    assert asked(id=identity).id == identity


# The history


def used(**fields):
    request = asked(start="2026-12-02T10:00", end="2026-12-02T11:00", **fields)
    found = {f.rule: f for f in check(request.window, request.terms).findings}
    return found["daytime-quota"].used


ENTRY = {**BASE, "start": "2026-12-09T10:00", "end": "2026-12-09T11:00"}


@pytest.mark.parametrize("state", [None, "scheduled", "in_progress", "completed"])
def test_a_window_that_stands_holds_its_place(state):
    assert used(history=[{**ENTRY, "state": state}]) == 1


@pytest.mark.parametrize("state", ["draft", "proposed", "cancelled", "rejected"])
def test_a_window_that_does_not_stand_holds_none(state):
    assert used(history=[{**ENTRY, "state": state}]) == 0


def test_the_window_itself_is_left_out_wherever_it_stands():
    history = [{**ENTRY, "id": "a"}, {**ENTRY, "id": "b"}, {**ENTRY, "id": "a"}]
    assert used(history=history) == 3
    assert used(history=history, window_id="a") == 1


def test_the_text_7_is_not_the_number_7():
    assert used(history=[{**ENTRY, "id": 7}], window_id="7") == 1
    assert used(history=[{**ENTRY, "id": 7}], window_id=7) == 0
    assert used(history=[ENTRY], window_id=None) == 1


def test_the_history_of_other_services_is_not_counted():
    other = {**ENTRY, "service": "factuurportal"}
    both = {**ENTRY, "service": None, "services": ["factuurportal", "nmbrs"]}
    assert used(history=[other]) == 0
    assert used(history=[both]) == 1


def test_several_services_are_judged_in_their_order():
    request = asked(service=None, services=["factuurportal", "nmbrs"])
    assert [terms.service for terms in request.terms] == ["factuurportal", "nmbrs"]


# The quick way


def test_what_is_read_the_quick_way_is_read_the_same_field_by_field():
    zones = {slug: policy.zone for slug, policy in shipped().items()}
    told = dict.fromkeys(CHANNELS, NOW)
    odd = [
        *({"start": text} for text in ODD_TIMES),
        *({"end": text} for text in ODD_TIMES),
        *({"outage_minutes": minutes} for minutes in (None, 0, 59, 60, 61, -1, 1.0, True, "1", {})),
        *({"service": name} for name in (None, 1, "x", ["nmbrs"], {}, "factuurportal")),
        *({"kind": kind} for kind in ("planned", "update", "urgent", "x", None, ["planned"], {})),
        *({"state": state} for state in ("draft", "completed", "x", None, [], {}, 1)),
        *({"id": name} for name in (None, 7, "7", "é", "\ud800", 1.5, True, [], 1e400)),
        *({"channels": channels} for channels in ([], ["email"], ["fax"])),
        {"services": ["nmbrs"]},
        {"announce_at": "x"},
        {"justification": 1},
    ]
    plain = {**ENTRY, "start": "2026-12-09T09:00Z", "end": "2026-12-09T10:00Z"}
    quick = 0
    for fields in ({}, *odd):
        entry = plain_entry({**plain, **fields}, zones, told)
        if entry is not None:
            quick += 1
            assert entry == read_entry({**plain, **fields}, 0, zones, NOW)
    assert quick > 20


ODD_TIMES = [
    *(
        "2026-12-09 09:30Z",
        "2026-12-09T09:30:00Z",
        "2026-12-09T09:30:00.0Z",
        "2026-12-09T09:30:01Z",
    ),
    *(
        "2026-12-09T10:30+01:00",
        "2026-12-09T10:30",
        "2026-10-25T02:30",
        "2026-12-09T24:00Z",
        "2026-02-30T09:30Z",
    ),
    *("1969-12-31T23:59Z", "1970-01-01T00:00Z", "2199-12-31T23:59Z", "2200-01-01T00:00Z"),
    *("2026-12-09T09:30Z\n", "2026-W50-3T09:30Z", "", None, 1, [], {}),
]


@pytest.mark.parametrize("value", [None, 1, "x", [], [{}]])
def test_what_is_no_object_is_not_read_the_quick_way(value):
    assert plain_entry(value, {}, {}) is None


# Bad input


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"service": None}, "service"),
        ({"service": "x"}, "service"),
        ({"service": 1}, "service"),
        ({"service": ["nmbrs"]}, "service"),
        ({"services": ["nmbrs"]}, "services"),
        ({"service": None, "services": []}, "services"),
        ({"service": None, "services": "nmbrs"}, "services"),
        ({"service": None, "services": ["nmbrs", "x"]}, "services"),
        ({"service": None, "services": ["nmbrs", "nmbrs"]}, "services"),
        ({"service": None, "services": ["nmbrs", ["nmbrs"]]}, "services"),
        ({"kind": None}, "kind"),
        ({"kind": "Planned"}, "kind"),
        ({"kind": ["planned"]}, "kind"),
        ({"start": None}, "start"),
        ({"start": "2026-12-02T20:00:01"}, "start"),
        ({"start": "2026-12-02T20:00:00.000001"}, "start"),
        ({"start": 1764702000}, "start"),
        ({"end": None}, "end"),
        ({"end": BASE["start"]}, "end"),
        ({"end": "2026-12-02T19:59"}, "end"),
        ({"outage_minutes": -1}, "outage_minutes"),
        ({"outage_minutes": 121}, "outage_minutes"),
        ({"outage_minutes": 30.5}, "outage_minutes"),
        ({"outage_minutes": True}, "outage_minutes"),
        ({"outage_minutes": "30"}, "outage_minutes"),
        ({"outage_minutes": 10**400}, "outage_minutes"),
        ({"outage_minutes": 1e400}, "outage_minutes"),
        ({"announce_at": "yesterday"}, "announce_at"),
        ({"announce_at": "2026-10-25T02:30"}, "announce_at"),
        ({"channels": "email"}, "channels"),
        ({"channels": ["fax"]}, "channels"),
        ({"channels": [["email"]]}, "channels"),
        ({"justification": 1}, "justification"),
        ({"justification": "\ud800"}, "justification"),
        ({"id": True}, "id"),
        ({"id": {}}, "id"),
        ({"id": "\ud800"}, "id"),
        ({"id": 1e400}, "id"),
        ({"window_id": []}, "window_id"),
        ({"history": {}}, "history"),
        ({"history": [1]}, "history[0]"),
        ({"history": [ENTRY, {**ENTRY, "service": "x"}]}, "history[1].service"),
        ({"history": [{**ENTRY, "start": "2026-03-29T02:30"}]}, "history[0].start"),
        ({"history": [{**ENTRY, "state": "done"}]}, "history[0].state"),
        ({"history": [{**ENTRY, "state": "done", "id": []}]}, "history[0].id"),
        ({"agreements": {}}, "agreements"),
        ({"agreements": [1]}, "agreements[0]"),
        ({"agreements": [{"rules": {}}]}, "agreements[0].customer"),
        ({"agreements": [{"customer": "a", "service": "x"}]}, "agreements[0].service"),
        ({"agreements": [{"customer": "a"}]}, "agreements[0].rules"),
        (
            {"agreements": [{"customer": "a", "rules": {"notice": {"length": 0}}}]},
            "agreements[0].rules.notice.length",
        ),
    ],
)
def test_a_bad_field_is_named(fields, field):
    assert bad_field(**fields) == field


def test_the_first_bad_field_is_named_in_the_order_of_the_contract():
    wrong = {
        "service": "x",
        "kind": "x",
        "start": "x",
        "end": "x",
        "outage_minutes": "x",
        "announce_at": "x",
        "channels": "x",
        "justification": 1,
        "id": [],
        "window_id": [],
        "history": "x",
        "agreements": "x",
    }
    right = {**BASE, **dict.fromkeys(wrong, None), **BASE}
    while wrong:
        first = next(iter(wrong))
        with pytest.raises(BadField) as refused:
            parse({**right, **wrong}, shipped(), NOW)
        assert refused.value.field == first
        del wrong[first]


def test_a_whole_number_may_be_written_with_a_point():
    assert asked(outage_minutes=30.0).window.outage_minutes == 30


@pytest.mark.parametrize("value", [None, [], "x", 7, [BASE]])
def test_what_is_no_object_has_no_field(value):
    with pytest.raises(BadField) as refused:
        parse(value, shipped(), NOW)
    assert refused.value.field is None


def test_an_agreement_nested_too_deep_is_refused():
    rules = {}
    for _ in range(100_000):
        rules = {"notice": rules}
    field = bad_field(agreements=[{"customer": "a", "rules": rules}])
    assert field == "agreements[0].rules"


def test_local_times_need_a_zone_that_the_services_share():
    elsewhere = parse_policy(
        shipped_texts()["nmbrs"].replace("Europe/Amsterdam", "America/New_York"), "elsewhere"
    )
    policies = {**shipped(), "elsewhere": elsewhere}
    fields = {**BASE, "service": None, "services": ["nmbrs", "elsewhere"]}
    with pytest.raises(BadField) as refused:
        parse(fields, policies, NOW)
    assert refused.value.field == "start"
    fields |= {"start": "2026-12-02T19:00Z", "end": "2026-12-02T21:00Z"}
    with pytest.raises(BadField) as refused:
        parse({**fields, "announce_at": "2026-12-01 10:00"}, policies, NOW)
    assert refused.value.field == "announce_at"
    assert parse(fields, policies, NOW).window == asked().window


def test_the_version_in_force_at_the_start_decides():
    text = shipped_texts()["nmbrs"]
    newer = parse_policy(
        text.replace("2020-01-01", "2027-01-01").replace("length = 2", "length = 3"), "newer"
    )
    policies = {"nmbrs": (newer, shipped()["nmbrs"])}
    before, after = "2026-12-31T23:59", "2027-01-01T00:00"
    for start, policy in ((before, shipped()["nmbrs"]), (after, newer)):
        request = parse({**BASE, "start": start, "end": "2027-01-01T03:00"}, policies, NOW)
        assert request.terms[0].policy is policy


@pytest.mark.parametrize("value", [None, [], {"id": []}, {"id": True}, {"id": "\udfff"}, {}])
def test_what_is_no_id_is_not_echoed(value):
    assert id_of(value) is None
