"""When what happens in the demo: local times around today, acts in their order."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from maintenance import planning
from maintenance.demo.cast import APPROVER, OPERATOR
from maintenance.intake import Proposal
from maintenance.results import Done, Result
from maintenance.windows import Channel

ZONE = ZoneInfo("Europe/Amsterdam")
LENGTH = timedelta(days=70)

Act = Callable[[datetime], None]


@dataclass
class Script:
    """Acts, each with its moment; those after `now` never happen."""

    now: datetime
    _acts: list[tuple[datetime, Act]] = field(default_factory=list)

    @property
    def today(self) -> date:
        """The local date."""
        return self.now.astimezone(ZONE).date()

    @property
    def began(self) -> datetime:
        """When the demo's installation was set up."""
        return self.now - LENGTH

    def at(self, day: date, clock: str) -> datetime:
        """The instant of this local time."""
        local = datetime.combine(day, time.fromisoformat(clock), ZONE)
        return local.astimezone(self.now.tzinfo)

    def next(self, weekday: int, after: int = 0) -> date:
        """The first such weekday (0: Monday) more than `after` days from today; may be negative."""
        first = self.today + timedelta(days=after + 1)
        return first + timedelta(days=(weekday - first.weekday()) % 7)

    def then(self, at: datetime, act: Act) -> None:
        """Let this happen at that moment, if it has come."""
        if at <= self.now:
            self._acts.append((at, act))

    def in_order(self) -> list[tuple[datetime, Act]]:
        """What happens, by its moment."""
        return sorted(self._acts, key=lambda one: one[0])


@dataclass
class Planned:
    """A window in the script: what is proposed, and what is done with it later."""

    script: Script
    proposal: Proposal
    _id: str = ""

    def proposed(self, at: datetime) -> "Planned":
        """Let the operator propose it then."""

        def act(now: datetime) -> None:
            self._id = done(planning.propose(self.proposal, OPERATOR, now))

        self.script.then(at, act)
        return self

    def approved(self, at: datetime, override_reason: str = "") -> "Planned":
        """Let the approver approve it then."""
        return self.later(
            at, lambda id_, now: planning.approve(id_, APPROVER, now, override_reason)
        )

    def later(self, at: datetime, verb: Callable[[str, datetime], Result]) -> "Planned":
        """Let a verb be done with it then."""
        self.script.then(at, lambda now: _ignore(done(verb(self._id, now))))
        return self


def done(result: Result) -> str:
    """The id of the window that a verb changed; the demo is written so that each one does."""
    if not isinstance(result, Done):
        raise RuntimeError(f"the demo cannot do this: {result}")
    return result.window.public_id


def _ignore(_value: object) -> None:
    return None


def window(
    script: Script,
    services: str,
    title: tuple[str, str],
    description: tuple[str, str],
    start: datetime,
    end: datetime,
    **more: object,
) -> Planned:
    """A window of the demo; texts are (Dutch, English), `services` are parted by spaces."""
    values: dict[str, object] = {
        "kind": "planned",
        "outage_minutes": int((end - start) / timedelta(minutes=1)),
        "impact": "outage",
        "justification": "",
        "announce_at": None,
        "channels": (Channel.EMAIL, Channel.STATUS_PAGE),
        "reminders": (),
        **more,
    }
    proposal = Proposal(
        title={"nl": title[0], "en": title[1]},
        description={"nl": description[0], "en": description[1]},
        services=tuple(services.split()),
        start=start,
        end=end,
        **values,  # type: ignore[arg-type]
    )
    return Planned(script, proposal)
