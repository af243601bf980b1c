"""The shapes of the API, for openapi.json: what is taken and what is given."""

from typing import Any

from marshmallow import Schema, fields, validate

from maintenance.customers import LONGEST_NAME
from maintenance.intake import LONGEST_LEAD, MOST_REMINDERS
from maintenance.ledger import Answer
from maintenance.sla.verdict import CHANNELS
from maintenance.windows import Channel, DeliveryState, Impact, Kind, State

EXAMPLE = "2026-12-02T19:00:00Z"
TIME = (
    r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[T ]([01][0-9]|2[0-3]):[0-5][0-9]"
    r"(:[0-5][0-9](\.[0-9]+)?)?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])?$"
)
"""The form of a time, for openapi.json; sla.instant decides."""

SLUG = r"^[a-z0-9]+(-[a-z0-9]+)*$"
LINE = validate.Length(1, LONGEST_NAME)


def _instant(description: str, **more: Any) -> fields.Str:
    """A time as the API gives it: UTC."""
    return fields.Str(metadata={"description": description, "format": "date-time"}, **more)


def _time(description: str, **more: Any) -> fields.Str:
    """A time as the API takes it."""
    about = f"{description} ISO 8601; without an offset: local to the services' policy."
    return fields.Str(metadata={"description": about, "example": EXAMPLE, "pattern": TIME}, **more)


def _one_of(choices: Any, **more: Any) -> fields.Str:
    return fields.Str(validate=validate.OneOf([str(choice) for choice in choices]), **more)


class PerLanguage(Schema):
    """A text per language."""

    nl = fields.Str(required=True)
    en = fields.Str(required=True)


def _text(description: str, **more: Any) -> fields.Raw:
    """A text as the API takes it: for both languages, or one for each."""
    either = {
        "oneOf": [
            {"type": "string", "minLength": 1},
            {
                "type": "object",
                "properties": {"nl": {"type": "string"}, "en": {"type": "string"}},
                "minProperties": 1,
                "additionalProperties": False,
            },
        ]
    }
    return fields.Raw(metadata={"description": description, **either}, **more)


def _outage(description: str) -> fields.Raw:
    """Minutes as the API takes them: for all services, or by service."""
    number = {"type": "integer", "minimum": 0}
    either = {
        "oneOf": [number, {"type": "object", "additionalProperties": {**number, "nullable": True}}]
    }
    return fields.Raw(allow_none=True, metadata={"description": description, **either})


class Problem(Schema):
    """What is wrong (RFC 9457)."""

    type = fields.Str(required=True)
    title = fields.Str(required=True)
    status = fields.Int(required=True)
    detail = fields.Str(required=True)
    errors = fields.Dict(
        keys=fields.Str(), values=fields.Str(), metadata={"description": "What is wrong, by field."}
    )
    verdict = fields.Nested("Verdict", metadata={"description": "Where a rule is broken."})
    error = fields.Dict(metadata={"description": "The first bad field of a check."})
    id = fields.Raw(allow_none=True, metadata={"description": "The id of a check, echoed."})


class Finding(Schema):
    """What one rule says."""

    service = fields.Str(required=True)
    rule = fields.Str(required=True)
    outcome = _one_of(("pass", "violation", "advice", "not_applicable"), required=True)
    article = fields.Str(required=True)
    message = fields.Nested(PerLanguage, required=True)
    deadline = _instant("The latest announcement.")
    used = fields.Int(metadata={"description": "Without this window."})
    adds = fields.Int(metadata={"description": "By this window."})
    limit = fields.Int()
    period = fields.Str(metadata={"example": "2026-12"})
    customer = fields.Str(metadata={"description": "Whose agreement decided, where one did."})


class Verdict(Schema):
    """What the SLAs say of a window."""

    compliant = fields.Bool(required=True)
    findings = fields.List(fields.Nested(Finding), required=True)


class CheckVerdict(Verdict):
    """The answer to a check."""

    id = fields.Raw(required=True, allow_none=True, metadata={"description": "As it was given."})


