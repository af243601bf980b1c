"""Service accounts: their secret is told once, and only its hash is kept."""

from datetime import timedelta

from flask import Flask
from sqlalchemy import select

from maintenance.models import Audit, Token, db
from maintenance.store import tokens
from tests import build


def create(name: str = "robot", role: str = "operator") -> str | None:
    return tokens.create(db.session(), name, role, "op", build.NOW)


def test_a_token_is_found_by_its_secret_alone(app: Flask) -> None:
    secret = create()
    assert secret is not None
    found = tokens.find(db.session(), secret, build.NOW)
    assert found is not None
    assert (found.name, found.role) == ("robot", "operator")
    assert secret not in str(vars(found))
    assert len(secret) > 40
    for other in ("", secret[:-1], secret.upper(), found.secret_hash, "\udc80"):
        assert tokens.find(db.session(), other, build.NOW) is None


def test_a_name_is_given_once_and_again_after_it_is_revoked(app: Flask) -> None:
    first = create()
    assert create() is None
    assert tokens.revoke(db.session(), "robot", "op", build.NOW)
    assert not tokens.revoke(db.session(), "robot", "op", build.NOW)
    second = create(role="viewer")
    assert first is not None
    assert second is not None
    assert tokens.find(db.session(), first, build.NOW) is None
    again = tokens.find(db.session(), second, build.NOW)
    assert again is not None
    assert (again.role, len(tokens.listed(db.session()))) == ("viewer", 1)


def test_making_and_revoking_are_logged_without_the_secret(app: Flask) -> None:
    secret = create()
    tokens.revoke(db.session(), "robot", "op", build.NOW)
    db.session.flush()
    log = db.session.scalars(select(Audit).order_by(Audit.id)).all()
    assert [(row.verb, row.subject) for row in log] == [
        ("create", "token:robot"),
        ("revoke", "token:robot"),
    ]
    assert secret not in str([row.details for row in log])


def test_the_last_use_is_noted(app: Flask) -> None:
    create()
    token = db.session.scalars(select(Token)).one()
    later = build.NOW + timedelta(hours=1)
    tokens.used(db.session(), token, later)
    db.session.refresh(token)
    assert token.last_used_at == later


def test_a_token_works_until_it_expires_and_its_name_is_free_afterwards(app: Flask) -> None:
    end = build.NOW + timedelta(days=1)
    secret = tokens.create(db.session(), "robot", "operator", "op", build.NOW, end)
    assert secret is not None
    assert tokens.find(db.session(), secret, end - timedelta(seconds=1)) is not None
    assert tokens.find(db.session(), secret, end) is None
    assert create() is None
    assert tokens.create(db.session(), "robot", "operator", "op", end) is not None
