"""One notice to many contacts by this program, in a process of its own: `python -m bench.mailing`.

It takes an order from standard input as JSON and says as JSON what came of it.
"""

import json
import resource
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, select

from maintenance import worker
from maintenance.app import create_app
from maintenance.models import Contact, Customer, CustomerService, Delivery, Service, Version, db
from maintenance.sending import Sender
from tests import build

CONTACTS_EACH = 5
BATCH = 5_000


def main() -> None:
    """Carry out one order: fill a database, send what is due, or both."""
    order = json.load(sys.stdin)
    app = create_app(order["environ"])
    ahead = timedelta(seconds=order.get("ahead", 0))
    with app.app_context():
        if order.get("readers"):
            fill(order["readers"])
        sender = Sender(app.config["SETTINGS"], lambda: datetime.now(UTC) + ahead)
        began = time.perf_counter()
        worker.fan_out(datetime.now(UTC))
        made = time.perf_counter() - began
        used = time.process_time()
        sender.send_due()
        used = time.process_time() - used
        seconds = time.perf_counter() - began
        answer = {
            "made": made,
            "seconds": seconds,
            "cpu": used,
            "states": states(),
            "megabytes": megabytes(),
        }
        db.session.remove()
        db.engine.dispose()
    print(json.dumps(answer))


def environ(folder: str, url: str, port: int) -> dict[str, str]:
    """The settings of an installation that sends to this port."""
    return {
        "MAINTENANCE_INSTANCE_PATH": folder,
        "MAINTENANCE_DATABASE_URL": url,
        "MAINTENANCE_SECRET_KEY": "only for this benchmark",
        "MAINTENANCE_BASE_URL": "https://maintenance.example",
        "MAINTENANCE_SMTP_URL": f"smtp://127.0.0.1:{port}",
    }


def fill(readers: int) -> None:
    """A window whose announcement is due, and so many contacts of who has its service."""
    db.create_all()
    now = datetime.now(UTC)
    db.session.add(Version(id=1, number=0))
    build.notice(build.window(start_at=now + timedelta(days=30)), due_at=now)
    db.session.commit()
    service = db.session.scalars(select(Service.id)).one()
    db.session.rollback()
    with db.engine.begin() as connection:
        for first in range(0, readers, BATCH):
            numbers = range(first, min(first + BATCH, readers))
            customers = sorted({number // CONTACTS_EACH + 1 for number in numbers})
            rows = [_customer(number, now) for number in customers]
            places = [{"customer_id": number, "service_id": service} for number in customers]
            connection.execute(insert(Customer), rows)
            connection.execute(insert(CustomerService), places)
            connection.execute(insert(Contact), [_contact(number) for number in numbers])
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")


def _customer(number: int, now: datetime) -> Mapping[str, Any]:
    return {"id": number, "slug": f"c{number}", "name": f"Customer {number}", "updated_at": now}


def _contact(number: int) -> Mapping[str, Any]:
    return {
        "customer_id": number // CONTACTS_EACH + 1,
        "email": f"jan{number}@acme.example",
        "name": f"Jan de Vries {number}",
        "language": ("nl", "en")[number % 2],
    }


def states() -> dict[str, int]:
    """How many deliveries are in each state."""
    query = select(Delivery.state, func.count()).group_by(Delivery.state)
    return dict(db.session.execute(query).all())


def megabytes() -> float:
    """The most memory that this process had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
