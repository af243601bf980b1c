"""The two SLAs, rule by rule, on the examples of the agreement on how they are read."""

from datetime import timedelta

import pytest

from maintenance.sla.check import Agreement, Terms, check
from maintenance.sla.policy import PolicyError, shipped, with_deviations
from maintenance.sla.rules import find
from maintenance.sla.verdict import Finding, Verdict
from tests.sla.build import LONG_AGO, findings, local, window

NMBRS, FACTUURPORTAL = "nmbrs", "factuurportal"
MOMENT = timedelta(microseconds=1)


def deviating(service, customer="acme", announced=None, **rules):
    return Agreement(customer, with_deviations(shipped()[service], rules), announced)


# Nmbrs


def test_nmbrs_notice_passes_at_the_deadline_and_not_a_moment_later():
    deadline = local("2026-11-30 20:00")
    asked = window("2026-12-02 20:00", told=deadline)
    assert findings(NMBRS, asked)["notice"].outcome == "pass"
    late = window("2026-12-02 20:00", told=deadline + MOMENT)
    assert findings(NMBRS, late)["notice"].outcome == "violation"
    assert findings(NMBRS, late)["notice"].deadline == deadline


@pytest.mark.parametrize("channels", [["email"], ["status_page"], ["status_page", "email"]])
def test_nmbrs_notice_goes_by_either_channel(channels):
    asked = window("2026-12-02 20:00", channels=channels)
    assert findings(NMBRS, asked)["notice"].outcome == "pass"


def test_the_earliest_of_several_channels_counts():
    late = local("2026-12-01 00:00")
    asked = window("2026-12-02 20:00")._replace(announced={"email": late, "status_page": LONG_AGO})
    assert findings(NMBRS, asked)["notice"].outcome == "pass"


def test_a_notice_by_no_channel_is_broken_and_keeps_its_deadline():
    found = findings(NMBRS, window("2026-12-02 20:00", channels=[]))["notice"]
    assert (found.outcome, found.deadline) == ("violation", local("2026-11-30 20:00"))


@pytest.mark.parametrize(
    ("start", "end", "used"),
    [
        ("2026-12-02 05:00", "2026-12-02 07:00", 1),
        ("2026-12-02 04:00", "2026-12-02 06:00", 0),
        ("2026-12-02 18:00", "2026-12-02 23:00", 0),
        ("2026-11-23 17:00", "2026-11-25 07:00", 3),
        ("2026-12-26 12:00", "2026-12-27 12:00", 2),  # holiday and Sunday count
    ],
)
def test_the_daytime_quota_is_used_once_for_each_date_touched_by_day(start, end, used):
    found = findings(NMBRS, window(start, end))["daytime-quota"]
    assert found.adds == used
    assert found.outcome == ("pass" if used else "not_applicable")


def test_a_window_over_a_months_end_uses_one_place_in_each_month():
    asked = window("2026-11-30 17:00", "2026-12-01 07:00")
    in_november = [window(f"2026-11-0{day} 10:00") for day in range(1, 5)]
    in_december = [window(f"2026-12-0{day} 10:00") for day in range(2, 6)]
    found = findings(NMBRS, asked)["daytime-quota"]
    assert (found.used, found.adds, found.period) == (0, 1, "2026-11")
    found = findings(NMBRS, asked, in_december)["daytime-quota"]
    assert (found.outcome, found.used, found.adds, found.period) == ("violation", 4, 1, "2026-12")
    found = findings(NMBRS, asked, in_november + in_december)["daytime-quota"]
    assert (found.used, found.period) == (4, "2026-11")


def test_the_fourth_daytime_place_is_free_and_the_fifth_is_not():
    history = [window(f"2026-12-0{day} 10:00") for day in range(1, 4)]
    assert findings(NMBRS, window("2026-12-09 10:00"), history)["daytime-quota"].outcome == "pass"
    history.append(window("2026-12-04 10:00", kind="update"))
    found = findings(NMBRS, window("2026-12-09 10:00"), history)["daytime-quota"]
    assert (found.outcome, found.used, found.adds, found.limit) == ("violation", 4, 1, 4)