class Check(Schema):
    """A window to judge, with its history: the request of `maintenance check`."""

    service = fields.Str()
    services = fields.List(fields.Str())
    kind = _one_of(Kind, required=True)
    start = _time("When it begins.", required=True)
    end = _time("When it ends.", required=True)
    outage_minutes = _outage("Minutes down: for all its services, or by service.")
    announce_at = _time("When it is announced; now, where not given.", allow_none=True)
    channels = fields.List(_one_of(CHANNELS), allow_none=True)
    justification = fields.Str(allow_none=True)
    id = fields.Raw(allow_none=True, metadata={"description": "Echoed."})
    window_id = fields.Raw(
        allow_none=True,
        metadata={"description": "The entry of the history, or stored window, that this is."},
    )
    history = fields.List(fields.Dict(), allow_none=True)
    agreements = fields.List(fields.Dict(), allow_none=True)


class Service(Schema):
    """A service."""

    slug = fields.Str(required=True)
    name = fields.Str(required=True)
    policy = fields.Str(required=True, metadata={"description": "The slug of its SLA's policy."})
    zone = fields.Str(required=True, metadata={"description": "In which its times are local."})
    color = fields.Str(required=True, metadata={"example": "#0b5cad"})
    clock_completes = fields.Bool(required=True)
    four_eyes = fields.Bool(
        required=True,
        metadata={"description": "The proposer may not approve, nor a service account."},
    )
    deputy = fields.Str(
        required=True, metadata={"description": "Reminded with the approvers; or empty."}
    )


class ServiceValues(Schema):
    """What a service is given."""

    name = fields.Str(required=True, validate=LINE)
    policy = fields.Str(required=True, metadata={"pattern": SLUG, "example": "nmbrs"})
    color = fields.Str(allow_none=True, metadata={"pattern": "^#[0-9a-fA-F]{6}$"})
    clock_completes = fields.Bool(allow_none=True)
    four_eyes = fields.Bool(allow_none=True, metadata={"description": "Absent: as it was."})
    deputy = fields.Str(allow_none=True, metadata={"description": "Absent: as it was."})


class Contact(Schema):
    """A person of a customer, who gets the mails."""

    email = fields.Str(required=True, metadata={"format": "email"})
    name = fields.Str(allow_none=True, validate=validate.Length(max=LONGEST_NAME))
    language = _one_of(("nl", "en"), allow_none=True)


class Agreement(Schema):
    """A customer's deviations from the SLA of one service, in the terms of its policy file."""

    service = fields.Str(required=True)
    rules = fields.Dict(required=True, metadata={"minProperties": 1})
    effective_from = fields.Date(allow_none=True)
    effective_until = fields.Date(allow_none=True, metadata={"description": "The last day."})


class CustomerValues(Schema):
    """What a customer is given, whole: a contact that is left out gets no more mail."""

    name = fields.Str(required=True, validate=LINE)
    services = fields.List(fields.Str(), allow_none=True)
    level = fields.Str(allow_none=True, validate=validate.Length(max=63))
    active = fields.Bool(allow_none=True)
    contacts = fields.List(fields.Nested(Contact), allow_none=True)
    agreements = fields.List(fields.Nested(Agreement), allow_none=True)


class Customer(Schema):
    """A customer."""

    slug = fields.Str(required=True)
    name = fields.Str(required=True)
    level = fields.Str(required=True)
    active = fields.Bool(required=True)
    services = fields.List(fields.Str(), required=True)
    contacts = fields.List(fields.Nested(Contact), required=True)
    agreements = fields.List(fields.Nested(Agreement), required=True)
    feed_url = fields.Str(required=True, metadata={"description": "Its secret iCal address."})


