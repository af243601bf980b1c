"""worker: what the clock does, and that each mail goes once, to a real server over a socket."""

from dataclasses import replace
from datetime import timedelta
from mailbox import Maildir
from typing import Any

import pytest
import structlog
from flask import Flask
from sqlalchemy.exc import OperationalError

from maintenance import planning, sending, worker
from maintenance.models import db
from maintenance.sending import Sender
from maintenance.store import outbox
from maintenance.store.claims import Claimed
from notifications import letter
from tests import build, mailing
from tests.build import NOW, START
from tests.mailing import (
    APPROVER,
    DAY,
    END,
    HOUR,
    JAN,
    KIM,
    MINUTE,
    approved,
    deliveries,
    done,
    event_of,
    settings,
    states,
    subjects,
)
from tests.smtp import Server


@pytest.fixture(autouse=True)
def installation(app: Flask) -> None:
    mailing.two_contacts()


def test_each_contact_is_told_in_its_own_language_from_announcement_to_completion(
    server: Server,
) -> None:
    window = approved(reminders=[60])
    worker.tick(NOW)
    worker.tick(START - HOUR)
    worker.tick(START)
    done(planning.complete(window.public_id, APPROVER, END))
    worker.tick(END)
    assert subjects(server.to(JAN)) == ["Gepland", "Herinnering", "Begonnen", "Afgerond"]
    assert subjects(server.to(KIM)) == ["Planned", "Reminder", "Started", "Completed"]
    assert {each.state for each in deliveries()} == {"sent"}


def test_a_calendar_that_took_the_first_mail_follows_the_move_and_the_cancellation(
    server: Server,
) -> None:
    window = approved()
    worker.tick(NOW)
    done(planning.move(window.public_id, START + DAY, END + DAY, APPROVER, NOW + HOUR))
    worker.tick(NOW + HOUR)
    done(planning.cancel(window.public_id, "not needed", APPROVER, NOW + 2 * HOUR))
    worker.tick(NOW + 2 * HOUR)
    first, moved, off = (event_of(each.mail) for each in server.to(JAN))
    assert first["UID"] == moved["UID"] == off["UID"]
    assert first["SEQUENCE"] < moved["SEQUENCE"] < off["SEQUENCE"]
    assert (first["DTSTART"].dt, moved["DTSTART"].dt) == (START, START + DAY)
    assert off["STATUS"] == "CANCELLED"
    assert "not needed" not in server.to(JAN)[-1].mail.as_string()


def test_what_the_server_said_is_kept(server: Server) -> None:
    approved()
    worker.tick(NOW)
    jan = deliveries()[0]
    assert (jan.state, jan.attempts, jan.reply) == ("sent", 1, "250 kept")
    assert (jan.accepted_at, jan.first_attempt_at) == (NOW, NOW)
    assert server.to(JAN)[0].mail["Message-ID"] == jan.message_id


def test_without_a_server_mails_are_kept_in_the_maildir(app: Flask) -> None:
    approved()
    worker.tick(NOW)
    box = Maildir(settings(app).instance_path / "mail")
    assert {mail["To"] for mail in box} == {f"Jan de Vries <{JAN}>", f"Kim Jones <{KIM}>"}
    box.close()


def test_an_overrun_is_told_to_operators_and_not_to_customers(server: Server) -> None:
    build.user("olga@vendor.example")
    approved()
    worker.tick(NOW)
    worker.tick(START)
    server.accepted.clear()
    worker.tick(END + 14 * MINUTE)
    assert server.accepted == []
    for minutes in (15, 16):
        worker.tick(END + minutes * MINUTE)
    assert [each.address for each in server.accepted] == ["olga@vendor.example"]


def test_a_notice_that_cannot_be_worded_holds_up_no_other(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    approved()
    good = letter.compile_notice

    def failing(notice: Any, window: Any, language: str, *more: Any) -> bytes:
        if language == "nl":
            raise LookupError("no such text")
        return good(notice, window, language, *more)

    monkeypatch.setattr(letter, "compile_notice", failing)
    worker.tick(NOW)
    assert states() == [(JAN, "waiting", 1), (KIM, "sent", 1)]
    monkeypatch.setattr(letter, "compile_notice", good)
    worker.tick(NOW + 10 * MINUTE)
    assert states()[0] == (JAN, "sent", 2)


def run(sender: Sender, batch: list[Claimed]) -> None:
    with sender._lines() as lines:
        sending._Batch(sender, lines, batch).run()


def test_what_the_lease_does_not_cover_is_given_back(app: Flask, server: Server) -> None:
    approved()
    short = replace(settings(app), lease_seconds=timedelta(seconds=1))
    sender = Sender(short, lambda: NOW)
    run(sender, sender._claim())
    assert server.accepted == []
    assert states() == [(JAN, "waiting", 0), (KIM, "waiting", 0)]


def test_told_to_stop_it_gives_back_what_it_has_not_begun(app: Flask, server: Server) -> None:
    approved()
    sender = Sender(settings(app), lambda: NOW)
    batch = sender._claim()
    sender.stopping.set()
    run(sender, batch)
    assert server.accepted == []
    assert states() == [(JAN, "waiting", 0), (KIM, "waiting", 0)]


def test_an_account_mail_goes_the_same_way(server: Server) -> None:
    said = ("Welcome", "Hello\nhttps://maintenance.example/reset/x\n", "<p>Hello</p>\n")
    outbox.add_account_mail(db.session(), "new@vendor.example", "en", *said, NOW)
    db.session.commit()
    worker.tick(NOW)
    (got,) = server.to("new@vendor.example")
    assert got.mail["Subject"] == "Welcome"
    assert got.mail["List-Unsubscribe"] is None


@pytest.mark.parametrize("fault", [OperationalError("SELECT", {}, Exception("gone")), KeyError()])
def test_a_worker_goes_on_after_a_failure(app: Flask, fault: Exception) -> None:
    turns = iter([fault, None])
    done = []

    def work() -> None:
        if (failure := next(turns)) is not None:
            raise failure
        done.append(True)

    wake = worker._wake(app, work)
    with structlog.testing.capture_logs() as logs:
        wake()
        wake()
    assert len(logs) == len(done) == 1
