"""What overriding a verdict would mean: which promise is broken, to whom."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from maintenance.models import Window
from maintenance.sla.verdict import Finding, Verdict
from maintenance.store import promises

NAMED = 8
"""So many customers are named; of the others it says how many."""


@dataclass(frozen=True, slots=True)
class Breach:
    """A promise that would be broken, and the customers to whom it was made."""

    finding: Finding
    customers: Sequence[str]
    windows: int = 1

    @property
    def named(self) -> Sequence[str]:
        """The first of them."""
        return self.customers[:NAMED]

    @property
    def others(self) -> int:
        """How many there are beside those named."""
        return len(self.customers) - len(self.named)


def breaches(session: Session, row: Window, verdict: Verdict) -> list[Breach]:
    """Each promise that the verdict says is broken, with its customers."""
    if verdict.compliant:
        return []
    return _breaches(verdict, promises.affected(session, row))


def together(session: Session, rows: Sequence[Window]) -> list[Breach]:
    """Each promise that windows on the same services break, once, by what was recorded of them."""
    affected = promises.affected(session, rows[0]) if rows else {}
    found: dict[tuple[str, str], Breach] = {}
    for row in rows:
        for each in _breaches(Verdict.from_json(row.verdict), affected):
            what = (each.finding.service, each.finding.rule)
            found[what] = _added(found[what], each) if what in found else each
    return list(found.values())


def _added(one: Breach, other: Breach) -> Breach:
    customers = sorted({*one.customers, *other.customers})
    return Breach(one.finding, customers, one.windows + 1)


def _breaches(verdict: Verdict, affected: dict[str, list[str]]) -> list[Breach]:
    broken = [each for each in verdict.findings if each.outcome == "violation"]
    return [Breach(each, _customers(each, verdict, affected)) for each in broken]


def _customers(finding: Finding, verdict: Verdict, affected: dict[str, list[str]]) -> list[str]:
    """The one whose agreement it is; else who has the service and no agreement on this rule."""
    if finding.customer:
        return [finding.customer]
    apart = {
        each.customer
        for each in verdict.findings
        if (each.service, each.rule) == (finding.service, finding.rule)
    }
    return [
        customer
        for customer, services in affected.items()
        if finding.service in services and customer not in apart
    ]
