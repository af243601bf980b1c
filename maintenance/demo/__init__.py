"""A month of maintenance to look at, around today: made by the verbs and the worker themselves.

Nothing is written into the tables by hand: `now` moves through ten weeks, operators propose and
approve, the clock starts windows, the worker sends into the Maildir. So the log, the notices
and the deliveries are what they would have been.
"""

from datetime import datetime

from maintenance import worker
from maintenance.demo import cast, story
from maintenance.demo.script import Script
from maintenance.models import db
from maintenance.store import people, queue
from maintenance.store.session import writing


class NotEmpty(Exception):
    """There is data already, and the demo would mix with it."""


def load(now: datetime) -> None:
    """Fill an empty, migrated database; in an app's context. NotEmpty where it is not empty."""
    if people.customers(db.session(), limit=1):
        raise NotEmpty("There are customers already: the demo data goes into an empty database")
    script = Script(now)
    _move_in(script.began)
    story.tell(script)
    clock = script.began
    for at, act in script.in_order():
        clock = _let_pass(clock, at)
        act(at)
        worker.tick(at)
    _let_pass(clock, now)
    db.session.remove()


def _move_in(now: datetime) -> None:
    with writing() as session:
        for slug, values in cast.CUSTOMERS.items():
            people.put_customer(session, slug, values, cast.ADMIN.name, now)


def _let_pass(since: datetime, until: datetime) -> datetime:
    """Wake the worker at each moment at which something falls due; the last such moment."""
    while moment := queue.next_moment(db.session(), since, until):
        since = moment
        worker.tick(moment)
    return since
