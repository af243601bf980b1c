"""Wrong passwords and tokens, counted per source in the database: several processes share it.

A source is whatever guesses are held against: an address, an address with an account. Counting
per pair of both stops a guesser without locking out the owner, who comes from elsewhere.
"""

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from maintenance.models import Guess

PERIOD = timedelta(minutes=15)
"""How long a wrong guess counts."""


def exhausted(session: Session, source: str, limit: int, now: datetime) -> bool:
    """Whether this source has guessed wrong `limit` times within the period."""
    query = select(Guess.number).where(Guess.source == _key(source), Guess.since_at > now - PERIOD)
    return (session.scalar(query) or 0) >= limit


def wrong(session: Session, source: str, now: datetime) -> None:
    """Count a wrong guess of this source; forgets those of long ago. Inside `writing`."""
    session.execute(delete(Guess).where(Guess.since_at <= now - PERIOD))
    postgres = session.get_bind().dialect.name == "postgresql"
    insert = (postgresql.insert if postgres else sqlite.insert)(Guess)
    first = insert.values(source=_key(source), since_at=now, number=1)
    more = {"number": Guess.number + 1}
    session.execute(first.on_conflict_do_update(index_elements=["source"], set_=more))


def take_back(session: Session, source: str) -> None:
    """Uncount one guess of this source: it was right."""
    one_less = update(Guess).where(Guess.source == _key(source), Guess.number > 0)
    session.execute(one_less.values(number=Guess.number - 1))


def forget(session: Session, source: str) -> None:
    """Let this source start anew: it knew the secret."""
    session.execute(delete(Guess).where(Guess.source == _key(source)))


def _key(source: str) -> str:
    return hashlib.sha256(source.encode()).hexdigest()
