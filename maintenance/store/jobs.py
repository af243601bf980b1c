"""Jobs of Procrastinate, which carry the sending where the setting asks for it.

A job names deliveries. It is added in the transaction that makes them, so that there is one exactly
where they are. The deliveries stay the truth: what is due, and whose it is to send, their rows say.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any

from flask import Flask, current_app
from sqlalchemy import ARRAY, String, any_, func, literal, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from maintenance.config import BadSetting
from maintenance.models import Delivery
from maintenance.store import claims, holding
from maintenance.windows import Channel

SEND = "maintenance.send"
"""The name of the task, and of the queue that it goes by."""

BATCH = 100
"""So many deliveries make a job: few enough that a notice to thousands is everybody's work."""

_EXTENSION = "procrastinate"


def init_app(app: Flask) -> None:
    """Let jobs be added to this app's database where the setting asks for it; else do nothing."""
    if app.config["SETTINGS"].procrastinate:
        connector = library().SyncPsycopgConnector()  # never opened: jobs go by our connection
        app.extensions[_EXTENSION] = library().App(connector=connector)


def library() -> Any:
    """Procrastinate, which is an extra: loaded only where the setting asks for it."""
    try:
        return import_module("procrastinate")
    except ModuleNotFoundError as error:
        missing = f"the extra `postgres` ({error.name} is not installed)"
        raise BadSetting(f"MAINTENANCE_PROCRASTINATE needs {missing}") from None


def carry(app: Flask) -> bool:
    """Whether jobs carry the sending of this app."""
    return _EXTENSION in app.extensions


def add(session: Session, ids: Sequence[int], wait: timedelta = timedelta()) -> None:
    """Jobs for the deliveries with these ids, a batch each, to begin after this wait.

    They are added by the session's own transaction: rolled back, there are none. The wait is by the
    database's clock, as their beginning is: to a slow clock of our own they would be due for ever.
    """
    if not ids:
        return
    task = current_app.extensions[_EXTENSION].configure_task(
        SEND,
        queue=SEND,
        schedule_at=session.scalar(select(func.now() + wait)) if wait else None,
        connection=session.connection().connection.driver_connection,
    )
    batches = [list(ids[at : at + BATCH]) for at in range(0, len(ids), BATCH)]
    try:
        task.batch_defer(*({"ids": batch} for batch in batches))
    except library().exceptions.ConnectorException as error:
        raise OperationalError("add jobs", None, error.__cause__ or error) from error


def mails(session: Session, public_ids: Sequence[str]) -> Sequence[int]:
    """The ids of those of these deliveries that were made, and are mails.

    Asked for afterwards, in one array: as many rows with RETURNING take four times as long.
    """
    made = Delivery.public_id == any_(literal(public_ids, ARRAY(String)))
    query = select(Delivery.id).where(made, Delivery.channel == Channel.EMAIL)
    return session.scalars(query.order_by(Delivery.id)).all()


def left(session: Session, ids: Sequence[int]) -> dict[int, datetime]:
    """Those of these deliveries that are still to be sent, and when each may be tried again.

    What is held has no such moment: whoever sends all that is due finds it after the release.
    """
    query = select(Delivery.id, Delivery.next_attempt_at).where(
        Delivery.id.in_(ids), Delivery.state.in_(claims.DUE), holding.FREE
    )
    return {id_: at for id_, at in session.execute(query) if at is not None}


def uncarried(session: Session, since: datetime, limit: int) -> Sequence[int]:
    """Mails that have been due since then: no job seems to carry them."""
    query = select(Delivery.id).where(
        Delivery.channel == Channel.EMAIL,
        Delivery.state.in_(claims.DUE),
        Delivery.next_attempt_at <= since,
        holding.FREE,
    )
    return session.scalars(query.order_by(Delivery.next_attempt_at).limit(limit)).all()
