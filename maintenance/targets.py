"""Webhooks and pushed status pages: what a form or JSON says of them, and the verbs."""

import base64
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from maintenance import links
from maintenance.config import Settings
from maintenance.intake import Bad, line
from maintenance.models import Customer, Service, Target
from maintenance.sealing import Purpose, seal, unseal
from maintenance.store import audit, outbox, people, reach, targets
from maintenance.store.windows import new_id
from maintenance.windows import LANGUAGES
from notifications import Undelivered, message
from notifications.message import Origin

Errors = dict[str, str]

WEBHOOK, STATUSPAGE = "webhook", "statuspage"
LONGEST_URL = 320


@dataclass(frozen=True, slots=True)
class TargetValues:
    """A webhook, or a page elsewhere; no services: all that it may see."""

    channel: str
    address: str
    name: str = ""
    customer: str | None = None  # its slug; None: for all
    services: tuple[str, ...] = ()
    active: bool = True
    settings: Mapping[str, Any] = field(default_factory=dict)


def parse_webhook(
    data: Mapping[str, Any], services: Collection[str], settings: Settings
) -> TargetValues | Errors:
    """A webhook from `url`, `name`, `customer`, `services`, `active`; every error by field."""
    errors: Errors = {}
    values = TargetValues(
        channel=WEBHOOK,
        address=_url(data, settings, errors),
        name=_line(data, "name", errors),
        customer=_line(data, "customer", errors) or None,
        services=_services(data, services, errors),
        active=_flag(data, "active", errors),
    )
    return errors or values


def parse_page(
    data: Mapping[str, Any],
    services: Collection[str],
    before: Mapping[str, Any],
    settings: Settings,
) -> TargetValues | Errors:
    """A Statuspage from `page_id`, `api_key`, `components`, `language`, `services`, `active`.

    The key is kept sealed; one that is left out stays that of `before`, the settings it had.
    """
    errors: Errors = {}
    page_id, given = _line(data, "page_id", errors), _line(data, "api_key", errors)
    key = sealed_key(given, settings) if given else str(before.get("api_key", ""))
    if not _is_id(page_id):
        errors["page_id"] = "expected the id of a page, as in kctbh9vrtdwd"
    if not key:
        errors["api_key"] = "is needed"
    components = _line(data, "components", errors).replace(",", " ").split()
    if not all(map(_is_id, components)):
        errors["components"] = "expected ids of components, with a comma between"
    language = data.get("language") or LANGUAGES[0]
    if language not in LANGUAGES:
        errors["language"] = "expected " + " or ".join(LANGUAGES)
    chosen = _services(data, services, errors)
    if len(chosen) != 1:
        errors.setdefault("services", "expected one service")
    values = TargetValues(
        channel=STATUSPAGE,
        address=page_id,
        services=chosen,
        active=_flag(data, "active", errors),
        settings={
            **before,
            "api_key": key,
            "components": components,
            "language": language,
        },
    )
    return errors or values


def sealed_key(key: str, settings: Settings) -> str:
    """An API key as it is stored."""
    return seal(settings.secret_key, Purpose.API_KEY, key.encode()).decode()


def put(
    session: Session, row: Target | None, values: TargetValues, actor: str, now: datetime
) -> Target | Errors:
    """The target with these values, made where `row` is None; inside `writing`."""
    customer = people.find_customer(session, values.customer) if values.customer else None
    if values.customer and customer is None:
        return {"customer": "unknown customer"}
    before = _said(row) if row else None
    if row is None:
        row = Target(public_id=new_id("t"), channel=values.channel, created_at=now)
    _fill(row, values, customer, people.services(session), now)
    session.add(row)
    session.flush()
    if row.active and row.channel == STATUSPAGE:
        outbox.add_to_page(session, row, now)
    details = {"from": before, "to": _said(row)}
    audit.record(session, actor, "put", f"target:{row.public_id}", details, now)
    return row


def remove(session: Session, row: Target, actor: str, now: datetime) -> None:
    """Send nothing there any more; what was delivered stays."""
    audit.record(session, actor, "remove", f"target:{row.public_id}", {"from": _said(row)}, now)
    targets.drop_waiting(session, row, "nothing is sent there any more")
    session.delete(row)


