"""afterwards: urgent work registered after it was done, and who is told of it then."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from maintenance import afterwards, planning
from maintenance.accounts import Actor
from maintenance.intake import Proposal
from maintenance.models import Audit, Delivery, Notice, Service, Version, Window, db
from maintenance.results import Bad, Done, NotPossible, Stale
from maintenance.store import windows
from maintenance.windows import Kind
from tests import build
from tests.build import NOW
from tests.test_planning import proposal

OLGA = Actor("olga@vendor.example", "operator")
LAST_NIGHT = NOW - timedelta(hours=7)


@pytest.fixture(autouse=True)
def installation(app: None) -> None:
    """A service, its customer with a contact."""
    build.service("nmbrs")
    build.contact(build.customer("acme", ["nmbrs"]))
    db.session.commit()


def done(**changes: Any) -> Proposal:
    """Last night's urgent work, an hour of it."""
    end = LAST_NIGHT + timedelta(hours=1)
    fields = {"kind": Kind.URGENT, "justification": "The disk was full", "reminders": (1440,)}
    return proposal(**{"start": LAST_NIGHT, "end": end, **fields, **changes})


def registered(**changes: Any) -> Window:
    result = afterwards.register(done(**changes), OLGA, NOW)
    assert isinstance(result, Done)
    return result.window


def told() -> list[tuple[str, str]]:
    """Kind and address of each delivery."""
    rows = db.session.execute(select(Notice.kind, Delivery.address).join(Delivery.notice))
    return [(kind, address) for kind, address in rows]


def test_it_is_completed_as_of_its_end_with_its_verdict_and_holds_no_reminders() -> None:
    row = registered()
    assert (row.state, row.started_at, row.completed_at) == ("completed", row.start_at, row.end_at)
    assert (row.registered_at, row.reminders, row.proposed_by) == (NOW, [], OLGA.name)
    assert [each["rule"] for each in row.verdict["findings"]] == ["urgent-scope"]
    assert [place.state for place in row.places] == ["completed"]
    assert [one.public_id for one in windows.listed(db.session(), since=LAST_NIGHT)] == [
        row.public_id
    ]


def test_the_log_says_that_it_was_registered_afterwards() -> None:
    row = registered()
    (entry,) = db.session.scalars(select(Audit).where(Audit.subject == f"window:{row.public_id}"))
    assert (entry.verb, entry.actor, entry.at) == ("register", OLGA.name, NOW)


def test_its_readers_are_told_once_that_it_was_done_and_the_page_shows_it() -> None:
    before = db.session.scalars(select(Version.number)).one()
    row = registered()
    assert told() == [("completion", "jan@acme.example")]
    assert row.announced_at == NOW
    assert db.session.scalars(select(Version.number)).one() == before + 1


def test_without_channels_nobody_is_told_and_nothing_is_public() -> None:
    row = registered(channels=())
    assert told() == []
    assert row.announced_at is None


class TestTellingLater:
    def test_tells_the_readers_once(self) -> None:
        row = registered(channels=())
        assert isinstance(afterwards.tell(row.public_id, ("email",), OLGA, NOW), Done)
        assert told() == [("completion", "jan@acme.example")]
        assert (row.announced_at, row.channels) == (NOW, ["email"])
        assert isinstance(afterwards.tell(row.public_id, ("email",), OLGA, NOW), NotPossible)

    def test_needs_a_channel_and_the_revision_that_was_read(self) -> None:
        row = registered(channels=())
        assert isinstance(afterwards.tell(row.public_id, (), OLGA, NOW), Bad)
        result = afterwards.tell(row.public_id, ("email",), OLGA, NOW, seen=row.revision - 1)
        assert isinstance(result, Stale)
        assert told() == []

    def test_is_not_for_a_window_that_was_planned(self) -> None:
        row = build.window(state="completed")
        db.session.commit()
        result = afterwards.tell(row.public_id, ("email",), OLGA, NOW)
        assert isinstance(result, NotPossible)


def test_a_word_to_the_readers_can_follow() -> None:
    row = registered()
    said = {"nl": "De oorzaak was een volle schijf.", "en": "A full disk was the cause."}
    assert isinstance(planning.message(row.public_id, said, OLGA, NOW), Done)
    assert ("message", "jan@acme.example") in told()


def test_no_rule_refuses_it_for_it_is_a_fact() -> None:
    row = registered(justification="")
    assert row.state == "completed"
    assert not row.verdict["compliant"]


def test_like_all_urgent_work_it_uses_no_place_of_a_quota() -> None:
    registered(start=NOW - timedelta(hours=2), end=NOW - timedelta(hours=1))
    later = NOW + timedelta(days=4)
    result = planning.propose(proposal(start=later, end=later + timedelta(hours=1)), OLGA, NOW)
    assert isinstance(result, Done)
    quota = next(
        each for each in result.window.verdict["findings"] if each["rule"] == "daytime-quota"
    )
    assert quota["used"] == 0


def test_where_a_service_asks_for_two_people_the_approvers_are_told_why() -> None:
    db.session.scalars(select(Service)).one().four_eyes = True
    build.user("anna@vendor.example", "approver", language="en")
    db.session.commit()
    registered()
    query = select(Notice).where(Notice.window_id.is_(None))
    (notice,) = db.session.scalars(query)
    assert notice.words is not None
    assert notice.words["subject"].startswith("Registered afterwards: Database upgrade")
    assert "The disk was full" in notice.words["text"]
