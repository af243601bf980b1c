"""bounces: a mail that was accepted and came back; signed return paths, and who is stopped."""

from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from maintenance import bounces, worker
from maintenance.config import Settings
from maintenance.models import Contact, Delivery, Notice, db
from maintenance.store import outbox, people
from notifications import returned
from tests import build
from tests.build import NOW

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


@pytest.fixture
def settings(app: Flask, tmp_path: Path) -> Settings:
    """Mails come back to a Maildir."""
    for name in ("new", "cur", "tmp"):
        (tmp_path / "bounces" / name).mkdir(parents=True)
    app.config["SETTINGS"] = replace(
        app.config["SETTINGS"],
        bounce_address="bounces@vendor.example",
        bounce_maildir=tmp_path / "bounces",
    )
    found: Settings = app.config["SETTINGS"]
    return found


@pytest.fixture
def delivery(settings: Settings) -> Delivery:
    """An announcement that the server of acme accepted."""
    build.user()
    build.contact(build.customer())
    build.announced(build.window(channels=["email"]))
    db.session.commit()
    worker.tick(NOW)
    return db.session.scalars(select(Delivery)).one()


def report(to: str, status: str = "5.1.1", action: str = "failed") -> bytes:
    """A delivery status notification (RFC 3464) as mail servers write it."""
    lines = [
        "From: MAILER-DAEMON@mx.acme.example",
        f"To: {to}",
        "Subject: Undelivered Mail Returned to Sender",
        "MIME-Version: 1.0",
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
        "",
        "--b",
        "Content-Type: text/plain",
        "",
        "I'm sorry to have to inform you.",
        "--b",
        "Content-Type: message/delivery-status",
        "",
        "Reporting-MTA: dns; mx.acme.example",
        "",
        "Final-Recipient: rfc822; jan@acme.example",
        f"Action: {action}",
        f"Status: {status}",
        f"Diagnostic-Code: smtp; 550 {status} <jan@acme.example>: no such user",
        "",
        "--b--",
        "",
    ]
    return "\r\n".join(lines).encode()


def path_of(delivery: Delivery, settings: Settings) -> str:
    return bounces.return_path(settings, delivery.id, NOW)


def alarms() -> list[str]:
    rows = db.session.scalars(select(Notice).where(Notice.kind == "account"))
    return [(row.words or {})["subject"] for row in rows]


def test_a_mailbox_that_is_not_there_stops_the_address_and_alarms(
    delivery: Delivery, settings: Settings
) -> None:
    bounces.take(report(path_of(delivery, settings)), settings, NOW + MINUTE)
    db.session.expire_all()
    contact = db.session.scalars(select(Contact)).one()
    assert (delivery.state, delivery.bounced_at) == ("failed", NOW + MINUTE)
    assert (delivery.reply or "").startswith("bounced: 5.1.1 smtp; 550 5.1.1")
    assert contact.stopped_at == NOW + MINUTE
    assert alarms() == ["Mail to Jan de Vries (Acme) does not arrive"]
    words = db.session.scalars(select(Notice).where(Notice.kind == "account")).one().words or {}
    assert "nobody can be reached any more about Nmbrs" in words["text"]


def test_a_customer_whose_mail_bounced_is_not_told(delivery: Delivery, settings: Settings) -> None:
    assert delivery.notice.window is not None
    assert outbox.told_by_mail(db.session(), delivery.notice.window) == {"acme": NOW}
    bounces.take(report(path_of(delivery, settings)), settings, NOW)
    assert outbox.told_by_mail(db.session(), delivery.notice.window) == {"acme": None}


@pytest.mark.parametrize("status", ["5.2.2", "5.7.1", "5.0.0"])
def test_a_full_box_or_a_policy_stops_no_address(
    delivery: Delivery, settings: Settings, status: str
) -> None:
    bounces.take(report(path_of(delivery, settings), status), settings, NOW)
    db.session.expire_all()
    assert delivery.state == "failed"
    assert db.session.scalars(select(Contact)).one().stopped_at is None
    worker.raise_alarm(NOW)
    assert alarms() == []


@pytest.mark.parametrize("status", ["5.1.1", "5.1.2", "5.1.10", "5.2.1"])
def test_what_stops_an_address(status: str) -> None:
    bounce = returned.read(report("x@y.example", status))
    assert bounce is not None
    assert bounce.stops