def test_urgent_windows_use_no_place():
    history = [window(f"2026-12-0{day} 10:00", kind="urgent") for day in range(1, 6)]
    assert findings(NMBRS, window("2026-12-09 10:00"), history)["daytime-quota"].used == 0


def test_a_quota_not_applicable_still_shows_what_is_used_in_the_month_of_the_start():
    history = [window(f"2026-12-0{day} 10:00") for day in range(1, 4)]
    found = findings(NMBRS, window("2026-12-09 20:00"), history)["daytime-quota"]
    assert (found.outcome, found.used, found.adds) == ("not_applicable", 3, 0)


@pytest.mark.parametrize(("minutes", "outcome"), [(50, "pass"), (51, "violation")])
def test_updates_of_70_and_50_minutes_in_one_week_pass_and_70_and_51_do_not(minutes, outcome):
    first = window("2026-12-01 20:00", kind="update", outage=70)
    second = window("2026-12-06 20:00", kind="update", outage=minutes)
    found = findings(NMBRS, second, [first])["weekly-update-cap"]
    assert (found.outcome, found.used, found.adds) == (outcome, 70, minutes)
    assert (found.limit, found.period) == (120, "2026-W49")


def test_an_update_counts_in_the_week_of_its_local_start():
    sunday = window("2027-01-03 23:30", kind="update", outage=120)
    monday = window("2027-01-04 00:00", kind="update", outage=120)
    assert findings(NMBRS, sunday)["weekly-update-cap"].period == "2026-W53"
    found = findings(NMBRS, monday, [sunday])["weekly-update-cap"]
    assert (found.outcome, found.used, found.period) == ("pass", 0, "2027-W01")


def test_the_cap_is_not_about_planned_windows():
    update = window("2026-12-01 20:00", kind="update", outage=120)
    found = findings(NMBRS, window("2026-12-02 20:00"), [update])["weekly-update-cap"]
    assert (found.outcome, found.used, found.adds) == ("not_applicable", 120, 0)
    assert (found.limit, found.period) == (120, "2026-W49")


@pytest.mark.parametrize(
    ("start", "why", "outcome"),
    [
        ("2026-12-02 20:00", "a leak", "pass"),
        ("2026-12-02 20:00", " \t\n", "violation"),
        ("2026-12-02 03:00", "a leak", "advice"),
        ("2026-12-02 03:00", "", "violation"),
        ("2026-12-02 04:01", "a leak", "pass"),
        ("2026-12-02 04:00", "a leak", "advice"),  # 06:00 is not touched
    ],
)
def test_urgent_windows_of_nmbrs_need_a_reason_and_belong_in_the_service_window(
    start, why, outcome
):
    found = findings(NMBRS, window(start, kind="urgent", why=why))
    assert {rule: f.outcome for rule, f in found.items()} == {"urgent-scope": outcome}


# Factuurportal


@pytest.mark.parametrize(
    ("start", "outcome"), [("2026-12-03 14:00", "violation"), ("2026-12-03 20:00", "advice")]
)
def test_late_notice_by_day_is_a_violation_and_at_night_advice(start, outcome):
    asked = window(start, told=local(start) - timedelta(days=4))
    assert findings(FACTUURPORTAL, asked)["notice"].outcome == outcome


@pytest.mark.parametrize(
    ("start", "outcome"), [("2026-12-03 14:00", "violation"), ("2026-12-03 20:00", "advice")]
)
def test_the_status_page_alone_is_no_notice_for_factuurportal(start, outcome):
    found = findings(FACTUURPORTAL, window(start, channels=["status_page"]))["notice"]
    assert found.outcome == outcome
    assert found.deadline == local(start) - timedelta(days=5)


@pytest.mark.parametrize(("outage", "outcome"), [(15, "not_applicable"), (16, "violation")])
def test_a_quarter_of_an_hour_needs_no_notice(outage, outcome):
    asked = window("2026-12-03 14:00", outage=outage, channels=[])
    found = findings(FACTUURPORTAL, asked)["notice"]
    assert (found.outcome, found.deadline) == (outcome, local("2026-11-28 14:00"))


