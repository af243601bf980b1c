"""worker: what the clock does, and that each mail goes once, to a real server over a socket."""

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from mailbox import Maildir
from typing import Any

import icalendar
import pytest
import structlog
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from maintenance import planning, sending, worker
from maintenance.accounts import Actor
from maintenance.composing import mail_of
from maintenance.config import Settings, Smtp
from maintenance.models import Contact, Delivery, Notice, Window, db
from maintenance.results import Done
from maintenance.sending import Sender
from maintenance.store import outbox
from notifications import letter
from tests import build
from tests.build import NOW, START
from tests.smtp import Accepted, Script, Server, free_port, serving

APPROVER = Actor("anna@vendor.example", "approver")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
END = START + 2 * HOUR
JAN, KIM = "jan@acme.example", "kim@acme.example"


@pytest.fixture(autouse=True)
def installation(app: Flask) -> None:
    """A customer with a contact in each language."""
    acme = build.customer("acme")
    build.contact(acme, JAN)
    build.contact(acme, KIM, name="Kim Jones", language="en")
    db.session.commit()


@pytest.fixture
def serve(app: Flask) -> Iterator[Callable[[Script], Server]]:
    """Start a mail server with this script, and send by it from then on."""
    with ExitStack() as stack:

        def start(script: Script = lambda _stage, _address: None) -> Server:
            server = stack.enter_context(serving(script))
            app.config["SETTINGS"] = replace(settings(app), smtp_url=server.smtp)
            return server

        yield start


@pytest.fixture
def server(serve: Callable[[], Server]) -> Server:
    """A server that takes everything."""
    return serve()


def settings(app: Flask) -> Settings:
    found = app.config["SETTINGS"]
    assert isinstance(found, Settings)
    return found


def approved(**values: object) -> Window:
    """A window that an approver has just approved."""
    row = build.window(state="proposed", revision=1, **values)
    row.notice_revision = row.times_revision = None
    db.session.commit()
    return done(planning.approve(row.public_id, APPROVER, NOW, override_reason="agreed"))


def done(result: object) -> Window:
    assert isinstance(result, Done), result
    return result.window


def deliveries(kind: str = "") -> list[Delivery]:
    db.session.rollback()
    query = select(Delivery).join(Notice).order_by(Delivery.id)
    return list(db.session.scalars(query.where(Notice.kind == kind) if kind else query))


def states(kind: str = "") -> list[tuple[str, str, int]]:
    return [(each.address, each.state, each.attempts) for each in deliveries(kind)]


def event_of(mail: EmailMessage) -> icalendar.Event:
    (part,) = [each for each in mail.walk() if each.get_content_type() == "text/calendar"]
    (event,) = icalendar.Calendar.from_ical(part.get_content()).walk("VEVENT")
    return event


def subjects(mails: list[Accepted]) -> list[str]:
    """The first word of each subject."""
    return [re.match(r"\w+", each.mail["Subject"])[0] for each in mails]  # type: ignore[index]


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


def test_a_greylisted_mail_is_tried_again_later_and_later_with_the_same_octets(
    app: Flask, serve: Callable[[Script], Server]
) -> None:
    said = iter(["450 4.2.0 come again", "450 4.2.0 come again", None])
    raws = []

    def script(stage: str, address: str) -> str | None:
        return next(said) if (stage, address) == ("DATA", JAN) else None

    server = serve(script)
    approved()
    now, waits = NOW, []
    for attempt in (1, 2):
        worker.tick(now)
        jan = deliveries()[0]
        assert (jan.state, jan.attempts, jan.reply) == ("waiting", attempt, "450 4.2.0 come again")
        raws.append(_written(app, jan))
        assert jan.next_attempt_at is not None
        waits.append(jan.next_attempt_at - now)
        worker.tick(jan.next_attempt_at - timedelta(seconds=1))  # not yet
        now = jan.next_attempt_at
    worker.tick(now)
    assert deliveries()[0].state == "sent"
    assert 0.8 * MINUTE <= waits[0] <= 1.2 * MINUTE < 1.6 * MINUTE <= waits[1] <= 2.4 * MINUTE
    assert {*raws, server.to(JAN)[0].raw} == {raws[0]}
    assert len(server.to(KIM)) == 1


