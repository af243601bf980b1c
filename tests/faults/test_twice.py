"""Two of everything: two workers, two clocks, two clicks."""

import threading

import pytest
from flask import Flask

from maintenance import worker
from maintenance.models import db
from tests import build, mailing
from tests.build import NOW
from tests.mailing import JAN, KIM, deliveries
from tests.smtp import Server


@pytest.fixture(autouse=True)
def installation(app: Flask) -> None:
    mailing.two_contacts()


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
