"""Windows that are announced by mail, and what became of their deliveries."""

import re
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage

import icalendar
from flask import Flask
from sqlalchemy import select

from maintenance import planning
from maintenance.accounts import Actor
from maintenance.composing import mail_of
from maintenance.config import Settings, Smtp
from maintenance.models import Delivery, Notice, Window, db
from maintenance.results import Done
from tests import build
from tests.build import NOW, START
from tests.smtp import Accepted

APPROVER = Actor("anna@vendor.example", "approver")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
END = START + 2 * HOUR
JAN, KIM = "jan@acme.example", "kim@acme.example"


def two_contacts() -> None:
    """A customer with a contact in each language."""
    acme = build.customer("acme")
    build.contact(acme, JAN)
    build.contact(acme, KIM, name="Kim Jones", language="en")
    db.session.commit()


def send_by(app: Flask, smtp: Smtp) -> None:
    """Let mails go by this server from here on."""
    app.config["SETTINGS"] = replace(settings(app), smtp_url=smtp)


def settings(app: Flask) -> Settings:
    """The settings of this app."""
    found = app.config["SETTINGS"]
    assert isinstance(found, Settings)
    return found


def approved(**values: object) -> Window:
    """A window that an approver has just approved."""
    row = build.window(state="proposed", revision=1, **values)
    row.notice_revision = row.times_revision = None
    db.session.commit()
    return done(planning.approve(row.public_id, APPROVER, NOW, override_reason="agreed"))


def done(result: object) -> Window:
    """The window of a verb that was carried out."""
    assert isinstance(result, Done), result
    return result.window


def deliveries(kind: str = "") -> list[Delivery]:
    """Every delivery, oldest first; of one kind of notice where it is named."""
    db.session.rollback()
    query = select(Delivery).join(Notice).order_by(Delivery.id)
    return list(db.session.scalars(query.where(Notice.kind == kind) if kind else query))


def states(kind: str = "") -> list[tuple[str, str, int]]:
    """Of each: address, state, attempts."""
    return [(each.address, each.state, each.attempts) for each in deliveries(kind)]


def written(app: Flask, row: Delivery) -> bytes:
    """The octets of this delivery's mail, as they were sent or will be sent again."""
    found = mail_of(row, settings(app))
    db.session.rollback()
    assert found is not None
    return found


def event_of(mail: EmailMessage) -> icalendar.Event:
    """The event in a mail's calendar part."""
    (part,) = [each for each in mail.walk() if each.get_content_type() == "text/calendar"]
    (event,) = icalendar.Calendar.from_ical(part.get_content()).walk("VEVENT")
    return event


def subjects(mails: list[Accepted]) -> list[str]:
    """The first word of each subject."""
    return [re.match(r"\w+", each.mail["Subject"])[0] for each in mails]  # type: ignore[index]
