"""On the proposal form: the slots that comply, the nearest changes, and one click to take one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from werkzeug.datastructures import MultiDict

from maintenance import openings
from maintenance.intake import Proposal
from maintenance.models import Window, db
from maintenance.sla.changes import Change
from maintenance.sla.request import BadTime, parse_instant
from maintenance.sla.slots import GRID, Slot
from maintenance.sla.verdict import Verdict, as_text
from maintenance.sla.workdays import day_start, local_day
from maintenance.web.proposal import Form, Typed, type_time

HORIZON = timedelta(days=28)
MOST = 10
USUAL = timedelta(hours=2)
"""How long a window is taken to be, where no times are typed."""
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Offer:
    """What complies for a window of this length, as the form shows it."""

    slots: Sequence[Slot]
    length: timedelta
    since: datetime
    usual: bool  # no times were typed


def offer(form: Form, row: Window | None) -> Offer | None:
    """The slots for what is typed; None, with errors, where it does not say enough."""
    times = form.instant("start"), form.instant("end")
    typed = times[0] is not None and times[1] is not None and times[1] > times[0]
    length = times[1] - times[0] if typed and times[0] and times[1] else USUAL
    since = _begin(form)
    values = form.read_for_slots(since, since + length)
    if values is None:
        return None
    public_id = row.public_id if row else None
    found = openings.slots(
        db.session(), values, since + HORIZON, form.now, most=MOST, window_id=public_id
    )
    return Offer(found, length, since, usual=not typed)


@dataclass(frozen=True, slots=True)
class Way:
    """A window that would comply: what was changed, and the value of `fill` that takes it."""

    change: Change
    hows: Sequence[str]
    fill: str


def ways(form: Form, values: Proposal, verdict: Verdict, row: Window | None) -> Sequence[Way]:
    """What would make this window comply; two changes that come to the same are one."""
    if verdict.compliant:
        return ()
    since = min(_quarter(form.now), values.start)
    until = values.start + HORIZON
    public_id = row.public_id if row else None
    found = openings.changes(db.session(), values, since, until, form.now, public_id)
    same = {_taking(change, values): change for change in reversed(found)}
    return [
        Way(change, [each.how for each in found if each.window == change.window], fill)
        for fill, change in reversed(same.items())
    ]


def filled(typed: Mapping[str, str], form: Form) -> Typed:
    """What was typed, with the slot or change that was chosen in its place.

    `fill` is as `taking` writes it: start, end and perhaps minutes down, with slashes between.
    """
    new: Typed = MultiDict(form.typed)
    start, _, rest = typed.get("fill", "").partition("/")
    end, _, outage = rest.partition("/")
    try:
        type_time(new, "start", parse_instant(start, None), form.zone)
        type_time(new, "end", parse_instant(end, None), form.zone)
    except BadTime:
        return new
    if outage.isascii() and outage.isdigit() and len(outage) < 7:
        _lower(new, form, int(outage))
    return new


def taking(slot: Slot) -> str:
    """The value of `fill` that takes this slot."""
    return f"{as_text(slot.start)}/{as_text(slot.end)}"


def _taking(change: Change, values: Proposal) -> str:
    window = change.window
    times = f"{as_text(window.start)}/{as_text(window.end)}"
    full = values.outage_minutes == (values.end - values.start) // MINUTE
    less = window.outage_minutes < values.outage_minutes
    only_shorter = full and window.outage_minutes == (window.end - window.start) // MINUTE
    return f"{times}/{window.outage_minutes}" if less and not only_shorter else times


def _lower(new: Typed, form: Form, outage: int) -> None:
    """Put this outage in, where each service has its own at most this."""
    own = {f"outage_{slug}": new.get(f"outage_{slug}", "").strip() for slug in form.several()}
    for name, minutes in own.items():
        if minutes.isdigit() and int(minutes) > outage:
            new[name] = str(outage)
    common = new.get("outage_minutes", "").strip()
    if not common.isdigit() or int(common) > outage:
        new["outage_minutes"] = str(outage)


def _begin(form: Form) -> datetime:
    """From now on, or from the day that is typed."""
    start, soonest = form.instant("start"), _quarter(form.now)
    if start is None:
        return soonest
    return max(soonest, day_start(local_day(start, form.zone), form.zone))


def _quarter(now: datetime) -> datetime:
    """The next moment on the grid of slots."""
    grid = timedelta(minutes=GRID)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return now + grid - (now - midnight) % grid