@pytest.mark.parametrize(
    ("start", "end", "outcome"),
    [
        ("2026-12-03 16:59", "2026-12-03 18:00", "advice"),
        ("2026-12-03 17:00", "2026-12-03 18:00", "pass"),
        ("2026-12-03 06:00", "2026-12-03 08:30", "pass"),
        ("2026-12-25 10:00", "2026-12-25 12:00", "pass"),
        ("2026-12-04 18:00", "2026-12-07 08:31", "advice"),
    ],
)
def test_office_hours_are_advised_against(start, end, outcome):
    assert findings(FACTUURPORTAL, window(start, end))["office-hours"].outcome == outcome


def test_urgent_windows_of_factuurportal_need_a_reason_at_any_hour():
    night = window("2026-12-03 03:00", kind="urgent", why="a leak")
    assert {r: f.outcome for r, f in findings(FACTUURPORTAL, night).items()} == {
        "urgent-scope": "pass"
    }


# Verdicts


def test_findings_stand_in_the_order_of_the_services_and_then_of_the_rules():
    terms = [Terms(slug, shipped()[slug], []) for slug in (FACTUURPORTAL, NMBRS)]
    verdict = check(window("2026-12-02 20:00"), terms)
    assert [(f.service, f.rule) for f in verdict.findings] == [
        ("factuurportal", "notice"),
        ("factuurportal", "office-hours"),
        ("nmbrs", "notice"),
        ("nmbrs", "daytime-quota"),
        ("nmbrs", "weekly-update-cap"),
    ]


def test_advice_is_compliant_and_a_violation_is_not():
    by_day = window("2026-12-03 14:00")
    assert check(by_day, [Terms(FACTUURPORTAL, shipped()[FACTUURPORTAL], [])]).compliant
    late = by_day._replace(announced={})
    assert not check(late, [Terms(FACTUURPORTAL, shipped()[FACTUURPORTAL], [])]).compliant


def test_a_finding_says_its_arithmetic_in_both_languages():
    found = findings(NMBRS, window("2026-12-02 20:00"))["notice"]
    assert "Mon 30 November 2026 20:00 CET" in found.message["en"]
    assert "ma 30 november 2026 20:00 CET" in found.message["nl"]
    assert "2 working days" in found.message["en"]
    assert "2 werkdagen" in found.message["nl"]
    found = findings(NMBRS, window("2026-12-02 10:00"))["daytime-quota"]
    assert "In December 2026: 0 used + 1 by this window = 1" in found.message["en"]


def test_a_verdict_survives_json():
    verdict = check(
        window("2026-12-02 10:00", kind="update"),
        [Terms(NMBRS, shipped()[NMBRS], [], [deviating(NMBRS, notice={"length": 3})])],
    )
    assert Verdict.from_json(verdict.as_json()) == verdict
    assert verdict.as_json()["findings"][0]["deadline"] == "2026-11-27T09:00:00Z"


def test_a_finding_leaves_out_what_it_has_no_value_for():
    said = Finding("s", "r", "pass", "a", {"en": "", "nl": ""}, used=0).as_json()
    assert list(said) == ["service", "rule", "outcome", "article", "message", "used"]


# Agreements


def test_a_stricter_agreement_decides_and_is_named():
    asked = window("2026-12-03 14:00", told=local("2026-11-26 14:00"))
    ten_days = deviating(FACTUURPORTAL, notice={"length": 10})
    found = findings(FACTUURPORTAL, asked, agreements=[ten_days])["notice"]
    assert (found.outcome, found.customer) == ("violation", "acme")
    assert found.deadline == local("2026-11-23 14:00")


def test_a_laxer_agreement_does_not_undo_the_sla():
    asked = window("2026-12-03 14:00", told=local("2026-12-01 14:00"))
    one_day = deviating(FACTUURPORTAL, notice={"length": 1})
    found = findings(FACTUURPORTAL, asked, agreements=[one_day])["notice"]
    assert (found.outcome, found.customer) == ("violation", None)


def test_where_outcomes_are_equal_the_tighter_arithmetic_decides():
    asked = window("2026-12-02 10:00")
    two = deviating(NMBRS, "b", **{"daytime-quota": {"limit": 2}})
    three = deviating(NMBRS, "c", **{"daytime-quota": {"limit": 3}})
    found = findings(NMBRS, asked, agreements=[three, two])
    assert (found["daytime-quota"].outcome, found["daytime-quota"].customer) == ("pass", "b")
    assert found["daytime-quota"].limit == 2
    assert found["notice"].customer is None


