"""GET customers, GET and PUT customers/<slug>, POST customers/<slug>/feed."""

from typing import Any

from flask import Response, current_app, request

from maintenance import customers, rejudging
from maintenance.api import answers, shapes
from maintenance.api.answers import given, is_stale, tag_of
from maintenance.api.auth import actor, clock
from maintenance.api.body import read_object
from maintenance.api.operation import operation
from maintenance.api.paging import PAGING, cursor, page_size
from maintenance.api.problem import bad_fields, problem
from maintenance.api.schemas import Customer, Customers, CustomerValues
from maintenance.models import Customer as Row
from maintenance.models import db
from maintenance.store import people
from maintenance.store.session import writing

SEARCH = {
    "in": "query",
    "name": "search",
    "schema": {"type": "string"},
    "description": "A part of the slug, the name, or a contact's name or address.",
}


@operation("GET", "/customers", "read", Customers, query=(SEARCH, *PAGING))
def list_customers() -> Response:
    """Customers, by slug."""
    size, after = page_size(), cursor(parts=1)
    search = request.args.get("search", "").replace("\0", "")
    rows = people.customers(db.session(), search, after[0] if after else "", size + 1)
    more = rows[size - 1].slug if len(rows) > size else None
    return answers.page([_shape(row) for row in rows[:size]], more and [more])


@operation("GET", "/customers/<slug>", "read", Customer, refuses=(404,))
def get_customer(slug: str) -> Response:
    """A customer."""
    row = people.find_customer(db.session(), slug) if customers.is_slug(slug) else None
    return _no_customer() if row is None else _answer(row, 200)


@operation(
    "PUT",
    "/customers/<slug>",
    "edit-customers",
    Customer,
    (200, 201),
    takes=CustomerValues,
    refuses=(404, 412),
)
def put_customer(slug: str) -> Response:
    """Give a customer these values, whole; make it where it is not there.

    A contact who is no longer in the list gets no more mail; what was delivered is kept. Where its
    agreements change, what is planned is judged anew.
    """
    if not customers.is_slug(slug):
        return problem(404, "A customer's slug has only a-z, 0-9 and single dashes.")
    body = {"contacts": [], "agreements": [], **read_object()}
    with writing() as session:
        values = customers.parse_customer(body, people.policies(session, clock()))
        if not isinstance(values, customers.CustomerValues):
            return bad_fields(values)
        there = people.find_customer(session, slug)
        before = _shape(there) if there else None
        if is_stale(before):
            return problem(412, answers.CHANGED)
        row, new = people.put_customer(session, slug, values, actor().name, clock())
        was, agreed = (before or {}).get("agreements", []), _shape(row)["agreements"]
        if was != agreed:
            touched = {each["service"] for each in [*was, *agreed]}
            rejudging.rejudge(session, actor().name, clock(), touched)
    return _answer(row, 201 if new else 200)


@operation(
    "POST",
    "/customers/<slug>/feed",
    "edit-customers",
    Customer,
    refuses=(404,),
)
def replace_feed(slug: str) -> Response:
    """Give a customer another secret feed address; the old one is dead."""
    with writing() as session:
        row = people.find_customer(session, slug) if customers.is_slug(slug) else None
        if row is None:
            return _no_customer()
        people.replace_feed(session, row, actor().name, clock())
    return _answer(row, 200)


def _no_customer() -> Response:
    return problem(404, "There is no such customer.")


def _shape(row: Row) -> dict[str, Any]:
    return shapes.customer(row, current_app.config["SETTINGS"])


def _answer(row: Row, status: int) -> Response:
    said = _shape(row)
    return given(said, status, tag_of(said))
