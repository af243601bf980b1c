"""POST bounces: a mail that came back, handed over by whoever receives it."""

from flask import Response, current_app
from marshmallow import Schema, fields, validate

from maintenance import bounces
from maintenance.api.answers import given
from maintenance.api.auth import clock
from maintenance.api.body import read_object
from maintenance.api.operation import operation
from maintenance.api.problem import refuse
from maintenance.config import Settings


class BounceMessage(Schema):
    """A mail as it was received."""

    message = fields.Str(
        required=True,
        validate=validate.Length(min=1),
        metadata={"description": "Headers and body, word for word."},
    )


class Bounced(Schema):
    """Which delivery came back."""

    delivery = fields.Str(
        required=True,
        allow_none=True,
        metadata={"description": "Its id; null where the mail reports no failure of one of ours."},
    )


@operation("POST", "/bounces", "plan", Bounced, takes=BounceMessage)
def take_bounce() -> Response:
    """Read a report of non-delivery (RFC 3464) to one of our return paths, good for 14 days.

    The delivery counts as failed, and its customer as not told. A status of 5.1.x or 5.2.1 stops
    the address, and alarms operators.
    """
    said = read_object().get("message")
    if not isinstance(said, str) or not said:
        refuse(422, "Some fields cannot be used.", {"message": "expected a mail"})
    settings: Settings = current_app.config["SETTINGS"]
    row = bounces.take(said.encode("utf-8", "replace"), settings, clock())
    return given({"delivery": row.public_id if row else None})
