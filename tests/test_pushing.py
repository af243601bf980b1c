"""Notices by webhook: sent once and in order, tried again, and failing without harm to others."""

import json
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text
from standardwebhooks import Webhook

from maintenance import pushing, targets, worker
from maintenance.config import Settings
from maintenance.models import Delivery, Notice, Target, Window, db
from maintenance.pushing import Pusher
from maintenance.sending import GIVE_UP, Sender
from maintenance.store import outbox
from maintenance.store.session import writing
from notifications import outgoing
from tests import build
from tests.build import NOW
from tests.receiver import Receiver, receiving

LATER = timedelta(hours=9)


@pytest.fixture
def environ(environ: dict[str, str]) -> dict[str, str]:
    """Webhooks may reach this machine."""
    return environ | {"MAINTENANCE_OUTGOING_ALLOW": "127.0.0.0/8"}


@pytest.fixture
def settings(app: Flask) -> Settings:
    """Of the app; an operator plans."""
    build.user("plan@vendor.example")
    db.session.commit()
    found: Settings = app.config["SETTINGS"]
    return found


def push(settings: Settings, now: datetime = NOW) -> None:
    Pusher("webhook", settings, lambda: now).push_due()


def hook(there: Receiver | str, **values: Any) -> Target:
    url = there if isinstance(there, str) else there.url
    return build.target(url, **values)


def announced(**values: Any) -> Window:
    window = build.window(**values)
    build.announced(window)
    db.session.commit()
    return window


def tell(window: Window, kind: str, **values: Any) -> None:
    outbox.fan_out(db.session(), build.notice(window, kind, **values), NOW)
    db.session.commit()


def deliveries() -> list[Delivery]:
    db.session.expire_all()
    query = select(Delivery).where(Delivery.channel == "webhook").order_by(Delivery.id)
    return list(db.session.scalars(query))


def states() -> list[str]:
    return [row.state for row in deliveries()]


def alarms() -> list[str]:
    query = select(Notice.words).join(Delivery).where(Delivery.address == "plan@vendor.example")
    return [words["text"] for words in db.session.scalars(query) if words]


def types(there: Receiver) -> list[str]:
    return [json.loads(got.body)["type"] for got in there.got]


def test_each_notice_goes_to_a_webhook_once(database: str, settings: Settings) -> None:
    with receiving() as there:
        hook(there)
        window = announced()
        push(settings)
        push(settings)
        tell(window, "message", words={"nl": "Hoi", "en": "Hi"})
        push(settings)
        assert types(there) == ["window.announced", "window.message"]
    (first, second) = deliveries()
    assert (first.state, first.reply, first.attempts) == ("sent", "200 fine", 1)
    assert second.accepted_at == NOW


def test_the_secret_that_was_shown_verifies_it(settings: Settings) -> None:
    with receiving() as there:
        row = hook(there)
        announced()
        push(settings)
        (got,) = there.got
    Webhook(targets.secret(row, settings)).verify(got.body, got.headers)


def test_what_is_not_announced_goes_nowhere(settings: Settings) -> None:
    with receiving() as there:
        hook(there)
        build.window(justification="secret", override_reason="secret")
        db.session.commit()
        worker.fan_out(NOW)
        push(settings)
        assert there.got == []


def test_what_is_internal_is_in_no_webhook(settings: Settings) -> None:
    with receiving() as there:
        hook(there)
        announced(justification="top secret", override_reason="top secret", reason="top secret")
        push(settings)
        assert b"top secret" not in there.got[0].body


def test_a_customers_webhook_gets_what_concerns_it(database: str, settings: Settings) -> None:
    acme = build.customer("acme", ("nmbrs",))
    with receiving() as there:
        hook(there, customer=acme)
        announced(services=("factuurportal",))
        announced(services=("nmbrs", "factuurportal"))
        push(settings)
        (got,) = there.got
    assert [each["slug"] for each in json.loads(got.body)["data"]["window"]["services"]] == [
        "nmbrs"
    ]


