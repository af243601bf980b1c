"""Operators' accounts and their signed-in browsers: queries and writes."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, joinedload, selectinload

from maintenance.accounts import ROLES, Actor
from maintenance.models import Login, User
from maintenance.store import audit

LASTS = timedelta(days=14)
"""A sign-in ends this long after it began,"""

IDLE = timedelta(hours=12)
"""or when it was not used for this long."""

NOTED = timedelta(minutes=5)
"""How exactly a sign-in's last use is known."""


def find(session: Session, email: str) -> User | None:
    """The account of this address, however it is capitalised."""
    return session.scalar(select(User).where(func.lower(User.email) == email.lower()))


def by_subject(session: Session, subject: str) -> User | None:
    """The account that the OIDC provider knows by this subject."""
    return session.scalar(select(User).where(User.subject == subject))


def listed(session: Session) -> Sequence[User]:
    """Every account, by address."""
    query = select(User).order_by(User.email).options(selectinload(User.webauthn))
    return session.scalars(query).all()


def add(session: Session, email: str, role: str, actor: Actor, now: datetime) -> User:
    """A new active account without a password: it is invited, or one is set (set_password).

    ValueError where there is no such role; IntegrityError where the address has an account.
    """
    if role not in ROLES:
        raise ValueError(f"no such role: {role}")
    user = User(email=email, role=role, fs_uniquifier=_uniquifier(), created_at=now, active=True)
    session.add(user)
    session.flush()
    _audit(session, actor, "add", user, now, role=role)
    return user


def set_password(session: Session, user: User, hashed: str, now: datetime) -> None:
    """Give an account a password, already hashed; ends its sign-ins and its reset links."""
    user.password = hashed
    user.fs_uniquifier = _uniquifier()
    end_logins(session, user, now)


def set_role(session: Session, user: User, role: str, actor: Actor, now: datetime) -> None:
    """Give an account another role; at work from its next request on."""
    _audit(session, actor, "role", user, now, was=user.role, role=role)
    user.role = role


def factor_changed(session: Session, user: User, verb: str, now: datetime) -> None:
    """Log that an account's own second factor came or went."""
    _audit(session, Actor(user.email, user.role), verb, user, now)


def reset_factor(session: Session, user: User, actor: Actor, now: datetime) -> None:
    """Take an account's second factors away, for somebody who lost them; ends its sign-ins."""
    user.tf_primary_method = user.tf_totp_secret = user.tf_last_counter = None
    user.mf_recovery_codes = None
    user.webauthn.clear()
    _audit(session, actor, "reset-factor", user, now)
    end_logins(session, user, now)


def set_active(session: Session, user: User, active: bool, actor: Actor, now: datetime) -> None:
    """Deactivate an account, which ends its sign-ins at once, or activate it again."""
    _audit(session, actor, "activate" if active else "deactivate", user, now)
    user.active = active
    if not active:
        user.fs_uniquifier = _uniquifier()  # kills reset links sent earlier, too
        end_logins(session, user, now)


def other_admins(session: Session, user: User) -> bool:
    """Whether another active account can administer: the last one is not taken away."""
    query = select(func.count()).where(User.role == "admin", User.active, User.id != user.id)
    return bool(session.scalar(query))


def begin_login(session: Session, user: User, address: str, agent: str, now: datetime) -> str:
    """Record a sign-in; the answer is the secret that the browser's cookie carries."""
    secret = secrets.token_urlsafe(32)
    session.add(
        Login(
            token_hash=_hash(secret),
            user_id=user.id,
            created_at=now,
            seen_at=now,
            address=address[:64],
            agent=agent[:200],
        )
    )
    return secret


def login(session: Session, secret: str, now: datetime) -> Login | None:
    """The sign-in that this secret names, where it still counts and its account is active."""
    query = select(Login).where(Login.token_hash == _hash(secret)).options(joinedload(Login.user))
    found = session.scalar(query)
    if found is None or found.ended_at is not None or not found.user.active:
        return None
    if found.created_at + LASTS <= now or found.seen_at + IDLE <= now:
        return None
    return found


def end_login(session: Session, secret: str, now: datetime) -> None:
    """End the sign-in that this secret names."""
    _end(session, now, Login.token_hash == _hash(secret))


def end_logins(session: Session, user: User, now: datetime, but: str = "") -> None:
    """End every sign-in of an account, except the one whose secret is `but`."""
    _end(session, now, Login.user_id == user.id, Login.token_hash != _hash(but))


def logins(session: Session, user: User, now: datetime) -> Sequence[Login]:
    """The sign-ins of an account that still count, the last used first."""
    query = select(Login).where(
        Login.user_id == user.id,
        Login.ended_at.is_(None),
        Login.created_at > now - LASTS,
        Login.seen_at > now - IDLE,
    )
    return session.scalars(query.order_by(Login.seen_at.desc(), Login.id.desc())).all()


def end_one(session: Session, user: User, login_id: int, now: datetime) -> None:
    """End this sign-in, if it is the account's."""
    _end(session, now, Login.user_id == user.id, Login.id == login_id)


def seen(session: Session, found: Login, now: datetime) -> None:
    """Note that a sign-in is being used."""
    session.execute(update(Login).where(Login.id == found.id).values(seen_at=now))


def came_from(session: Session, user: User, address: str) -> bool:
    """Whether this account has signed in from this address before."""
    query = select(Login.id).where(Login.user_id == user.id, Login.address == address).limit(1)
    return session.scalar(query) is not None


def _end(session: Session, now: datetime, *which: object) -> None:
    session.execute(
        update(Login).where(Login.ended_at.is_(None), *which).values(ended_at=now)  # type: ignore[arg-type]
    )


def _audit(
    session: Session, actor: Actor, verb: str, user: User, now: datetime, **details: object
) -> None:
    audit.record(session, actor.name, verb, f"user:{user.email}", details, now)


def _uniquifier() -> str:
    return secrets.token_hex(16)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
