"""GET and POST webhooks, GET, PATCH and DELETE webhooks/<id>, POST .../test, GET .../deliveries."""

from typing import Any

from flask import Response, current_app
from sqlalchemy.orm import Session

from maintenance import targets as verbs
from maintenance.api import answers, shapes
from maintenance.api.answers import given, is_stale, tag_of
from maintenance.api.auth import actor, clock
from maintenance.api.body import read_object
from maintenance.api.operation import operation
from maintenance.api.problem import bad_fields, problem
from maintenance.api.schemas import (
    Deliveries,
    Delivery,
    NewWebhook,
    Webhook,
    WebhookChanges,
    Webhooks,
    WebhookValues,
)
from maintenance.models import Target, db
from maintenance.store import outbox, people, targets
from maintenance.store.session import writing
from maintenance.targets import WEBHOOK, TargetValues


@operation("GET", "/webhooks", "read", Webhooks)
def list_webhooks() -> Response:
    """Every webhook, without its secret."""
    rows = targets.listed(db.session(), WEBHOOK)
    return answers.page([shapes.webhook(row) for row in rows], None)


@operation("POST", "/webhooks", "edit-customers", NewWebhook, (201,), takes=WebhookValues)
def add_webhook() -> Response:
    """A webhook, with the secret that signs what it gets: shown here and never again.

    A repeat with the same Idempotency-Key shows it once more, for 24 hours.
    """
    body = read_object()
    with writing() as session:
        made = _put(session, None, body)
        if not isinstance(made, Target):
            return bad_fields(made)
        said = shapes.webhook(made)
        secret = verbs.secret(made, current_app.config["SETTINGS"])
    return given({**said, "secret": secret}, 201, tag_of(said))


@operation("GET", "/webhooks/<webhook_id>", "read", Webhook, refuses=(404,))
def get_webhook(webhook_id: str) -> Response:
    """A webhook."""
    row = _find(db.session(), webhook_id)
    return _none() if row is None else _answer(row)


@operation(
    "PATCH",
    "/webhooks/<webhook_id>",
    "edit-customers",
    Webhook,
    takes=WebhookChanges,
    refuses=(404, 412),
)
def change_webhook(webhook_id: str) -> Response:
    """Give a webhook these values; what is left out stays."""
    body = read_object()
    with writing() as session:
        row = _find(session, webhook_id)
        if row is None:
            return _none()
        before = shapes.webhook(row)
        if is_stale(before):
            return problem(412, answers.CHANGED)
        kept = {name: before[name] for name in WebhookValues().fields}
        made = _put(session, row, {**kept, **body})
        if not isinstance(made, Target):
            session.rollback()
            return bad_fields(made)
    return _answer(made)


@operation("DELETE", "/webhooks/<webhook_id>", "edit-customers", Webhook, refuses=(404,))
def remove_webhook(webhook_id: str) -> Response:
    """Send nothing there any more; what was delivered stays on record."""
    with writing() as session:
        row = _find(session, webhook_id)
        if row is None:
            return _none()
        said = shapes.webhook(row)
        verbs.remove(session, row, actor().name, clock())
    return given(said, 200)


@operation(
    "POST", "/webhooks/<webhook_id>/test", "edit-customers", Delivery, (202,), refuses=(404,)
)
def test_webhook(webhook_id: str) -> Response:
    """Send a test there; its delivery says a moment later what came of it."""
    with writing() as session:
        row = _find(session, webhook_id)
        if row is None:
            return _none()
        said = shapes.delivery(outbox.add_test(session, row, clock()))
    return given(said, 202)


@operation("GET", "/webhooks/<webhook_id>/deliveries", "read", Deliveries, refuses=(404,))
def webhook_deliveries(webhook_id: str) -> Response:
    """What last went there, newest first, with the answers."""
    row = _find(db.session(), webhook_id)
    if row is None:
        return _none()
    return answers.page([shapes.delivery(each) for each in targets.log(db.session(), row)], None)


def _put(session: Session, row: Target | None, body: dict[str, Any]) -> Target | dict[str, str]:
    known = [service.slug for service in people.services(session)]
    parsed = verbs.parse_webhook(body, known, current_app.config["SETTINGS"])
    if not isinstance(parsed, TargetValues):
        return parsed
    return verbs.put(session, row, parsed, actor().name, clock())


def _find(session: Session, webhook_id: str) -> Target | None:
    row = targets.find(session, webhook_id) if webhook_id.isprintable() else None
    return row if row is not None and row.channel == WEBHOOK else None


def _none() -> Response:
    return problem(404, "There is no such webhook.")


def _answer(row: Target) -> Response:
    said = shapes.webhook(row)
    return given(said, 200, tag_of(said))
