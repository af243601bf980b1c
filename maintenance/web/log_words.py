"""The words of the log: what was done, what it was about, which field, and its values."""

from collections.abc import Callable, Mapping
from datetime import datetime

from flask_babel import lazy_gettext as _l

from maintenance.web import wording
from maintenance.web.display import desk_zone, length, when
from maintenance.web.proposal import LABELS
from maintenance.web.texts import _
from maintenance.web.wording import VERBS, Words

DEEDS: Words = {
    **VERBS,
    "put": _l("saved it"),
    "remove": _l("removed it"),
    "change": _l("changed it"),
    "replace-feed": _l("replaced the feed address"),
    "replace-secret": _l("replaced the secret"),
    "preferences": _l("chose what to receive"),
    "words": _l("changed what the mails say"),
    "ladder": _l("changed which notices go out"),
    "hold": _l("held all sending"),
    "release": _l("released the sending"),
    "active": _l("approved the series"),
    "ended": _l("ended the series"),
    "add": _l("added it"),
    "role": _l("gave it another role"),
    "activate": _l("activated it"),
    "deactivate": _l("deactivated it"),
    "authenticator": _l("set up an authenticator"),
    "no-authenticator": _l("removed the authenticator"),
    "passkey": _l("added a passkey"),
    "no-passkey": _l("removed a passkey"),
    "recovery-codes": _l("made recovery codes"),
    "recovery-code": _l("signed in with a recovery code"),
    "reset-factor": _l("took off the second factor"),
    "create": _l("made the token"),
    "revoke": _l("revoked the token"),
}

SUBJECTS: Words = {
    "window:": _l("Window"),
    "series:": _l("Series"),
    "job:": _l("Job template"),
    "service:": _l("Service"),
    "policy:": _l("SLA"),
    "customer:": _l("Customer"),
    "user:": _l("Account"),
    "token:": _l("Token"),
    "target:": _l("Channel"),
    "sending": _l("Sending"),
}
"""What a row is about, by how its subject begins."""

FIELDS: Words = {
    **LABELS,
    "name": _l("Name"),
    "services": _l("Services"),
    "state": _l("State"),
    "text": _l("Message"),
    "override_reason": _l("Reason to override"),
    "broken": _l("Rules broken"),
    "level": _l("Level"),
    "active": _l("Active"),
    "contacts": _l("Contacts"),
    "contact": _l("Contact"),
    "agreements": _l("Agreements"),
    "language": _l("Language"),
    "kinds": _l("Wants no more of"),
    "policy": _l("SLA"),
    "color": _l("Colour"),
    "clock_completes": _l("The clock completes it"),
    "four_eyes": _l("Two people"),
    "deputy": _l("Deputy"),
    "silent": _l("Not told"),
    "subject": _l("Subject line"),
    "lead": _l("First words"),
    "channel": _l("Channel"),
    "address": _l("Address"),
    "customer": _l("Customer"),
    "role": _l("Role"),
    "was": _l("It was"),
    "expires": _l("Works until"),
    "effective_from": _l("In force from"),
    "effective_until": _l("Last day"),
    "file": _l("File"),
    "why": _l("Why"),
    "length_minutes": _l("The length"),
    "at": _l("Usual start"),
    "first": _l("First day"),
    "unit": _l("Unit"),
    "every": _l("The number"),
    "until": _l("The last date"),
    "on_holiday": _l("On a holiday"),
    "announce_days": _l("The number of days"),
    "fields": _l("What its windows say"),
}


def _each(names: str, words: Words) -> str:
    return "; ".join(str(words.get(name, name)) for name in names.split("; "))


def _minutes(text: str) -> str:
    return length(int(text)) if text.isdecimal() else text


VALUES: Mapping[str, Callable[[str], str]] = {
    "state": wording.state_name,
    "role": wording.role_name,
    "was": wording.role_name,
    "kind": lambda name: str(wording.KINDS.get(name) or wording.NOTICES.get(name, name)),
    "impact": lambda name: str(wording.IMPACTS.get(name, name)),
    "language": lambda name: str(wording.LANGUAGES.get(name, name)),
    "channels": lambda names: _each(names, wording.CHANNELS),
    "silent": lambda names: _each(names, wording.NOTICES),
    "kinds": lambda names: _each(names, wording.NOTICES),
    "outage_minutes": _minutes,
    "length_minutes": _minutes,
}
"""How a field's values are said, where they are names in the code."""


def deed(verb: str) -> str:
    """What was done, as in moved it."""
    return str(DEEDS.get(verb, verb))


def field(name: str) -> str:
    """What a field is called."""
    name = name.removeprefix("fields.")
    return str(FIELDS.get(name) or name.replace("_", " "))


def value(name: str, text: str) -> str:
    """A value of that field as people read it."""
    if name in VALUES:
        return VALUES[name](text)
    if text in ("yes", "no"):
        return _("yes") if text == "yes" else _("no")
    try:
        found = datetime.fromisoformat(text) if "T" in text else None
    except ValueError:
        found = None
    return when(found, desk_zone()) if found and found.tzinfo else text
