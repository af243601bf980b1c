"""Idempotency-Key: a repeat gets the first answer, also when both arrive at once."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from maintenance import planning
from maintenance.api import repeating
from maintenance.models import Repeat, Window, db
from maintenance.store import repeats
from tests import build
from tests.api.conftest import PROPOSAL, Call

KEY = {"Idempotency-Key": "order 66"}


def propose(call: Call, **more: Any) -> Any:
    return call("POST", "/windows", PROPOSAL, headers=KEY, **more)


def stored() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Window)) or 0


def test_a_repeat_gets_the_first_answer(call: Call) -> None:
    first, second = propose(call), propose(call)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.get_json() == second.get_json()
    for name in ("ETag", "Location", "Content-Type"):
        assert first.headers[name] == second.headers[name]
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert stored() == 1


def test_the_first_answer_stays_though_the_window_changed(call: Call) -> None:
    first = propose(call).get_json()
    call("PATCH", f"/windows/{first['id']}", {"impact": "none"})
    assert propose(call).get_json() == first


def test_an_error_is_a_first_answer_too(call: Call) -> None:
    first = call("POST", "/windows", {}, headers=KEY)
    second = call("POST", "/windows", {}, headers=KEY)
    assert (first.status_code, second.status_code) == (422, 422)
    assert first.get_json() == second.get_json()
    assert second.content_type == "application/problem+json"
    missing = call("POST", "/windows/w_none/start", headers=KEY | {"Idempotency-Key": "other"})
    assert missing.status_code == 404


def test_the_key_with_another_body_or_path_is_refused(call: Call) -> None:
    window = propose(call).get_json()
    other = call("POST", "/windows", PROPOSAL | {"title": "Other"}, headers=KEY)
    assert (other.status_code, other.content_type) == (409, "application/problem+json")
    assert call("POST", f"/windows/{window['id']}/approve", headers=KEY).status_code == 409
    assert stored() == 1


def test_a_key_belongs_to_its_account(call: Call) -> None:
    propose(call, role="approver")
    propose(call, role="operator")
    assert stored() == 2


def test_a_key_is_forgotten_after_a_day(call: Call, time_machine: Any) -> None:
    propose(call)
    time_machine.move_to(build.NOW + repeats.KEPT + timedelta(seconds=1), tick=False)
    propose(call)
    assert stored() == 2


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb", "\u00e9"])
def test_a_key_is_short_and_printable(call: Call, key: str) -> None:
    answer = call("POST", "/windows", PROPOSAL, headers={"Idempotency-Key": key})
    assert answer.status_code == 400


def test_a_failure_frees_the_key(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("away")

    with monkeypatch.context() as patch:
        patch.setattr(planning, "propose", broken)
        assert propose(call).status_code == 500
    assert propose(call).status_code == 201


def slowly(verb: Callable[..., Any]) -> Callable[..., Any]:
    """The verb, begun by as many as will begin it before any is done."""
    meet = threading.Barrier(2)

    def both(*arguments: Any) -> Any:
        with suppress(threading.BrokenBarrierError):
            meet.wait(timeout=0.5)
        return verb(*arguments)

    return both


def race(app: Flask, call: Call, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Two proposals with one key at once."""
    call("GET", "/services")  # makes the token
    monkeypatch.setattr(planning, "propose", slowly(planning.propose))

    def one(_: int) -> Any:
        with app.app_context():
            return propose(call)

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(one, range(2)))


def test_two_at_once_make_one_window(
    call: Call, app: Flask, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = race(app, call, monkeypatch)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.get_json() == second.get_json()
    assert stored() == 1


def test_two_at_once_make_two_windows_where_no_key_is_claimed(
    call: Call, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repeating, "_claim", lambda _key: repeats.Mine(0))
    race(app, call, monkeypatch)
    assert stored() == 2


def left_behind(status: int | None) -> None:
    """As a process leaves it that dies before it answered."""
    db.session.execute(update(Repeat).values(status=status))
    db.session.commit()


def test_a_claim_that_did_nothing_is_taken_over_after_a_while(
    call: Call, time_machine: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repeating, "PATIENCE", -1)
    call("POST", "/windows", PROPOSAL | {"title": ""}, headers=KEY)
    left_behind(None)
    assert call("POST", "/windows", PROPOSAL | {"title": ""}, headers=KEY).status_code == 409
    time_machine.shift(repeats.GIVEN_UP)
    assert call("POST", "/windows", PROPOSAL | {"title": ""}, headers=KEY).status_code == 422


def test_a_claim_that_did_something_is_never_carried_out_again(
    call: Call, time_machine: Any
) -> None:
    propose(call)
    left_behind(repeats.CARRIED_OUT)
    time_machine.shift(repeats.GIVEN_UP)
    answer = propose(call)
    assert (answer.status_code, stored()) == (409, 1)
    assert "lost" in answer.get_json()["detail"]


def test_the_transaction_that_does_something_says_so_itself(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repeating, "_settle", lambda *_: None)
    propose(call)
    db.session.rollback()
    assert db.session.scalar(select(Repeat.status)) == repeats.CARRIED_OUT


def test_a_repeat_waits_for_the_first(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    call("POST", "/windows", PROPOSAL | {"title": ""}, headers=KEY)
    left_behind(None)
    waited: list[float] = []

    def answered_meanwhile(pause: float) -> None:
        waited.append(pause)
        left_behind(422)

    monkeypatch.setattr(time, "sleep", answered_meanwhile)
    answer = call("POST", "/windows", PROPOSAL | {"title": ""}, headers=KEY)
    assert (answer.status_code, waited) == (422, [repeating.PAUSE])


@pytest.mark.parametrize(
    ("path", "body", "secret"),
    [
        ("/customers/acme/feed", None, "feed_url"),
        ("/webhooks", {"url": "https://hooks.example/x"}, "secret"),
    ],
)
def test_a_secret_is_answered_again_and_kept_sealed(
    call: Call, path: str, body: dict[str, str] | None, secret: str
) -> None:
    call("PUT", "/customers/acme", {"name": "Acme"})
    first = call("POST", path, body, headers=KEY)
    second = call("POST", path, body, headers=KEY)
    assert first.get_json()[secret]
    assert first.get_json() == second.get_json()
    assert second.headers["Idempotent-Replayed"] == "true"
    db.session.rollback()
    kept = db.session.scalar(select(Repeat.body))
    assert kept
    assert first.get_json()[secret].encode() not in kept


def test_what_another_secret_key_sealed_is_lost_not_carried_out_again(call: Call) -> None:
    propose(call)
    db.session.execute(update(Repeat).values(body=b"sealed otherwise"))
    db.session.commit()
    answer = propose(call)
    assert (answer.status_code, stored()) == (409, 1)