class Window(Schema):
    """A maintenance window."""

    id = fields.Str(required=True)
    reference = fields.Str(required=True, metadata={"example": "M-2026-041"})
    state = _one_of(State, required=True)
    revision = fields.Int(required=True)
    services = fields.List(fields.Str(), required=True)
    kind = _one_of(Kind, required=True)
    title = fields.Nested(PerLanguage, required=True)
    description = fields.Nested(PerLanguage, required=True)
    start = _instant("When it begins.", required=True)
    end = _instant("When it ends.", required=True)
    outage_minutes = fields.Int(required=True, metadata={"description": "The greatest."})
    outages = fields.Dict(
        keys=fields.Str(),
        values=fields.Int(),
        required=True,
        metadata={"description": "The minutes of each service."},
    )
    impact = _one_of(Impact, required=True)
    justification = fields.Str(required=True, metadata={"description": "Internal."})
    channels = fields.List(_one_of(Channel), required=True)
    reminders = fields.List(fields.Int(), required=True)
    announce_at = _instant("When it is to be announced.", required=True, allow_none=True)
    announced_at = _instant("When it was announced.", required=True, allow_none=True)
    started_at = _instant("When it began.", required=True, allow_none=True)
    completed_at = _instant("When it was done.", required=True, allow_none=True)
    cancelled_at = _instant("When it was called off.", required=True, allow_none=True)
    registered_at = _instant(
        "When it was registered, where that was after it was done.", required=True, allow_none=True
    )
    series = fields.Str(
        required=True, allow_none=True, metadata={"description": "The series it belongs to."}
    )
    reason = fields.Str(required=True, metadata={"description": "Of a rejection, cancellation."})
    proposed_by = fields.Str(required=True)
    approved_by = fields.Str(required=True)
    overridden_by = fields.Str(required=True)
    override_reason = fields.Str(required=True, metadata={"description": "Internal."})
    created_at = _instant("When it was proposed.", required=True)
    updated_at = _instant("When it last changed.", required=True)
    verdict = fields.Nested(Verdict, required=True)
    overlaps = fields.List(
        fields.Str(),
        metadata={
            "description": "Advice, not in lists: the references of other windows planned at the"
            " same time on a service of this one."
        },
    )


class WindowChanges(Schema):
    """What a window is given; a field that is left out stays as it is."""

    title = _text("For people: one text, or one for each language.")
    description = _text("More of it.", allow_none=True)
    services = fields.List(
        fields.Str(), validate=validate.Length(1), metadata={"uniqueItems": True}
    )
    kind = _one_of(Kind)
    start = _time("When it begins.")
    end = _time("When it ends.")
    outage_minutes = _outage(
        "0 to its length, its length if not given: for all its services, or by service."
    )
    impact = _one_of(Impact, allow_none=True)
    justification = fields.Str(allow_none=True)
    announce_at = _time("When to announce it; at approval, where not given.", allow_none=True)
    channels = fields.List(_one_of(Channel), allow_none=True)
    reminders = fields.List(
        fields.Int(validate=validate.Range(1, LONGEST_LEAD)),
        allow_none=True,
        validate=validate.Length(max=MOST_REMINDERS),
        metadata={"description": "Minutes before its start; [] is none, else as its services say."},
    )
    draft = fields.Bool(allow_none=True)


class WindowValues(WindowChanges):
    """A new window."""

    title = _text("For people: one text, or one for each language.", required=True)
    services = fields.List(
        fields.Str(), required=True, validate=validate.Length(1), metadata={"uniqueItems": True}
    )
    kind = _one_of(Kind, required=True)
    start = _time("When it begins.", required=True)
    end = _time("When it ends.", required=True)


class NewWindow(WindowValues):
    """A window to propose, or to register."""

    afterwards = fields.Bool(
        allow_none=True,
        metadata={
            "description": "Urgent work that was done: it is completed at once, and readers are"
            " told of that by its channels, if any. It has ended, and has a justification."
        },
    )


class Approval(Schema):
    """An approval; the reason goes before a rule that is broken."""

    override_reason = fields.Str(allow_none=True)


