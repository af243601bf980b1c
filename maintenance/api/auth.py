"""Who calls: a bearer token and nothing else. A browser's cookie counts for nothing here."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import NoReturn

from flask import Response, abort, current_app, g, request

from maintenance.accounts import ANYONE, Actor
from maintenance.api.body import MOST_BYTES
from maintenance.api.problem import problem, refuse
from maintenance.models import Token, db
from maintenance.store import guesses, tokens
from maintenance.store.session import UNUSABLE, writing

MOST_GUESSES = 20
"""So many wrong tokens from one address in guesses.PERIOD are answered 401, further ones 429."""


def authenticate() -> None:
    """Before each request: 401 without a token that counts, 403 where its role is too low.

    A view without `accounts.open_to` answers nobody.
    """
    request.max_content_length = MOST_BYTES
    g.now = datetime.now(UTC)
    view = current_app.view_functions[request.endpoint or ""]
    needs = getattr(view, "open_to", None)
    if needs == ANYONE:
        return
    g.actor = _caller()
    if needs is None or not g.actor.may(needs):
        refuse(403, f"A token with the role {g.actor.role} may not do this.")


def keep_private(answer: Response) -> Response:
    """After each request: nobody on the way keeps the answer."""
    answer.headers["Cache-Control"] = "no-store"
    return answer


def actor() -> Actor:
    """The service account that calls."""
    found: Actor = g.actor
    return found


def clock() -> datetime:
    """Now, read once a request."""
    now: datetime = g.now
    return now


def _caller() -> Actor:
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not secret.strip():
        _unknown("A token is needed: Authorization: Bearer ...")
    token = tokens.find(db.session(), secret.strip(), clock())
    if token is None:
        _count_guess()
        _unknown("This token is unknown, expired or revoked.")
    found = Actor(token.name, token.role, service_account=True)
    _note_use(token)
    return found


def _unknown(detail: str) -> NoReturn:
    answer = problem(401, detail)
    answer.headers["WWW-Authenticate"] = 'Bearer realm="maintenance"'
    abort(answer)


def _count_guess() -> None:
    """429 for an address that guesses; whoever has a token is served from there all the same."""
    source = f"token from {request.remote_addr}"
    if guesses.exhausted(db.session(), source, MOST_GUESSES, clock()):
        answer = problem(429, "Too many unknown tokens came from this address.")
        answer.headers["Retry-After"] = str(int(guesses.PERIOD.total_seconds()))
        abort(answer)
    with writing() as session:
        guesses.wrong(session, source, clock())


def _note_use(token: Token) -> None:
    if token.last_used_at is None or token.last_used_at + tokens.NOTED <= clock():
        with suppress(*UNUSABLE), writing() as session:  # nobody is refused for it
            tokens.used(session, token, clock())
