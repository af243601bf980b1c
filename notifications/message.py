"""A notice in its reader's language: subject, text, HTML and, where it helps, a calendar part.

A notice is *compiled* once per language and set of services, with marks where a reader's own values
go, and *filled in* per reader. What is compiled is kept, so that a repeat has the same octets.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parseaddr
from enum import StrEnum
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import css_inline
from babel.lists import format_list
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from maintenance.notices import Notice
from maintenance.windows import Channel, NoticeKind, State, Window
from notifications import occasions, texts, words
from notifications.ical import page_of
from notifications.texts import Words

_BLANKS = re.compile(r"\n{3,}")
_TEMPLATES = Path(__file__).resolve().parent.parent / "templates" / "email"


@dataclass(frozen=True, slots=True)
class Origin:
    """Who writes (the From header), and where links lead."""

    mail_from: str
    base_url: str

    @property
    def sender(self) -> str:
        """The name that mails are signed with, if there is one."""
        return words.line(parseaddr(self.mail_from)[0])

    @property
    def address(self) -> str:
        """The address alone: the sender on the envelope."""
        return parseaddr(self.mail_from)[1]

    @property
    def domain(self) -> str:
        """Our domain, of Message-IDs and List-Ids."""
        return self.address.rpartition("@")[2]


class Audience(StrEnum):
    """For whom a notice is worded."""

    CONTACTS = "contacts"
    SUBSCRIBERS = "subscribers"
    OPERATORS = "operators"


@dataclass(frozen=True, slots=True)
class Reader:
    """What a mail says that is one reader's own: its values, or marks in their place."""

    greeting: str
    feed_url: str | None = None
    unsubscribe_url: str | None = None


@dataclass(frozen=True, slots=True)
class Parts:
    """What a mail says, before it is a mail."""

    subject: str
    text: str
    html: str


def greeting(name: str, language: str) -> str:
    """How a mail begins."""
    if language == "nl":
        return f"Beste {name}," if name else "Goedendag,"
    return f"Dear {name}," if name else "Hello,"


def parts(
    notice: Notice,
    window: Window,
    language: str,
    origin: Origin,
    reader: Reader,
    wording: Words | None = None,
) -> Parts:
    """What this notice says of this window. Instants are named, never the time that is left."""
    shared: Any = _template(f"{language}.txt").module
    values = _values(notice, window, language, shared)
    own: Any = (
        _own_words(values, wording)
        if wording
        else _usual_words(occasions.of(notice, window), language, values)
    )
    page = {
        "language": language,
        "words": shared,
        "reader": reader,
        "lead": _BLANKS.sub("\n\n", str(own.lead)).strip(),
        "subject": words.line(str(own.subject)),
        "title": words.line(words.said(window.title, language)),
        "description": words.lines(words.said(window.description, language)).strip(),
        "facts": _facts(notice, window, language, shared),
        "links": _links(notice, window, origin, reader, shared),
        "color": window.services[0].color,
        "sender": "" if notice.to_operators else origin.sender,
        "why": _why(notice, window, reader, language, shared),
        "to_customer": reader.feed_url is not None,
    }
    page["width"] = max(len(label) for label, _ in page["facts"]) + 1
    html = _INLINER.inline(_template("layout.html").render(page)) + "\n"
    return Parts(page["subject"], _template("layout.txt").render(page) + "\n", html)


def usual(kind: str, language: str) -> Words:
    """The words of this kind of notice where a service has none of its own, with placeholders."""
    values: dict[str, Any] = {name: f"{{{name}}}" for name in texts.allowed(kind)}
    values |= {"was": "{was}", "extended": False, "afterwards": False}
    own: Any = _template(f"{kind}/{language}.txt").make_module(values)
    lead = _BLANKS.sub("\n\n", str(own.lead)).strip()
    return Words(words.line(str(own.subject)), lead)


def _usual_words(occasion: str, language: str, values: Mapping[str, Any]) -> Any:
    return _template(f"{occasion}/{language}.txt").make_module(dict(values))


def _own_words(values: Mapping[str, Any], wording: Words) -> Words:
    """A service's own words, filled in; what is not about these readers stays out of them."""
    return Words(texts.filled(wording.subject, values), texts.filled(wording.lead, values))


def gist(notice: Notice, window: Window, language: str) -> str:
    """What this notice says in a sentence, or of a message its text, for a page elsewhere."""
    shared: Any = _template(f"{language}.txt").module
    values = _values(notice, window, language, shared)
    own = _usual_words(occasions.of(notice, window), language, values)
    lead = _BLANKS.sub("\n\n", str(own.lead)).strip()
    return lead if notice.kind == NoticeKind.MESSAGE else lead.partition("\n\n")[0]


def alarm(failed: Sequence[tuple[str, str, str]], language: str, origin: Origin) -> Parts:
    """To operators: the (address, customer, reply) of what was refused for good."""
    clean = [tuple(words.line(each) for each in row) for row in failed]
    url = f"{origin.base_url}/customers"
    return note("alarm", {"failed": clean}, url, language, origin, signed=False)


