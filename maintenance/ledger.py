"""The ledger of one window: was each customer told in time, and by which deliveries."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from maintenance import spreadsheet
from maintenance.models import Delivery, Window
from maintenance.sla.verdict import as_text
from maintenance.store import deliveries, standing
from maintenance.store.standing import Standing
from maintenance.windows import DeliveryState

COLUMNS = (
    "window",
    "customer",
    "address",
    "name",
    "language",
    "channel",
    "notice",
    "revision",
    "due_at",
    "notify_by",
    "state",
    "attempts",
    "first_attempt_at",
    "accepted_at",
    "bounced_at",
    "in_time",
    "reply",
    "message_id",
)


class Answer(StrEnum):
    """What a customer hears when it asks: were we told in time?"""

    IN_TIME = "in_time"
    LATE = "late"
    MISSED = "missed"  # not told, and the moment has passed
    WAITING = "waiting"  # not told yet, and it still can be
    NO_RULE = "no_rule"  # no notice rule applies to it


ORDER = (Answer.MISSED, Answer.LATE, Answer.WAITING, Answer.IN_TIME, Answer.NO_RULE)
"""What needs an explanation comes first."""


@dataclass(frozen=True, slots=True)
class Account:
    """One customer's answer, with all that it was sent of this window."""

    standing: Standing
    answer: Answer
    deliveries: Sequence[Delivery]


@dataclass(frozen=True, slots=True)
class Ledger:
    """Every customer of one window, and what was sent to others: subscribers, operators."""

    accounts: Sequence[Account]
    others: Sequence[Delivery]

    def count(self, *answers: Answer) -> int:
        """How many customers hear one of these answers."""
        return sum(account.answer in answers for account in self.accounts)

    @property
    def told(self) -> int:
        """How many customers are told, in time or not."""
        return sum(account.standing.told_at is not None for account in self.accounts)


def of(session: Session, row: Window, now: datetime) -> Ledger:
    """The ledger of this window as it now is."""
    by_customer: dict[str, list[Delivery]] = {}
    for delivery in deliveries.of_window(session, row.id):
        by_customer.setdefault(delivery.customer, []).append(delivery)
    others = by_customer.pop("", [])
    standings = standing.standings(session, row)
    known = {each.customer for each in standings}
    standings += [Standing(slug, (), {}) for slug in sorted(by_customer.keys() - known)]
    accounts = [
        Account(each, answer(each, now), by_customer.get(each.customer, [])) for each in standings
    ]
    accounts.sort(key=lambda each: (ORDER.index(each.answer), each.standing.customer))
    return Ledger(accounts, others)


def answer(each: Standing, now: datetime) -> Answer:
    """Whether this customer was told in time."""
    if each.deadline is None:
        return Answer.NO_RULE
    if each.in_time:
        return Answer.IN_TIME
    if each.told_at is not None:
        return Answer.LATE
    return Answer.WAITING if now <= each.deadline else Answer.MISSED


def in_time(delivery: Delivery, now: datetime) -> bool | None:
    """Whether this one delivery was accepted by its latest moment; None: it has none, or waits."""
    if delivery.notify_by is None:
        return None
    if delivery.state in (DeliveryState.WAITING, DeliveryState.SENDING):
        return None if now <= delivery.notify_by else False
    arrived = delivery.accepted_at is not None and delivery.bounced_at is None
    return (
        arrived
        and delivery.accepted_at is not None
        and (delivery.accepted_at <= delivery.notify_by)
    )


def as_table(row: Window, ledger: Ledger, now: datetime) -> bytes:
    """Every delivery as a line of CSV, UTC throughout, safe to open in a spreadsheet."""
    each = [one for account in ledger.accounts for one in account.deliveries]
    return spreadsheet.write(COLUMNS, _lines(row, [*each, *ledger.others], now))


def _lines(
    row: Window, deliveries: Iterable[Delivery], now: datetime
) -> Iterable[Sequence[object]]:
    for each in deliveries:
        kept = in_time(each, now)
        yield (
            row.reference,
            each.customer,
            each.address,
            each.name,
            each.language,
            each.channel,
            each.notice.kind,
            each.notice.revision,
            as_text(each.notice.due_at),
            _text(each.notify_by),
            each.state,
            each.attempts,
            _text(each.first_attempt_at),
            _text(each.accepted_at),
            _text(each.bounced_at),
            "" if kept is None else "yes" if kept else "no",
            each.reply,
            each.message_id,
        )


def _text(moment: datetime | None) -> str:
    return "" if moment is None else as_text(moment)
