"""The words for what the code names: states, kinds, roles, outcomes, verbs."""

from datetime import date

from babel.dates import format_date
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from maintenance.accounts import CLOCK
from maintenance.models import Contact
from maintenance.web.display import locale
from maintenance.web.texts import _

Words = dict[str, LazyString]

STATES: Words = {
    "draft": _l("Draft"),
    "proposed": _l("Proposed"),
    "scheduled": _l("Scheduled"),
    "in_progress": _l("In progress"),
    "completed": _l("Completed"),
    "cancelled": _l("Cancelled"),
    "rejected": _l("Rejected"),
}

KINDS: Words = {
    "planned": _l("Planned maintenance"),
    "update": _l("Update"),
    "urgent": _l("Urgent: cannot wait"),
}

IMPACTS: Words = {
    "none": _l("None: nobody notices"),
    "degraded": _l("Slower than usual"),
    "partial": _l("Partly unavailable"),
    "outage": _l("Unavailable"),
}

CHANNELS: Words = {"email": _l("E-mail to the contacts"), "status_page": _l("Status page")}

ROLES: Words = {
    "viewer": _l("Viewer: sees everything, changes nothing"),
    "operator": _l("Operator: proposes, moves and runs windows"),
    "approver": _l("Approver: approves, rejects, overrides"),
    "admin": _l("Administrator: services and accounts, too"),
}

OUTCOMES: Words = {
    "pass": _l("Fine"),
    "violation": _l("Broken"),
    "advice": _l("Better not"),
    "not_applicable": _l("Does not apply"),
}

NOTICES: Words = {
    "announcement": _l("Announcement"),
    "change": _l("Change"),
    "reminder": _l("Reminder"),
    "start": _l("Start"),
    "completion": _l("Completion"),
    "early_end": _l("Completion before its end"),
    "cancellation": _l("Cancellation"),
    "overrun": _l("Overrun, to operators"),
    "message": _l("Message"),
    "account": _l("Account"),
}

DELIVERIES: Words = {
    "waiting": _l("Waiting"),
    "sending": _l("Being sent"),
    "sent": _l("Accepted"),
    "failed": _l("Failed"),
    "expired": _l("Not sent: no longer true"),
}

SENT: Words = {
    "reminder": _l("Send the reminders"),
    "start": _l("Tell when it starts"),
    "completion": _l("Tell when it is done, early or not"),
}

PLACES: Words = {
    "services": _l("the services, as Nmbrs"),
    "reference": _l("the reference, as M-2026-041"),
    "span": _l("from when to when"),
    "end": _l("when it ends"),
    "sort": _l("as Planned maintenance, at the start of a line"),
    "work": _l("as planned maintenance on Nmbrs"),
    "the_work": _l("as the planned maintenance on Nmbrs"),
    "was": _l("the times it replaces"),
    "completed": _l("when it was completed"),
    "text": _l("the message itself"),
}

ANSWERS: Words = {
    "in_time": _l("Told in time"),
    "late": _l("Told too late"),
    "missed": _l("Not told in time"),
    "waiting": _l("Not told yet"),
    "no_rule": _l("No notice period applies"),
}

VERBS: Words = {
    "propose": _l("proposed it"),
    "draft": _l("made a draft"),
    "edit": _l("edited it"),
    "submit": _l("put it forward"),
    "approve": _l("approved it"),
    "reject": _l("rejected it"),
    "ask": _l("asked something back"),
    "move": _l("moved it"),
    "extend": _l("extended it"),
    "start": _l("started it"),
    "complete": _l("completed it"),
    "cancel": _l("cancelled it"),
    "message": _l("wrote to the readers"),
    "register": _l("registered it afterwards"),
    "tell": _l("told the readers of it"),
    "show": _l("put it on the status page"),
    "expire": _l("let it expire"),
    "rejudge": _l("changed the rules it is judged by"),
}

RULES: Words = {
    "notice": _l("Notice period"),
    "daytime-quota": _l("Daytime places"),
    "weekly-update-cap": _l("Weekly update limit"),
    "urgent-scope": _l("Why it cannot wait"),
    "office-hours": _l("Office hours"),
}

LEADS = {7 * 24 * 60: _l("a week before"), 24 * 60: _l("a day before"), 60: _l("an hour before")}

LANGUAGES: Words = {"nl": _l("Dutch"), "en": _l("English")}


def state_name(state: str) -> str:
    """As In progress."""
    return str(STATES.get(state, state))


def period_name(period: str) -> str:
    """As week 48 of 2026, or December 2026; other periods as the rules name them."""
    year, _dash, week = period.partition("-W")
    if week:
        return _("week %(week)s of %(year)s", week=int(week), year=year)
    try:
        first = date.fromisoformat(f"{period}-01")
        return format_date(first, "LLLL yyyy", locale=locale())  # amid a sentence: no capital
    except ValueError:
        return period


def actor_name(name: str) -> str:
    """Who did it: an account, a program, or the clock."""
    return _("the clock") if name == CLOCK.name else name


def role_name(role: str) -> str:
    """The role alone, as Approver."""
    return str(ROLES.get(role, role)).split(":", maxsplit=1)[0]


def rule_name(rule: str) -> str:
    """As Notice period; of a rule that only some policy has, its id."""
    return str(RULES.get(rule) or rule.replace("-", " ").capitalize())


def declined(contact: Contact) -> str:
    """What this contact wants no notices of: kinds, then services."""
    kinds = [str(said) for kind, said in NOTICES.items() if kind in contact.declined]
    return ", ".join([*kinds, *(service.name for service in contact.declined_services)])