def note(
    name: str,
    values: Mapping[str, Any],
    url: str,
    language: str,
    origin: Origin,
    *,
    signed: bool = True,
) -> Parts:
    """A mail about no window, worded by templates/email/<name>/: what it says, and one link."""
    own: Any = _template(f"{name}/{language}.txt").make_module(dict(values))
    lead = _BLANKS.sub("\n\n", words.lines(str(own.lead))).strip()
    page = {
        "subject": words.line(str(own.subject)),
        "lead": lead,
        "url": url,
        "link": own.link,
        "language": language,
        "color": "#0b5cad",
        "sender": origin.sender if signed else "",
        "words": _template(f"{language}.txt").module,
    }
    html = _INLINER.inline(_template("note.html").render(page)) + "\n"
    return Parts(page["subject"], _template("note.txt").render(page).strip() + "\n", html)


def _values(notice: Notice, window: Window, language: str, shared: Any) -> dict[str, Any]:
    """What the short texts of each kind of notice may name."""
    zone, services = _zone(window), _services(window, language)
    return {
        "sort": shared.sort[window.kind],
        "work": f"{shared.work[window.kind]} {services}",
        "the_work": f"{shared.the_work[window.kind]} {services}",
        "services": services,
        "reference": window.reference,
        "span": words.span(window.start, window.end, zone, language),
        "end": _moment(window.end, zone, language),
        "was": words.span(*notice.was, zone, language) if notice.was else "",
        "extended": _extended(notice, window),
        "completed": _moment(window.completed_at or window.end, zone, language),
        "afterwards": _afterwards(window),
        "text": words.lines(words.said(notice.text or {}, language)).strip(),
    }


def _facts(notice: Notice, window: Window, language: str, shared: Any) -> list[tuple[str, str]]:
    """Label and value of everything a reader plans by, in the order it is read."""
    zone, fact = _zone(window), shared.fact
    several = "services" if len(window.services) > 1 else "service"
    facts = [
        (fact[several], _services(window, language)),
        (fact["start"], _moment(window.start, zone, language)),
        (fact["end"], _moment(window.end, zone, language)),
        (fact["utc"], words.span(window.start, window.end, ZoneInfo("UTC"), language)),
    ]
    if notice.was:
        facts.append((fact["was"], words.span(*notice.was, zone, language)))
    if window.state == State.COMPLETED and window.completed_at:
        facts.append((fact["completed"], _moment(window.completed_at, zone, language)))
    return [
        *facts,
        (fact["outage"], _outages(window, language, shared)),
        (fact["impact"], words.IMPACT[window.impact][language]),
        (fact["reference"], window.reference),
    ]


def _links(
    notice: Notice, window: Window, origin: Origin, reader: Reader, shared: Any
) -> list[tuple[str, str]]:
    if notice.to_operators:
        return [(shared.link["window"], f"{origin.base_url}/windows/{window.id}")]
    links = []
    if Channel.STATUS_PAGE in window.channels:
        links.append((shared.link["page"], page_of(window, origin.base_url)))
    links.append((shared.link["feed"], reader.feed_url or f"{origin.base_url}/feeds/all.ics"))
    return links


def _why(notice: Notice, window: Window, reader: Reader, language: str, shared: Any) -> str:
    if notice.to_operators:
        return str(shared.why_operator)
    why = shared.why if reader.feed_url else shared.why_subscriber
    return str(why) % _services(window, language)


def _outages(window: Window, language: str, shared: Any) -> str:
    """How long it is unavailable; of several services each by name, where they differ."""
    each = [
        f"{words.line(service.name)}: {_outage(window, minutes, language, shared)}"
        for service, minutes in window.apart()
    ]
    return "; ".join(each) or _outage(window, window.outage_minutes, language, shared)


def _outage(window: Window, minutes: int, language: str, shared: Any) -> str:
    if minutes == 0:
        return str(shared.no_outage)
    length = words.duration(minutes, language)
    if timedelta(minutes=minutes) >= window.end - window.start:
        return f"{length} ({shared.whole})"
    return length


def _extended(notice: Notice, window: Window) -> bool:
    return bool(notice.was and window.state == State.IN_PROGRESS and notice.was[0] == window.start)


def _afterwards(window: Window) -> bool:
    """Whether readers hear of it only now that it is done."""
    done, told = window.completed_at, window.announced_at
    return bool(done and told and told > done)


def _services(window: Window, language: str) -> str:
    names = [words.line(service.name) for service in window.services]
    return format_list(names, locale=language)


def _zone(window: Window) -> ZoneInfo:
    return ZoneInfo(window.services[0].zone)


def _moment(moment: datetime, zone: ZoneInfo, language: str) -> str:
    return f"{words.day(moment, zone, language)}, {words.clock(moment, zone)}"


def _first_upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _environment() -> Environment:
    found = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=select_autoescape(("html",), default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters["first_upper"] = _first_upper
    return found


_ENVIRONMENT = _environment()
_template = _ENVIRONMENT.get_template
_INLINER = css_inline.CSSInliner(load_remote_stylesheets=False)
