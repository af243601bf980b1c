"""The verbs: each reads under a lock, asks the core, writes window, notices and log in one commit.

A verb answers with a value: Done, or why not, and then nothing was written. What the caller may do
is asked at the edge; only overriding a broken rule is asked here, because it depends on the
verdict. `window_id` is the public id, `seen` the revision the caller read, `now` the clock's time.
Every verb raises the window's revision by one.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from maintenance import four_eyes, notices
from maintenance.accounts import Actor
from maintenance.intake import Proposal
from maintenance.judging import Times, verdict_of
from maintenance.models import Service, Window
from maintenance.results import Bad, Done, Missing, NotPossible, Refused, Result, Stale
from maintenance.sla.verdict import Verdict
from maintenance.store import audit, outbox, targets, windows
from maintenance.store.policies import Versions
from maintenance.store.session import lock, publish, writing
from maintenance.windows import FOLLOWS, LONGEST, Channel, Kind, State, Text, differing, shrunk
from maintenance.windows import Window as WindowValue

PLANNABLE = (State.DRAFT, State.PROPOSED)
ONCE_APPROVED = frozenset({"title", "description", "impact", "reminders"})
"""What may be edited in a window once it is approved: its times are moved, the rest is fixed."""
MOMENTS = {
    State.IN_PROGRESS: "started_at",
    State.COMPLETED: "completed_at",
    State.CANCELLED: "cancelled_at",
}
"""Where a state's beginning is kept."""
Plan = Callable[[WindowValue, datetime], list[notices.Notice]]
"""What is told of a window, from one of the functions of notices."""


def propose(values: Proposal, actor: Actor, now: datetime) -> Result:
    """A new window with its verdict, whatever the verdict: a draft, or waiting for approval."""
    with writing() as session:
        services = lock(session, values.services)
        row = add(session, services, values, actor, now)
        verdict = _judge(session, row, now)
        if not values.draft:
            four_eyes.tell_approvers(session, row, verdict, actor, now)
        return Act(session, row, "draft" if values.draft else "propose", actor, now).done()


def add(
    session: Session, services: Iterable[Service], values: Proposal, actor: Actor, now: datetime
) -> Window:
    """A row for a new window on these locked services, in a transaction that the caller ends."""
    services = list(services)
    row = Window(
        public_id=windows.new_id("w"),
        reference=windows.next_reference(session, _year(session, services, now)),
        state=_state(values),
        revision=0,
        proposed_by=actor.name,
        created_at=now,
        updated_at=now,
        verdict={},
    )
    _fill(row, values, services)
    if values.reminders is None:
        usual = {minutes for service in services for minutes in service.reminders}
        row.reminders = sorted(usual, reverse=True)
    session.add(row)
    session.flush()
    return row


def edit(
    window_id: str, values: Proposal, actor: Actor, now: datetime, seen: int | None = None
) -> Result:
    """The window with these values; once it is approved, only its texts, impact and reminders."""
    with writing() as session:
        row = take(session, window_id, seen, *PLANNABLE, State.SCHEDULED, State.IN_PROGRESS)
        if not isinstance(row, Window):
            return row
        act = Act(session, row, "edit", actor, now)
        changes = _changes(as_proposal(row), values)
        approved = row.state not in PLANNABLE
        if approved and set(changes) - ONCE_APPROVED:
            why = "cannot be changed once the window is approved: move it, or cancel it"
            return Bad({name: why for name in changes if name not in ONCE_APPROVED})
        _fill(row, values, lock(session, {*values.services, *_slugs(row)}))
        if not approved:
            was_draft, row.state = row.state == State.DRAFT, _state(values)
            row.reason = row.reason if values.draft else ""
            verdict = _judge(session, row, now)
            if was_draft and not values.draft:
                four_eyes.tell_approvers(session, row, verdict, actor, now)
        elif "reminders" in changes and row.state == State.SCHEDULED:
            if row.announced_at is None:
                return act.announcing(notices.on_approval, changes)
            return act.done(changes, notices.on_new_reminders, replan=True)
        return act.done(changes)


