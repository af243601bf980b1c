"""What happens in the demo's ten weeks."""

from dataclasses import asdict
from datetime import date, datetime, time, timedelta

from maintenance import job_templates, planning, recurring
from maintenance.demo.cast import APPROVER, OPERATOR
from maintenance.demo.script import ZONE, Planned, Script, window
from maintenance.demo.texts import (
    ARCHIVE,
    CERTIFICATE,
    CERTIFICATE_REASON,
    DATABASE,
    DATABASE_CANCELLED,
    DRAFT,
    EARLIER,
    HALFWAY,
    LEAVE,
    LONGER,
    MIGRATION,
    MONTHLY,
    NETWORK,
    PATCH,
    PATCH_REASON,
    PAYSLIPS,
    PEPPOL,
    REPORTS,
    REPORTS_REJECTED,
    SCAN,
    STORAGE,
    UPDATES,
)
from maintenance.results import Result
from maintenance.sla.series import Series

MON, TUE, WED, THU, FRI, SAT, SUN = range(7)
DAY = timedelta(days=1)
DAY_AHEAD = 24 * 60


def tell(script: Script) -> None:
    """Put every window of the demo into the script."""
    for part in (_months_ago, _weekly_updates, _lately, _now, _coming, _waiting):
        part(script)


def _months_ago(script: Script) -> None:
    for weeks, title, text in EARLIER:
        day = script.next(WED, after=-7 * weeks)
        start, end = script.at(day, "21:00"), script.at(day, "23:00")
        planned = window(script, "factuurportal", title, text, start, end, outage_minutes=60)
        _usual(script, planned, day).later(end - timedelta(minutes=20), _complete)


def _weekly_updates(script: Script) -> None:
    for number, (title, text, minutes) in enumerate(UPDATES):
        day = script.next(TUE, after=7 * (number - 4))
        start, end = script.at(day, "20:00"), script.at(day, "21:00")
        planned = window(
            script,
            "nmbrs",
            title,
            text,
            start,
            end,
            kind="update",
            outage_minutes=minutes,
            impact="partial",
            reminders=(DAY_AHEAD,),
        )
        _usual(script, planned, day, ahead=24).later(end - timedelta(minutes=10), _complete)


def _lately(script: Script) -> None:
    _storage(script)
    _archive_search(script)
    _patch(script)
    _rejected(script)
    _called_off(script)


def _storage(script: Script) -> None:
    day = script.next(SAT, after=-19)
    start, end = script.at(day, "08:00"), script.at(day, "11:00")
    _usual(script, window(script, "nmbrs", *STORAGE, start, end, outage_minutes=120), day).later(
        end - timedelta(minutes=25), _complete
    )


def _archive_search(script: Script) -> None:
    """Took longer than planned: extended, with a word to the readers."""
    day = script.next(THU, after=-16)
    start, end = script.at(day, "20:00"), script.at(day, "22:00")
    planned = window(script, "factuurportal", *ARCHIVE, start, end, impact="partial")
    (
        _usual(script, planned, day)
        .later(
            end - timedelta(minutes=25),
            lambda id_, now: planning.extend(id_, end + timedelta(minutes=45), OPERATOR, now),
        )
        .later(
            end - timedelta(minutes=20),
            lambda id_, now: planning.message(id_, LONGER, OPERATOR, now),
        )
        .later(end + timedelta(minutes=30), _complete)
    )


def _patch(script: Script) -> None:
    """Urgent: proposed, approved and done within the hour."""
    day = script.next(WED, after=-13)
    start, end = script.at(day, "14:30"), script.at(day, "15:00")
    planned = window(
        script,
        "factuurportal",
        *PATCH,
        start,
        end,
        kind="urgent",
        outage_minutes=10,
        impact="degraded",
        justification=PATCH_REASON,
    )
    planned.proposed(start - timedelta(minutes=25)).approved(start - timedelta(minutes=20))
    planned.later(end - timedelta(minutes=6), _complete)


def _rejected(script: Script) -> None:
    day = script.next(WED, after=3)
    start, end = script.at(day, "13:00"), script.at(day, "15:00")
    planned = window(script, "nmbrs", *REPORTS, start, end, impact="degraded", outage_minutes=20)
    planned.proposed(script.at(script.today - 6 * DAY, "11:12"))
    planned.later(
        script.at(script.today - 5 * DAY, "09:40"),
        lambda id_, now: planning.reject(id_, REPORTS_REJECTED, APPROVER, now),
    )


def _called_off(script: Script) -> None:
    """Announced, then cancelled."""
    day = script.next(SUN, after=4)
    start, end = script.at(day, "22:00"), script.at(day + DAY, "00:30")
    planned = window(script, "nmbrs", *DATABASE, start, end, outage_minutes=90)
    planned.proposed(script.at(script.today - 9 * DAY, "10:05"))
    planned.approved(script.at(script.today - 9 * DAY, "13:20"))
    planned.later(
        script.at(script.today - 2 * DAY, "16:10"),
        lambda id_, now: planning.cancel(id_, DATABASE_CANCELLED, OPERATOR, now),
    )


def _now(script: Script) -> None:
    """In progress, whatever the hour."""
    start = script.now.replace(second=0, microsecond=0) - timedelta(minutes=35)
    start -= timedelta(minutes=start.minute % 5)
    planned = window(
        script,
        "nmbrs",
        *PAYSLIPS,
        start,
        start + timedelta(minutes=120),
        impact="degraded",
        outage_minutes=15,
        reminders=(DAY_AHEAD,),
    )
    planned.proposed(start - 12 * DAY).approved(start - 11 * DAY)
    planned.later(
        start + timedelta(minutes=25),
        lambda id_, now: planning.message(id_, HALFWAY, OPERATOR, now),
    )