def test_a_delay_is_no_bounce(delivery: Delivery, settings: Settings) -> None:
    delayed = report(path_of(delivery, settings), "4.4.1", "delayed")
    assert bounces.take(delayed, settings, NOW) is None
    assert delivery.state == "sent"


def test_a_return_path_that_we_did_not_make_stops_nobody(
    delivery: Delivery, settings: Settings
) -> None:
    forged = f"bounces+{delivery.id}-{NOW.toordinal()}-{'0' * 32}@vendor.example"
    assert bounces.take(report(forged), settings, NOW) is None
    assert delivery.state == "sent"


def test_without_the_check_of_the_signature_it_would(
    delivery: Delivery, settings: Settings, monkeypatch: Any
) -> None:
    forged = f"bounces+{delivery.id}-{NOW.toordinal()}-{'0' * 32}@vendor.example"
    monkeypatch.setattr(bounces.hmac, "compare_digest", lambda _one, _other: True)
    assert bounces.take(report(forged), settings, NOW) is not None


def test_a_return_path_is_good_for_14_days(delivery: Delivery, settings: Settings) -> None:
    to = path_of(delivery, settings)
    assert bounces.delivery_id(to, settings, NOW + 14 * DAY) == delivery.id
    assert bounces.delivery_id(to, settings, NOW + 15 * DAY) is None
    assert bounces.delivery_id(to.upper(), settings, NOW) == delivery.id  # some servers do that


def test_the_return_path_of_another_mail_does_not_fit(
    delivery: Delivery, settings: Settings
) -> None:
    other = path_of(delivery, settings).replace(f"+{delivery.id}-", f"+{delivery.id + 1}-")
    assert bounces.delivery_id(other, settings, NOW) is None


def test_the_worker_reads_the_maildir_once(delivery: Delivery, settings: Settings) -> None:
    box = settings.bounce_maildir
    assert box is not None
    (box / "new" / "1.host").write_bytes(report(path_of(delivery, settings)))
    (box / "new" / "2.host").write_bytes(b"Subject: I am away\r\n\r\nUntil Monday.\r\n")
    worker.tick(NOW + MINUTE)
    db.session.expire_all()
    assert delivery.state == "failed"
    assert sorted(path.name for path in (box / "cur").iterdir()) == ["1.host:2,S", "2.host:2,S"]
    assert list((box / "new").iterdir()) == []


def test_nobody_writes_to_a_stopped_address_until_it_is_saved_again(
    delivery: Delivery, settings: Settings
) -> None:
    bounces.take(report(path_of(delivery, settings)), settings, NOW)
    build.announced(build.window(channels=["email"], start_at=build.START + DAY))
    contact = db.session.scalars(select(Contact)).one()
    theirs = select(Delivery.address).where(Delivery.contact_id == contact.id)
    assert len(db.session.scalars(theirs).all()) == 1
    values = people.ContactValues("jan.new@acme.example", "Jan", "nl")
    people.edit_contact(db.session(), contact, values, "ann@vendor.example", NOW)
    assert contact.stopped_at is None
    assert db.session.scalars(theirs).all().count("jan.new@acme.example") == 2


def test_a_repeat_of_a_bounce_changes_nothing(delivery: Delivery, settings: Settings) -> None:
    raw = report(path_of(delivery, settings))
    bounces.take(raw, settings, NOW)
    bounces.take(raw, settings, NOW + DAY)
    assert delivery.bounced_at == NOW
    assert len(alarms()) == 1


def test_other_forms_of_bounce_are_recognised() -> None:
    mail = EmailMessage()
    mail["From"] = "MAILER-DAEMON@mx.acme.example"
    mail["To"] = "bounces@vendor.example"
    mail["Subject"] = "failure notice"
    mail.set_content(
        "Hi. This is the qmail-send program at mx.acme.example.\n"
        "I'm afraid I wasn't able to deliver your message to the following addresses.\n"
        "This is a permanent error; I've given up. Sorry it didn't work out.\n\n"
        "<jan@acme.example>:\n"
        "Sorry, no mailbox here by that name. (#5.1.1)\n"
    )
    bounce = returned.read(mail.as_bytes())
    assert bounce is not None
    assert bounce.status == "5.1.1"


@pytest.mark.parametrize("raw", [b"", b"\xff\xfe\0", b"Content-Type: multipart/report\r\n\r\nx"])
def test_what_is_no_mail_is_no_bounce(raw: bytes) -> None:
    assert returned.read(raw) is None