def approve(
    window_id: str,
    actor: Actor,
    now: datetime,
    override_reason: str = "",
    seen: int | None = None,
) -> Result:
    """The window scheduled and its announcement planned; refused where a rule is broken.

    An approver's `override_reason` goes before the rules; it is kept and shown to operators.
    """
    with writing() as session:
        row = take(session, window_id, seen, State.PROPOSED)
        if not isinstance(row, Window):
            return row
        if now >= latest_approval(row):
            return NotPossible("its time has passed: move it first")
        services = lock(session, _slugs(row))
        if why := four_eyes.forbidden(session, row, services, actor):
            return NotPossible(why)
        verdict = verdict_of(session, row, now)
        if not _may(verdict, actor, override_reason):
            return Refused(verdict)
        changes = _overrule(row, verdict, actor, override_reason)
        row.state, row.approved_by = State.SCHEDULED, actor.name
        four_eyes.tell_proposer(session, row, "approved", row.override_reason, actor, now)
        act = Act(session, row, "approve", actor, now)
        return act.announcing(notices.on_approval, changes)


def move(
    window_id: str,
    start: datetime,
    end: datetime,
    actor: Actor,
    now: datetime,
    override_reason: str = "",
    outage_minutes: int | Mapping[str, int] | None = None,
    announce_at: datetime | None = None,
    seen: int | None = None,
) -> Result:
    """The window at other times. One that is scheduled is judged anew, and refused as approving is.

    What was announced is announced anew; what was not, at `announce_at` where given.
    `outage_minutes` are those of all its services, or of each by its slug.
    """
    with writing() as session:
        row = take(session, window_id, seen, *PLANNABLE, State.SCHEDULED)
        if not isinstance(row, Window):
            return row
        services = lock(session, _slugs(row))
        was = (row.start_at, row.end_at)
        moved = times_at(row, start, end, outage_minutes)
        changes = {"start": _pair(was[0], start), "end": _pair(was[1], end)}
        if row.state == State.SCHEDULED:
            at = announce_at or (None if row.announced_at else row.announce_at)
            verdict = verdict_of(session, row, now, moved, announce_at=at)
            if not _may(verdict, actor, override_reason):
                return Refused(verdict)
            changes |= _overrule(row, verdict, actor, override_reason)
        row.start_at, row.end_at, row.outage_minutes = moved.start, moved.end, moved.outage
        row.announce_at = announce_at or row.announce_at
        windows.place_on(row, services, moved.outages)
        act = Act(session, row, "move", actor, now)
        if row.state == State.SCHEDULED:
            return act.announcing(lambda window, now: notices.on_move(window, was, now), changes)
        _judge(session, row, now)
        return act.done(changes)


def extend(
    window_id: str, end: datetime, actor: Actor, now: datetime, seen: int | None = None
) -> Result:
    """A running window with a later end; never refused by a rule. Its notice counts as it was."""
    with writing() as session:
        row = take(session, window_id, seen, State.IN_PROGRESS)
        if not isinstance(row, Window):
            return row
        if end <= row.end_at or end <= now:
            return Bad({"end": "must be after the present end, and in the future"})
        if end - row.start_at > LONGEST:
            return Bad({"end": f"must be within {LONGEST.days} days of the start"})
        services = lock(session, _slugs(row))
        was = (row.start_at, row.end_at)
        longer = times_at(row, row.start_at, end)
        row.end_at, row.outage_minutes = end, longer.outage
        windows.place_on(row, services, longer.outages)
        _judge(session, row, now)
        row.times_revision = row.revision + 1
        act = Act(session, row, "extend", actor, now)
        changes = {"end": _pair(was[1], end)}
        return act.done(changes, lambda window, now: notices.on_extension(window, was, now), True)


def start(window_id: str, actor: Actor, now: datetime, seen: int | None = None) -> Result:
    """The window in progress; never refused by a rule."""
    return step(window_id, State.IN_PROGRESS, "start", actor, now, seen, notices.on_start)


def complete(window_id: str, actor: Actor, now: datetime, seen: int | None = None) -> Result:
    """The window completed; never refused by a rule."""
    return step(window_id, State.COMPLETED, "complete", actor, now, seen, notices.on_completion)


def cancel(
    window_id: str, reason: str, actor: Actor, now: datetime, seen: int | None = None
) -> Result:
    """The window called off, and those told of it told so; the reason stays internal."""
    return step(
        window_id, State.CANCELLED, "cancel", actor, now, seen, notices.on_cancellation, reason
    )


