"""GET services, GET and PUT services/<slug>."""

from flask import Response
from sqlalchemy.orm import Session

from maintenance import customers, rejudging
from maintenance.api import answers, shapes
from maintenance.api.answers import given, is_stale, tag_of
from maintenance.api.auth import actor, clock
from maintenance.api.body import read_object
from maintenance.api.operation import operation
from maintenance.api.problem import bad_fields, problem
from maintenance.api.schemas import Service, Services, ServiceValues
from maintenance.models import Service as Row
from maintenance.models import db
from maintenance.store import people
from maintenance.store.policies import Versions
from maintenance.store.session import writing


@operation("GET", "/services", "read", Services)
def list_services() -> Response:
    """Every service."""
    session = db.session()
    versions = Versions(session)
    return answers.page([shapes.service(row, versions) for row in people.services(session)], None)


@operation("GET", "/services/<slug>", "read", Service, refuses=(404,))
def get_service(slug: str) -> Response:
    """A service."""
    row = people.find_service(db.session(), slug) if customers.is_slug(slug) else None
    if row is None:
        return problem(404, "There is no such service.")
    return _answer(db.session(), row, 200)


@operation(
    "PUT",
    "/services/<slug>",
    "administer",
    Service,
    (200, 201),
    takes=ServiceValues,
    refuses=(404, 412),
)
def put_service(slug: str) -> Response:
    """Give a service these values; make it where it is not there."""
    if not customers.is_slug(slug):
        return problem(404, "A service's slug has only a-z, 0-9 and single dashes.")
    body = read_object()
    with writing() as session:
        values = customers.parse_service(body, people.policy_slugs(session))
        if not isinstance(values, customers.ServiceValues):
            return bad_fields(values)
        if wrong := rejudging.misfit(session, slug, values, clock()):
            return bad_fields(wrong)
        there = people.find_service(session, slug)
        if is_stale(shapes.service(there, Versions(session)) if there else None):
            return problem(412, answers.CHANGED)
        row, new = rejudging.put_service(session, slug, values, actor().name, clock())
    return _answer(session, row, 201 if new else 200)


def _answer(session: Session, row: Row, status: int) -> Response:
    said = shapes.service(row, Versions(session))
    return given(said, status, tag_of(said))
