"""A service's own words for a notice: plain text with a closed list of placeholders, {reference}.

Nothing in them is run. What a mail says besides (the facts, the links) stays as it is.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from maintenance.windows import NoticeKind
from notifications.occasions import EARLY_END

COMMON = ("services", "reference", "span", "end", "sort", "work", "the_work")
"""What every text may name: see `notifications.message`."""

OWN: Mapping[str, tuple[str, ...]] = {
    NoticeKind.CHANGE: ("was",),
    NoticeKind.COMPLETION: ("completed",),
    EARLY_END: ("completed",),
    NoticeKind.MESSAGE: ("text",),
}
"""What only this kind of notice may name."""

NEEDED: Mapping[str, tuple[str, ...]] = {
    NoticeKind.ANNOUNCEMENT: ("span",),
    NoticeKind.CHANGE: ("was", "span"),
    NoticeKind.REMINDER: ("span",),
    NoticeKind.START: (),
    NoticeKind.COMPLETION: ("completed",),
    EARLY_END: ("completed",),
    NoticeKind.OVERRUN: ("end",),
    NoticeKind.CANCELLATION: ("span",),
    NoticeKind.MESSAGE: ("text",),
}
"""What can be told in words of a service's own, and what these have to name."""

NEEDED_IN_SUBJECT = ("reference",)

_PLACE = re.compile(r"\{([a-z_]+)\}")
_BRACE = re.compile(r"\{[^{}]*\}?|\}")


@dataclass(frozen=True, slots=True)
class Words:
    """The subject and the first paragraphs of a mail, with placeholders."""

    subject: str
    lead: str


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a text: `field` is subject or lead."""

    field: str
    placeholder: str
    missing: bool  # else it is unknown


def allowed(kind: str) -> tuple[str, ...]:
    """The placeholders that this kind of notice knows."""
    return (*COMMON, *OWN.get(kind, ()))


def faults(kind: str, words: Words) -> Iterator[Fault]:
    """Each placeholder that is unknown, and each that has to be there and is not."""
    for field, text, needed in (
        ("subject", words.subject, NEEDED_IN_SUBJECT),
        ("lead", words.lead, NEEDED[kind]),
    ):
        for found in _BRACE.findall(text):
            place = _PLACE.fullmatch(found)
            if place is None or place[1] not in allowed(kind):
                yield Fault(field, found, missing=False)
        for name in needed:
            if f"{{{name}}}" not in text:
                yield Fault(field, f"{{{name}}}", missing=True)


def filled(text: str, values: Mapping[str, object]) -> str:
    """The text with these values; once only, so that a value's own braces stay text."""
    said = _PLACE.sub(lambda found: str(values.get(found[1], found[0])), text)
    return said[:1].upper() + said[1:]