def replace_secret(session: Session, row: Target, actor: str, now: datetime) -> None:
    """Sign with another secret from here on."""
    row.generation = Target.generation + 1
    row.updated_at = now
    session.flush()
    audit.record(session, actor, "replace-secret", f"target:{row.public_id}", {}, now)


def secret(row: Target, settings: Settings) -> str:
    """What signs its webhooks. Only its generation is stored: shown once, at its making."""
    key = links.key(settings.secret_key, links.Purpose.WEBHOOK, row.id, row.generation)
    return "whsec_" + base64.b64encode(key).decode()


def sending(row: Target, settings: Settings) -> dict[str, Any]:
    """What the channel needs to know to send there; `api_key` is empty where it cannot be read."""
    sealed = str(row.settings.get("api_key", "")).encode()
    key = unseal(settings.secret_key, Purpose.API_KEY, sealed) or b""
    return {
        **row.settings,
        "api_key": key.decode(),
        "secret": secret(row, settings),
        "allow": settings.outgoing_allow,
        "base_url": settings.base_url,
    }


def failed(
    session: Session, row: Target, why: Undelivered, settings: Settings, now: datetime
) -> None:
    """Alarm operators, once until it works again; switch it off where it is gone."""
    if why.gone:
        row.active, row.disabled = False, str(why)
    if row.alarmed_at is not None:
        return
    row.alarmed_at = now
    by = Origin(settings.mail_from, settings.base_url)
    values = {
        "channel": row.channel,
        "name": row.name or row.address,
        "address": row.address,
        "why": str(why),
        "gone": why.gone,
    }
    url = f"{settings.base_url}/webhooks/{row.public_id}"
    for address, language in reach.operators(session):
        said = message.note("channel", values, url, language, by, signed=False)
        outbox.add_account_mail(session, address, language, said.subject, said.text, said.html, now)


def _fill(
    row: Target,
    values: TargetValues,
    customer: Customer | None,
    services: Sequence[Service],
    now: datetime,
) -> None:
    row.address, row.name, row.customer = values.address, values.name, customer
    row.settings = dict(values.settings)
    row.services = [service for service in services if service.slug in values.services]
    if values.active and not row.active:
        row.disabled = None
    row.active, row.alarmed_at, row.updated_at = values.active, None, now


def _said(row: Target) -> dict[str, Any]:
    """For the log: without what is secret in it."""
    return {
        "channel": row.channel,
        "address": row.address,
        "name": row.name,
        "customer": row.customer.slug if row.customer else None,
        "services": [service.slug for service in row.services],
        "active": row.active,
    }


def _url(data: Mapping[str, Any], settings: Settings, errors: Errors) -> str:
    given = _line(data, "url", errors)
    schemes = ("https", "http") if settings.outgoing_allow else ("https",)
    try:
        parts = urlsplit(given)
        fine = parts.scheme in schemes and bool(parts.hostname) and parts.username is None
        fine = fine and (parts.port is None or parts.port > 0) and "\\" not in given
    except ValueError:
        fine = False
    if not fine or len(given) > LONGEST_URL or " " in given or not given.isascii():
        errors.setdefault("url", "expected an address that begins with https://")
    return given


def _line(data: Mapping[str, Any], name: str, errors: Errors) -> str:
    try:
        return line(data.get(name) or "", most=LONGEST_URL)
    except Bad as error:
        errors[name] = str(error)
        return ""


def _services(data: Mapping[str, Any], known: Collection[str], errors: Errors) -> tuple[str, ...]:
    asked = data.get("services") or []
    if not isinstance(asked, list) or any(slug not in known for slug in asked):
        errors["services"] = "unknown service"
        return ()
    return tuple(dict.fromkeys(asked))


def _flag(data: Mapping[str, Any], name: str, errors: Errors) -> bool:
    value = data.get(name)
    if value is not None and not isinstance(value, bool):
        errors[name] = "expected true or false"
    return value is not False


def _is_id(text: str) -> bool:
    return text.isascii() and text.isalnum() and len(text) <= 63
