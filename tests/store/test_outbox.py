"""store.outbox and store.claims: who is told of what, once, and who was."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from maintenance.models import Contact, Customer, Delivery, Notice, Version, Window, db
from maintenance.notices import Notice as Value
from maintenance.store import claims, outbox, reach
from maintenance.store.claims import Claimed
from maintenance.store.deliveries import of_window
from maintenance.windows import NoticeKind
from tests import build
from tests.build import NOW, START

MINUTE = timedelta(minutes=1)
LEASE = 15 * MINUTE


@pytest.fixture(autouse=True)
def acme(database: str, app: Flask) -> Customer:
    """A customer with two contacts; one without; one of another service; one that left."""
    found = build.customer("acme", ["nmbrs", "factuurportal"])
    build.contact(found, "jan@acme.example")
    build.contact(found, "kim@acme.example", language="en", name="Kim Jones")
    build.contact(found, "left@acme.example", active=False)
    build.customer("bakker", ["nmbrs"])
    build.contact(build.customer("chef", ["factuurportal"]))
    build.contact(build.customer("dijk", ["nmbrs"], active=False))
    db.session.commit()
    return found


def addresses(notice: Notice) -> list[str]:
    query = select(Delivery.address).where(Delivery.notice_id == notice.id)
    return sorted(db.session.scalars(query))


def fan_out(notice: Notice, now: datetime = NOW) -> list[str]:
    outbox.fan_out(db.session(), notice, now)
    db.session.commit()
    return addresses(notice)


def set_state(notice: Notice, address: str, **values: object) -> None:
    chosen = update(Delivery).where(Delivery.notice_id == notice.id, Delivery.address == address)
    db.session.execute(chosen.values(**values))
    db.session.commit()


def test_an_announcement_goes_to_each_active_contact_of_each_active_customer() -> None:
    window = build.window()
    notice = build.notice(window)
    assert fan_out(notice) == ["jan@acme.example", "kim@acme.example"]
    kim = db.session.scalars(select(Delivery).where(Delivery.name == "Kim Jones")).one()
    assert (kim.language, kim.customer, kim.state) == ("en", "acme", "waiting")
    assert kim.message_id == f"<{kim.public_id}@localhost>"


def test_a_window_on_two_services_is_told_once_to_who_has_both() -> None:
    notice = build.notice(build.window(["nmbrs", "factuurportal"]))
    assert fan_out(notice) == ["jan@acme.example", "jan@chef.example", "kim@acme.example"]


def test_it_is_the_same_a_few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    window = build.window(["nmbrs", "factuurportal"])
    whole = fan_out(build.notice(window))
    monkeypatch.setattr(outbox, "AT_ONCE", 1)
    monkeypatch.setattr(reach, "AT_ONCE", 2)
    assert fan_out(build.notice(window, due_at=NOW + MINUTE), NOW + MINUTE) == whole
    assert len(whole) == 3


def test_what_is_announced_is_public_from_then_on() -> None:
    window = build.window()
    before = db.session.scalar(select(Version.number))
    fan_out(build.notice(window))
    assert window.announced_at == NOW
    assert db.session.scalar(select(Version.number)) == (before or 0) + 1


def test_by_the_status_page_alone_it_is_announced_without_mail() -> None:
    window = build.window(channels=["status_page"])
    assert fan_out(build.notice(window)) == []
    assert window.announced_at == NOW


def test_what_is_no_longer_true_is_dropped_with_the_reason() -> None:
    window = build.window(state="cancelled")
    notice = build.notice(window)
    assert fan_out(notice) == []
    assert (notice.dropped, notice.fanned_out_at) == ("the window is cancelled", NOW)
    assert window.announced_at is None


def test_fanning_out_twice_tells_nobody_twice() -> None:
    notice = build.notice(build.window())
    assert fan_out(notice) == fan_out(notice)


def test_an_overrun_is_told_to_those_who_plan() -> None:
    for role in ("viewer", "operator", "approver", "admin"):
        build.user(f"{role}@vendor.example", role)
    build.user("gone@vendor.example", "admin", active=False)
    window = build.window(state="in_progress")
    due = window.end_at + 15 * MINUTE
    notice = build.notice(window, "overrun", due_at=due, to_operators=True)
    assert fan_out(notice, due) == [
        "admin@vendor.example",
        "approver@vendor.example",
        "operator@vendor.example",
    ]


@pytest.mark.parametrize(
    ("known", "told"),
    [
        ({"state": "sent"}, True),
        ({"state": "sending"}, True),
        ({"state": "waiting", "in_doubt": True}, True),
        ({"state": "waiting"}, False),
        ({"state": "failed"}, False),
        ({"state": "expired"}, False),
    ],
)
def test_a_cancellation_goes_to_those_who_were_told_or_may_have_been(
    known: dict[str, object], told: bool
) -> None:
    window = build.window()
    announcement = build.announced(window)
    set_state(announcement, "kim@acme.example", state="sent")
    set_state(announcement, "jan@acme.example", **known)
    window.state, window.revision = "cancelled", 3
    expected = ["jan@acme.example", "kim@acme.example"] if told else ["kim@acme.example"]
    assert fan_out(build.notice(window, "cancellation")) == expected


def test_a_notice_due_later_waits_and_is_dropped_when_planned_anew() -> None:
    window = build.window()
    later = Value(NoticeKind.ANNOUNCEMENT, NOW + MINUTE, 2)
    outbox.add(db.session(), window, [later], NOW)
    (first,) = window.notices
    assert (first.fanned_out_at, outbox.due(db.session(), NOW)) == (None, [])
    assert outbox.due(db.session(), NOW + MINUTE) == [first.id]
    window.revision = window.notice_revision = window.times_revision = 3
    outbox.add(db.session(), window, [Value(NoticeKind.CHANGE, NOW, 3)], NOW, replan=True)
    assert first.dropped == "planned anew"
    assert len(addresses(window.notices[-1])) == 2


def test_a_new_contact_is_told_of_the_windows_that_others_know_of(acme: Customer) -> None:
    announced = build.announced(build.window())
    build.announced(build.window(["factuurportal"], channels=["status_page"]))
    build.notice(build.window())  # not announced yet
    past = build.window(start_at=NOW - 60 * MINUTE, end_at=NOW - MINUTE)
    past.announced_at = NOW - 90 * MINUTE
    build.notice(past, fanned_out_at=NOW - 90 * MINUTE)
    lee = build.contact(acme, "lee@acme.example")
    for _ in range(2):
        outbox.add_to_contact(db.session(), lee, NOW)
    query = select(Delivery.notice_id).where(Delivery.contact_id == lee.id)
    assert list(db.session.scalars(query)) == [announced.id]


def test_a_customer_is_told_when_the_last_of_its_contacts_was() -> None:
    window = build.window()
    notice = build.announced(window)
    assert outbox.told_by_mail(db.session(), window) == {"acme": None, "bakker": None}
    set_state(notice, "jan@acme.example", state="sent", accepted_at=NOW + 2 * MINUTE)
    assert outbox.told_by_mail(db.session(), window)["acme"] is None
    set_state(notice, "kim@acme.example", state="sent", accepted_at=NOW + MINUTE)
    assert outbox.told_by_mail(db.session(), window)["acme"] == NOW + 2 * MINUTE


def test_a_move_starts_the_telling_anew() -> None:
    window = build.window()
    notice = build.announced(window)
    for address in addresses(notice):
        set_state(notice, address, state="sent", accepted_at=NOW)
    window.revision = window.notice_revision = window.times_revision = 3
    change = build.notice(window, "change")
    fan_out(change)
    assert outbox.told_by_mail(db.session(), window)["acme"] is None
    for address in addresses(change):
        set_state(change, address, state="sent", accepted_at=NOW + MINUTE)
    assert outbox.told_by_mail(db.session(), window)["acme"] == NOW + MINUTE


def test_an_account_mail_waits_like_every_other() -> None:
    mail = outbox.add_account_mail(
        db.session(), "new@vendor.example", "en", "Welcome", "Hello\n", "<p>Hello</p>", NOW
    )
    db.session.commit()
    assert (mail.state, mail.next_attempt_at, mail.notice.kind) == ("waiting", NOW, "account")


def claim(now: datetime = NOW, limit: int = 10) -> list[Claimed]:
    found = claims.claim(db.session(), now, LEASE, limit)
    db.session.commit()
    return found


@pytest.fixture
def window() -> Window:
    row = build.window()
    build.announced(row)
    db.session.commit()
    return row


def deliveries(window: Window) -> list[Delivery]:
    db.session.expire_all()
    return of_window(db.session(), window.id)


def test_what_is_claimed_is_nobody_elses_until_the_lease_ends(window: Window) -> None:
    (jan,) = claim(limit=1)
    assert [each.address for each in claim()] == ["kim@acme.example"]
    assert claim(NOW + LEASE - MINUTE) == []
    again = claim(NOW + LEASE)
    assert [(each.address, each.attempts) for each in again] == [
        ("jan@acme.example", 2),
        ("kim@acme.example", 2),
    ]
    assert all(each.in_doubt for each in again)
    assert again[0].first_attempt_at == NOW
    assert jan.attempts == 1


def test_a_mark_counts_only_while_the_claim_holds(window: Window) -> None:
    first, _ = claim()
    second, _ = claim(NOW + LEASE)
    claims.expired(db.session(), first, "too late")
    claims.sent(db.session(), [(second, "250 ok")], NOW + LEASE)
    claims.failed(db.session(), first, "550 no")
    db.session.commit()
    row = deliveries(window)[0]
    assert (row.state, row.reply, row.accepted_at) == ("sent", "250 ok", NOW + LEASE)
    contact = db.session.get_one(Contact, row.contact_id)
    assert contact.flagged is None


def test_a_refusal_flags_the_contact_until_a_mail_is_accepted(window: Window) -> None:
    jan, _ = claim()
    claims.failed(db.session(), jan, "550 no such user")
    db.session.commit()
    contact = db.session.get_one(Contact, jan.contact_id)
    assert contact.flagged == "550 no such user"
    assert claims.unalarmed(db.session(), NOW) == [("jan@acme.example", "acme", "550 no such user")]
    assert claims.unalarmed(db.session(), NOW) == []
    build.announced(build.window(start_at=START + LEASE))
    later, _ = claim()
    assert claims.standing(db.session(), [later])[later.id].flagged
    claims.sent(db.session(), [(later, "250 ok")], NOW)
    claims.works_again(db.session(), [later.contact_id])
    db.session.commit()
    db.session.refresh(contact)
    assert contact.flagged is None


def test_what_is_given_back_was_no_attempt(window: Window) -> None:
    claims.release(db.session(), claim(), NOW + MINUTE)
    db.session.commit()
    row = deliveries(window)[0]
    assert (row.state, row.attempts, row.first_attempt_at, row.in_doubt) == (
        "waiting",
        0,
        None,
        False,
    )
    assert claim(NOW) == []
    assert len(claim(NOW + MINUTE)) == 2


def gone(batch: list[Claimed]) -> list[str | None]:
    standing = claims.standing(db.session(), batch)
    return [standing[each.id].gone for each in batch]


def test_before_it_is_sent_the_reader_is_looked_at_again(window: Window) -> None:
    jan, kim = claim()
    assert gone([jan, kim]) == [None, None]
    db.session.get_one(Contact, jan.contact_id).email = "jan.new@acme.example"
    db.session.get_one(Contact, kim.contact_id).active = False
    db.session.commit()
    assert gone([kim, jan]) == [
        "the contact is no longer written to",
        "the contact has another address",
    ]
