"""The proposals in a request's history: by when each is to be told, what a day's delay breaks."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from maintenance.sla.check import check
from maintenance.sla.fields import Id
from maintenance.sla.request import Policies, Request, parse
from maintenance.sla.verdict import Verdict, Window

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A proposal, and the latest moment to announce it, or its start where no rule asks that.

    `breaks_tomorrow`: it complies now, and would not if it were approved a day later.
    """

    id: Id
    services: Sequence[str]
    start: datetime
    deadline: datetime
    breaks_tomorrow: bool


def waiting(asked: Mapping[str, Any], policies: Policies, now: datetime) -> Sequence[Waiting]:
    """The proposals in the history of a request that `parse` takes, soonest deadline first.

    Only those on a service that is asked for.
    """
    services = asked.get("services") or [asked["service"]]
    found = [
        _waiting(proposal, policies, now)
        for proposal in _proposals(asked, services)
        if not set(services).isdisjoint(_services(proposal))
    ]
    return sorted(found, key=lambda each: each.deadline)


def _proposals(asked: Mapping[str, Any], services: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Each proposal as a request of its own, with the history and the agreements that bind it."""
    history, agreements = asked.get("history") or [], asked.get("agreements") or []
    named = [{"service": services[0], **each} for each in agreements]
    for entry in history:
        if entry.get("state") == "proposed":
            own = [each for each in named if each["service"] in _services(entry)]
            yield {**entry, "history": history, "agreements": own}


def _services(entry: Mapping[str, Any]) -> Sequence[str]:
    services: Sequence[str] = entry.get("services") or [entry["service"]]
    return services


def _waiting(proposal: dict[str, Any], policies: Policies, now: datetime) -> Waiting:
    request = parse(proposal, policies, now)
    verdict, later = _told_from(now, request), _told_from(now + DAY, request)
    over = latest_approval(request.window) <= now + DAY
    lost = verdict.compliant and (over or not later.compliant)
    start = request.window.start
    services = [terms.service for terms in request.terms]
    return Waiting(request.id, services, start, _deadline(verdict, start), lost)


def _told_from(soonest: datetime, request: Request) -> Verdict:
    """The verdict where it is announced when it was meant to be, but no sooner than this."""
    window = request.window
    announced = {channel: max(at, soonest) for channel, at in window.announced.items()}
    return check(window._replace(announced=announced), request.terms)


def latest_approval(window: Window) -> datetime:
    """From when on a proposal cannot begin any more: its start; of urgent work, its end."""
    return window.end if window.kind == "urgent" else window.start


def _deadline(verdict: Verdict, start: datetime) -> datetime:
    deadlines = [
        finding.deadline
        for finding in verdict.findings
        if finding.deadline is not None and finding.outcome != "not_applicable"
    ]
    return min(deadlines, default=start)