def test_a_webhook_for_a_service_gets_no_other(settings: Settings) -> None:
    with receiving() as there:
        hook(there, services=[build.service("factuurportal")])
        announced()
        push(settings)
        assert (there.got, states()) == ([], [])


@pytest.mark.parametrize("change", [{"active": False}, {"customer": "gone"}])
def test_one_that_was_switched_off_gets_nothing(settings: Settings, change: dict[str, Any]) -> None:
    if "customer" in change:
        change = {"customer": build.customer("gone", active=False)}
    with receiving() as there:
        hook(there, **change)
        announced()
        push(settings)
        assert there.got == []


def test_what_failed_is_tried_again_word_for_word(settings: Settings) -> None:
    with receiving(500) as there:
        hook(there)
        window = announced()
        push(settings)
        assert states() == ["waiting"]
        push(settings)
        assert len(there.got) == 1  # not before its time
        window.title = {"nl": "Anders", "en": "Different"}
        db.session.commit()
        there.status = 200
        push(settings, NOW + LATER)
        first, second = there.got
    assert (first.body, first.headers["webhook-id"]) == (
        second.body,
        second.headers["webhook-id"],
    )
    assert states() == ["sent"]


def test_what_is_refused_for_good_is_not_tried_again(settings: Settings) -> None:
    with receiving(404) as there:
        hook(there)
        announced()
        push(settings)
        push(settings, NOW + LATER)
        assert (len(there.got), states()) == (1, ["failed"])
    (said,) = alarms()
    assert "404 fine" in said


def test_one_that_is_gone_is_switched_off(settings: Settings) -> None:
    with receiving(410) as there:
        row = hook(there, name="Chat of Acme")
        window = announced()
        push(settings)
        tell(window, "message", words={"nl": "Hoi", "en": "Hi"})
        push(settings, NOW + LATER)
        assert len(there.got) == 1
    db.session.expire_all()
    assert (row.active, row.disabled) == (False, "410 fine")
    assert "Chat of Acme" in alarms()[0]
    assert "switched this channel off" in alarms()[0]


def test_it_is_given_up_after_days(settings: Settings) -> None:
    with receiving(500) as there:
        hook(there)
        announced(start_at=NOW + timedelta(days=30))
        push(settings)
        push(settings, NOW + GIVE_UP)
    assert states() == ["failed"]


def test_what_is_no_longer_true_is_not_sent(settings: Settings) -> None:
    with receiving(500) as there:
        hook(there)
        window = announced()
        push(settings)
        window.state = "cancelled"
        db.session.commit()
        push(settings, NOW + LATER)
        assert (len(there.got), states()) == (1, ["expired"])


def test_a_cancellation_goes_to_those_who_may_know_of_it(database: str, settings: Settings) -> None:
    with receiving() as there:
        hook(there)
        window = announced()
        push(settings)
        hook(f"{there.url}/new")
        window.state = "cancelled"
        tell(window, "cancellation")
        push(settings)
        assert [got.path for got in there.got] == ["/hook", "/hook"]


def test_notices_arrive_in_their_order(settings: Settings) -> None:
    with receiving(500) as there:
        hook(there)
        window = announced()
        tell(window, "message", words={"nl": "Hoi", "en": "Hi"})
        push(settings)
        assert types(there) == ["window.announced"]
        there.status = 200
        push(settings, NOW + LATER)
        assert types(there) == ["window.announced", "window.announced", "window.message"]


def test_one_that_fails_holds_up_no_other_and_no_mail(settings: Settings) -> None:
    build.contact(build.customer())
    with receiving(500) as bad, receiving() as good:
        hook(bad)
        hook(good)
        announced()
        push(settings)
        Sender(settings, lambda: NOW).send_due()
        assert len(good.got) == 1
    mails = db.session.scalars(select(Delivery.state).where(Delivery.channel == "email"))
    assert list(mails) == ["sent"]


