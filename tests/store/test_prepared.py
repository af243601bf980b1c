"""store.prepared: an update for many rows does what it does through SQLAlchemy."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from flask import Flask
from sqlalchemy import bindparam, select, update

from maintenance.models import Delivery, db
from maintenance.store.prepared import Prepared
from maintenance.store.session import writing
from tests import mailing
from tests.mailing import approved

STATEMENT = (
    update(Delivery.__table__)
    .where(Delivery.id == bindparam("of"))
    .values(
        reader=bindparam("words"), accepted_at=bindparam("at"), state="sent", claim=None, reply="ok"
    )
)
AT = datetime(2026, 3, 2, 9, 30, tzinfo=timezone(timedelta(hours=1)))
COLUMNS = [Delivery.__table__.c[name] for name in ("reader", "accepted_at", "state", "reply")]


@pytest.fixture
def ids(database: str, app: Flask) -> list[int]:
    mailing.two_contacts()
    approved()
    return list(db.session.scalars(select(Delivery.id).order_by(Delivery.id)))


def test_each_row_is_written_with_its_types_as_sqlalchemy_writes_it(ids: list[int]) -> None:
    rows = [{"of": one, "words": {"number": one, "ünï": [None]}, "at": AT} for one in ids]
    with writing() as session:
        Prepared(STATEMENT).run(session, rows)
    ours = db.session.execute(select(*COLUMNS).order_by(Delivery.id)).all()
    with writing() as session:
        session.connection().execute(STATEMENT, rows)
    theirs = db.session.execute(select(*COLUMNS).order_by(Delivery.id)).all()
    assert ours == theirs
    assert ours[0] == ({"number": ids[0], "ünï": [None]}, AT.astimezone(UTC), "sent", "ok")


def test_a_time_without_offset_is_refused_as_everywhere(ids: list[int]) -> None:
    row = {"of": ids[0], "words": {}, "at": datetime(2026, 3, 2)}  # noqa: DTZ001
    with pytest.raises(ValueError, match="without offset"), writing() as session:
        Prepared(STATEMENT).run(session, [row])
