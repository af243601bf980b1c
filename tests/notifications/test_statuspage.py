"""A page at Statuspage is kept in step, against a double that is strict."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from maintenance import planning
from maintenance.accounts import Actor
from maintenance.config import Settings
from maintenance.models import Delivery, Target, Window, db
from maintenance.notices import Notice
from maintenance.pushing import Pusher
from maintenance.targets import sealed_key
from maintenance.windows import NoticeKind, State
from notifications import Message, Undelivered, statuspage
from tests import build
from tests.build import NOW
from tests.notifications import values
from tests.statuspage import COMPONENTS, KEY, PAGE, Statuspage, serving

SOMEBODY = Actor("plan@vendor.example", "approver")


@pytest.fixture
def environ(environ: dict[str, str]) -> dict[str, str]:
    """The double is on this machine."""
    return environ | {"MAINTENANCE_OUTGOING_ALLOW": "127.0.0.0/8"}


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Iterator[Statuspage]:
    """The double; waiting for it takes no time."""
    with serving() as there:
        monkeypatch.setattr(statuspage, "_paces", statuspage.Paces(there.clock, there.clock.sleep))
        yield there


def settings(page: Statuspage, **more: Any) -> dict[str, Any]:
    """What the target's settings are."""
    return {
        "api": page.url,
        "api_key": KEY,
        "components": list(COMPONENTS),
        "language": "en",
        "allow": ("127.0.0.0/8",),
        **more,
    }


def tell(page: Statuspage, kind: NoticeKind, at: str = PAGE, **more: Any) -> str:
    own = {name: more.pop(name) for name in ("api_key", "components") if name in more}
    text = more.pop("text", None)
    notice = Notice(kind, NOW, 3, text=text)
    message = Message("d_1", notice, values.window(**more), b"")
    return statuspage.send(message, at, settings(page, **own))


def test_an_announcement_becomes_a_scheduled_maintenance(page: Statuspage) -> None:
    assert tell(page, NoticeKind.ANNOUNCEMENT) == "201 made"
    (made,) = page.incidents
    assert (made["name"], made["status"]) == ("Database upgrade", "scheduled")
    assert made["metadata"]["maintenance"]["id"] == values.window().id
    assert made["impact_override"] == "maintenance"
    assert "we will carry out planned maintenance on Nmbrs" in made["incident_updates"][0]["body"]
    assert page.components == COMPONENTS


def test_every_later_notice_changes_the_same_incident(page: Statuspage) -> None:
    tell(page, NoticeKind.ANNOUNCEMENT)
    moved = values.window().start + timedelta(days=1)
    later = {"start": moved, "end": moved + timedelta(hours=2)}
    assert tell(page, NoticeKind.CHANGE, **later) == "200 changed"
    (found,) = page.incidents
    assert found["scheduled_for"] == f"{moved:%Y-%m-%dT%H:%M:%SZ}"
    running = {"state": State.IN_PROGRESS, "started_at": moved, **later}
    tell(page, NoticeKind.START, **running)
    assert (found["status"], set(page.components.values())) == (
        "in_progress",
        {"under_maintenance"},
    )
    tell(page, NoticeKind.MESSAGE, text={"nl": "Halverwege.", "en": "Half done."}, **running)
    assert found["incident_updates"][0]["body"].startswith("Half done.")
    done = {**running, "state": State.COMPLETED, "completed_at": later["end"]}
    tell(page, NoticeKind.COMPLETION, **done)
    assert (found["status"], page.components) == ("completed", COMPONENTS)
    assert len(page.incidents) == 1


def test_a_cancelled_window_closes_and_says_so(page: Statuspage) -> None:
    tell(page, NoticeKind.ANNOUNCEMENT)
    tell(page, NoticeKind.CANCELLATION, state=State.CANCELLED)
    (found,) = page.incidents
    assert found["status"] == "completed"
    assert "is cancelled" in found["incident_updates"][0]["body"]


def test_one_that_was_never_there_is_not_made_to_be_cancelled(page: Statuspage) -> None:
    assert tell(page, NoticeKind.CANCELLATION, state=State.CANCELLED) == "not on the page"
    assert page.incidents == []


def test_a_repeat_makes_no_second_incident(page: Statuspage) -> None:
    for _ in range(3):
        tell(page, NoticeKind.ANNOUNCEMENT)
    assert len(page.incidents) == 1


def test_one_that_somebody_else_made_is_left_alone(page: Statuspage) -> None:
    tell(page, NoticeKind.ANNOUNCEMENT)
    page.incidents[0]["metadata"] = {"other": {"id": "x"}}
    tell(page, NoticeKind.ANNOUNCEMENT)
    assert len(page.incidents) == 2


def test_a_reminder_adds_no_word_but_where_it_is_the_first(page: Statuspage) -> None:
    tell(page, NoticeKind.REMINDER)
    tell(page, NoticeKind.REMINDER)
    (found,) = page.incidents
    assert len(found["incident_updates"]) == 1


