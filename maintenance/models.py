"""The tables. A row remembers; what it means is decided elsewhere."""

from datetime import UTC, date, datetime, time
from typing import Any

from flask import current_app
from flask_security.core import UserMixin, WebAuthnMixin
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    JSON,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.ext.mutable import MutableList
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, registry, relationship


class UTCDateTime(TypeDecorator[datetime]):
    """An instant. Refuses naive times, stores UTC, returns aware UTC: SQLite drops the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """UTC for the database; ValueError for a time without offset."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without offset cannot be stored: {value}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Aware UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Names(TypeDecorator[frozenset[str]]):
    """A few short names without spaces, as the kinds of notice that somebody left."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: frozenset[str] | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """The names with a space around each, so that SQL can look for one."""
        return None if value is None else "".join(f" {name} " for name in sorted(value))

    def process_result_value(self, value: str | None, dialect: Dialect) -> frozenset[str] | None:  # noqa: ARG002
        """A set, as it was."""
        return None if value is None else frozenset(value.split())


class Base(DeclarativeBase):
    """Every table; constraints have names, so that a migration can reach them on any database."""

    registry = registry(
        metadata=MetaData(
            naming_convention={
                "ix": "ix_%(table_name)s_%(column_0_N_name)s",
                "uq": "uq_%(table_name)s_%(column_0_N_name)s",
                "ck": "ck_%(table_name)s_%(constraint_name)s",
                "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
                "pk": "pk_%(table_name)s",
            }
        ),
        type_annotation_map={
            datetime: UTCDateTime,
            dict[str, Any]: JSON,
            list[Any]: JSON,
            bytes: LargeBinary,
            frozenset[str]: Names,
        },
    )


db = SQLAlchemy(model_class=Base)


class Policy(Base):
    """One version of an SLA, as the text of its TOML file."""

    __tablename__ = "policy"
    __table_args__ = (UniqueConstraint("slug", "effective_from"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(63))
    effective_from: Mapped[date]
    text: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]


class Service(Base):
    """What is maintained. Its row is what a verb locks on PostgreSQL before it counts places."""

    __tablename__ = "service"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(63), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    color: Mapped[str] = mapped_column(String(7), default="#0b5cad")
    policy: Mapped[str] = mapped_column(String(63))  # the slug that its policy versions share
    clock_completes: Mapped[bool] = mapped_column(default=False)
    four_eyes: Mapped[bool] = mapped_column(default=False)  # see four_eyes.forbidden
    deputy: Mapped[str] = mapped_column(String(320), default="")  # reminded with the approvers
    reminders: Mapped[list[Any]] = mapped_column(default=list)  # minutes before start, of new ones
    silent: Mapped[frozenset[str]] = mapped_column(default=frozenset)  # kinds of notice not mailed
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class CustomerService(Base):
    """Which customer has which service."""

    __tablename__ = "customer_service"

    customer_id: Mapped[int] = mapped_column(
        ForeignKey("customer.id", ondelete="CASCADE"), primary_key=True
    )
    service_id: Mapped[int] = mapped_column(
        ForeignKey("service.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class Customer(Base):
    """An organisation the services were promised to."""

    __tablename__ = "customer"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(63), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    level: Mapped[str] = mapped_column(String(63), default="")  # as "gold" with Nmbrs
    active: Mapped[bool] = mapped_column(default=True)
    feed_generation: Mapped[int] = mapped_column(default=1)  # raised to replace its feed address
    updated_at: Mapped[datetime]

    services: Mapped[list[Service]] = relationship(
        secondary="customer_service", order_by="Service.slug"
    )
    contacts: Mapped[list["Contact"]] = relationship(
        back_populates="customer", cascade="all, delete-orphan", order_by="Contact.email"
    )
    agreements: Mapped[list["Agreement"]] = relationship(
        back_populates="customer", cascade="all, delete-orphan", order_by="Agreement.id"
    )


class Agreement(Base):
    """One customer's deviations from the SLA of one service, in the terms of the policy file."""

    __tablename__ = "agreement"

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id", ondelete="CASCADE"))
    service_id: Mapped[int] = mapped_column(
        ForeignKey("service.id", ondelete="CASCADE"), index=True
    )
    effective_from: Mapped[date | None]
    effective_until: Mapped[date | None]  # the last day it holds
    rules: Mapped[dict[str, Any]]

    customer: Mapped[Customer] = relationship(back_populates="agreements")
    service: Mapped[Service] = relationship()


