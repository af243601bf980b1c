"""Kill -9 of a worker at each point: nothing is lost, and what is said twice is the same."""

import signal
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from maintenance import planning, worker
from maintenance.accounts import Actor
from maintenance.models import Delivery, Notice, Window, db
from maintenance.results import Done
from tests import build
from tests.build import NOW
from tests.faults import figures
from tests.faults.dying import AROUND, IN_DATA
from tests.faults.mortal import Mortal
from tests.faults.rounds import KILLS
from tests.smtp import Server, serving

APPROVER = Actor("anna@vendor.example", "approver")
READERS = [f"c{number}@acme.example" for number in range(6)]
LATER = NOW + timedelta(hours=1)  # long after every lease

SAID_UNMARKED = ("after the dot", "after 250", "before the mark", "in the mark")
"""Where a mail was accepted and nobody wrote it down: the points at which a repeat is due."""

MEANWHILE = ("connected", "before its words are kept")
"""What is done for a mail while the answer to the one before it is not marked yet."""

ONCE_PER_BATCH = ("before the claim", "in the claim", "after the claim", "in the fan-out")
VERB = ("before the commit", "after the commit")
POINTS = [point for point in (*AROUND, *IN_DATA) if point not in VERB]


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as found:
        yield found


@pytest.fixture
def mortal(app: Flask, mortal: Mortal, server: Server) -> Mortal:
    """Six readers, and workers that send to the server."""
    acme = build.customer("acme")
    for address in READERS:
        build.contact(acme, address, language="en" if address < "c3" else "nl")
    db.session.commit()
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], smtp_url=server.smtp)
    url = f"smtp://{server.smtp.host}:{server.smtp.port}"
    return replace(mortal, environ=mortal.environ | {"MAINTENANCE_SMTP_URL": url})


def proposed() -> str:
    row = build.window(state="proposed", revision=1, notice_revision=None, times_revision=None)
    db.session.commit()
    return row.public_id


def approved(point: str) -> None:
    """An announcement: due now, or where a worker is to fan it out, planned for now."""
    public_id = proposed()
    now = NOW
    if point == "in the fan-out":
        row = db.session.scalars(select(Window)).one()
        row.announce_at, now = NOW, NOW - timedelta(hours=1)
        db.session.commit()
    done = planning.approve(public_id, APPROVER, now, override_reason="agreed")
    assert isinstance(done, Done)
    db.session.rollback()


def marked_sent() -> set[str]:
    db.session.rollback()
    return set(db.session.scalars(select(Delivery.address).where(Delivery.state == "sent")))


def repeats(server: Server) -> int:
    return sum(len(server.to(address)) - 1 for address in READERS if server.to(address))


def lost(server: Server) -> set[str]:
    return {address for address in READERS if not server.to(address)}


@pytest.mark.parametrize("point", POINTS)
def test_a_killed_worker_loses_nothing_and_repeats_only_what_it_could_not_mark(
    mortal: Mortal, server: Server, point: str
) -> None:
    with figures.of(f"kill -9 of a worker: {point}") as noted:
        for number in range(KILLS):
            times = 1 if point in ONCE_PER_BATCH else number % len(READERS) + 1
            said_before = noted.repeats
            kill_and_drain(mortal, server, point, times, noted)
            unmarked = point in SAID_UNMARKED or (point in MEANWHILE and times > 1)
            assert noted.repeats - said_before == unmarked
        assert (noted.kills, noted.lost) == (KILLS, 0)


def kill_and_drain(
    mortal: Mortal, server: Server, point: str, times: int, noted: figures.Figures
) -> None:
    """Kill a worker at this point, at one mail or another; let the next do what is left."""
    server.accepted.clear()
    approved(point)
    noted.kills += mortal.die(point, times) == -signal.SIGKILL
    before = marked_sent()
    with noted.draining():
        worker.tick(LATER)
    assert before <= {each.address for each in server.accepted}
    assert marked_sent() == set(READERS)
    assert_alike(server)
    noted.rounds += 1
    noted.lost += len(lost(server))
    noted.repeats += repeats(server)
    start_over()


def assert_alike(server: Server) -> None:
    """A repeat has the Message-ID and every other octet of the first."""
    for address in READERS:
        assert len({each.raw for each in server.to(address)}) == 1


def start_over() -> None:
    for table in (Delivery, Notice, Window):
        db.session.execute(table.__table__.delete())
    db.session.commit()


@pytest.mark.parametrize("point", SAID_UNMARKED)
def test_with_more_connections_at_most_one_mail_of_each_is_said_twice(
    mortal: Mortal, server: Server, point: str
) -> None:
    approved(point)
    assert mortal.die(point, 2, connections=4) == -signal.SIGKILL
    worker.tick(LATER)
    assert lost(server) == set()
    assert 1 <= repeats(server) <= 4
    assert_alike(server)


@pytest.mark.parametrize("point", ["after the claim", "in the mark"])
@pytest.mark.usefixtures("database")
def test_it_is_the_same_on_either_database(mortal: Mortal, server: Server, point: str) -> None:
    approved(point)
    assert mortal.die(point) == -signal.SIGKILL
    worker.tick(LATER)
    assert lost(server) == set()
    assert repeats(server) == (1 if point in SAID_UNMARKED else 0)


@pytest.mark.parametrize("point", ["after MAIL", "after RCPT", "mid-body"])
def test_marking_first_would_have_lost_a_mail(mortal: Mortal, server: Server, point: str) -> None:
    """The twin: the same kill, with the order turned round."""
    approved(point)
    assert mortal.die(point, 2, mark_first=True) == -signal.SIGKILL
    worker.tick(LATER)
    assert len(lost(server)) == 1
    assert marked_sent() == set(READERS)


@pytest.mark.parametrize(("point", "state"), [(VERB[0], "proposed"), (VERB[1], "scheduled")])
def test_a_verb_is_done_whole_or_not_at_all(
    mortal: Mortal, server: Server, point: str, state: str
) -> None:
    assert mortal.die(point, approve=proposed()) == -signal.SIGKILL
    db.session.rollback()
    assert db.session.scalars(select(Window.state)).one() == state
    worker.tick(LATER)
    assert lost(server) == (set(READERS) if state == "proposed" else set())