def test_the_page_sends_no_mail_of_its_own(page: Statuspage) -> None:
    for kind in (NoticeKind.ANNOUNCEMENT, NoticeKind.CHANGE, NoticeKind.REMINDER):
        tell(page, kind)
    assert page.mailed == []


def test_it_is_asked_once_a_second(page: Statuspage) -> None:
    tell(page, NoticeKind.ANNOUNCEMENT)
    tell(page, NoticeKind.CHANGE)
    assert (page.asked, len(page.clock.slept)) == (["GET", "POST", "GET", "PATCH"], 3)


def test_asked_faster_it_refuses_for_the_moment(
    page: Statuspage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin: without the pace it answers 429."""
    monkeypatch.setattr(statuspage, "BETWEEN", 0.0)
    with pytest.raises(Undelivered, match="429") as why:
        tell(page, NoticeKind.ANNOUNCEMENT)
    assert not why.value.permanent


@pytest.mark.parametrize(
    ("wrong", "status"),
    [({"api_key": "other"}, 401), ({"at": "nopage"}, 404), ({"components": ["x9"]}, 422)],
)
def test_what_it_refuses_is_refused_for_good(
    page: Statuspage, wrong: dict[str, Any], status: int
) -> None:
    with pytest.raises(Undelivered, match=str(status)) as why:
        tell(page, NoticeKind.ANNOUNCEMENT, **wrong)
    assert why.value.permanent


@pytest.mark.parametrize("status", [429, 420, 500, 503])
def test_what_fails_for_the_moment_is_tried_again(page: Statuspage, status: int) -> None:
    page.down = status
    with pytest.raises(Undelivered) as why:
        tell(page, NoticeKind.ANNOUNCEMENT)
    assert not why.value.permanent


def test_a_title_of_any_length_fits(page: Statuspage) -> None:
    long = {"nl": "x" * 400, "en": "a\r\nb\x00" * 100}
    tell(page, NoticeKind.ANNOUNCEMENT, title=long)
    assert page.incidents[0]["name"].isprintable()


@pytest.fixture
def planned(app: Flask, page: Statuspage) -> Window:
    """An announced window of a service whose page is pushed."""
    key = sealed_key(KEY, app.config["SETTINGS"])
    own = {"api": page.url, "api_key": key, "components": ["abc123"], "language": "nl"}
    build.target(PAGE, channel="statuspage", settings=own, services=[build.service()])
    row = build.window()
    build.announced(row)
    db.session.commit()
    return row


def push(app: Flask) -> None:
    found: Settings = app.config["SETTINGS"]
    Pusher("statuspage", found, lambda: NOW).push_due()


def test_the_verbs_of_a_window_are_seen_on_the_page(
    app: Flask, page: Statuspage, planned: Window
) -> None:
    push(app)
    (found,) = page.incidents
    assert (found["name"], found["status"]) == ("Databases bijwerken", "scheduled")
    start = planned.start_at + timedelta(days=1)
    planning.move(planned.public_id, start, start + timedelta(hours=2), SOMEBODY, NOW)
    push(app)
    assert found["scheduled_for"].startswith("2026-12-03T19")
    planning.start(planned.public_id, SOMEBODY, NOW)
    push(app)
    assert (found["status"], page.components["abc123"]) == ("in_progress", "under_maintenance")
    planning.complete(planned.public_id, SOMEBODY, NOW)
    push(app)
    assert (found["status"], page.components["abc123"]) == ("completed", "operational")


def test_what_the_page_missed_it_is_told_at_once_as_things_then_are(
    app: Flask, page: Statuspage, planned: Window
) -> None:
    page.down = 503
    push(app)
    start = planned.start_at + timedelta(days=1)
    planning.move(planned.public_id, start, start + timedelta(hours=2), SOMEBODY, NOW)
    page.down = 0
    push(app)
    (found,) = page.incidents
    assert found["scheduled_for"].startswith("2026-12-03T19")


def test_a_window_that_is_not_public_is_on_no_page(
    app: Flask, page: Statuspage, planned: Window
) -> None:
    row = build.window(channels=["email"])
    build.announced(row)
    db.session.commit()
    push(app)
    assert len(page.incidents) == 1


def test_a_key_that_was_sealed_with_another_secret_key_is_asked_for_anew(
    app: Flask, page: Statuspage, planned: Window
) -> None:
    build.user()
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], secret_key="another one")
    push(app)
    delivery = db.session.scalars(select(Delivery).where(Delivery.channel == "statuspage")).one()
    assert delivery.state == "failed"
    assert "enter it anew" in str(delivery.reply)
    assert page.asked == []


def test_a_test_only_looks(app: Flask, page: Statuspage, planned: Window) -> None:
    build.outbox.add_test(db.session(), db.session.scalars(select(Target)).one(), NOW)
    db.session.commit()
    push(app)
    replies = db.session.scalars(select(Delivery.reply).order_by(Delivery.id)).all()
    assert list(replies) == ["201 made", "the page can be reached"]
