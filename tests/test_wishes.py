"""What readers wish, and who is told that a contact left."""

from collections.abc import Iterable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from maintenance import wishes
from maintenance.config import Settings
from maintenance.models import Contact, Customer, Delivery, Notice, Subscriber, Window, db
from maintenance.sending import Sender
from maintenance.store import deliveries, outbox, subscribers
from maintenance.store.session import writing
from maintenance.windows import NoticeKind
from maintenance.wishes import Reader, Wishes
from notifications import letter
from tests import build
from tests.build import NOW

ALL = frozenset(wishes.KINDS)
BOTH = frozenset({"nmbrs", "factuurportal"})


@pytest.fixture
def settings(app: Flask) -> Settings:
    """Of the app."""
    found: Settings = app.config["SETTINGS"]
    return found


@pytest.fixture
def jan(app: Flask) -> Contact:
    """The one contact of a customer with both services; an operator plans."""
    build.user("plan@vendor.example", language="nl")
    row = build.contact(build.customer("acme", ("nmbrs", "factuurportal")))
    db.session.commit()
    return row


def save(
    reader: Reader,
    settings: Settings,
    kinds: Iterable[str] = ALL,
    services: Iterable[str] = BOTH,
    language: str = "nl",
) -> None:
    with writing() as session:
        wanted = Wishes(language, frozenset(kinds), frozenset(services))
        wishes.save(session, session.merge(reader), wanted, settings, NOW)


def subscriber(settings: Settings, email: str = "sam@reader.example") -> Subscriber:
    """Somebody who asked for notices of Nmbrs, and confirmed."""
    with writing() as session:
        service = build.service("nmbrs")
        wishes.ask(session, email, service, "en", settings, NOW)
        row = subscribers.find(session, email)
        assert row is not None
        assert wishes.confirm(session, row.subscriptions[0], NOW)
    return row


def mails(to: str) -> list[str]:
    """What account mails say to this address."""
    query = select(Notice.words).join(Delivery).where(Delivery.address == to)
    return [words["text"] for words in db.session.scalars(query) if words]


def told(window: Window) -> list[tuple[str, str]]:
    query = select(Notice.kind, Delivery.address).join(Delivery)
    return [tuple(row) for row in db.session.execute(query.where(Notice.window_id == window.id))]


def test_a_contact_gets_no_notice_of_a_kind_it_left(jan: Contact, settings: Settings) -> None:
    save(jan, settings, ALL - {NoticeKind.REMINDER})
    window = build.window()
    build.announced(window)
    outbox.fan_out(db.session(), build.notice(window, "message", words={"nl": "Hoi"}), NOW)
    assert [kind for kind, _ in told(window)] == ["announcement", "message"]
    outbox.fan_out(db.session(), build.notice(window, "start"), NOW)
    window.state = "in_progress"
    assert "reminder" not in dict(told(window))


def test_a_contact_gets_no_notice_of_a_service_it_left(
    database: str, jan: Contact, settings: Settings
) -> None:
    save(jan, settings, services={"factuurportal"})
    one, both = build.window(("nmbrs",)), build.window(("nmbrs", "factuurportal"))
    build.announced(one)
    build.announced(both)
    db.session.commit()
    assert (told(one), len(told(both))) == ([], 1)
    Sender(settings, lambda: NOW).send_due()
    sent = next(iter((settings.instance_path / "mail" / "new").glob("*"))).read_bytes()
    for mail in (settings.instance_path / "mail" / "new").iterdir():
        sent = mail.read_bytes()
        if both.reference.encode() in sent:
            assert "Nmbrs" not in letter.shown(sent).text


def test_a_customer_whose_contact_left_counts_as_not_told(jan: Contact, settings: Settings) -> None:
    save(jan, settings, ALL - {NoticeKind.ANNOUNCEMENT})
    window = build.window()
    build.announced(window)
    assert outbox.told_by_mail(db.session(), window) == {"acme": None}


