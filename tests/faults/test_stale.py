"""What is no longer true when it would be sent is not sent."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select

from maintenance import planning, sending, worker
from maintenance.models import Contact, db
from tests import mailing
from tests.build import NOW, START
from tests.mailing import (
    APPROVER,
    DAY,
    END,
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


@pytest.fixture(autouse=True)
def installation(app: Flask) -> None:
    mailing.two_contacts()


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