class Move(Approval):
    """Other times."""

    start = _time("When it begins.", required=True)
    end = _time("When it ends.", required=True)
    outage_minutes = _outage("As in a new window.")
    announce_at = _time("When to announce it.", allow_none=True)


class Extension(Schema):
    """A later end."""

    end = _time("When it ends.", required=True)


class Rejection(Schema):
    """Why not, or what is asked."""

    reason = fields.Str(required=True, validate=validate.Length(1))


class Cancellation(Schema):
    """Why not; internal."""

    reason = fields.Str(allow_none=True)


class Message(Schema):
    """A word to the readers."""

    text = _text("One text, or one for each language.", required=True)


class Delivery(Schema):
    """One notice to one reader through one channel."""

    id = fields.Str(required=True)
    kind = fields.Str(required=True)
    revision = fields.Int(required=True)
    channel = fields.Str(required=True)
    customer = fields.Str(required=True)
    address = fields.Str(required=True)
    language = fields.Str(required=True)
    state = _one_of(DeliveryState, required=True)
    attempts = fields.Int(required=True)
    reply = fields.Str(required=True, allow_none=True)
    accepted_at = _instant("When its server took it.", required=True, allow_none=True)
    message_id = fields.Str(required=True)


class Account(Schema):
    """Whether one customer was told of a window in time."""

    customer = fields.Str(required=True)
    answer = _one_of(Answer, required=True)
    deadline = _instant(
        "Its latest moment; null where no rule has one.", required=True, allow_none=True
    )
    told_at = _instant("When all of it was told by what counts.", required=True, allow_none=True)
    channels = fields.Dict(
        keys=fields.Str(),
        values=_instant("When it was told by this channel.", allow_none=True),
        required=True,
    )


class Ledger(Schema):
    """Who was told of a window in time: how many of how many, and a page of customers."""

    customers = fields.Int(required=True)
    told = fields.Int(required=True)
    in_time = fields.Int(required=True)
    unreached = fields.List(
        fields.Str(),
        required=True,
        metadata={"description": "Customers without a contact whom a notice would reach."},
    )
    items = fields.List(fields.Nested(Account), required=True)
    next = fields.Str(required=True, allow_none=True)


class WebhookChanges(Schema):
    """What a webhook is given; a field that is left out stays as it is."""

    url = fields.Str(metadata={"description": "An address that begins with https://."})
    name = fields.Str(allow_none=True)
    customer = fields.Str(
        allow_none=True, metadata={"description": "Whose windows it gets; everybody's, if null."}
    )
    services = fields.List(
        fields.Str(), allow_none=True, metadata={"description": "Every service, where empty."}
    )
    active = fields.Bool(allow_none=True)


class WebhookValues(WebhookChanges):
    """A new webhook."""

    url = fields.Str(
        required=True, metadata={"description": "An address that begins with https://."}
    )


class Webhook(Schema):
    """Where notices go as signed JSON (standardwebhooks.com)."""

    id = fields.Str(required=True)
    url = fields.Str(required=True)
    name = fields.Str(required=True)
    customer = fields.Str(required=True, allow_none=True)
    services = fields.List(fields.Str(), required=True)
    active = fields.Bool(required=True)
    disabled = fields.Str(
        required=True, allow_none=True, metadata={"description": "Why it was switched off."}
    )


class NewWebhook(Webhook):
    """A webhook, with what signs it."""

    secret = fields.Str(required=True, metadata={"description": "Not shown again."})


def listing(entry: type[Schema]) -> type[Schema]:
    """A page of these; `next` is the cursor of the next page, null on the last."""
    shape = {
        "items": fields.List(fields.Nested(entry), required=True),
        "next": fields.Str(required=True, allow_none=True),
    }
    return Schema.from_dict(shape, name=f"{entry.__name__}List")  # type: ignore[arg-type]


Services, Customers = listing(Service), listing(Customer)
Windows, Deliveries = listing(Window), listing(Delivery)
Webhooks = listing(Webhook)