def _coming(script: Script) -> None:
    _series(script)
    _job_template(script)
    _certificate(script)
    _peppol(script)
    _network(script)
    _unannounced(script)


def _series(script: Script) -> None:
    """Every month on a Sunday morning, for the months to come."""
    day = script.next(SUN, after=8)
    start, end = script.at(day, "06:00"), script.at(day, "08:00")
    values = window(
        script, "factuurportal", *MONTHLY, start, end, outage_minutes=45, impact="partial"
    ).proposal
    when = Series(day, time(6), end - start, unit="month")
    plan = recurring.Plan(when, values, announce_days=14)

    def act(now: datetime) -> None:
        proposed = recurring.propose(plan, OPERATOR, now)
        recurring.approve(proposed.public_id, APPROVER, now)

    script.then(script.at(script.today - 20 * DAY, "09:50"), act)


def _job_template(script: Script) -> None:
    """What comes back, but at no fixed rhythm."""
    start = script.at(script.today, "22:00")
    said = window(
        script, "nmbrs", *CERTIFICATE, start, start + timedelta(minutes=30), outage_minutes=5
    ).proposal
    data = {**asdict(said), "impact": "partial", "name": CERTIFICATE[0][0], "at": "22:00"}

    def act(now: datetime) -> None:
        values = job_templates.parse({**data, "length": 30}, {"nmbrs": ZONE})
        assert isinstance(values, job_templates.Values), values
        job_templates.put(None, values, OPERATOR, now)

    script.then(script.at(script.today - 15 * DAY, "16:05"), act)


def _certificate(script: Script) -> None:
    """Too late for the SLA, and done all the same: overridden with a reason."""
    day = script.today + DAY
    start, end = script.at(day, "22:00"), script.at(day, "22:30")
    planned = window(script, "nmbrs", *CERTIFICATE, start, end, outage_minutes=5, impact="partial")
    planned.proposed(script.now - timedelta(hours=5))
    planned.approved(script.now - timedelta(hours=4, minutes=10), CERTIFICATE_REASON)


def _peppol(script: Script) -> None:
    """Announced, then moved by a week."""
    day = script.next(WED, after=8)
    start, end = script.at(day, "21:00"), script.at(day, "23:30")
    planned = window(
        script, "factuurportal", *PEPPOL, start, end, outage_minutes=90, reminders=(DAY_AHEAD,)
    )
    planned.proposed(script.at(script.today - 8 * DAY, "09:30"))
    planned.approved(script.at(script.today - 8 * DAY, "10:15"))
    later = day + 7 * DAY
    planned.later(
        script.at(script.today - 3 * DAY, "15:20"),
        lambda id_, now: planning.move(
            id_, script.at(later, "21:00"), script.at(later, "23:30"), APPROVER, now
        ),
    )


def _network(script: Script) -> None:
    day = script.next(SAT, after=11)
    start, end = script.at(day, "23:00"), script.at(day + DAY, "05:00")
    planned = window(
        script,
        "nmbrs factuurportal",
        *NETWORK,
        start,
        end,
        outage_minutes=45,
        impact="partial",
        reminders=(7 * DAY_AHEAD, DAY_AHEAD),
    )
    planned.proposed(script.at(script.today - 7 * DAY, "14:00"))
    planned.approved(script.at(script.today - 6 * DAY, "08:45"))


def _unannounced(script: Script) -> None:
    """Approved, with its announcement still to come."""
    day = script.next(THU, after=20)
    start, end = script.at(day, "20:00"), script.at(day, "22:00")
    announce_at = script.at(script.today + 4 * DAY, "09:00")
    planned = window(
        script,
        "nmbrs",
        *LEAVE,
        start,
        end,
        outage_minutes=60,
        impact="partial",
        announce_at=announce_at,
    )
    planned.proposed(script.at(script.today - 4 * DAY, "10:30"))
    planned.approved(script.at(script.today - 3 * DAY, "11:00"))


def _waiting(script: Script) -> None:
    """What needs an approver, and a draft."""
    day = script.next(THU, after=9)
    start, end = script.at(day, "21:00"), script.at(day, "23:00")
    window(
        script, "factuurportal", *SCAN, start, end, outage_minutes=60, impact="partial"
    ).proposed(script.at(script.today - DAY, "15:05"))
    monday = _whole_week_in_a_month(script.next(MON, after=10))
    start, end = script.at(monday, "08:00"), script.at(monday + 4 * DAY, "12:00")
    window(script, "nmbrs", *MIGRATION, start, end, outage_minutes=0, impact="degraded").proposed(
        script.at(script.today - DAY, "16:40")
    )
    day = script.next(SUN, after=23)
    start, end = script.at(day, "09:00"), script.at(day, "12:00")
    window(script, "factuurportal", *DRAFT, start, end, draft=True).proposed(
        script.now - timedelta(hours=6)
    )


def _whole_week_in_a_month(monday: date) -> date:
    """This Monday, or the next one whose Friday lies in the same month: five days of one quota."""
    while (monday + 4 * DAY).month != monday.month:
        monday += 7 * DAY
    return monday


def _usual(script: Script, planned: Planned, day: date, ahead: int = 13) -> Planned:
    """Proposed so many days ahead and approved the next day."""
    planned.proposed(script.at(day - ahead * DAY, "10:20"))
    return planned.approved(script.at(day - (ahead - 1) * DAY, "09:10"))


def _complete(window_id: str, now: datetime) -> Result:
    return planning.complete(window_id, OPERATOR, now)
