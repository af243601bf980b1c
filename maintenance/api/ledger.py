"""GET windows/<id>/ledger: was each customer told in time, and whom a notice would not reach."""

from flask import Response

from maintenance import ledger
from maintenance.api import answers
from maintenance.api.auth import clock
from maintenance.api.operation import operation
from maintenance.api.paging import PAGING, cursor, cursor_for, page_size
from maintenance.api.schemas import Ledger
from maintenance.api.windows import get
from maintenance.ledger import Account
from maintenance.models import db
from maintenance.sla.verdict import as_text
from maintenance.store import reachable


@operation("GET", "/windows/<window_id>/ledger", "read", Ledger, query=PAGING, refuses=(404,))
def window_ledger(window_id: str) -> Response:
    """Each customer of a window by its slug: promised when, told when, in time or not.

    `unreached` are those of whom no contact can be told, also before anything is approved.
    """
    row, size, after = get(window_id), page_size(), cursor(parts=1)
    found = ledger.of(db.session(), row, clock())
    services = [place.service_id for place in row.places]
    accounts = sorted(found.accounts, key=_slug)
    left = [each for each in accounts if after is None or _slug(each) > after[0]]
    more = cursor_for(_slug(left[size - 1])) if len(left) > size else None
    return answers.given(
        {
            "customers": len(accounts),
            "told": found.told,
            "in_time": found.count(ledger.Answer.IN_TIME),
            "unreached": [each.slug for each in reachable.unreached(db.session(), services)],
            "items": [_shape(each) for each in left[:size]],
            "next": more,
        }
    )


def _slug(account: Account) -> str:
    return account.standing.customer


def _shape(account: Account) -> dict[str, object]:
    standing = account.standing
    return {
        "customer": standing.customer,
        "answer": account.answer,
        "deadline": standing.deadline and as_text(standing.deadline),
        "told_at": standing.told_at and as_text(standing.told_at),
        "channels": {channel: at and as_text(at) for channel, at in sorted(standing.told.items())},
    }