def test_operators_hear_at_once_what_a_contact_left(jan: Contact, settings: Settings) -> None:
    build.contact(jan.customer, "kim@acme.example")
    db.session.commit()
    save(jan, settings, ALL - {NoticeKind.CHANGE}, {"nmbrs"})
    (said,) = mails("plan@vendor.example")
    assert "jan@acme.example" in said
    assert "geen bericht meer van: wijzigingen" in said
    assert "geen bericht meer over: Factuurportal" in said
    assert "niemand meer te bereiken" not in said


def test_operators_hear_that_nobody_of_a_customer_is_left(jan: Contact, settings: Settings) -> None:
    build.contact(jan.customer, "kim@acme.example", flagged="550 no such user")
    build.contact(jan.customer, "lou@acme.example", active=False)
    db.session.commit()
    save(jan, settings, services={"factuurportal"})
    (said,) = mails("plan@vendor.example")
    assert "bij Acme is nu niemand meer te bereiken over Nmbrs." in said


@pytest.mark.parametrize("kind", sorted(ALL - set(wishes.PROMISED)))
def test_what_no_sla_promises_is_left_without_alarm(
    jan: Contact, settings: Settings, kind: str
) -> None:
    save(jan, settings, ALL - {kind})
    assert mails("plan@vendor.example") == []


def test_leaving_twice_alarms_once(jan: Contact, settings: Settings) -> None:
    for _ in range(2):
        with writing() as session:
            wishes.leave(session, session.merge(jan), settings, NOW)
    assert len(mails("plan@vendor.example")) == 1
    assert "niemand" in mails("plan@vendor.example")[0]


def test_a_contact_who_comes_back_is_told_what_is_to_come(jan: Contact, settings: Settings) -> None:
    save(jan, settings, ())
    window = build.window()
    build.announced(window)
    db.session.commit()
    assert told(window) == []
    save(jan, settings)
    save(jan, settings)
    assert told(window) == [("announcement", "jan@acme.example")]


def test_what_waits_for_a_contact_who_left_is_not_sent(jan: Contact, settings: Settings) -> None:
    window = build.window()
    build.announced(window)
    db.session.commit()
    save(jan, settings, ())
    Sender(settings, lambda: NOW).send_due()
    (delivery,) = deliveries.of_window(db.session(), window.id)
    assert (delivery.state, delivery.reply) == (
        "expired",
        "the contact wants no notices of this kind",
    )


def test_a_subscriber_gets_the_notices_of_its_service(
    database: str, app: Flask, settings: Settings
) -> None:
    build.service("factuurportal")
    subscriber(settings)
    window, other = build.window(), build.window(("factuurportal",))
    build.announced(window)
    build.announced(other)
    db.session.commit()
    assert (told(window), told(other)) == ([("announcement", "sam@reader.example")], [])
    Sender(settings, lambda: NOW).send_due()
    (delivery,) = deliveries.of_window(db.session(), window.id)
    assert (delivery.state, delivery.customer_id) == ("sent", None)


def sent_about(window: Window, settings: Settings) -> letter.Shown:
    mails = (path.read_bytes() for path in (settings.instance_path / "mail" / "new").iterdir())
    return letter.shown(next(mail for mail in mails if window.reference.encode() in mail))


def test_a_subscribers_mail_says_why_and_knows_no_customer(app: Flask, settings: Settings) -> None:
    subscriber(settings)
    window = build.window()
    build.announced(window)
    db.session.commit()
    Sender(settings, lambda: NOW).send_due()
    said = sent_about(window, settings)
    assert "because you asked for notices of maintenance on Nmbrs" in said.text
    assert "https://maintenance.example/feeds/all.ics" in said.text
    assert "/feeds/c/" not in said.text
    assert "/unsubscribe/" in said.text


def test_a_window_that_is_not_public_is_not_told_to_subscribers(
    app: Flask, settings: Settings
) -> None:
    subscriber(settings)
    window = build.window(channels=["email"])
    build.announced(window)
    assert told(window) == []


def test_who_is_contact_and_subscriber_gets_one_mail(jan: Contact, settings: Settings) -> None:
    subscriber(settings, "Jan@Acme.example")
    window = build.window()
    build.announced(window)
    assert told(window) == [("announcement", "jan@acme.example")]


