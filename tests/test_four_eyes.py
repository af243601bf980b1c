"""four_eyes: who may not approve, and what proposer and approvers tell one another by mail."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from maintenance import four_eyes, planning
from maintenance.accounts import CLOCK, Actor
from maintenance.intake import Proposal
from maintenance.models import Delivery, Notice, Service, Window, db
from maintenance.results import Bad, Done, NotPossible, Result
from tests import build
from tests.build import NOW, START
from tests.test_planning import proposal

OLGA = Actor("olga@vendor.example", "operator")
ANNA = Actor("anna@vendor.example", "approver")
ROBOT = Actor("robot", "approver", service_account=True)


@pytest.fixture(autouse=True)
def installation(app: None) -> None:
    """A service that asks for two people, its customer, and two accounts."""
    build.service("nmbrs").four_eyes = True
    build.contact(build.customer("acme", ["nmbrs"]))
    build.user("olga@vendor.example", "operator", language="en")
    build.user("anna@vendor.example", "approver", language="nl")
    db.session.commit()


def proposed(actor: Actor = OLGA, **changes: Any) -> Window:
    result = planning.propose(proposal(**changes), actor, NOW)
    assert isinstance(result, Done)
    return result.window


def edited(row: Window, actor: Actor) -> Proposal:
    values = proposal(title={"nl": "Anders", "en": "Otherwise"})
    assert isinstance(planning.edit(row.public_id, values, actor, NOW), Done)
    return values


PROPOSED = ("Goed te keuren", "To approve", "Achteraf", "Registered")


def every_mail() -> list[tuple[str, dict[str, Any]]]:
    """The address and words of each mail to an account, oldest first."""
    query = select(Delivery, Notice).join(Notice).where(Notice.window_id.is_(None))
    rows = db.session.execute(query.order_by(Delivery.id))
    return [(delivery.address, notice.words or {}) for delivery, notice in rows]


def mails() -> dict[str, dict[str, Any]]:
    """What each account was last told, by address; but not that something was proposed."""
    return {to: said for to, said in every_mail() if not said["subject"].startswith(PROPOSED)}


def proposals() -> list[tuple[str, str]]:
    """To whom it was mailed that something was proposed, and with which subject."""
    found = [(to, said["subject"]) for to, said in every_mail()]
    return [(to, subject) for to, subject in found if subject.startswith(PROPOSED)]


def refused(result: Result) -> bool:
    return isinstance(result, NotPossible) and "two people" in result.message


class TestApproving:
    def test_another_approver_may(self) -> None:
        row = proposed()
        assert isinstance(planning.approve(row.public_id, ANNA, NOW), Done)

    def test_the_proposer_may_not_even_with_a_reason(self) -> None:
        row = proposed(ANNA)
        assert refused(planning.approve(row.public_id, ANNA, NOW, "I know what I do"))
        assert row.state == "proposed"

    def test_whoever_changed_it_may_not(self) -> None:
        row = proposed()
        edited(row, ANNA)
        assert refused(planning.approve(row.public_id, ANNA, NOW))

    def test_whoever_put_the_draft_of_another_forward_may_not(self) -> None:
        row = proposed(draft=True)
        planning.submit(row.public_id, ANNA, NOW)
        assert refused(planning.approve(row.public_id, ANNA, NOW))

    def test_a_service_account_may_not(self) -> None:
        assert refused(planning.approve(proposed().public_id, ROBOT, NOW))

    def test_the_clock_may_for_it_was_approved_with_its_series(self) -> None:
        row = proposed()
        assert isinstance(planning.approve(row.public_id, CLOCK, NOW), Done)

    @pytest.mark.parametrize("actor", [ANNA, ROBOT])
    def test_the_twin_without_the_setting_lets_them(self, actor: Actor) -> None:
        db.session.scalars(select(Service)).one().four_eyes = False
        db.session.commit()
        row = proposed(actor)
        assert isinstance(planning.approve(row.public_id, actor, NOW), Done)

    def test_one_of_several_services_that_asks_it_is_enough(self) -> None:
        build.service("factuurportal")
        db.session.commit()
        row = proposed(ANNA, services=("factuurportal", "nmbrs"))
        assert refused(planning.approve(row.public_id, ANNA, NOW))


class TestTellingTheProposer:
    def test_of_an_approval(self) -> None:
        planning.approve(proposed().public_id, ANNA, NOW)
        said = mails()["olga@vendor.example"]
        assert said["subject"].startswith("Approved: Database upgrade [M-2026-")
        assert "anna@vendor.example approved" in said["text"]

    def test_of_an_override_with_its_reason(self) -> None:
        start = NOW + timedelta(hours=2)
        row = proposed(start=start, end=start + timedelta(hours=1))
        planning.approve(row.public_id, ANNA, NOW, "The disk fails")
        assert "The disk fails" in mails()["olga@vendor.example"]["text"]

    def test_of_a_rejection_with_its_reason(self) -> None:
        planning.reject(proposed().public_id, "Not that week", ANNA, NOW)
        said = mails()["olga@vendor.example"]
        assert said["subject"].startswith("Rejected: ")
        assert "Not that week" in said["text"]

    def test_not_of_what_it_decided_itself(self) -> None:
        planning.reject(proposed(ANNA).public_id, "Not that week", ANNA, NOW)
        assert mails() == {}

    def test_not_where_the_account_is_closed(self) -> None:
        row = proposed(Actor("gone@vendor.example", "operator"))
        planning.reject(row.public_id, "Not that week", ANNA, NOW)
        assert mails() == {}


class TestAskingBack:
    def test_makes_it_a_draft_and_mails_the_question(self) -> None:
        row = proposed()
        assert isinstance(planning.ask_back(row.public_id, "Why so long?", ANNA, NOW), Done)
        assert (row.state, row.reason) == ("draft", "Why so long?")
        assert "Why so long?" in mails()["olga@vendor.example"]["text"]

    def test_ends_when_it_is_proposed_anew(self) -> None:
        row = proposed()
        planning.ask_back(row.public_id, "Why so long?", ANNA, NOW)
        planning.submit(row.public_id, OLGA, NOW)
        assert (row.state, row.reason) == ("proposed", "")

    def test_needs_a_question(self) -> None:
        assert isinstance(planning.ask_back(proposed().public_id, " ", ANNA, NOW), Bad)

    def test_is_not_possible_once_it_is_approved(self) -> None:
        row = proposed()
        planning.approve(row.public_id, ANNA, NOW)
        result = planning.ask_back(row.public_id, "Why?", ANNA, NOW)
        assert isinstance(result, NotPossible)


class TestTellingTheApprovers:
    def test_of_a_proposal_at_once_with_its_deadline(self) -> None:
        proposed()
        (to, subject), *rest = proposals()
        assert (to, rest) == ("anna@vendor.example", [])
        assert subject.startswith("Goed te keuren: Databases bijwerken [M-2026-")
        assert "maandag 30 november 2026, 20:00" in every_mail()[0][1]["text"]

    def test_that_it_breaks_a_promise_where_it_does(self) -> None:
        start = NOW + timedelta(hours=2)
        proposed(start=start, end=start + timedelta(hours=1))
        assert "breekt het een afspraak" in every_mail()[0][1]["text"]

    def test_of_a_draft_when_it_is_put_forward(self) -> None:
        row = proposed(draft=True)
        assert proposals() == []
        planning.submit(row.public_id, OLGA, NOW)
        assert [to for to, _ in proposals()] == ["anna@vendor.example"]

    def test_of_a_draft_when_it_is_saved_as_proposed_and_not_of_each_change(self) -> None:
        row = proposed(draft=True)
        edited(row, OLGA)
        values = proposal(title={"nl": "Nog anders", "en": "Otherwise yet"})
        assert isinstance(planning.edit(row.public_id, values, OLGA, NOW), Done)
        assert len(proposals()) == 1

    def test_not_whoever_proposed_it(self) -> None:
        proposed(ANNA)
        assert proposals() == []

    def test_not_where_no_service_asks_for_two_people(self) -> None:
        db.session.scalars(select(Service)).one().four_eyes = False
        db.session.commit()
        proposed()
        assert proposals() == []


class TestReminding:
    def soon(self, row: Window) -> datetime:
        assert row.decide_by is not None
        return row.decide_by - timedelta(hours=23)

    def test_approvers_and_the_deputy_once_a_day_before_the_deadline(self) -> None:
        db.session.scalars(select(Service)).one().deputy = "deputy@vendor.example"
        db.session.commit()
        row = proposed()
        assert row.decide_by is not None
        assert row.decide_by < START
        four_eyes.remind(row.decide_by - timedelta(hours=25))
        assert mails() == {}
        four_eyes.remind(self.soon(row))
        four_eyes.remind(self.soon(row))
        assert set(mails()) == {"anna@vendor.example", "deputy@vendor.example"}
        assert len(every_mail()) - len(proposals()) == 2
        assert mails()["anna@vendor.example"]["subject"].startswith("Wacht op goedkeuring")

    def test_not_the_approver_who_proposed_it(self) -> None:
        row = proposed(ANNA)
        four_eyes.remind(self.soon(row))
        assert mails() == {}

    def test_not_of_what_is_decided(self) -> None:
        row = proposed()
        planning.approve(row.public_id, ANNA, NOW)
        before = mails()
        four_eyes.remind(self.soon(row))
        assert mails() == before

    def test_again_where_it_moved(self) -> None:
        row = proposed()
        four_eyes.remind(self.soon(row))
        later = START + timedelta(days=7)
        planning.move(row.public_id, later, later + timedelta(hours=1), OLGA, NOW)
        four_eyes.remind(self.soon(row))
        assert len(every_mail()) - len(proposals()) == 2

    def test_that_it_is_too_late_where_it_is(self) -> None:
        start = NOW + timedelta(hours=2)
        proposed(start=start, end=start + timedelta(hours=1))
        four_eyes.remind(NOW)
        assert "te laat sinds" in mails()["anna@vendor.example"]["subject"]
