"""A rule explains itself: what it asks, its article, and examples with what it says of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from flask import g

from maintenance.models import db
from maintenance.sla.example import Example, examples
from maintenance.sla.kinds import Count, Gap, Justification, Longest, Notice, Rule, Total
from maintenance.sla.policy import Policy
from maintenance.sla.verdict import Finding
from maintenance.store import people, windows
from maintenance.store.policies import Versions
from maintenance.web import wording
from maintenance.web.display import length, now, span, when, words
from maintenance.web.promises import Promise, promise
from maintenance.web.texts import _, _n

AHEAD = timedelta(days=14)
"""Examples lie so far ahead, in a week of their own: what is announced for them is near."""


@dataclass(frozen=True, slots=True)
class Shown:
    """An example in words: the window, and what the rule says of it."""

    outcome: str
    window: str
    message: str


@dataclass(frozen=True, slots=True)
class Explained:
    """A rule in words."""

    promise: Promise
    examples: Sequence[Shown]


def explained(policy: Policy, rule: Rule, lang: str, today: date) -> Explained:
    """This rule of this policy, with examples that lie ahead of today."""
    found = _examples(policy, rule, today + AHEAD - timedelta(days=today.weekday()))
    return Explained(promise(policy, rule, lang), [_shown(policy, rule, each) for each in found])


@lru_cache(maxsize=2_000)
def _examples(policy: Policy, rule: Rule, since: date) -> tuple[Example, ...]:
    return examples(policy, rule, since)


def explain(finding: Finding, lang: str, at: datetime | None = None) -> Explained | None:
    """The rule of a finding on a window that starts `at` (None: now).

    None where the policy no longer has that rule: the finding was made by another version.
    """
    policy = _policy(finding, at or now())
    if policy is None:
        return None
    rule = next((rule for rule in policy.rules if rule.id == finding.rule), None)
    return explained(policy, rule, lang, now().date()) if rule else None


def _policy(finding: Finding, at: datetime) -> Policy | None:
    """The policy, or the agreement, that the finding was made by; read once a page."""
    session = db.session()
    if "explaining" not in g:
        g.explaining = (Versions(session), {row.slug: row for row in people.services(session)})
    versions, services = g.explaining
    row = services.get(finding.service)
    if row is None:
        return None
    agreed = windows.agreed(session, row, at) if finding.customer else {}
    return agreed.get(finding.customer or "") or versions.in_force(row.policy, at)


def _shown(policy: Policy, rule: Rule, example: Example) -> Shown:
    window = example.window
    parts = [
        str(wording.KINDS[window.kind]),
        span(window.start, window.end, policy.zone),
        *_besides(policy, rule, example),
    ]
    return Shown(example.finding.outcome, "; ".join(parts), words(example.finding.message))


def _besides(policy: Policy, rule: Rule, example: Example) -> Iterator[str]:
    """What else the rule looks at."""
    window, terms = example.window, rule.terms
    if _asks_outage(rule):
        yield _("%(length)s unavailable", length=length(window.outage_minutes))
    match terms:
        case Notice():
            at = next(iter(window.announced.values()))
            yield _("announced %(when)s", when=when(at, policy.zone))
        case Count() | Total():
            yield _others(len(example.history))
        case Gap():
            other = example.history[0]
            yield _("the one before it ends %(when)s", when=when(other.end, policy.zone))
        case Justification():
            yield _("with a reason") if window.justification else _("without a reason")


def _asks_outage(rule: Rule) -> bool:
    over: Any = rule.when and rule.when.outage_over
    measured = isinstance(rule.terms, Total | Longest) and rule.terms.measure == "outage"
    return measured or over is not None


def _others(number: int) -> str:
    if not number:
        return _("no other that counts")
    return _n("beside one other that counts", "beside %(num)d others that count", number)