class Contact(Base):
    """A person of a customer, who gets the mails."""

    __tablename__ = "contact"
    __table_args__ = (UniqueConstraint("customer_id", "email"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id", ondelete="CASCADE"))
    email: Mapped[str] = mapped_column(String(320))
    name: Mapped[str] = mapped_column(String(200), default="")
    language: Mapped[str] = mapped_column(String(2), default="nl")
    active: Mapped[bool] = mapped_column(default=True)
    flagged: Mapped[str | None] = mapped_column(Text)  # why mail to it failed for good, if it did
    stopped_at: Mapped[datetime | None]  # since when a bounce says that nobody reads it
    link_generation: Mapped[int] = mapped_column(default=1)
    declined: Mapped[frozenset[str]] = mapped_column(default=frozenset)  # the kinds of notice

    customer: Mapped[Customer] = relationship(back_populates="contacts")
    declined_services: Mapped[list[Service]] = relationship(
        secondary="declined_service", order_by="Service.slug"
    )


class DeclinedService(Base):
    """A service that its customer has and that this contact wants no notices of."""

    __tablename__ = "declined_service"

    contact_id: Mapped[int] = mapped_column(
        ForeignKey("contact.id", ondelete="CASCADE"), primary_key=True
    )
    service_id: Mapped[int] = mapped_column(
        ForeignKey("service.id", ondelete="CASCADE"), primary_key=True
    )


class Subscriber(Base):
    """Anyone who asked for notices by mail; of no service, where all were left again."""

    __tablename__ = "subscriber"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(320), unique=True)
    language: Mapped[str] = mapped_column(String(2), default="nl")
    flagged: Mapped[str | None] = mapped_column(Text)  # why mail to it failed for good, if it did
    stopped_at: Mapped[datetime | None]  # since when a bounce says that nobody reads it
    link_generation: Mapped[int] = mapped_column(default=1)
    declined: Mapped[frozenset[str]] = mapped_column(default=frozenset)  # the kinds of notice
    created_at: Mapped[datetime]

    subscriptions: Mapped[list["Subscription"]] = relationship(
        back_populates="subscriber", cascade="all, delete-orphan"
    )


class Subscription(Base):
    """A service that a subscriber asked for; it counts once the mailed link was used.

    An id is never given out twice: the mailed link is made of it.
    """

    __tablename__ = "subscription"
    __table_args__ = (
        UniqueConstraint("subscriber_id", "service_id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    subscriber_id: Mapped[int] = mapped_column(ForeignKey("subscriber.id", ondelete="CASCADE"))
    service_id: Mapped[int] = mapped_column(
        ForeignKey("service.id", ondelete="CASCADE"), index=True
    )
    asked_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]

    subscriber: Mapped[Subscriber] = relationship(back_populates="subscriptions")
    service: Mapped[Service] = relationship()


class Target(Base):
    """Where notices go by a channel other than mail: a webhook, a status page elsewhere.

    What `settings` hold is the channel's own, credentials among it: they are never shown again. An
    id is never given out twice: what signs a webhook is made of it.
    """

    __tablename__ = "target"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(40), unique=True)
    channel: Mapped[str] = mapped_column(String(20))
    address: Mapped[str] = mapped_column(String(320))  # as the channel writes it: a URL, say
    name: Mapped[str] = mapped_column(String(200), default="")
    customer_id: Mapped[int | None] = mapped_column(
        ForeignKey("customer.id", ondelete="CASCADE"), index=True
    )  # None: for all
    settings: Mapped[dict[str, Any]]
    generation: Mapped[int] = mapped_column(default=1)  # raised to replace its secret
    active: Mapped[bool] = mapped_column(default=True)
    disabled: Mapped[str | None] = mapped_column(Text)  # why it was switched off by itself
    alarmed_at: Mapped[datetime | None]  # when operators were told that it fails
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    customer: Mapped[Customer | None] = relationship()
    services: Mapped[list[Service]] = relationship(
        secondary="target_service", order_by="Service.slug"
    )  # none: every service


class TargetService(Base):
    """A service of which a target gets the notices."""

    __tablename__ = "target_service"

    target_id: Mapped[int] = mapped_column(
        ForeignKey("target.id", ondelete="CASCADE"), primary_key=True
    )
    service_id: Mapped[int] = mapped_column(
        ForeignKey("service.id", ondelete="CASCADE"), primary_key=True
    )


class Window(Base):
    """A maintenance window as it stands; windows.Window is its value for readers."""

    __tablename__ = "window"
    __table_args__ = (
        Index("ix_window_state_start_at", "state", "start_at"),
        UniqueConstraint("series_id", "occurrence"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(40), unique=True)
    reference: Mapped[str] = mapped_column(String(20), unique=True)
    state: Mapped[str] = mapped_column(String(20))
    revision: Mapped[int] = mapped_column(default=0)
    kind: Mapped[str] = mapped_column(String(20))
    title: Mapped[dict[str, Any]]
    description: Mapped[dict[str, Any]]
    start_at: Mapped[datetime] = mapped_column(index=True)
    end_at: Mapped[datetime]
    outage_minutes: Mapped[int]
    impact: Mapped[str] = mapped_column(String(20))
    justification: Mapped[str] = mapped_column(Text, default="")
    channels: Mapped[list[Any]]
    reminders: Mapped[list[Any]]
    announce_at: Mapped[datetime | None]
    announced_at: Mapped[datetime | None]
    shown_at: Mapped[datetime | None]  # when the status page followed, where it came later
    notice_revision: Mapped[int | None]  # the approval or move since which notice is counted
    times_revision: Mapped[int | None]  # the approval, move or extension that set its times
    started_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    registered_at: Mapped[datetime | None]  # when urgent work was registered after it was done
    reason: Mapped[str] = mapped_column(Text, default="")  # of a rejection or cancellation
    verdict: Mapped[dict[str, Any]]
    proposed_by: Mapped[str] = mapped_column(String(320), default="")
    approved_by: Mapped[str] = mapped_column(String(320), default="")
    overridden_by: Mapped[str] = mapped_column(String(320), default="")
    override_reason: Mapped[str] = mapped_column(Text, default="")
    decide_by: Mapped[datetime | None]  # by when it must be approved to keep its rules
    remind_at: Mapped[datetime | None]  # when approvers are reminded of it; None: they were
    series_id: Mapped[int | None] = mapped_column(ForeignKey("series.id"))
    occurrence: Mapped[date | None]  # the regular date that names it within its series
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    series: Mapped["Series | None"] = relationship(back_populates="windows")
    places: Mapped[list["WindowService"]] = relationship(
        back_populates="window", cascade="all, delete-orphan", order_by="WindowService.service_id"
    )
    notices: Mapped[list["Notice"]] = relationship(
        back_populates="window", order_by="Notice.due_at, Notice.id"
    )


class Series(Base):
    """A recurring window. Its occurrences are windows of their own, made 13 months ahead."""

    __tablename__ = "series"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(40), unique=True)
    state: Mapped[str] = mapped_column(String(20), index=True)  # proposed, active or ended
    first: Mapped[date]
    at: Mapped[time]  # on the wall clock of its services' policy
    length_minutes: Mapped[int]
    unit: Mapped[str] = mapped_column(String(10))  # week or month
    every: Mapped[int]
    until: Mapped[date | None]
    on_holiday: Mapped[str] = mapped_column(String(10))  # keep, skip or next
    announce_days: Mapped[int]  # how long before the start each is announced, at the latest
    fields: Mapped[dict[str, Any]]  # what its windows share, by field of a proposal
    filled_until: Mapped[date]  # occurrences up to this date have been made
    proposed_by: Mapped[str] = mapped_column(String(320), default="")
    approved_by: Mapped[str] = mapped_column(String(320), default="")
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    windows: Mapped[list[Window]] = relationship(
        back_populates="series", order_by="Window.start_at"
    )


class JobTemplate(Base):
    """What the windows of a recurring job say, to begin a proposal from; see job_templates."""

    __tablename__ = "job_template"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    at: Mapped[time | None]  # when one usually begins, on the wall clock of its services' policy
    length_minutes: Mapped[int]
    fields: Mapped[dict[str, Any]]  # what its windows share, by field of a proposal
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class WindowService(Base):
    """A window on one service, with what a count needs: through a join it is 34-47 times slower."""

    __tablename__ = "window_service"
    __table_args__ = (Index("ix_window_service_span", "service_id", "start_at", "end_at", "state"),)

    window_id: Mapped[int] = mapped_column(
        ForeignKey("window.id", ondelete="CASCADE"), primary_key=True
    )
    service_id: Mapped[int] = mapped_column(ForeignKey("service.id"), primary_key=True)
    start_at: Mapped[datetime]
    end_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str] = mapped_column(String(20))
    outage_minutes: Mapped[int]

    window: Mapped[Window] = relationship(back_populates="places")
    service: Mapped[Service] = relationship()


