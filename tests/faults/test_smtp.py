"""A mail server that refuses, hesitates, hangs, drops or is down."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
import structlog
from flask import Flask
from sqlalchemy import select

from maintenance import sending, worker
from maintenance.config import Smtp
from maintenance.models import Contact, db
from maintenance.sending import Sender
from tests import build, mailing
from tests.build import NOW
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


@pytest.fixture(autouse=True)
def installation(app: Flask) -> None:
    mailing.two_contacts()


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
