"""POST check: the SLA rules on one window, with what is stored added to its history."""

from collections.abc import Sequence
from dataclasses import replace

from flask import Response
from sqlalchemy.orm import Session

from maintenance.api.answers import given
from maintenance.api.auth import clock
from maintenance.api.body import read_object
from maintenance.api.operation import operation
from maintenance.api.problem import problem
from maintenance.api.schemas import Check, CheckVerdict
from maintenance.api.windows import find
from maintenance.models import db
from maintenance.sla.check import Terms, check
from maintenance.sla.request import BadField, Request, id_of, parse
from maintenance.store import people, windows
from maintenance.store.policies import Versions


@operation("POST", "/check", "read", CheckVerdict, takes=Check)
def judge() -> Response:
    """Hold a window against the SLA, stored windows and agreements added to those given.

    A `window_id` that names a stored window leaves that one out of the history.
    """
    asked, session = read_object(), db.session()
    versions = Versions(session)
    policies = {row.slug: versions.all(row.policy) for row in people.services(session)}
    try:
        request = parse(asked, policies, clock())
    except BadField as bad:
        error = {"field": bad.field, "message": bad.message}
        return problem(
            422,
            "The window cannot be judged.",
            {bad.field or "": bad.message},
            id=id_of(asked),
            error=error,
        )
    verdict = check(request.window, _with_stored(session, request))
    return given({"id": request.id, **verdict.as_json()})


def _with_stored(session: Session, request: Request) -> Sequence[Terms]:
    row = find(request.window_id) if isinstance(request.window_id, str) else None
    services = windows.services(session, [each.service for each in request.terms])
    exclude = row.id if row else None
    terms = windows.terms(session, services, request.window, exclude=exclude)
    stored = {each.service: each for each in terms}
    return [_joined(each, stored[each.service]) for each in request.terms]


def _joined(asked: Terms, stored: Terms) -> Terms:
    return replace(
        asked,
        history=[*asked.history, *stored.history],
        agreements=[*asked.agreements, *stored.agreements],
    )