class Notice(Base):
    """One thing to tell at its due instant. At that moment a delivery per reader is made of it."""

    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint("window_id", "revision", "kind", "due_at"),
        Index("ix_notice_due", "fanned_out_at", "due_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    window_id: Mapped[int | None] = mapped_column(ForeignKey("window.id", ondelete="CASCADE"))
    revision: Mapped[int] = mapped_column(default=0)
    kind: Mapped[str] = mapped_column(String(20))
    due_at: Mapped[datetime]
    to_operators: Mapped[bool] = mapped_column(default=False)
    was_start_at: Mapped[datetime | None]  # the times that a change replaces
    was_end_at: Mapped[datetime | None]
    words: Mapped[dict[str, Any] | None]  # a message's text per language; an account mail's parts
    fanned_out_at: Mapped[datetime | None]  # when its deliveries were made, or it was dropped
    dropped: Mapped[str | None] = mapped_column(Text)  # why it was not told
    watch_at: Mapped[datetime | None]  # when to look next whether everyone is told in time
    alarmed_at: Mapped[datetime | None]  # when operators were told that it is at risk
    created_at: Mapped[datetime]

    window: Mapped[Window | None] = relationship(back_populates="notices")
    deliveries: Mapped[list["Delivery"]] = relationship(
        back_populates="notice", order_by="Delivery.id"
    )


class Rendering(Base):
    """A notice as worded in one language for an audience with these services, kept as proof.

    Where a reader's own values go it has marks; `Delivery.reader` holds what was filled in.
    """

    __tablename__ = "rendering"
    __table_args__ = (UniqueConstraint("notice_id", "language", "services", "audience"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey("notice.id", ondelete="CASCADE"))
    language: Mapped[str] = mapped_column(String(2))
    services: Mapped[str] = mapped_column(Text)  # the slugs of those it names, with commas
    audience: Mapped[str] = mapped_column(String(20))
    body: Mapped[bytes]
    created_at: Mapped[datetime]


class Delivery(Base):
    """One notice to one reader through one channel: the row that proves it."""

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("notice_id", "channel", "address", "customer_id"),
        Index("ix_delivery_due", "state", "next_attempt_at"),
        Index(
            "ix_delivery_subscriber_id",
            "subscriber_id",
            sqlite_where=text("subscriber_id IS NOT NULL"),
            postgresql_where=text("subscriber_id IS NOT NULL"),
        ),
        Index(
            "ix_delivery_target_due",  # so that webhooks are found beside any number of mails
            "target_id",
            "state",
            "next_attempt_at",
            sqlite_where=text("target_id IS NOT NULL"),
            postgresql_where=text("target_id IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(40), unique=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey("notice.id", ondelete="CASCADE"))
    channel: Mapped[str] = mapped_column(String(20))
    contact_id: Mapped[int | None] = mapped_column(
        ForeignKey("contact.id", ondelete="SET NULL"), index=True
    )
    subscriber_id: Mapped[int | None] = mapped_column(
        ForeignKey("subscriber.id", ondelete="SET NULL")
    )
    target_id: Mapped[int | None] = mapped_column(ForeignKey("target.id", ondelete="SET NULL"))
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id", ondelete="SET NULL"))
    customer: Mapped[str] = mapped_column(String(63), default="")  # its slug, when it was made
    name: Mapped[str] = mapped_column(String(200), default="")  # the reader's, when it was made
    address: Mapped[str] = mapped_column(String(320))
    language: Mapped[str] = mapped_column(String(2), default="nl")
    state: Mapped[str] = mapped_column(String(20))
    attempts: Mapped[int] = mapped_column(default=0)
    in_doubt: Mapped[bool] = mapped_column(default=False)  # an attempt without an answer
    notify_by: Mapped[datetime | None]  # the latest moment that the SLA allows its customer
    useless_after: Mapped[datetime | None]  # from when on it is not sent any more
    next_attempt_at: Mapped[datetime | None]  # or, while sending, when the lease ends
    claim: Mapped[str | None] = mapped_column(String(40))  # which claim holds it while sending
    reply: Mapped[str | None] = mapped_column(Text)  # the receiver's last answer, or why it expired
    first_attempt_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    bounced_at: Mapped[datetime | None]  # when its receiver said that it did not arrive after all
    alarmed_at: Mapped[datetime | None]  # when operators were told that it failed for good
    message_id: Mapped[str] = mapped_column(String(255))
    rendering_id: Mapped[int | None] = mapped_column(ForeignKey("rendering.id"))
    reader: Mapped[dict[str, Any] | None]  # the reader's values, as filled in at the first attempt
    created_at: Mapped[datetime]

    notice: Mapped[Notice] = relationship(back_populates="deliveries")


class Wording(Base):
    """A service's own words for one kind of notice in one language; see notifications.texts."""

    __tablename__ = "wording"
    __table_args__ = (UniqueConstraint("service_id", "kind", "language"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    service_id: Mapped[int] = mapped_column(ForeignKey("service.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(20))
    language: Mapped[str] = mapped_column(String(2))
    subject: Mapped[str] = mapped_column(Text)
    lead: Mapped[str] = mapped_column(Text)

    service: Mapped[Service] = relationship()


class Held(Base):
    """One row while all sending is held: since when, by whom and why."""

    __tablename__ = "held"

    id: Mapped[int] = mapped_column(primary_key=True)
    since_at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(320))
    why: Mapped[str] = mapped_column(Text, default="")


class Audit(Base):
    """Who did what, when, from what to what."""

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_subject", "subject", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    actor: Mapped[str] = mapped_column(String(320))
    verb: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(80))  # "window:w_7Q2...", "customer:acme"
    details: Mapped[dict[str, Any]]


class Version(Base):
    """One row, raised in each transaction that changes what the public reads."""

    __tablename__ = "version"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(default=0)


class Counter(Base):
    """The last number given out, per name ("reference-2026")."""

    __tablename__ = "counter"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    number: Mapped[int] = mapped_column(default=0)


class Repeat(Base):
    """A first answer, kept a day for a repeat with the same Idempotency-Key."""

    __tablename__ = "repeat"
    __table_args__ = (UniqueConstraint("account", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(String(320))
    key: Mapped[str] = mapped_column(String(255))
    request_hash: Mapped[str] = mapped_column(String(64))
    status: Mapped[int | None]  # None while the first is being answered
    headers: Mapped[dict[str, Any] | None]
    body: Mapped[bytes | None]
    created_at: Mapped[datetime] = mapped_column(index=True)


class User(Base, UserMixin):  # type: ignore[misc]
    """An operator's account. Flask-Security reads its fields by these names."""

    __tablename__ = "user"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(320), unique=True)
    name: Mapped[str] = mapped_column(String(200), default="")
    language: Mapped[str] = mapped_column(String(2), default="en")
    role: Mapped[str] = mapped_column(String(20))  # viewer, operator, approver or admin
    password: Mapped[str | None] = mapped_column(String(255))
    active: Mapped[bool] = mapped_column(default=True)
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True)
    confirmed_at: Mapped[datetime | None]
    subject: Mapped[str | None] = mapped_column(String(255), unique=True)  # at the OIDC provider
    tf_primary_method: Mapped[str | None] = mapped_column(String(64))  # authenticator, or None
    tf_totp_secret: Mapped[str | None] = mapped_column(String(255))  # encrypted
    tf_last_counter: Mapped[int | None]  # of the last code used: none is taken twice
    mf_recovery_codes: Mapped[list[Any] | None] = mapped_column(MutableList.as_mutable(JSON()))
    """Each encrypted; one that was used is gone."""
    fs_webauthn_user_handle: Mapped[str | None] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]

    webauthn: Mapped[list["Passkey"]] = relationship(
        back_populates="user", cascade="all, delete-orphan", order_by="Passkey.id"
    )

    @property
    def has_second_factor(self) -> bool:
        """Whether signing in by password takes a code or a passkey, too."""
        return bool(self.tf_primary_method or self.webauthn)

    def check_tf_required(
        self,
        tf_setup_methods: list[tuple[str, str]],
        tf_fresh: bool,  # noqa: ARG002
    ) -> tuple[bool, list[tuple[str, str]]]:
        """Flask-Security asks when the password was right: where it has one, or must have one."""
        return bool(tf_setup_methods) or self.check_tf_required_setup(), tf_setup_methods

    def check_tf_required_setup(self) -> bool:
        """Whether this role has to have a second factor here."""
        return self.role in current_app.config["SECOND_FACTOR_ROLES"]


class Passkey(Base, WebAuthnMixin):  # type: ignore[misc]
    """A passkey, an account's second factor. Flask-Security reads its fields by these names."""

    __tablename__ = "passkey"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(64))
    credential_id: Mapped[bytes] = mapped_column(LargeBinary(1024), unique=True)
    public_key: Mapped[bytes]
    sign_count: Mapped[int] = mapped_column(default=0)
    transports: Mapped[list[Any] | None]
    backup_state: Mapped[bool]
    device_type: Mapped[str] = mapped_column(String(64))
    extensions: Mapped[str | None] = mapped_column(Text)
    usage: Mapped[str] = mapped_column(String(64))
    lastuse_datetime: Mapped[datetime]

    user: Mapped[User] = relationship(back_populates="webauthn")

    def get_user_mapping(self) -> dict[str, Any]:
        """How Flask-Security finds its account."""
        return {"id": self.user_id}


class Login(Base):
    """One signed-in browser; the cookie only names it, so that ending it here ends it there."""

    __tablename__ = "login"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    address: Mapped[str] = mapped_column(String(64), default="")
    agent: Mapped[str] = mapped_column(String(200), default="")

    user: Mapped[User] = relationship()


class Guess(Base):
    """How many wrong secrets came from somewhere since a moment; see store.guesses."""

    __tablename__ = "guess"

    source: Mapped[str] = mapped_column(String(64), primary_key=True)  # a hash
    since_at: Mapped[datetime] = mapped_column(index=True)
    number: Mapped[int]


class Token(Base):
    """A service account: its name, its role, and the hash of its secret."""

    __tablename__ = "token"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    role: Mapped[str] = mapped_column(String(20))
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