def _written(app: Flask, row: Delivery) -> bytes:
    found = mail_of(row, settings(app))
    db.session.rollback()
    assert found is not None
    return found


def test_after_five_days_of_not_now_it_has_failed(serve: Callable[[Script], Server]) -> None:
    serve(lambda stage, address: "450 no" if (stage, address) == ("RCPT", JAN) else None)
    approved()
    worker.tick(NOW)
    worker.tick(NOW + 5 * DAY)
    assert states("announcement")[0] == (JAN, "failed", 2)


def test_a_refusal_is_final_flags_the_contact_and_is_told_to_operators_once(
    serve: Callable[[Script], Server],
) -> None:
    no = "550 5.1.1 no such user"
    server = serve(lambda stage, address: no if (stage, address) == ("RCPT", JAN) else None)
    build.user("olga@vendor.example")
    build.user("vera@vendor.example", "viewer")
    approved()
    for minutes in range(3):
        worker.tick(NOW + minutes * MINUTE)
    assert states("announcement") == [(JAN, "failed", 1), (KIM, "sent", 1)]
    (jan,) = db.session.scalars(select(Contact).where(Contact.email == JAN))
    assert jan.flagged == no
    (alarm,) = server.to("olga@vendor.example")
    assert f"{JAN} (acme): {no}" in alarm.mail.get_body(("plain",)).get_content()
    assert server.to("vera@vendor.example") == []


def test_a_refused_mail_to_an_operator_raises_no_alarm_of_its_own(
    serve: Callable[[Script], Server],
) -> None:
    serve(lambda stage, _address: "550 no" if stage == "RCPT" else None)
    build.user("olga@vendor.example")
    approved()
    for minutes in range(4):
        worker.tick(NOW + minutes * MINUTE)
    assert states("account") == [("olga@vendor.example", "failed", 1)]


def test_a_server_that_is_down_costs_no_attempt_and_is_one_alarm(app: Flask) -> None:
    port, now = free_port(), [NOW]
    down = replace(settings(app), smtp_url=Smtp("127.0.0.1", port))
    sender = Sender(down, lambda: now[0])
    approved()
    with structlog.testing.capture_logs() as logs:
        for minutes in range(20):
            now[0] = NOW + minutes * MINUTE
            worker.tick(now[0], sender)
    assert states() == [(JAN, "waiting", 0), (KIM, "waiting", 0)]
    assert [each["log_level"] for each in logs].count("error") == 1
    with serving(port=port) as server:
        now[0] += 30 * MINUTE
        worker.tick(now[0], sender)
    assert len(server.accepted) == 2
    assert {each.attempts for each in deliveries()} == {1}


@pytest.mark.parametrize("fault", ["drop", "silence"])
def test_an_answer_that_never_came_leads_to_a_repeat_with_the_same_octets(
    app: Flask, serve: Callable[[Script], Server], fault: str
) -> None:
    said = iter([fault])
    server = serve(lambda at, to: next(said, None) if (at, to) == ("DATA", JAN) else None)
    app.config["SETTINGS"] = replace(settings(app), smtp_timeout=timedelta(seconds=0.3))
    approved()
    worker.tick(NOW)
    jan = deliveries()[0]
    assert (jan.state, jan.in_doubt, jan.attempts) == ("waiting", True, 1)
    worker.tick(NOW + 10 * MINUTE)
    first, repeat = server.to(JAN)
    assert first.raw == repeat.raw
    assert states() == [(JAN, "sent", 2), (KIM, "sent", 1)]
    assert not deliveries()[0].in_doubt


def test_a_drop_before_the_mail_was_read_loses_nothing(serve: Callable[[Script], Server]) -> None:
    said = iter(["drop"])
    server = serve(lambda at, _to: next(said, None) if at == "354" else None)
    approved()
    worker.tick(NOW)
    worker.tick(NOW + 10 * MINUTE)
    assert len(server.accepted) == 2
    assert {each.state for each in deliveries()} == {"sent"}