def test_a_customers_own_blackout_is_judged_after_the_rules_of_the_sla():
    payroll = {
        "kind": "blackout",
        "windows": ["planned"],
        "severity": "violation",
        "last_working_days": 3,
    }
    agreement = deviating(NMBRS, payroll=payroll)
    found = findings(NMBRS, window("2026-12-29 20:00"), agreements=[agreement])
    assert list(found)[-1] == "payroll"
    assert (found["payroll"].outcome, found["payroll"].customer) == ("violation", "acme")
    found = findings(NMBRS, window("2026-12-28 20:00"), agreements=[agreement])
    assert found["payroll"].outcome == "pass"


def test_the_customer_who_was_told_last_decides():
    policy = shipped()[NMBRS]
    late, later = local("2026-12-01 20:00"), local("2026-12-01 21:00")
    told = [
        Agreement("early", policy, {"email": LONG_AGO}),
        Agreement("late", policy, {"email": late}),
        Agreement("later", policy, {"email": later}),
    ]
    found = findings(NMBRS, window("2026-12-02 20:00"), agreements=told)["notice"]
    assert (found.outcome, found.customer) == ("violation", "later")
    told.append(Agreement("untold", policy, {}))
    found = findings(NMBRS, window("2026-12-02 20:00"), agreements=told)["notice"]
    assert found.customer == "untold"


def test_the_same_deviations_are_one_policy_and_judged_once():
    one = with_deviations(shipped()[NMBRS], {"notice": {"length": 3, "unit": "hours"}})
    two = with_deviations(shipped()[NMBRS], {"notice": {"unit": "hours", "length": 3}})
    assert one is two


def test_the_words_of_a_finding_follow_the_numbers_of_an_agreement():
    asked = window("2026-12-03 14:00", outage=10, told=local("2026-12-01 14:00"))
    strict = deviating(FACTUURPORTAL, notice={"when": {"outage_over": 5}, "length": 10})
    found = findings(FACTUURPORTAL, asked, agreements=[strict])["notice"]
    assert "over 5 minutes" in found.message["en"]
    assert "minstens 10 dagen" in found.message["nl"]


def test_five_thousand_customers_with_fifty_deviations_are_judged_fifty_times(monkeypatch):
    judged = []

    def counting(service, rule, case):
        judged.append(rule.id)
        return find(service, rule, case)

    monkeypatch.setattr("maintenance.sla.check.find", counting)
    agreements = [deviating(NMBRS, f"c{n}", notice={"length": 3 + n % 50}) for n in range(5_000)]
    found = findings(NMBRS, window("2026-12-02 20:00"), agreements=agreements)
    assert found["notice"].customer == "c49"
    assert judged.count("notice") == 51


def test_a_deviation_shares_the_calendar_and_the_hours_of_the_sla():
    sla = shipped()[NMBRS]
    own = with_deviations(sla, {"daytime-quota": {"limit": 1}})
    assert own.calendar is sla.calendar
    assert own.hours is sla.hours


def test_a_deviation_may_leave_out_a_condition():
    brief = window("2026-12-03 14:00", outage=5, channels=[])
    assert findings(FACTUURPORTAL, brief)["notice"].outcome == "not_applicable"
    always = deviating(FACTUURPORTAL, notice={"when": None})
    found = findings(FACTUURPORTAL, brief, agreements=[always])["notice"]
    assert (found.outcome, found.customer) == ("violation", "acme")


@pytest.mark.parametrize(
    ("deviations", "key"),
    [
        ({"notice": {"length": 0}}, "rules.notice.length"),
        ({"notice": {"lenght": 3}}, "rules.notice.lenght"),
        ({"notice": 3}, "rules.notice"),
        ({"notice": {"when": {}}}, "rules.notice.when"),
        ({"own": {"windows": ["planned"]}}, "rules.own.kind"),
        ({"notice": {"advice_when": {"outside": "nowhere"}}}, "rules.notice.advice_when.outside"),
    ],
)
def test_a_bad_deviation_is_refused_with_its_key(deviations, key):
    with pytest.raises(PolicyError) as refused:
        with_deviations(shipped()[FACTUURPORTAL], deviations)
    assert refused.value.key == key
