"""A mail server that refuses, hesitates, hangs, drops or is down."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import structlog
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from maintenance import sending, worker
from maintenance.config import Smtp
from maintenance.models import Contact, Delivery, db
from maintenance.sending import Sender
from maintenance.store import claims
from tests import build
from tests.build import NOW
from tests.certificate import self_signed
from tests.mailing import (
    DAY,
    HOUR,
    JAN,
    KIM,
    MINUTE,
    approved,
    deliveries,
    settings,
    states,
    written,
)
from tests.smtp import Script, Server, free_port, serving

pytestmark = pytest.mark.usefixtures("two_contacts")


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
        raws.append(written(app, jan))
        assert jan.next_attempt_at is not None
        waits.append(jan.next_attempt_at - now)
        worker.tick(jan.next_attempt_at - timedelta(seconds=1))  # not yet
        now = jan.next_attempt_at
    worker.tick(now)
    assert deliveries()[0].state == "sent"
    assert 0.8 * MINUTE <= waits[0] <= 1.2 * MINUTE < 1.6 * MINUTE <= waits[1] <= 2.4 * MINUTE
    assert {*raws, server.to(JAN)[0].raw} == {raws[0]}
    assert len(server.to(KIM)) == 1


def test_without_growing_waits_it_would_be_tried_ever_as_often(
    app: Flask, monkeypatch: pytest.MonkeyPatch, serve: Callable[[Script], Server]
) -> None:
    """The twin."""
    monkeypatch.setattr(sending, "growing", lambda first, _last, _times: first)
    with pytest.raises(AssertionError):
        test_a_greylisted_mail_is_tried_again_later_and_later_with_the_same_octets(app, serve)


def test_the_waits_double_up_to_four_hours_and_no_two_are_alike() -> None:
    first, last = sending.FIRST_RETRY, sending.LAST_RETRY
    waits = [sending.growing(first, last, times) for times in range(1, 100)]
    for times, wait in enumerate(waits):
        wanted = min(first * 2 ** min(times, 30), 4 * HOUR)
        assert 0.8 * wanted <= wait <= 1.2 * wanted
    assert len(set(waits)) == len(waits)


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


@pytest.mark.parametrize(
    ("owner", "name"), [(claims, "failed"), (worker, "raise_alarm")], ids=["flag", "alarm"]
)
def test_without_the_flag_or_the_alarm_nobody_would_know(
    monkeypatch: pytest.MonkeyPatch, serve: Callable[[Script], Server], owner: Any, name: str
) -> None:
    """The twin: what a refusal leads to is left out."""
    monkeypatch.setattr(owner, name, lambda *_all: None)
    with pytest.raises((AssertionError, ValueError)):
        test_a_refusal_is_final_flags_the_contact_and_is_told_to_operators_once(serve)


def test_a_refused_mail_to_an_operator_raises_no_alarm_of_its_own(
    serve: Callable[[Script], Server],
) -> None:
    serve(lambda stage, _address: "550 no" if stage == "RCPT" else None)
    build.user("olga@vendor.example")
    approved()
    for minutes in range(4):
        worker.tick(NOW + minutes * MINUTE)
    assert states("account") == [("olga@vendor.example", "failed", 1)]


class Fault(NamedTuple):
    """A server that cannot be used: how it is set, and what is there once it is mended."""

    wrong: Smtp
    right: Callable[[], AbstractContextManager[Server]]


@contextmanager
def _down(_folder: Path) -> Iterator[Fault]:
    port = free_port()
    yield Fault(Smtp("127.0.0.1", port), lambda: serving(port=port))


@contextmanager
def _wrong_password(_folder: Path) -> Iterator[Fault]:
    with serving(login=True) as server:
        wrong = replace(server.smtp, user="me", password="wrong")
        yield Fault(wrong, lambda: nullcontext(server))


@contextmanager
def _bad_certificate(folder: Path) -> Iterator[Fault]:
    with serving(tls=self_signed(folder)) as server:
        yield Fault(server.smtp, serving)


@contextmanager
def _starttls_with_a_bad_certificate(folder: Path) -> Iterator[Fault]:
    with serving(starttls=self_signed(folder)) as server:
        yield Fault(server.smtp, serving)


@contextmanager
def _no_sender_of_ours(_folder: Path) -> Iterator[Fault]:
    with serving(lambda stage, _to: "550 5.7.1 not you" if stage == "MAIL" else None) as server:
        yield Fault(server.smtp, serving)


FAULTS = [_down, _wrong_password, _bad_certificate, _starttls_with_a_bad_certificate]
FAULTS += [_no_sender_of_ours]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_the_server_keeps_the_queue_costs_no_attempt_and_is_one_alarm(
    app: Flask, tmp_path: Path, fault: Callable[[Path], AbstractContextManager[Fault]]
) -> None:
    now = [NOW]
    approved()
    with fault(tmp_path) as at, structlog.testing.capture_logs() as logs:
        sender = Sender(replace(settings(app), smtp_url=at.wrong), lambda: now[0])
        for minutes in range(20):
            now[0] = NOW + minutes * MINUTE
            worker.tick(now[0], sender)
        assert states() == [(JAN, "waiting", 0), (KIM, "waiting", 0)]
        assert [each["log_level"] for each in logs].count("error") == 1
        with at.right() as server:
            now[0] += 30 * MINUTE
            mended = (
                replace(server.smtp, user="me", password="right") if at.wrong.user else server.smtp
            )
            worker.tick(now[0], replace(sender, settings=replace(settings(app), smtp_url=mended)))
            assert sorted(each.address for each in server.accepted) == [JAN, KIM]
    assert states() == [(JAN, "sent", 1), (KIM, "sent", 1)]


def _burn(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is given back counts as tried all the same."""
    real = claims.release

    def release(session: Session, *more: Any) -> None:
        real(session, *more)
        session.execute(update(Delivery).values(attempts=Delivery.attempts + 1))

    monkeypatch.setattr(claims, "release", release)


