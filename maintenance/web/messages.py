"""What intake and the verbs say is wrong, in the reader's language.

They speak English, for programs as for people, and know nothing of pages: so what they say is
recognised here by its pattern. A test finds each of their messages in the list.
"""

import re
from functools import cache

from flask import Flask
from flask_babel import gettext

from maintenance.web import policy_messages
from maintenance.web.texts import _N

PATTERNS = (
    *policy_messages.PATTERNS,
    _N("is required"),
    _N("is required: unit, every, until, on_holiday, announce_days"),
    _N("is needed"),
    _N("is in the list already"),
    _N("is in the file already"),
    _N("is none of the window's services"),
    _N("is too long: at most %(n)s characters"),
    _N("is no address that can be written to: %(why)s"),
    _N("must be after the start"),
    _N("must be after the present end, and in the future"),
    _N("must be from 0 to the window's length, %(n)s"),
    _N("must be in whole minutes"),
    _N("must be within %(n)s days of the start"),
    _N("must lie in the future"),
    _N("must not lie in the past"),
    _N("must not lie in the future: the work is done"),
    _N("only urgent work is registered afterwards"),
    _N("only what was registered afterwards and not told of is told so"),
    _N("must not be before effective_from"),
    _N("must not be before the first occurrence"),
    _N("must share one time zone in a series"),
    _N("cannot be changed once the window is approved: move it, or cancel it"),
    _N("holds a character that cannot be shown"),
    _N("names a service twice"),
    _N("choose at least one service"),
    _N("the customer has no service"),
    _N("the agreement of %(who)s does not fit it: %(why)s"),
    _N("unknown customer"),
    _N("unknown service"),
    _N("unknown service: %(what)s"),
    _N("unknown language: %(what)s"),
    _N("there is no customer %(what)s"),
    _N("at most %(n)s reminders"),
    _N("at most %(n)s"),
    _N("expected a colour, as #0b5cad"),
    _N("expected a date, as %(day)s"),
    _N("expected a list"),
    _N("expected a list of minutes before the start"),
    _N("expected a list of services"),
    _N("expected a list of: %(what)s"),
    _N("expected a text"),
    _N("expected a time of day, as 20:00"),
    _N("expected a time, as 2026-12-01T20:00"),
    _N("expected a whole number from %(least)s to %(most)s"),
    _N("expected a whole number of minutes"),
    _N("expected an address that begins with https://"),
    _N("expected an object"),
    _N("expected an object with the rules that differ"),
    _N("expected ids of components, with a comma between"),
    _N("expected minutes from 1 to %(n)s"),
    _N("expected one of: %(what)s"),
    _N("expected one service"),
    _N("expected small letters, digits and dashes, as in acme-bv"),
    _N("expected the id of a page, as in kctbh9vrtdwd"),
    _N("expected true or false"),
    _N("expected yes or no"),
    _N("there is no such date; expected %(form)s"),
    _N("expected %(form)s"),
    _N("the year must be from %(least)s to %(most)s"),
    _N("these services have no time zone in common: give an offset"),
    _N("this time does not exist in %(zone)s: the clock skips it"),
    _N("this time exists twice in %(zone)s, as the clock is set back: give an offset"),
    _N("its time has passed: move it first"),
    _N("the window is not announced: there is nobody to tell"),
    _N("only an announced window that is not on it goes there"),
    _N("a service account may not approve it: this service asks for two people"),
    _N("who proposed or changed it may not approve it: this service asks for two people"),
    _N("the window is %(state)s"),
    _N("the series is %(state)s"),
    _N("it is empty"),
    _N("it is not a text file: save it as 'CSV UTF-8' and try again"),
    _N("more than %(n)s rows"),
    _N("line 1 names a column twice"),
    _N("line 1 names an unknown column: %(what)s"),
    _N("line 1 names no known columns: expected %(what)s"),
    _N("line %(n)s has more cells than line 1 has columns"),
    _N("line %(n)s is not in UTF-8: save the file as 'CSV UTF-8' and try again"),
    _N("line %(n)s: %(why)s"),
)
"""Each message; of two that fit, the first counts."""

FAULTS = (
    _N("unexpected end of data"),
    _N("field larger than field limit (%(n)s)"),
    _N("'%(what)s' expected after '\"'"),
)
"""What the library that reads CSV says of a line."""


def init_app(app: Flask) -> None:
    """Offer the words to the templates."""
    app.add_template_filter(beside)


def in_words(said: str) -> str:
    """A message in the reader's language; what is none of them is as it was."""
    pattern, values = recognised(said)
    if pattern is None:
        return said
    if "state" in values:
        state = values["state"].capitalize()
        values["state"] = str(gettext(state)).lower()
    for name in {"form", "found", "why"} & set(values):
        values[name] = _part(values[name])
    return str(gettext(pattern, **values))


def beside(said: str) -> str:
    """What stands beside a field: a message as a sentence, anything else as it is."""
    return said if recognised(said)[0] is None else as_sentence(in_words(said))


def as_sentence(whole: str) -> str:
    """With a capital and a stop."""
    return whole[:1].upper() + whole[1:] + ("" if whole.endswith((".", "?", "!")) else ".")


def recognised(said: str) -> tuple[str | None, dict[str, str]]:
    """The pattern that a message is made by, and what stands in its places."""
    return _fitting(said, PATTERNS)


def _part(said: str) -> str:
    """What a policy was to hold or held, or why a line cannot be read, in words."""
    pattern, values = _fitting(said, (*policy_messages.FORMS, *FAULTS))
    return said if pattern is None else str(gettext(pattern, **values))


def _fitting(said: str, patterns: tuple[str, ...]) -> tuple[str | None, dict[str, str]]:
    for pattern, shape in _shapes(patterns):
        if found := shape.fullmatch(said):
            return pattern, found.groupdict()
    return None, {}


@cache
def _shapes(patterns: tuple[str, ...]) -> list[tuple[str, re.Pattern[str]]]:
    return [(pattern, re.compile(_shape(pattern), re.DOTALL)) for pattern in patterns]


def _shape(pattern: str) -> str:
    parts = re.split(r"%\((\w+)\)s", pattern)
    return "".join(
        f"(?P<{part}>.+)" if place % 2 else re.escape(part) for place, part in enumerate(parts)
    )
