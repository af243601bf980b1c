"""Rows as the JSON of the contract."""

from datetime import datetime
from typing import Any

from maintenance import links
from maintenance.config import Settings
from maintenance.models import Agreement, Customer, Delivery, Service, Target, Window
from maintenance.sla.verdict import as_text
from maintenance.store.policies import Versions


def window(row: Window) -> dict[str, Any]:
    """A window, with the verdict it was last stored with."""
    return {
        "id": row.public_id,
        "reference": row.reference,
        "state": row.state,
        "revision": row.revision,
        "services": sorted(place.service.slug for place in row.places),
        "kind": row.kind,
        "title": row.title,
        "description": row.description,
        "start": as_text(row.start_at),
        "end": as_text(row.end_at),
        "outage_minutes": row.outage_minutes,
        "outages": {place.service.slug: place.outage_minutes for place in row.places},
        "impact": row.impact,
        "justification": row.justification,
        "channels": row.channels,
        "reminders": row.reminders,
        "announce_at": _text(row.announce_at),
        "announced_at": _text(row.announced_at),
        "started_at": _text(row.started_at),
        "completed_at": _text(row.completed_at),
        "cancelled_at": _text(row.cancelled_at),
        "registered_at": _text(row.registered_at),
        "series": row.series.public_id if row.series else None,
        "reason": row.reason,
        "proposed_by": row.proposed_by,
        "approved_by": row.approved_by,
        "overridden_by": row.overridden_by,
        "override_reason": row.override_reason,
        "created_at": as_text(row.created_at),
        "updated_at": as_text(row.updated_at),
        "verdict": row.verdict,
    }


def delivery(row: Delivery) -> dict[str, Any]:
    """A delivery, with the kind and revision of its notice."""
    return {
        "id": row.public_id,
        "kind": row.notice.kind,
        "revision": row.notice.revision,
        "channel": row.channel,
        "customer": row.customer,
        "address": row.address,
        "language": row.language,
        "state": row.state,
        "attempts": row.attempts,
        "reply": row.reply,
        "accepted_at": _text(row.accepted_at),
        "message_id": row.message_id,
    }


def webhook(row: Target) -> dict[str, Any]:
    """A webhook, without its secret."""
    return {
        "id": row.public_id,
        "url": row.address,
        "name": row.name,
        "customer": row.customer.slug if row.customer else None,
        "services": [service.slug for service in row.services],
        "active": row.active,
        "disabled": row.disabled,
    }


def service(row: Service, versions: Versions) -> dict[str, Any]:
    """A service, with the zone of its policy."""
    return {
        "slug": row.slug,
        "name": row.name,
        "policy": row.policy,
        "zone": versions.newest(row.policy).zone.key,
        "color": row.color,
        "clock_completes": row.clock_completes,
        "four_eyes": row.four_eyes,
        "deputy": row.deputy,
    }


def customer(row: Customer, settings: Settings) -> dict[str, Any]:
    """A customer with its active contacts and its feed's secret address."""
    token = links.token(settings.secret_key, links.Purpose.FEED, row.id, row.feed_generation)
    contacts = sorted((c for c in row.contacts if c.active), key=lambda contact: contact.email)
    return {
        "slug": row.slug,
        "name": row.name,
        "level": row.level,
        "active": row.active,
        "services": sorted(service.slug for service in row.services),
        "contacts": [{"email": c.email, "name": c.name, "language": c.language} for c in contacts],
        "agreements": [_agreement(agreement) for agreement in row.agreements],
        "feed_url": f"{settings.base_url}/feeds/c/{token}.ics",
    }


def _agreement(row: Agreement) -> dict[str, Any]:
    return {
        "service": row.service.slug,
        "rules": row.rules,
        "effective_from": row.effective_from and row.effective_from.isoformat(),
        "effective_until": row.effective_until and row.effective_until.isoformat(),
    }


def _text(instant: datetime | None) -> str | None:
    return None if instant is None else as_text(instant)
