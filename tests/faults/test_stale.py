"""What is no longer true when it would be sent is not sent."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from inspect import signature

import pytest
from flask import Flask
from sqlalchemy import select

from maintenance import notices, planning, sending, worker
from maintenance.models import Contact, db
from tests import build
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
from tests.smtp import Script, Server, serving

SECOND = timedelta(seconds=1)
pytestmark = pytest.mark.usefixtures("two_contacts")


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
    monkeypatch.setattr(sending._Batch, "_no_longer", lambda *_all: None)
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


def test_without_the_last_look_it_would_have_been(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin of the test above."""
    monkeypatch.setattr(sending._Batch, "_no_longer", lambda *_all: None)
    with pytest.raises(AssertionError):
        test_a_contact_that_left_is_not_written_to(server)


def test_what_waits_when_the_window_ended_early_is_never_sent(server: Server) -> None:
    window = approved(reminders=[60])
    worker.tick(NOW)
    worker.step(START - HOUR)  # reminders made, and not sent
    worker.step(START)
    done(planning.complete(window.public_id, APPROVER, START + MINUTE))
    worker.tick(START + 2 * MINUTE)
    assert subjects(server.to(JAN)) == ["Gepland", "Eerder"]
    assert [each.reply for each in deliveries("reminder")] == ["the window is completed"] * 2
    assert [each.reply for each in deliveries("start")] == ["the window is completed"] * 2


def test_a_reminder_that_waits_when_the_window_moves_is_never_sent(server: Server) -> None:
    window = approved(reminders=[60])
    worker.tick(NOW)
    worker.step(START - HOUR)
    done(
        planning.move(
            window.public_id, START + DAY, END + DAY, APPROVER, START - 30 * MINUTE, "agreed"
        )
    )
    worker.tick(START - 29 * MINUTE)
    assert subjects(server.to(JAN)) == ["Gepland", "Gewijzigd"]
    assert [each.reply for each in deliveries("reminder")] == ["the window moved"] * 2


def test_two_moves_are_one_update(server: Server) -> None:
    window = approved()
    worker.tick(NOW)
    for days in (1, 2):
        times = (START + days * DAY, END + days * DAY)
        done(planning.move(window.public_id, *times, APPROVER, NOW + HOUR))
    worker.tick(NOW + 2 * HOUR)
    _, update = server.to(JAN)
    assert event_of(update.mail)["DTSTART"].dt == START + 2 * DAY


def test_a_cancellation_reaches_those_who_were_told_and_those_in_doubt(
    serve: Callable[[Script], Server],
) -> None:
    said = {JAN: iter(["drop"]), KIM: iter(["450 come again"])}
    serve(lambda at, to: next(said[to], None) if at == "DATA" and to in said else None)
    build.contact(build.customer("told"), "lee@told.example")
    db.session.commit()
    window = approved()
    worker.tick(NOW)
    worker.tick(NOW + 30 * SECOND)  # what the drop held up; the two wait for their next attempt
    done(planning.cancel(window.public_id, "", APPROVER, NOW + 31 * SECOND))
    worker.tick(NOW + HOUR)
    cancelled = {each.address for each in deliveries("cancellation")}
    assert cancelled == {JAN, "lee@told.example"}


OVERTAKEN = [
    test_what_waits_when_the_window_is_cancelled_is_never_sent,
    test_a_move_before_the_announcement_was_sent_is_told_once,
    test_what_waits_when_the_window_ended_early_is_never_sent,
    test_a_reminder_that_waits_when_the_window_moves_is_never_sent,
    test_two_moves_are_one_update,
]


@pytest.mark.parametrize("overtaken", OVERTAKEN)
def test_without_looking_whether_it_is_still_true_it_would_have_been_sent(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, overtaken: Callable[..., None]
) -> None:
    """The twin of each."""
    monkeypatch.setattr(notices, "stale", lambda *_all: None)
    (needed,) = signature(overtaken).parameters
    with pytest.raises((AssertionError, ValueError)):
        overtaken(request.getfixturevalue(needed))