def test_only_a_subscriber_who_was_told_hears_of_the_end(app: Flask, settings: Settings) -> None:
    subscriber(settings)
    window = build.window()
    build.announced(window)
    window.state = "cancelled"
    outbox.fan_out(db.session(), build.notice(window, "cancellation"), NOW)
    assert told(window) == [("announcement", "sam@reader.example")]
    db.session.scalars(select(Delivery)).all()[-1].in_doubt = True
    outbox.fan_out(db.session(), build.notice(window, "cancellation", revision=9), NOW)
    assert ("cancellation", "sam@reader.example") in told(window)


def test_who_subscribes_is_told_once_of_what_is_to_come(app: Flask, settings: Settings) -> None:
    window = build.window()
    build.announced(window)
    db.session.commit()
    row = subscriber(settings)
    with writing() as session:
        assert wishes.confirm(session, session.merge(row).subscriptions[0], NOW)
    assert told(window) == [("announcement", "sam@reader.example")]


def test_a_link_that_is_too_old_subscribes_nobody(app: Flask, settings: Settings) -> None:
    with writing() as session:
        wishes.ask(session, "sam@reader.example", build.service(), "nl", settings, NOW)
        row = subscribers.find(session, "sam@reader.example")
        assert row is not None
        late = NOW + wishes.CONFIRM_WITHIN
        assert not wishes.confirm(session, row.subscriptions[0], late)
        assert wishes.confirm(session, row.subscriptions[0], late - timedelta(seconds=1))


def test_an_address_that_never_confirmed_is_forgotten(
    database: str, app: Flask, settings: Settings
) -> None:
    kept = subscriber(settings, "kept@reader.example")
    later = NOW + wishes.CONFIRM_WITHIN
    with writing() as session:
        wishes.ask(session, "sam@reader.example", build.service(), "nl", settings, NOW)
    with writing() as session:
        wishes.ask(session, "new@reader.example", build.service(), "nl", settings, later)
        assert subscribers.find(session, "sam@reader.example") is None
        assert subscribers.find(session, kept.email) is not None


def test_one_who_left_after_being_told_can_still_come_back(app: Flask, settings: Settings) -> None:
    row = subscriber(settings)
    build.announced(build.window())
    db.session.commit()
    with writing() as session:
        wishes.leave(session, session.merge(row), settings, NOW)
    with writing() as session:
        later = NOW + wishes.CONFIRM_WITHIN
        wishes.ask(session, "new@reader.example", build.service(), "nl", settings, later)
    token = wishes.preferences_token(row, settings)
    assert isinstance(wishes.opened(db.session(), token, settings), Subscriber)


def test_a_subscriber_leaves_without_alarm(jan: Contact, settings: Settings) -> None:
    row = subscriber(settings)
    with writing() as session:
        wishes.leave(session, session.merge(row), settings, NOW)
    window = build.window()
    build.announced(window)
    assert told(window) == [("announcement", "jan@acme.example")]
    assert mails("plan@vendor.example") == []


def test_an_address_that_fails_for_good_is_left_alone_until_it_subscribes_anew(
    app: Flask, settings: Settings
) -> None:
    row = subscriber(settings)
    row.flagged = "550 no such user"
    db.session.commit()
    window = build.window()
    build.announced(window)
    db.session.commit()
    assert told(window) == []
    subscriber(settings)
    assert told(window) == [("announcement", "sam@reader.example")]


def test_a_token_of_one_sort_of_reader_opens_no_other(jan: Contact, settings: Settings) -> None:
    row = subscriber(settings)
    assert row.id == jan.id
    session = db.session()
    token = wishes.preferences_token(row, settings)
    assert isinstance(wishes.opened(session, token, settings), Subscriber)
    token = wishes.preferences_token(jan, settings)
    assert isinstance(wishes.opened(session, token, settings), Contact)
    assert wishes.confirmed_by(session, token, settings) is None
    jan.active = False
    assert wishes.opened(session, token, settings) is None


def test_customers_are_unreached_by_service(jan: Contact) -> None:
    customer = db.session.scalars(select(Customer)).one()
    assert wishes.unreached(customer) == []
    jan.declined = frozenset({"cancellation"})
    assert [service.slug for service in wishes.unreached(customer)] == ["factuurportal", "nmbrs"]