def test_one_that_never_answers_delays_no_mail(
    app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outgoing, "READ_SECONDS", 120)
    build.contact(build.customer())

    def push_it() -> None:
        with app.app_context():
            push(settings)

    with receiving(silent=True) as there:
        hook(there)
        announced()
        pushing_it = threading.Thread(target=push_it)
        pushing_it.start()
        assert there.arrived.wait(60)
        Sender(settings, lambda: NOW).send_due()
        mails = db.session.scalars(select(Delivery.state).where(Delivery.channel == "email"))
        assert (list(mails), pushing_it.is_alive()) == (["sent"], True)
        db.session.rollback()
        there.released.set()
        pushing_it.join()
    assert states() == ["waiting"]


def test_operators_hear_once_that_one_does_not_answer(settings: Settings) -> None:
    with receiving(503) as there:
        row = hook(there)
        announced(start_at=NOW + timedelta(days=30))
        for number in range(pushing.ALARM_AFTER + 2):
            assert len(alarms()) == (1 if number >= pushing.ALARM_AFTER else 0)
            push(settings, NOW + number * LATER)
        assert len(alarms()) == 1
        there.status = 200
        push(settings, NOW + 9 * LATER)
    db.session.expire_all()
    assert row.alarmed_at is None


def test_an_alarm_of_a_webhook_is_no_alarm_of_a_mail(settings: Settings) -> None:
    with receiving(404) as there:
        hook(there)
        announced()
        push(settings)
    worker.raise_alarm(NOW)
    assert len(alarms()) == 1


def test_a_fault_of_our_own_is_tried_again(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> str:
        raise KeyError("oops")

    monkeypatch.setattr("notifications.webhook.send", fail)
    hook("http://127.0.0.1:9/")
    announced()
    push(settings)
    (row,) = deliveries()
    assert (row.state, row.reply) == ("waiting", "failed here: KeyError")


def test_two_pushers_send_each_once(settings: Settings) -> None:
    with receiving() as there:
        hook(there)
        announced()
        first = Pusher("webhook", settings, lambda: NOW)
        batch = first._claim()
        push(settings)
        first._push([batch])
        assert len(there.got) == 1


def test_one_that_died_amid_it_loses_nothing(settings: Settings) -> None:
    with receiving() as there:
        hook(there)
        announced()
        assert len(Pusher("webhook", settings, lambda: NOW)._claim()) == 1
        push(settings, NOW + settings.lease_seconds)
        assert (len(there.got), states()) == (1, ["sent"])


def test_marked_before_it_is_sent_it_would_be_lost(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin: a pusher that marks first and dies then has sent nothing, and nobody will."""
    plain: Callable[..., Any] = Pusher._job

    def mark_first(self: Pusher, each: Any) -> Any:
        plain(self, each)
        with writing() as session:
            pushing.claims.sent(session, [(each, "marked")], NOW)
        raise SystemExit

    monkeypatch.setattr(Pusher, "_job", mark_first)
    with receiving() as there:
        hook(there)
        announced()
        with pytest.raises(SystemExit):
            push(settings)
        monkeypatch.undo()
        push(settings, NOW + settings.lease_seconds)
        assert (there.got, states()) == ([], ["sent"])


def test_the_worker_pushes_what_is_due(app: Flask, settings: Settings, time_machine: Any) -> None:
    time_machine.move_to(NOW, tick=False)
    with receiving() as there:
        hook(there)
        announced()
        assert worker.once(app)
        assert len(there.got) == 1


def test_what_still_waits_is_dropped_with_its_webhook(settings: Settings) -> None:
    row = hook("http://127.0.0.1:9/")
    announced()
    with writing() as session:
        targets.remove(session, session.merge(row), "tests", NOW)
    (left,) = deliveries()
    assert (left.state, left.target_id) == ("expired", None)
    push(settings)


def test_a_webhook_is_found_beside_any_number_of_mails(app: Flask) -> None:
    statement = str(
        pushing.claims.select(Delivery.id)
        .where(Delivery.state.in_(("waiting", "sending")), Delivery.next_attempt_at <= NOW)
        .where(pushing.claims._goes_by("webhook"))
        .compile(db.engine, compile_kwargs={"literal_binds": True})
    )
    plan = db.session.execute(text(f"EXPLAIN QUERY PLAN {statement}")).all()
    assert any("ix_delivery_target_due" in row[3] for row in plan), plan
