"""planning: the verbs, on both databases."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from maintenance import clock, planning
from maintenance.accounts import Actor
from maintenance.intake import Proposal
from maintenance.judging import present
from maintenance.models import Audit, Delivery, Notice, Window, db
from maintenance.results import Bad, Done, Missing, NotPossible, Refused, Stale
from maintenance.sla.verdict import Verdict
from tests import build
from tests.build import NOW

OPERATOR = Actor("olga@vendor.example", "operator")
APPROVER = Actor("anna@vendor.example", "approver")
NIGHT = datetime(2026, 12, 2, 19, 0, tzinfo=UTC)  # Wednesday 20:00 in Amsterdam
DAY = datetime(2026, 12, 3, 9, 0, tzinfo=UTC)  # Thursday 10:00
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def installation(database: str, app: Flask) -> None:
    """Two services and a customer of each, committed."""
    build.contact(build.customer("acme", ["nmbrs"]))
    build.contact(build.customer("bakker", ["factuurportal"]))
    db.session.commit()


def proposal(**changes: Any) -> Proposal:
    return replace(
        Proposal(
            title={"nl": "Databases bijwerken", "en": "Database upgrade"},
            description={"nl": "", "en": ""},
            services=("nmbrs",),
            kind="planned",
            start=NIGHT,
            end=NIGHT + HOUR,
            outage_minutes=60,
            impact="outage",
            justification="",
            announce_at=None,
            channels=("email", "status_page"),
            reminders=(),
        ),
        **changes,
    )


def proposed(now: datetime = NOW, **changes: Any) -> Window:
    result = planning.propose(proposal(**changes), OPERATOR, now)
    assert isinstance(result, Done)
    return result.window


def scheduled(now: datetime = NOW, **changes: Any) -> Window:
    row = proposed(now, **changes)
    done = planning.approve(row.public_id, APPROVER, now, override_reason="agreed by telephone")
    assert isinstance(done, Done)
    return done.window


def outcomes(verdict: Verdict) -> dict[str, str]:
    return {finding.rule: finding.outcome for finding in verdict.findings}


def kinds(row: Window) -> list[str]:
    """The kinds of notice that are planned or told, in the order they fall due."""
    db.session.refresh(row)
    return [notice.kind for notice in row.notices if notice.dropped is None]


def count(table: type[Any]) -> int:
    return db.session.scalar(select(func.count()).select_from(table)) or 0


class TestPropose:
    def test_a_proposal_is_stored_with_its_verdict(self) -> None:
        row = proposed()
        assert (row.state, row.revision, row.reference) == ("proposed", 1, "M-2026-001")
        assert row.verdict["compliant"]
        assert proposed().reference == "M-2026-002"

    def test_one_that_breaks_a_rule_is_stored_too(self) -> None:
        row = proposed(start=NOW + HOUR, end=NOW + 2 * HOUR)
        verdict = Verdict.from_json(row.verdict)
        assert not verdict.compliant
        assert outcomes(verdict)["notice"] == "violation"

    def test_nobody_is_told_of_what_is_only_proposed(self) -> None:
        proposed()
        assert count(Notice) == 0

    def test_a_draft_waits_until_it_is_submitted(self) -> None:
        row = proposed(draft=True)
        assert row.state == "draft"
        assert isinstance(planning.approve(row.public_id, APPROVER, NOW), NotPossible)
        assert isinstance(planning.submit(row.public_id, OPERATOR, NOW), Done)
        assert row.state == "proposed"

    def test_each_of_its_services_judges_it(self) -> None:
        row = proposed(services=("factuurportal", "nmbrs"))
        found = {finding["service"] for finding in row.verdict["findings"]}
        assert found == {"factuurportal", "nmbrs"}


class TestApprove:
    def test_it_announces_at_once_and_records_who_did_it(self) -> None:
        row = scheduled()
        assert (row.state, row.approved_by) == ("scheduled", APPROVER.name)
        assert row.announced_at == NOW
        assert kinds(row) == ["announcement"]
        assert [d.address for d in db.session.scalars(select(Delivery))] == ["jan@acme.example"]
        assert [a.verb for a in db.session.scalars(select(Audit).order_by(Audit.id))] == [
            "propose",
            "approve",
        ]

    def test_a_broken_rule_is_refused_and_nothing_is_written(self) -> None:
        row = proposed(start=NOW + HOUR, end=NOW + 2 * HOUR)
        refused = planning.approve(row.public_id, APPROVER, NOW)
        assert isinstance(refused, Refused)
        assert outcomes(refused.verdict)["notice"] == "violation"
        assert (row.state, row.revision) == ("proposed", 1)
        assert (count(Audit), count(Notice)) == (1, 0)

    def test_an_approver_overrides_with_a_reason_that_is_kept(self) -> None:
        row = proposed(start=NOW + HOUR, end=NOW + 2 * HOUR)
        done = planning.approve(row.public_id, APPROVER, NOW, override_reason=" customer asked ")
        assert isinstance(done, Done)
        assert (row.overridden_by, row.override_reason) == (APPROVER.name, "customer asked")
        log = db.session.scalars(select(Audit).order_by(Audit.id)).all()
        assert log[-1].details["override_reason"] == "customer asked"

    def test_an_operator_cannot_override_and_white_space_is_no_reason(self) -> None:
        row = proposed(start=NOW + HOUR, end=NOW + 2 * HOUR)
        for actor, reason in ((OPERATOR, "because"), (APPROVER, "  \n")):
            result = planning.approve(row.public_id, actor, NOW, override_reason=reason)
            assert isinstance(result, Refused)

    def test_an_override_where_no_rule_is_broken_leaves_no_trace(self) -> None:
        assert scheduled().overridden_by == ""

    def test_the_rules_are_asked_again_at_that_moment(self) -> None:
        row = proposed()
        much_later = NIGHT - HOUR
        result = planning.approve(row.public_id, APPROVER, much_later)
        assert isinstance(result, Refused)

    def test_the_margin_for_sending_counts(self) -> None:
        row = proposed(start=NIGHT, end=NIGHT + HOUR)
        deadline = datetime(2026, 11, 30, 19, 0, tzinfo=UTC)
        late = deadline - timedelta(minutes=14)
        assert isinstance(planning.approve(row.public_id, APPROVER, late), Refused)
        in_time = deadline - timedelta(minutes=15)
        assert isinstance(planning.approve(row.public_id, APPROVER, in_time), Done)

    def test_a_chosen_moment_is_kept_to(self) -> None:
        at = NOW + 2 * HOUR
        row = scheduled(announce_at=at)
        assert row.announced_at is None
        assert [(n.kind, n.due_at) for n in row.notices] == [("announcement", at)]

    def test_without_channels_nobody_is_told_where_no_rule_asks_it(self) -> None:
        row = scheduled(services=("factuurportal",), outage_minutes=15, channels=())
        assert kinds(row) == []
        assert row.announced_at is None

    def test_reminders_follow_the_announcement(self) -> None:
        row = scheduled(reminders=(60 * 24 * 30, 60 * 24, 60))
        due = [notice.due_at for notice in row.notices if notice.kind == "reminder"]
        assert due == [NIGHT - 24 * HOUR, NIGHT - HOUR]

    def test_twice_is_once(self) -> None:
        row = scheduled()
        assert isinstance(planning.approve(row.public_id, APPROVER, NOW), NotPossible)
        assert kinds(row) == ["announcement"]

    def test_what_somebody_else_changed_is_not_approved_unread(self) -> None:
        row = proposed()
        planning.edit(row.public_id, proposal(outage_minutes=30), OPERATOR, NOW)
        result = planning.approve(row.public_id, APPROVER, NOW, seen=1)
        assert isinstance(result, Stale)
        assert row.state == "proposed"

    def test_an_unknown_window_is_missing(self) -> None:
        assert isinstance(planning.approve("w_nope", APPROVER, NOW), Missing)

    def test_a_place_that_is_only_proposed_is_not_held(self) -> None:
        day = [DAY + timedelta(days=7 * week) for week in range(4)]
        for start in day:
            scheduled(start=start, end=start + HOUR)
        fifth = [
            proposed(start=DAY + timedelta(days=d), end=DAY + timedelta(days=d) + HOUR)
            for d in (4, 5)
        ]
        for row in fifth:
            finding = Verdict.from_json(row.verdict).findings[1]
            assert (finding.used, finding.adds, finding.limit) == (4, 1, 4)
            assert isinstance(planning.approve(row.public_id, APPROVER, NOW), Refused)


class TestMove:
    def later(self, row: Window, by: timedelta, actor: Actor = OPERATOR, **more: Any) -> Any:
        start, end = row.start_at + by, row.end_at + by
        return planning.move(row.public_id, start, end, actor, NOW, **more)

    def test_a_proposal_moves_freely_and_is_judged_anew(self) -> None:
        row = proposed()
        assert isinstance(self.later(row, -timedelta(days=9)), Done)
        assert not row.verdict["compliant"]

    def test_those_told_are_told_the_change_and_what_it_replaces(self) -> None:
        row = scheduled()
        assert isinstance(self.later(row, timedelta(days=1)), Done)
        assert kinds(row) == ["announcement", "change"]
        change = row.notices[-1]
        assert (change.was_start_at, change.was_end_at) == (NIGHT, NIGHT + HOUR)
        assert row.places[0].start_at == row.start_at == NIGHT + timedelta(days=1)

    def test_a_move_that_breaks_a_rule_is_refused_and_nothing_changes(self) -> None:
        row = scheduled()
        assert isinstance(self.later(row, -timedelta(days=8)), Refused)
        assert (row.start_at, row.revision) == (NIGHT, 2)
        assert kinds(row) == ["announcement"]

    def test_notice_counts_anew_from_a_move(self) -> None:
        row = scheduled()
        result = planning.move(
            row.public_id, NIGHT + HOUR, NIGHT + 2 * HOUR, OPERATOR, NIGHT - 24 * HOUR
        )
        assert isinstance(result, Refused)

    def test_an_approver_may_override_a_move(self) -> None:
        row = scheduled()
        result = self.later(row, -timedelta(days=8), APPROVER, override_reason="power cut")
        assert isinstance(result, Done)
        assert row.override_reason == "power cut"

    def test_reminders_move_along(self) -> None:
        row = scheduled(reminders=(60,))
        self.later(row, timedelta(days=1))
        due = [n.due_at for n in row.notices if n.kind == "reminder" and n.dropped is None]
        assert due == [NIGHT + timedelta(days=1) - HOUR]

    def test_one_not_yet_announced_is_announced_at_its_new_times_only(self) -> None:
        row = scheduled(announce_at=NOW + HOUR)
        self.later(row, timedelta(days=1))
        assert kinds(row) == ["announcement"]

    def test_the_window_itself_is_left_out_of_the_history(self) -> None:
        for week in range(4):
            start = DAY + timedelta(days=7 * week)
            row = scheduled(start=start, end=start + HOUR)
        assert isinstance(self.later(row, timedelta(hours=1)), Done)

    def test_an_outage_over_the_full_length_follows_it(self) -> None:
        row = scheduled()
        planning.move(row.public_id, NIGHT, NIGHT + 3 * HOUR, OPERATOR, NOW)
        assert row.outage_minutes == row.places[0].outage_minutes == 180


class TestRunning:
    def test_starting_extending_completing_are_never_refused_and_told(self) -> None:
        row = scheduled()
        assert isinstance(planning.start(row.public_id, OPERATOR, NIGHT), Done)
        longer = planning.extend(row.public_id, NIGHT + 30 * HOUR, OPERATOR, NIGHT + HOUR)
        assert isinstance(longer, Done)
        assert isinstance(planning.complete(row.public_id, OPERATOR, NIGHT + 20 * HOUR), Done)
        assert kinds(row) == ["announcement", "start", "change", "completion", "overrun"]
        assert (row.started_at, row.completed_at) == (NIGHT, NIGHT + 20 * HOUR)

    def test_an_extension_keeps_the_notice_that_was_given(self) -> None:
        row = scheduled()
        sent(row, NOW + timedelta(minutes=1))
        planning.start(row.public_id, OPERATOR, NIGHT)
        planning.extend(row.public_id, NIGHT + 2 * HOUR, OPERATOR, NIGHT + HOUR)
        assert outcomes(Verdict.from_json(row.verdict))["notice"] == "pass"

    def test_an_extension_that_breaks_a_cap_is_recorded(self) -> None:
        row = scheduled(kind="update")
        planning.start(row.public_id, OPERATOR, NIGHT)
        planning.extend(row.public_id, NIGHT + 3 * HOUR, OPERATOR, NIGHT + HOUR)
        assert outcomes(Verdict.from_json(row.verdict))["weekly-update-cap"] == "violation"

    def test_an_end_that_is_not_later_is_refused_at_its_field(self) -> None:
        row = scheduled()
        planning.start(row.public_id, OPERATOR, NIGHT)
        result = planning.extend(row.public_id, NIGHT + HOUR, OPERATOR, NIGHT)
        assert isinstance(result, Bad)
        assert "end" in result.errors

    def test_a_message_reaches_those_told(self) -> None:
        row = scheduled()
        text = {"nl": "Het loopt voorspoedig.", "en": "All goes well."}
        assert isinstance(planning.message(row.public_id, text, OPERATOR, NOW), Done)
        assert kinds(row) == ["announcement", "message"]
        unannounced = scheduled(announce_at=NOW + HOUR)
        assert isinstance(planning.message(unannounced.public_id, text, OPERATOR, NOW), NotPossible)


class TestCancel:
    def test_those_told_are_told_and_the_place_is_free_again(self) -> None:
        row = scheduled()
        sent(row, NOW)
        assert isinstance(planning.cancel(row.public_id, "not needed", OPERATOR, NOW), Done)
        assert (row.state, row.places[0].state, row.cancelled_at) == ("cancelled", "cancelled", NOW)
        assert kinds(row) == ["announcement", "cancellation"]

    def test_what_was_never_announced_is_cancelled_in_silence(self) -> None:
        row = scheduled(announce_at=NOW + HOUR)
        planning.cancel(row.public_id, "", OPERATOR, NOW)
        clock.begin(NIGHT)
        assert "cancellation" not in kinds(row)
        assert count(Delivery) == 0

    def test_what_is_over_cannot_be_cancelled(self) -> None:
        row = scheduled()
        planning.cancel(row.public_id, "", OPERATOR, NOW)
        assert isinstance(planning.cancel(row.public_id, "", OPERATOR, NOW), NotPossible)


class TestReject:
    def test_a_rejection_needs_its_reason(self) -> None:
        row = proposed()
        assert isinstance(planning.reject(row.public_id, " ", APPROVER, NOW), Bad)
        assert isinstance(planning.reject(row.public_id, "too busy", APPROVER, NOW), Done)
        assert (row.state, row.reason) == ("rejected", "too busy")


class TestEdit:
    def test_a_proposal_takes_any_new_values_and_is_judged_anew(self) -> None:
        row = proposed()
        values = proposal(services=("factuurportal",), start=DAY, end=DAY + HOUR)
        assert isinstance(planning.edit(row.public_id, values, OPERATOR, NOW), Done)
        assert [place.service.slug for place in row.places] == ["factuurportal"]
        rules = {finding["rule"] for finding in row.verdict["findings"]}
        assert "office-hours" in rules

    def test_an_approved_window_takes_new_texts_but_no_new_times(self) -> None:
        row = scheduled()
        title = {"nl": "Anders", "en": "Different"}
        done = planning.edit(row.public_id, proposal(title=title), OPERATOR, NOW)
        assert isinstance(done, Done)
        assert (row.title, row.revision) == (title, 3)
        bad = planning.edit(row.public_id, proposal(kind="update"), OPERATOR, NOW)
        assert isinstance(bad, Bad)
        assert set(bad.errors) == {"kind"}

    def test_new_reminders_replace_the_old_ones(self) -> None:
        row = scheduled(reminders=(60, 120))
        planning.edit(row.public_id, proposal(reminders=(120,)), OPERATOR, NOW)
        due = [n.due_at for n in row.notices if n.kind == "reminder" and n.dropped is None]
        assert due == [NIGHT - 2 * HOUR]


class TestClock:
    def test_a_proposal_whose_start_passes_is_rejected_as_expired(self) -> None:
        row = proposed()
        clock.expire(NIGHT - timedelta(seconds=1))
        assert row.state == "proposed"
        clock.expire(NIGHT)
        assert (row.state, "expired" in row.reason) == ("rejected", True)

    def test_urgent_work_may_still_be_approved_until_it_would_end(self) -> None:
        start = NOW - timedelta(minutes=5)
        row = proposed(kind="urgent", justification="leak", start=start, end=NOW + HOUR)
        clock.expire(NOW)
        assert isinstance(planning.approve(row.public_id, APPROVER, NOW), Done)

    def test_it_starts_a_window_as_of_its_start(self) -> None:
        row = scheduled()
        clock.begin(NIGHT - timedelta(seconds=1))
        assert row.state == "scheduled"
        clock.begin(NIGHT + 5 * HOUR)
        assert (row.state, row.started_at) == ("in_progress", NIGHT)

    @pytest.mark.parametrize(
        ("clock_completes", "state"), [(True, "completed"), (False, "in_progress")]
    )
    def test_it_completes_only_where_the_service_leaves_it_to_the_clock(
        self, clock_completes: bool, state: str
    ) -> None:
        build.service("nmbrs").clock_completes = clock_completes
        db.session.commit()
        row = scheduled()
        clock.begin(NIGHT)
        clock.complete(NIGHT + HOUR)
        assert row.state == state


class TestTold:
    def test_what_counts_afterwards_is_when_each_customer_was_told(self) -> None:
        row = scheduled(services=("factuurportal",), start=DAY, end=DAY + HOUR)
        deadline = DAY - timedelta(days=5)
        assert notice_outcome(row, deadline - HOUR) == "pass"
        sent(row, deadline + HOUR)
        assert notice_outcome(row, deadline + 2 * HOUR) == "violation"

    def test_a_mail_accepted_in_time_keeps_the_promise_for_good(self) -> None:
        row = scheduled(services=("factuurportal",), start=DAY, end=DAY + HOUR)
        sent(row, NOW)
        assert notice_outcome(row, DAY - HOUR) == "pass"

    def test_where_the_rule_allows_the_page_it_counts_from_when_it_showed(self) -> None:
        row = scheduled()
        assert notice_outcome(row, NIGHT - HOUR) == "pass"


def notice_outcome(row: Window, now: datetime) -> str:
    return outcomes(present(db.session(), row, now))["notice"]


def sent(row: Window, at: datetime) -> None:
    """Every delivery of this window accepted at that instant."""
    for notice in row.notices:
        for delivery in notice.deliveries:
            delivery.state, delivery.accepted_at = "sent", at
    db.session.commit()