def test_one_answer_to_a_whole_batch_is_a_fault_of_the_server(
    serve: Callable[[Script], Server],
) -> None:
    said: list[str | None] = ["554 5.7.1 you are on a list"]
    server = serve(lambda stage, _address: said[0] if stage == "RCPT" else None)
    big = build.customer("big")
    for number in range(sending.WHOLE_BATCH):
        build.contact(big, f"c{number}@big.example")
    approved()
    worker.tick(NOW)
    assert {(each.state, each.attempts) for each in deliveries()} == {("waiting", 0)}
    said[0] = None
    worker.tick(NOW + HOUR)
    assert len(server.accepted) == sending.WHOLE_BATCH + 2


def test_what_waits_when_the_window_is_cancelled_is_never_sent(app: Flask) -> None:
    window = approved()
    done(planning.cancel(window.public_id, "", APPROVER, NOW))
    with serving() as server:
        app.config["SETTINGS"] = replace(settings(app), smtp_url=server.smtp)
        worker.tick(NOW + MINUTE)
    assert server.accepted == []
    assert states() == [(JAN, "expired", 1), (KIM, "expired", 1)]
    assert deliveries()[0].reply == "the window is cancelled"


def test_a_move_before_the_announcement_was_sent_is_told_once(server: Server) -> None:
    window = approved()
    done(planning.move(window.public_id, START + DAY, END + DAY, APPROVER, NOW))
    worker.tick(NOW)
    (only,) = server.to(JAN)
    assert event_of(only.mail)["DTSTART"].dt == START + DAY
    assert [state for _, state, _ in states("announcement")] == ["expired", "expired"]


def test_a_window_that_changes_while_a_batch_is_on_its_way_stops_the_rest(
    app: Flask, monkeypatch: pytest.MonkeyPatch, serve: Callable[[Script], Server]
) -> None:
    window = approved()
    monkeypatch.setattr(sending, "CONNECTIONS", 1)

    def script(stage: str, address: str) -> str | None:
        if (stage, address) == ("RCPT", JAN):
            with app.app_context():
                planning.cancel(window.public_id, "", APPROVER, NOW)
        return None

    server = serve(script)
    worker.tick(NOW)
    assert "Planned" not in subjects(server.to(KIM))
    assert states("announcement") == [(JAN, "sent", 1), (KIM, "expired", 1)]


def test_without_the_last_look_the_rest_would_have_gone_out(
    app: Flask, monkeypatch: pytest.MonkeyPatch, serve: Callable[[Script], Server]
) -> None:
    """The twin of the test above."""
    monkeypatch.setattr(sending._Batch, "_no_longer", lambda _self, _job: None)
    with pytest.raises(AssertionError):
        test_a_window_that_changes_while_a_batch_is_on_its_way_stops_the_rest(
            app, monkeypatch, serve
        )


def test_a_contact_that_left_is_not_written_to(server: Server) -> None:
    approved()
    (jan,) = db.session.scalars(select(Contact).where(Contact.email == JAN))
    jan.active = False
    db.session.commit()
    worker.tick(NOW)
    assert states() == [(JAN, "expired", 1), (KIM, "sent", 1)]


def test_after_minutes_without_a_worker_what_is_still_true_is_sent_once(server: Server) -> None:
    approved(reminders=[60, 30])
    for moment in (NOW, START - 55 * MINUTE, START - 25 * MINUTE, START + 5 * MINUTE):
        worker.tick(moment)
    assert subjects(server.to(JAN)) == ["Gepland", "Herinnering", "Herinnering", "Begonnen"]


def test_after_days_without_a_worker_what_is_no_longer_true_is_recorded(server: Server) -> None:
    window = approved(reminders=[60, 30])
    worker.tick(NOW)
    worker.tick(START + 3 * DAY)
    db.session.refresh(window)
    assert window.state == "in_progress"
    assert subjects(server.to(JAN)) == ["Gepland"]
    assert [(n.kind, n.dropped) for n in window.notices if n.dropped] == [
        ("reminder", "the window is in_progress"),
        ("reminder", "the window is in_progress"),
        ("start", "its moment has passed"),
    ]


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


