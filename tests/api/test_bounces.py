"""Mail that came back, handed over by the API."""

from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select

from maintenance import bounces, worker
from maintenance.models import Delivery, db
from tests import build
from tests.api.conftest import Call
from tests.build import NOW
from tests.test_bounces import report


@pytest.fixture
def delivery(app: Flask, call: Call) -> Delivery:
    """An announcement that was accepted."""
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], bounce_address="b@vendor.example")
    build.contact(build.customer())
    build.announced(build.window())
    db.session.commit()
    worker.tick(NOW)
    return db.session.scalars(select(Delivery)).one()


def test_a_bounce_fails_its_delivery(app: Flask, call: Call, delivery: Delivery) -> None:
    to = bounces.return_path(app.config["SETTINGS"], delivery.id, NOW)
    answer = call("POST", "/bounces", {"message": report(to).decode()}, role="operator")
    assert answer.get_json() == {"delivery": delivery.public_id}
    db.session.expire_all()
    assert delivery.state == "failed"


def test_what_is_no_bounce_of_ours_changes_nothing(call: Call, delivery: Delivery) -> None:
    for message in ("Hello.", report("b+1-1-00@vendor.example").decode()):
        assert call("POST", "/bounces", {"message": message}).get_json() == {"delivery": None}
    assert delivery.state == "sent"


@pytest.mark.parametrize("body", [{}, {"message": ""}, {"message": 7}])
def test_a_body_without_a_mail_is_refused(call: Call, body: dict[str, object]) -> None:
    answer = call("POST", "/bounces", body)
    assert (answer.status_code, list(answer.get_json()["errors"])) == (422, ["message"])
