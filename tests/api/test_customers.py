"""Customers by the API."""

from typing import Any

from flask.testing import FlaskClient

from maintenance import links
from tests.api.conftest import Call

ACME: dict[str, Any] = {
    "name": "Acme",
    "level": "gold",
    "services": ["nmbrs"],
    "contacts": [
        {"email": "ann@acme.example", "name": "Ann", "language": "en"},
        {"email": "jan@acme.example", "name": "Jan", "language": "nl"},
    ],
    "agreements": [
        {
            "service": "nmbrs",
            "rules": {"notice": {"length": 5}},
            "effective_from": "2026-01-01",
            "effective_until": None,
        }
    ],
}


def test_a_customer_is_made_read_and_replaced(call: Call) -> None:
    made = call("PUT", "/customers/acme", ACME)
    assert made.status_code == 201
    feed_url = made.get_json()["feed_url"]
    assert made.get_json() == {"slug": "acme", "active": True, "feed_url": feed_url, **ACME}
    read = call("GET", "/customers/acme", role="viewer")
    assert (read.get_json(), read.headers["ETag"]) == (made.get_json(), made.headers["ETag"])
    changed = call("PUT", "/customers/acme", {"name": "Acme BV"})
    assert changed.status_code == 200
    assert changed.get_json() == {
        "slug": "acme",
        "name": "Acme BV",
        "level": "",
        "active": True,
        "services": [],
        "contacts": [],
        "agreements": [],
        "feed_url": feed_url,
    }


def test_the_feed_address_is_secret_and_can_be_replaced(call: Call) -> None:
    before = call("PUT", "/customers/acme", ACME).get_json()["feed_url"]
    answer = call("POST", "/customers/acme/feed")
    after = answer.get_json()["feed_url"]
    assert (answer.status_code, before == after) == (200, False)
    for address in (before, after):
        assert address.startswith("https://maintenance.example/feeds/c/")
        token = address.removesuffix(".ics").rsplit("/", 1)[1]
        assert links.row_id(token) is not None
    assert call("GET", "/customers/acme").get_json()["feed_url"] == after
    assert call("POST", "/customers/none/feed").status_code == 404


def test_a_customers_feed_address_opens_its_feed(call: Call, client: FlaskClient) -> None:
    address = call("PUT", "/customers/acme", ACME).get_json()["feed_url"]
    path = address.removeprefix("https://maintenance.example")
    assert client.get(path).status_code == 200
    call("POST", "/customers/acme/feed")
    assert client.get(path).status_code == 404


WRONG = [
    ({"name": ""}, "name"),
    ({"name": 7}, "name"),
    ({"name": "a\x00b"}, "name"),
    ({"services": ["payroll"]}, "services"),
    ({"services": "nmbrs"}, "services"),
    ({"services": [[]]}, "services"),
    ({"contacts": {}}, "contacts"),
    ({"contacts": [{"email": "jan@acme.example"}, {"email": "ann"}]}, "contacts[1].email"),
    ({"contacts": [7]}, "contacts[0]"),
    ({"contacts": [{"email": "a@acme.example", "language": "fr"}]}, "contacts[0].language"),
    ({"agreements": [{"service": "factuurportal", "rules": {}}]}, "agreements[0].service"),
    (
        {"agreements": [{"service": "nmbrs", "rules": {"notice": {"unit": "moons"}}}]},
        "agreements[0].rules.notice.unit",
    ),
    ({"level": "x" * 64}, "level"),
    ({"active": 1}, "active"),
]


def test_what_is_wrong_is_named_and_nothing_is_written(call: Call) -> None:
    for change, field in WRONG:
        answer = call("PUT", "/customers/acme", ACME | change)
        assert answer.status_code == 422, change
        assert field in answer.get_json()["errors"]
        assert call("GET", "/customers/acme").status_code == 404


def test_a_write_is_refused_where_another_was_first(call: Call) -> None:
    read = {"If-Match": call("PUT", "/customers/acme", ACME).headers["ETag"]}
    assert call("PUT", "/customers/acme", ACME | {"level": ""}, headers=read).status_code == 200
    answer = call("PUT", "/customers/acme", ACME | {"level": "silver"}, headers=read)
    assert answer.status_code == 412
    assert call("GET", "/customers/acme").get_json()["level"] == ""
    assert call("PUT", "/customers/other", ACME, headers=read).status_code == 412


NO_SLUGS = ["Acme", "a--b", "-a", "a_b", "%00", "a" * 64, "%E2%80%AE", "a.b"]


def test_a_slug_that_cannot_be_is_not_found(call: Call) -> None:
    for slug in NO_SLUGS:
        assert call("PUT", f"/customers/{slug}", ACME).status_code == 404, slug
        assert call("GET", f"/customers/{slug}").status_code == 404, slug


def test_customers_are_listed_page_by_page_and_searched(call: Call) -> None:
    for slug in ("acme", "beta", "gamma"):
        contact = {"email": f"jan@{slug}.example"}
        call("PUT", f"/customers/{slug}", {"name": slug.title(), "contacts": [contact]})
    first = call("GET", "/customers?limit=2", role="viewer").get_json()
    assert [each["slug"] for each in first["items"]] == ["acme", "beta"]
    rest = call("GET", f"/customers?limit=2&cursor={first['next']}").get_json()
    assert ([each["slug"] for each in rest["items"]], rest["next"]) == (["gamma"], None)
    found = call("GET", "/customers?search=JAN@BETA").get_json()
    assert [each["slug"] for each in found["items"]] == ["beta"]
    assert call("GET", "/customers?search=%00").status_code == 200