def test_what_the_lease_does_not_cover_is_given_back(app: Flask, server: Server) -> None:
    approved()
    short = replace(settings(app), lease_seconds=timedelta(seconds=1))
    sender = Sender(short, lambda: NOW)
    sending._Batch(sender, sending.posts_of(short), sender._claim()).run()
    assert server.accepted == []
    assert states() == [(JAN, "waiting", 0), (KIM, "waiting", 0)]


def test_told_to_stop_it_gives_back_what_it_has_not_begun(app: Flask, server: Server) -> None:
    approved()
    sender = Sender(settings(app), lambda: NOW)
    batch = sender._claim()
    sender.stopping.set()
    sending._Batch(sender, sending.posts_of(sender.settings), batch).run()
    assert server.accepted == []
    assert states() == [(JAN, "waiting", 0), (KIM, "waiting", 0)]


def test_two_workers_at_once_send_each_mail_once(app: Flask, database: str, server: Server) -> None:
    big = build.customer("big")
    for number in range(60):
        build.contact(big, f"c{number}@big.example")
    later = build.window()
    build.notice(later, due_at=NOW)
    db.session.commit()
    start = threading.Barrier(2)
    faults: list[BaseException] = []

    def work() -> None:
        with app.app_context():
            start.wait()
            try:
                worker.tick(NOW)
            except BaseException as fault:
                faults.append(fault)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert sorted(each.address for each in server.accepted) == sorted(
        [JAN, KIM, *(f"c{number}@big.example" for number in range(60))]
    )
    assert {(each.state, each.attempts) for each in deliveries()} == {("sent", 1)}


def test_a_sender_that_is_given_deliveries_sends_those_alone(app: Flask, server: Server) -> None:
    approved()
    jan, kim = deliveries()
    sender = Sender(settings(app), lambda: NOW)
    sender.send([jan.id])
    assert states() == [(JAN, "sent", 1), (KIM, "waiting", 0)]
    sender.send([])
    sender.send([jan.id, kim.id])
    assert states() == [(JAN, "sent", 1), (KIM, "sent", 1)]
    assert len(server.accepted) == 2


def test_an_account_mail_goes_the_same_way(server: Server) -> None:
    said = ("Welcome", "Hello\nhttps://maintenance.example/reset/x\n", "<p>Hello</p>\n")
    outbox.add_account_mail(db.session(), "new@vendor.example", "en", *said, NOW)
    db.session.commit()
    worker.tick(NOW)
    (got,) = server.to("new@vendor.example")
    assert got.mail["Subject"] == "Welcome"
    assert got.mail["List-Unsubscribe"] is None


@contextmanager
def _busy() -> Iterator[None]:
    raise OperationalError("COMMIT", {}, Exception("database is locked"))
    yield


def test_an_answer_waits_for_a_database_that_is_busy(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    approved()
    real, turns = sending.writing, iter([False, True, True])  # the claim, then two busy marks
    monkeypatch.setattr(sending, "writing", lambda: _busy() if next(turns, False) else real())
    worker.tick(NOW)
    assert states() == [(JAN, "sent", 1), (KIM, "sent", 1)]
    assert len(server.accepted) == 2


def test_without_waiting_the_answer_would_be_forgotten_and_the_mail_repeated(
    app: Flask, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin: told to stop, it does not wait, and another worker has to say it again."""
    approved()
    real, turns = sending.writing, iter([False, True])
    monkeypatch.setattr(sending, "writing", lambda: _busy() if next(turns, False) else real())
    sender = Sender(settings(app), lambda: NOW)
    with sender._posts() as posts:
        batch = sending._Batch(sender, posts, sender._claim())
        monkeypatch.setattr(batch, "_may_go_on", lambda _each: sender.stopping.set() or True)
        with pytest.raises(OperationalError):
            batch.run()
    worker.tick(NOW + HOUR)
    assert len(server.accepted) > 2


@pytest.mark.parametrize("fault", [OperationalError("SELECT", {}, Exception("gone")), KeyError()])
def test_a_worker_goes_on_after_a_failure(
    app: Flask, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    def failing(*_arguments: object) -> None:
        raise fault

    monkeypatch.setattr(worker, "tick", failing)
    with structlog.testing.capture_logs() as logs:
        worker._wake(app, Sender(settings(app), lambda: NOW))()
    assert len(logs) == 1
