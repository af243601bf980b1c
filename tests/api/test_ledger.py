"""GET windows/<id>/ledger: were we told in time, by the API."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from maintenance.models import Delivery, Window, db
from tests import build
from tests.api.conftest import Call
from tests.build import NOW


@pytest.fixture
def window(call: Call) -> Window:
    """Announced to three customers, one of which has no contact."""
    for slug in ("acme", "bakker"):
        build.contact(build.customer(slug))
    build.customer("nobody")
    row = build.window(channels=["email"])
    build.announced(row)
    db.session.commit()
    return row


def accepted(customer: str, at: Any) -> None:
    values = {"state": "sent", "accepted_at": at, "next_attempt_at": None}
    db.session.execute(update(Delivery).where(Delivery.customer == customer).values(values))
    db.session.commit()


def test_it_says_of_each_customer_whether_it_was_told_in_time(call: Call, window: Window) -> None:
    accepted("acme", NOW + timedelta(minutes=1))
    said = call("GET", f"/windows/{window.public_id}/ledger", role="viewer").get_json()
    assert (said["told"], said["in_time"], said["customers"]) == (1, 1, 3)
    assert said["unreached"] == ["nobody"]
    assert [(each["customer"], each["answer"]) for each in said["items"]] == [
        ("acme", "in_time"),
        ("bakker", "waiting"),
        ("nobody", "waiting"),
    ]
    acme = said["items"][0]
    assert acme["told_at"] == acme["channels"]["email"] == "2026-11-23T09:01:00Z"
    assert acme["deadline"] == "2026-11-30T19:00:00Z"


def test_it_comes_by_the_page(call: Call, window: Window) -> None:
    path = f"/windows/{window.public_id}/ledger?limit=2"
    first = call("GET", path).get_json()
    second = call("GET", f"{path}&cursor={first['next']}").get_json()
    assert [len(first["items"]), len(second["items"])] == [2, 1]
    assert (first["customers"], second["customers"], second["next"]) == (3, 3, None)


def test_whom_it_would_not_reach_shows_before_it_is_approved(
    call: Call, proposed: dict[str, Any]
) -> None:
    build.customer("nobody")
    db.session.commit()
    said = call("GET", f"/windows/{proposed['id']}/ledger").get_json()
    assert said["unreached"] == ["nobody"]
    assert said["told"] == 0


def test_no_window_has_none(call: Call) -> None:
    assert call("GET", "/windows/w_none/ledger").status_code == 404
