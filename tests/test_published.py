"""published: the feeds and pages follow every verb, and nothing else gets out. Both databases."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import icalendar
import pytest
import recurring_ical_events
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from maintenance import links, planning
from maintenance.accounts import Actor
from maintenance.intake import Proposal
from maintenance.models import Customer, Window, db
from maintenance.published import Keeper, source
from maintenance.published.asked import RULES, asked, feed_path
from maintenance.published.layer import Layer
from maintenance.results import Done
from maintenance.store import people
from maintenance.store.policies import Versions
from maintenance.store.session import writing
from maintenance.store.windows import value
from notifications import board
from notifications.status_json import ENDPOINTS
from tests import build
from tests.build import NOW

OPERATOR = Actor("olga@vendor.example", "operator")
APPROVER = Actor("anna@vendor.example", "approver")
NIGHT = datetime(2026, 12, 2, 19, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SECRETS = ("ONLY-JUSTIFICATION", "ONLY-OVERRIDE", "ONLY-REASON")
"""What stands in a window's internal fields in these tests; it must be read nowhere."""
LEAKED = "NOT-YET-TOLD"


@pytest.fixture(autouse=True)
def moment() -> Iterator[time_machine.Traveller]:
    """The clock of the public's pages."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture(autouse=True)
def acme(database: str, app: Flask) -> Customer:
    """Two services and a customer of one of them."""
    build.service("factuurportal")
    customer = build.customer("acme", ["nmbrs"])
    build.contact(customer)
    db.session.commit()
    return customer


def scheduled(**changes: Any) -> Window:
    values = Proposal(
        title={"nl": "Databases bijwerken", "en": "Database upgrade"},
        description={"nl": "", "en": ""},
        services=("nmbrs",),
        kind="planned",
        start=NIGHT,
        end=NIGHT + HOUR,
        outage_minutes=60,
        impact="outage",
        justification=SECRETS[0],
        announce_at=None,
        channels=("email", "status_page"),
        reminders=(),
    )
    proposed = planning.propose(replace(values, **changes), OPERATOR, NOW)
    assert isinstance(proposed, Done)
    done = planning.approve(proposed.window.public_id, APPROVER, NOW, override_reason=SECRETS[1])
    assert isinstance(done, Done)
    return done.window


def secret_path(customer: Customer) -> str:
    db.session.refresh(customer)
    token = links.token(
        "a key that only the tests know",
        links.Purpose.FEED,
        customer.id,
        customer.feed_generation,
    )
    return feed_path(token)


def events(client: FlaskClient, path: str = "/feeds/nmbrs.ics") -> list[icalendar.Event]:
    answer = client.get(path)
    assert answer.status_code == 200
    return list(icalendar.Calendar.from_ical(answer.data).walk("VEVENT"))


def shown(client: FlaskClient, path: str = "/feeds/nmbrs.ics") -> list[datetime]:
    """The starts that a calendar shows in December."""
    calendar = icalendar.Calendar.from_ical(client.get(path).data)
    found = recurring_ical_events.of(calendar).between((2026, 12, 1), (2027, 1, 1))
    return [event["DTSTART"].dt for event in found if event["STATUS"] != "CANCELLED"]


def everything(client: FlaskClient, customer: Customer, window: Window) -> dict[str, bytes]:
    """What is to be read anywhere without logging in."""
    paths = [
        "/status?",
        "/status/nmbrs?",
        "/status?month=2026-12&",
        f"/status/w/{window.public_id}?",
        "/status/subscribe?",
        "/status/calendar?month=2026-12&",
        "/embed/?",
        "/embed/all?",
        "/embed/nmbrs?",
        "/feeds/all.ics?",
        "/feeds/all.atom?",
        "/feeds/nmbrs.ics?",
        "/feeds/nmbrs.atom?",
        *(f"/api/v2/{endpoint}.json?" for endpoint in ENDPOINTS),
        f"{secret_path(customer)}?",
    ]
    return {
        f"{path} {language}": client.get(f"{path}lang={language}").data
        for path in paths
        for language in ("nl", "en")
    }


def test_a_feed_follows_create_move_and_cancel(client: FlaskClient, acme: Customer) -> None:
    assert events(client) == []
    window = scheduled()
    uids = set()
    for path in ("/feeds/nmbrs.ics", "/feeds/all.ics", secret_path(acme)):
        assert shown(client, path) == [NIGHT]
        uids |= {str(event["UID"]) for event in events(client, path)}
    first = events(client)[0]
    planning.move(window.public_id, NIGHT + DAY, NIGHT + DAY + HOUR, APPROVER, NOW + HOUR, "x")
    assert shown(client) == [NIGHT + DAY]
    moved = events(client)[0]
    planning.cancel(window.public_id, SECRETS[2], OPERATOR, NOW + 2 * HOUR)
    assert shown(client) == []
    cancelled = events(client)[0]
    assert cancelled["STATUS"] == "CANCELLED"
    assert first["SEQUENCE"] < moved["SEQUENCE"] < cancelled["SEQUENCE"]
    assert first["LAST-MODIFIED"].dt < moved["LAST-MODIFIED"].dt < cancelled["LAST-MODIFIED"].dt
    assert uids == {str(e["UID"]) for e in (first, moved, cancelled)}
    assert events(client, "/feeds/factuurportal.ics") == []


def test_the_page_follows_start_message_and_completion(
    client: FlaskClient, moment: time_machine.Traveller
) -> None:
    window = scheduled()
    page = f"/status/w/{window.public_id}?lang=en"
    assert "Scheduled" in client.get(page).text
    moment.move_to(NIGHT)
    planning.start(window.public_id, OPERATOR, NIGHT)
    assert "Maintenance in progress on Nmbrs" in client.get("/status?lang=en").text
    words = {"nl": "De helft is klaar.", "en": "Half is done."}
    planning.message(window.public_id, words, OPERATOR, NIGHT)
    assert "Half is done." in client.get(page).text
    assert "De helft is klaar." in client.get("/status/nmbrs?lang=nl").text
    moment.move_to(NIGHT + HOUR / 2)
    planning.complete(window.public_id, OPERATOR, NIGHT + HOUR / 2)
    assert "Completed" in client.get(page).text
    assert "No maintenance right now" in client.get("/status?lang=en").text


@pytest.mark.parametrize("stage", ["draft", "proposed", "later", "untold", "rejected"])
def test_nothing_gets_out_before_it_is_announced(
    client: FlaskClient, acme: Customer, stage: str
) -> None:
    window = untold(stage)
    for path, body in everything(client, acme, window).items():
        assert LEAKED.encode() not in body, path
        assert window.reference.encode() not in body, path


@pytest.mark.parametrize("stage", ["draft", "proposed", "later", "untold", "rejected"])
def test_without_its_filter_what_is_not_announced_would_get_out(
    client: FlaskClient, acme: Customer, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    window = untold(stage)
    all_of_them = [_value(window)]
    monkeypatch.setattr(board, "announced", lambda *_: all_of_them)
    leaks = [p for p, b in everything(client, acme, window).items() if LEAKED.encode() in b]
    assert leaks


def untold(stage: str) -> Window:
    """A window that readers were not told of."""
    title = {"nl": LEAKED, "en": LEAKED}
    match stage:
        case "later":
            return scheduled(title=title, announce_at=NOW + DAY)
        case "untold":
            return scheduled(title=title, channels=(), services=("factuurportal", "nmbrs"))
        case _:
            row = build.window(state=stage, title=title, announced_at=None)
            db.session.commit()
            return row


def _value(window: Window) -> Any:
    return value(window, Versions(db.session()))


def test_internal_fields_are_read_nowhere(client: FlaskClient, acme: Customer) -> None:
    window = scheduled(kind="urgent")
    moved = scheduled(start=NIGHT + DAY, end=NIGHT + DAY + HOUR)
    planning.cancel(moved.public_id, SECRETS[2], OPERATOR, NOW)
    for path, body in everything(client, acme, window).items():
        for secret in (*SECRETS, OPERATOR.name, APPROVER.name, "violation", "jan@acme"):
            assert secret.encode() not in body, path


def test_a_replaced_address_is_dead_at_once_in_the_process_that_replaced_it(
    client: FlaskClient, acme: Customer
) -> None:
    old = secret_path(acme)
    assert client.get(old).status_code == 200
    with writing() as session:
        people.replace_feed(session, session.merge(acme), OPERATOR.name, NOW)
    assert client.get(old).status_code == 404
    assert client.get(secret_path(acme)).status_code == 200


def test_a_replaced_address_is_dead_within_a_second_in_another_process(
    app: Flask, client: FlaskClient, acme: Customer, moment: time_machine.Traveller
) -> None:
    old = secret_path(acme)
    assert client.get(old).status_code == 200
    with db.engine.begin() as connection:  # as another process: it tells this one nothing
        connection.execute(text("UPDATE customer SET feed_generation = feed_generation + 1"))
        connection.execute(text("UPDATE version SET number = number + 1"))
    moment.shift(1.01)
    keeper: Keeper = app.extensions["published"]
    keeper._looked -= 1.01  # the second has passed on the steady clock too
    assert client.get(old).status_code == 404


def test_an_inactive_customer_s_address_opens_nothing(client: FlaskClient, acme: Customer) -> None:
    path = secret_path(acme)
    with writing() as session:
        session.merge(acme).active = False
    assert client.get(path).status_code == 404


def test_the_routes_give_what_the_layer_gives(app: Flask, client: FlaskClient) -> None:
    window = scheduled()
    layer = app.wsgi_app
    assert isinstance(layer, Layer)
    paths = ["/status", "/feeds/all.ics", f"/status/w/{window.public_id}", "/status/status.css"]
    by_layer = [client.get(path) for path in paths]
    app.wsgi_app = layer._application  # type: ignore[method-assign]
    by_route = [client.get(path) for path in paths]
    for one, other in zip(by_layer, by_route, strict=True):
        assert one.data == other.data
        same = {pair for pair in one.headers if pair[0] != "Vary"}  # the session adds to that
        assert same <= set(other.headers)


def test_every_rule_is_one_the_layer_answers() -> None:
    filled = {"slug": "nmbrs", "id": "w_x", "name": "all", "token": "A" * 43 + "-1"}
    filled |= {"endpoint": "summary", "which": "active"}
    for rule in RULES:
        path = rule
        for name, filling in filled.items():
            path = path.replace(f"<{name}>", filling)
        assert asked(path, "", "") is not None, rule


def test_readers_need_no_database_once_the_bytes_are_kept(
    client: FlaskClient, acme: Customer, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    scheduled()
    paths = ["/status", "/feeds/nmbrs.ics"]
    fresh = [client.get(path).data for path in paths]
    _stop_database(monkeypatch)
    keeper: Keeper = app.extensions["published"]
    keeper.look_anew()
    later = [client.get(path) for path in paths]
    assert [answer.status_code for answer in later] == [200, 200]
    assert later[1].data == fresh[1]
    assert all(answer.headers["Age"] == "0" for answer in later)
    assert 'class="stale"' in later[0].text
    assert client.get(secret_path(acme)).status_code == 503


def _stop_database(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OperationalError("SELECT 1", {}, Exception("the database is down"))

    monkeypatch.setattr(source.session, "version", refuse)


def test_many_readers_at_once_read_the_database_once(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    scheduled()
    keeper: Keeper = app.extensions["published"]
    reads = []
    everything = keeper._source.everything

    def counted(since: datetime) -> Any:
        reads.append(since)
        return everything(since)

    monkeypatch.setattr(keeper._source, "everything", counted)
    statuses = []

    def read() -> None:
        statuses.append(app.test_client().get("/feeds/all.ics").status_code)

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 8
    assert len(reads) == 1
