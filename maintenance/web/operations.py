"""For whoever runs it: is it alive, is it ready, how does it fare."""

from collections.abc import Iterator
from datetime import UTC, datetime

from flask import Blueprint, Flask, Response
from prometheus_client import (
    CollectorRegistry,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from maintenance import migrations
from maintenance.accounts import ANYONE, open_to
from maintenance.models import db
from maintenance.store import queue

pages = Blueprint("operations", __name__)


def init_app(app: Flask) -> None:
    """Put these pages on the app."""
    app.register_blueprint(pages)


@pages.get("/healthz")
@open_to(ANYONE)
def alive() -> Response:
    """200 while the process answers at all; asks nothing of the database."""
    return _plain("ok")


@pages.get("/readyz")
@open_to(ANYONE)
def ready() -> Response:
    """200 where the database answers and is up to date, else 503 with the reason."""
    try:
        migrations.require(db.engine)
    except migrations.NotMigrated as error:
        return _plain(str(error), 503)
    except SQLAlchemyError:
        return _plain("The database does not answer", 503)
    return _plain("ok")


@pages.get("/metrics")
@open_to(ANYONE)
def metrics() -> Response:
    """Figures for Prometheus: the process's own, and the sending queue's from the database."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    registry.register(_Queue())
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class _Queue(Collector):
    def collect(self) -> Iterator[Metric]:
        now = datetime.now(UTC)
        up = GaugeMetricFamily("maintenance_database_up", "Whether the database answers.")
        try:
            states = queue.states(db.session())
            late = queue.longest_overdue(db.session(), now)
        except SQLAlchemyError:
            db.session.rollback()
            up.add_metric([], 0)
            yield up
            return
        up.add_metric([], 1)
        yield up
        deliveries = GaugeMetricFamily(
            "maintenance_deliveries", "Deliveries by state.", labels=["state"]
        )
        for state, number in states.items():
            deliveries.add_metric([state], number)
        yield deliveries
        overdue = GaugeMetricFamily(
            "maintenance_delivery_overdue_seconds", "How long the oldest due delivery waits."
        )
        overdue.add_metric([], late.total_seconds())
        yield overdue


def _plain(text: str, status: int = 200) -> Response:
    response = Response(text + "\n", status, content_type="text/plain; charset=utf-8")
    response.headers["Cache-Control"] = "no-store"
    return response