def _forget(monkeypatch: pytest.MonkeyPatch) -> None:
    """No fault is known from the last try."""
    real = sending.Hold.fault

    def fault(self: sending.Hold, why: str, now: datetime) -> None:
        self.faults = 0
        real(self, why, now)

    monkeypatch.setattr(sending.Hold, "fault", fault)


@pytest.mark.parametrize("off", [_burn, _forget])
def test_without_knowing_a_fault_of_the_server_attempts_or_alarms_would_be_many(
    app: Flask,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    off: Callable[[pytest.MonkeyPatch], None],
) -> None:
    """The twin."""
    off(monkeypatch)
    with pytest.raises(AssertionError):
        test_a_fault_of_the_server_keeps_the_queue_costs_no_attempt_and_is_one_alarm(
            app, tmp_path, _down
        )


@pytest.mark.parametrize("fault", ["drop", "silence", "late"])
def test_an_answer_that_never_came_leads_to_a_repeat_with_the_same_octets(
    app: Flask, serve: Callable[[Script], Server], fault: str
) -> None:
    said = iter([fault])
    server = serve(lambda at, to: next(said, None) if (at, to) == ("DATA", JAN) else None)
    app.config["SETTINGS"] = replace(settings(app), smtp_timeout=timedelta(seconds=3))
    approved()
    worker.tick(NOW)
    jan = deliveries()[0]
    assert (jan.state, jan.in_doubt, jan.attempts) == ("waiting", True, 1)
    worker.tick(NOW + 10 * MINUTE)
    first, repeat = server.to(JAN)
    assert first.raw == repeat.raw
    assert states() == [(JAN, "sent", 2), (KIM, "sent", 1)]
    assert not deliveries()[0].in_doubt


def test_without_keeping_what_was_said_the_repeat_would_say_it_otherwise(
    serve: Callable[[Script], Server],
) -> None:
    """The twin: what was rendered at the first attempt is thrown away."""
    said = iter(["drop"])
    server = serve(lambda at, to: next(said, None) if (at, to) == ("DATA", JAN) else None)
    approved()
    worker.tick(NOW)
    db.session.execute(update(Delivery).values(rendering_id=None, reader=None))
    db.session.commit()
    worker.tick(NOW + 10 * MINUTE)
    first, repeat = server.to(JAN)
    assert first.mail["Message-ID"] == repeat.mail["Message-ID"]
    assert first.raw != repeat.raw


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


def test_without_seeing_that_it_is_one_answer_every_contact_would_be_flagged(
    monkeypatch: pytest.MonkeyPatch, serve: Callable[[Script], Server]
) -> None:
    """The twin."""
    readers = sending.WHOLE_BATCH + 2
    monkeypatch.setattr(sending, "WHOLE_BATCH", 1000)
    serve(lambda stage, _address: "554 5.7.1 you are on a list" if stage == "RCPT" else None)
    big = build.customer("big")
    for number in range(readers - 2):
        build.contact(big, f"c{number}@big.example")
    approved()
    worker.tick(NOW)
    assert {each.state for each in deliveries("announcement")} == {"failed"}
    assert (
        len(db.session.scalars(select(Contact.id).where(Contact.flagged.is_not(None))).all())
        == readers
    )
