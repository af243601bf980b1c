"""audience: as many as are then told, by service, customer, language and channel."""

from collections import Counter
from collections.abc import Sequence

import pytest
from sqlalchemy import event

from maintenance.models import DeclinedService, Subscriber, Subscription, db
from maintenance.store import reach, targets
from maintenance.store.audience import MOST, Audience, audience
from tests import build
from tests.build import NOW

pytestmark = pytest.mark.usefixtures("app")
BOTH = ("email", "status_page")
SERVICES = ("factuurportal", "nmbrs")


def subscriber(email: str, service: str) -> None:
    row = build.added(Subscriber(email=email, created_at=NOW))
    link = Subscription(subscriber=row, service=build.service(service))
    link.asked_at = link.confirmed_at = NOW
    build.added(link)


@pytest.fixture(autouse=True)
def installation(app: None) -> None:
    """Customers and contacts of every sort."""
    acme = build.customer("acme", SERVICES)
    build.contact(acme)
    build.contact(acme, "piet@acme.example", language="en")
    bakker = build.customer("bakker", ("nmbrs",))
    build.contact(bakker, declined=frozenset({"announcement"}))
    choosy = build.contact(build.customer("choosy", SERVICES))
    build.added(DeclinedService(contact_id=choosy.id, service_id=build.service("factuurportal").id))
    build.contact(build.customer("gone", SERVICES, active=False))
    subscriber("anyone@reader.example", "nmbrs")
    subscriber("Jan@acme.example", "nmbrs")  # a contact, too
    build.target("https://hooks.acme.example/in", customer=acme)
    db.session.commit()


def of(slugs: Sequence[str] = SERVICES, channels: Sequence[str] = BOTH) -> Audience:
    return audience(db.session(), slugs, channels)


@pytest.mark.parametrize("slugs", [("nmbrs",), ("factuurportal",), SERVICES])
@pytest.mark.parametrize("channels", [BOTH, ("email",), ("status_page",), ()])
def test_it_counts_those_whom_the_announcement_then_reaches(
    slugs: Sequence[str], channels: Sequence[str]
) -> None:
    window = build.window(slugs, channels=list(channels))
    notice = build.notice(window)
    told = list(reach.readers(db.session(), window, notice))
    contacts = [one for one in told if "contact_id" in one]
    found = of(slugs, channels)
    assert found.mails == Counter(one["language"] for one in contacts)
    assert dict(found.customers) == Counter(one["customer"] for one in contacts)
    assert found.subscribers == len(told) - len(contacts)
    elsewhere = targets.readers(db.session(), window, notice) if channels else []
    assert [row.address for row in found.targets] == [one["address"] for one in elsewhere]


@pytest.mark.usefixtures("database")
def test_each_service_has_its_own_customers_and_contacts() -> None:
    said = {each.service.slug: (each.customers, each.contacts) for each in of().services}
    assert said == {"factuurportal": (1, 2), "nmbrs": (2, 3)}
    assert (of().mails, of().subscribers) == ({"nl": 2, "en": 1}, 1)
    assert of().customers == [("acme", 2), ("choosy", 1)]


def test_who_has_nobody_to_tell_is_named() -> None:
    assert [row.slug for row in of().unreached] == ["bakker", "choosy"]
    assert of(channels=("status_page",)).unreached == ()


def test_of_many_customers_some_are_named_and_the_others_counted_in_as_many_statements() -> None:
    few = _statements()
    for number in range(MOST + 5):
        build.contact(build.customer(f"z-{number:03d}"))
    db.session.commit()
    assert _statements() == few
    assert (len(of().customers), of().others) == (MOST, 7)


def _statements() -> int:
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        of()
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    return len(asked)