def reject(
    window_id: str, reason: str, actor: Actor, now: datetime, seen: int | None = None
) -> Result:
    """The proposal turned down, with a reason."""
    if not reason.strip():
        return Bad({"reason": "is required"})
    return step(window_id, State.REJECTED, "reject", actor, now, seen, None, reason)


def ask_back(
    window_id: str, reason: str, actor: Actor, now: datetime, seen: int | None = None
) -> Result:
    """A question to the proposer: the proposal is a draft again, with what was asked as reason."""
    if not reason.strip():
        return Bad({"reason": "is required"})
    return step(window_id, State.DRAFT, "ask", actor, now, seen, None, reason)


def submit(window_id: str, actor: Actor, now: datetime, seen: int | None = None) -> Result:
    """A draft put forward for approval."""
    return step(window_id, State.PROPOSED, "submit", actor, now, seen)


def message(
    window_id: str, text: Text, actor: Actor, now: datetime, seen: int | None = None
) -> Result:
    """A word to the readers of an announced window: by mail, on its page and in the JSON."""
    with writing() as session:
        row = take(session, window_id, seen, *State)
        if not isinstance(row, Window):
            return row
        if row.announced_at is None:
            return NotPossible("the window is not announced: there is nobody to tell")
        act = Act(session, row, "message", actor, now)
        words = {"text": dict(text)}
        return act.done(words, lambda window, now: notices.on_message(window, text, now))


def show_on_page(window_id: str, actor: Actor, now: datetime, seen: int | None = None) -> Result:
    """An announced window on the status page too: where the SLA allows it, that tells customers."""
    with writing() as session:
        row = take(session, window_id, seen, State.SCHEDULED)
        if not isinstance(row, Window):
            return row
        if row.announced_at is None or Channel.STATUS_PAGE in row.channels:
            return NotPossible("only an announced window that is not on it goes there")
        before = list(row.channels)
        row.channels, row.shown_at = [*before, Channel.STATUS_PAGE], now
        session.flush()
        for page in targets.pages(session, _slugs(row)):
            outbox.add_to_page(session, page, now)
        row.verdict = verdict_of(session, row, now).as_json()
        act = Act(session, row, "show", actor, now)
        return act.done({"channels": _pair(before, list(row.channels))})


def as_proposal(row: Window) -> Proposal:
    """The window's present values, as a form or a PATCH starts from."""
    return Proposal(
        title=dict(row.title),
        description=dict(row.description),
        services=tuple(_slugs(row)),
        kind=row.kind,
        start=row.start_at,
        end=row.end_at,
        outage_minutes=row.outage_minutes,
        impact=row.impact,
        justification=row.justification,
        announce_at=row.announce_at,
        channels=tuple(row.channels),
        reminders=tuple(row.reminders),
        draft=row.state == State.DRAFT,
        outages=windows.outages(row),
    )


def take(
    session: Session, window_id: str, seen: int | None, *states: State
) -> Window | Missing | Stale | NotPossible:
    """The window, held until the commit, if it is in one of these states and still as seen."""
    row = windows.lock_window(session, window_id)
    if row is None:
        return Missing()
    if seen is not None and seen != row.revision:
        return Stale(row)
    if row.state not in states:
        return NotPossible(f"the window is {row.state.replace('_', ' ')}")
    return row


def step(
    window_id: str,
    state: State,
    verb: str,
    actor: Actor,
    now: datetime,
    seen: int | None = None,
    plan: Plan | None = None,
    reason: str = "",
    at: datetime | None = None,
) -> Result:
    """The window in its next state since `at` (now), with what is told about that."""
    with writing() as session:
        before = [one for one, after in FOLLOWS.items() if state in after]
        row = take(session, window_id, seen, *before)
        if not isinstance(row, Window):
            return row
        services = lock(session, _slugs(row))
        changes = {"state": _pair(row.state, str(state))} | ({"reason": reason} if reason else {})
        verdict = _judge(session, row, now)
        row.state, row.reason = state, reason
        if verb == "submit":
            four_eyes.tell_approvers(session, row, verdict, actor, now)
        if verb in four_eyes.TOLD:
            four_eyes.tell_proposer(session, row, four_eyes.TOLD[verb], reason, actor, now)
        if state in MOMENTS:
            setattr(row, MOMENTS[state], at or now)
        windows.place_on(row, services)
        return Act(session, row, verb, actor, now).done(changes, plan)


