"""Service accounts: made, found by their secret, revoked. Only a hash of the secret is stored."""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from maintenance.models import Token
from maintenance.store import audit

PREFIX = "mt_"
"""What every secret begins with, so that one that leaked is recognised."""

NOTED = timedelta(minutes=5)
"""How exactly a token's last use is known."""


def create(
    session: Session,
    name: str,
    role: str,
    actor: str,
    now: datetime,
    expires_at: datetime | None = None,
) -> str | None:
    """The secret of a new service account, told here and never again; None where the name is taken.

    It works until it expires or is revoked; then its name can be given again.
    """
    row = session.scalar(select(Token).where(Token.name == name).with_for_update())
    if row is None:
        row = Token(name=name)
        session.add(row)
    elif works(row, now):
        return None
    secret = PREFIX + secrets.token_urlsafe(32)
    row.role, row.secret_hash = role, _hash(secret)
    row.created_at, row.expires_at = now, expires_at
    row.last_used_at = row.revoked_at = None
    session.flush()
    details = {"role": role} | ({"expires": expires_at.isoformat()} if expires_at else {})
    audit.record(session, actor, "create", f"token:{name}"[:80], details, now)
    return secret


def revoke(session: Session, name: str, actor: str, now: datetime) -> bool:
    """End a service account at once; False where there is none of this name that is in use."""
    query = update(Token).where(Token.name == name, Token.revoked_at.is_(None))
    if not session.scalar(query.values(revoked_at=now).returning(Token.id)):
        return False
    audit.record(session, actor, "revoke", f"token:{name}"[:80], {}, now)
    return True


def listed(session: Session) -> list[Token]:
    """Every service account, by name."""
    return list(session.scalars(select(Token).order_by(Token.name)))


def find(session: Session, secret: str, now: datetime) -> Token | None:
    """The service account of this secret, or None where it does not work any more."""
    found = session.scalar(select(Token).where(Token.secret_hash == _hash(secret)))
    return found if found is not None and works(found, now) else None


def works(token: Token, now: datetime) -> bool:
    """Whether it is neither revoked nor expired."""
    return token.revoked_at is None and (token.expires_at is None or now < token.expires_at)


def used(session: Session, token: Token, now: datetime) -> None:
    """Note that the token is in use. Inside `writing`."""
    session.execute(update(Token).where(Token.id == token.id).values(last_used_at=now))


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