@dataclass(frozen=True, slots=True)
class Act:
    """One verb on one window, to be written whole at the end of its transaction."""

    session: Session
    row: Window
    verb: str
    actor: Actor
    now: datetime

    def done(
        self,
        changes: Mapping[str, Any] | None = None,
        plan: Plan | None = None,
        replan: bool = False,
    ) -> Done:
        """Raise the revision, plan what is told, add the audit row, say that pages changed."""
        session, row, now = self.session, self.row, self.now
        row.revision += 1
        row.updated_at = now
        session.flush()
        if plan is not None:
            value = windows.value(row, Versions(session))
            outbox.add(session, row, plan(value, now), now, replan=replan)
        subject = f"window:{row.public_id}"
        audit.record(session, self.actor.name, self.verb, subject, changes or {}, now)
        if row.announced_at is not None:
            publish(session)
        return Done(row)

    def announcing(self, plan: Plan, changes: Mapping[str, Any]) -> Done:
        """Done, with the notice period counted from here."""
        row = self.row
        row.notice_revision = row.times_revision = row.revision + 1
        for place in row.places:
            place.state = row.state
        return self.done(changes, plan, replan=True)


def _fill(row: Window, values: Proposal, services: Iterable[Service]) -> None:
    """Give the row these values and put it on these services."""
    row.title, row.description = values.title, values.description
    row.kind, row.impact = values.kind, values.impact
    row.start_at, row.end_at = values.start, values.end
    row.outage_minutes = values.outage_minutes
    row.justification = values.justification
    row.announce_at = values.announce_at
    row.channels, row.reminders = list(values.channels), list(values.reminders or ())
    chosen = [one for one in services if one.slug in values.services]
    windows.place_on(row, chosen, values.outages)


def _state(values: Proposal) -> State:
    return State.DRAFT if values.draft else State.PROPOSED


def _judge(session: Session, row: Window, now: datetime) -> Verdict:
    """What the rules say of the row as it stands, recorded in it."""
    verdict = verdict_of(session, row, now)
    row.verdict = verdict.as_json()
    four_eyes.watch(row, verdict)
    return verdict


def _may(verdict: Verdict, actor: Actor, override_reason: str) -> bool:
    return verdict.compliant or (bool(override_reason.strip()) and actor.may("override"))


def _overrule(row: Window, verdict: Verdict, actor: Actor, override_reason: str) -> dict[str, Any]:
    """Record the verdict and, where it is overridden, by whom and why; what the log says of it."""
    row.verdict = verdict.as_json()
    if verdict.compliant:
        return {}
    row.overridden_by, row.override_reason = actor.name, override_reason.strip()
    return {"override_reason": row.override_reason}


def latest_approval(row: Window) -> datetime:
    """From when on a proposal cannot begin any more: its start; of urgent work, its end."""
    return row.end_at if row.kind == Kind.URGENT else row.start_at


def times_at(
    row: Window, start: datetime, end: datetime, given: int | Mapping[str, int] | None = None
) -> Times:
    """New times with their outages: as given, else the full length where it was, else as it was."""
    was, length = _minutes(row.end_at - row.start_at), _minutes(end - start)
    each = {place.service.slug: place.outage_minutes for place in row.places}
    if isinstance(given, int):
        found = dict.fromkeys(each, min(given, length))
    elif given:
        found = {slug: min(given.get(slug, length), length) for slug in each}
    else:
        found = {slug: shrunk(outage, was, length) for slug, outage in each.items()}
    return Times(start, end, max(found.values(), default=0), differing(found))


def _minutes(length: timedelta) -> int:
    return int(length / timedelta(minutes=1))


def _changes(before: Proposal, after: Proposal) -> dict[str, list[Any]]:
    """What differs, as {field: [from, to]}."""
    old, new = before.as_fields(), after.as_fields()
    return {name: _pair(old[name], new[name]) for name in old if old[name] != new[name]}


def _pair(before: Any, after: Any) -> list[Any]:
    return [one.isoformat() if isinstance(one, datetime) else one for one in (before, after)]


def _slugs(row: Window) -> list[str]:
    return sorted(place.service.slug for place in row.places)


def _year(session: Session, services: Iterable[Service], now: datetime) -> int:
    """The calendar year where the services are, for the reference."""
    versions = Versions(session)
    return max(now.astimezone(versions.newest(one.policy).zone).year for one in services)
