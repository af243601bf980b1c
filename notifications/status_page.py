"""The public pages: windows in, HTML out. Pure; a page holds no trace of when it was made."""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from maintenance.windows import LANGUAGES, Service, State, Window
from notifications import board, words
from notifications.board import Phase

FOLDER = Path(__file__).resolve().parent.parent / "templates"


def texts(area: str) -> Mapping[str, Mapping[str, Any]]:
    """What the pages of this folder of templates say, per language."""
    return tomllib.loads((FOLDER / area / "texts.toml").read_text(encoding="utf-8"))


TEXTS = texts("status")
ASSETS: Mapping[str, bytes] = {
    name: (FOLDER / "status" / name).read_bytes()
    for name in ("status.css", "status.js", "embed.js", "banner.js", "icon.svg")
}
"""The files that the pages load, by name."""

_ENVIRONMENT = Environment(
    loader=FileSystemLoader(FOLDER),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_VERSIONS = {name: blake2b(body, digest_size=6).hexdigest() for name, body in ASSETS.items()}


class Article(Protocol):
    """Gives a window as it stands on a page of many."""

    def __call__(
        self, window: Window, language: str, root: str, now: datetime, *, brief: bool
    ) -> Markup:
        """HTML; `root` is the path that the pages stand under, brief is what was."""


def article(window: Window, language: str, root: str, now: datetime, *, brief: bool) -> Markup:
    """An Article, made anew; what is kept is equal to it."""
    parts = _ENVIRONMENT.get_template("status/parts.html").module
    made: Markup = parts.window(  # type: ignore[attr-defined]
        card(window, language, now), TEXTS[language], root, language, brief
    )
    return made


@dataclass(frozen=True, slots=True)
class Shown:
    """What every public page is made of."""

    services: Sequence[Service]
    windows: Sequence[Window]  # public ones only
    base_url: str
    language: str
    as_of: datetime | None = None  # where the data could not be read anew: when it last could
    article: Article = article


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant as a page writes it."""

    iso: str  # in UTC, for programs
    local: str
    day: str
    clock: str


@dataclass(frozen=True, slots=True)
class Said:
    """Something that happened to a window, or a word about it."""

    at: Moment
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Card:
    """A window in the reader's words."""

    id: str
    reference: str
    title: str
    description: str
    services: tuple[Service, ...]
    state: str  # scheduled, in_progress, completed or cancelled
    state_word: str
    kind_word: str
    impact: str
    impact_word: str
    out: bool  # whether it is expected to be unavailable
    outage: str  # the greatest
    outages: tuple[tuple[str, str], ...]  # of each service by name, where they differ
    start: Moment
    end: Moment
    from_text: str
    until_text: str
    utc: str
    zone: str  # in which its times are written
    overrun: bool
    messages: tuple[Said, ...]  # newest first
    log: tuple[Said, ...]  # newest first, messages among it


def index(shown: Shown, now: datetime, slug: str = "", month: str = "") -> bytes:
    """The page of all services, or of one; or what was in one month ("2026-11")."""
    service = next((each for each in shown.services if each.slug == slug), None)
    windows = board.on(shown.windows, [slug]) if slug else list(shown.windows)
    months = [each for each in board.months(windows, now) if each != month]
    soonest = board.next_up(windows, now)
    past = board.in_month(windows, month, now) if month else board.recent(windows, now)
    now_on = board.in_phase(windows, Phase.NOW, now)
    return page(
        "status/index.html",
        shown,
        path=f"/status/{slug}" if slug else "/status",
        service=service,
        month=month,
        month_name=_month_name(month, shown.language) if month else "",
        months=[(each, _month_name(each, shown.language)) for each in months],
        rows=[_row(each, shown, now) for each in shown.services],
        busy=", ".join(dict.fromkeys(each.name for one in now_on for each in one.services)),
        now_on=_articles(now_on, shown, now),
        next=card(soonest, shown.language, now) if soonest else None,
        coming=_articles(board.in_phase(windows, Phase.COMING, now), shown, now),
        past=_articles(past, shown, now, brief=True),
    )


def window(shown: Shown, about: Window, now: datetime) -> bytes:
    """The page of one window."""
    return page(
        "status/window.html",
        shown,
        path=f"/status/w/{about.id}",
        card=card(about, shown.language, now),
        service=None,
    )


def how(shown: Shown) -> bytes:
    """How to subscribe in the calendars that people use."""
    return page("status/subscribe.html", shown, path="/status/subscribe", service=None)


def missing(shown: Shown) -> bytes:
    """What a reader sees where there is no such page."""
    return page("status/missing.html", shown, path="/status", service=None)


def card(window: Window, language: str, now: datetime) -> Card:
    """This window in the reader's words."""
    zone = board.zone_of(window)
    state, overrun = by_clock(window, now)
    from_text, until_text = words.ends(window.start, window.end, zone, language)
    messages = tuple(_messages(window, zone, language))
    return Card(
        id=window.id,
        reference=window.reference,
        title=words.line(words.said(window.title, language)),
        description=words.lines(words.said(window.description, language)).strip(),
        services=window.services,
        state=state,
        state_word=words.STATE[state][language],
        kind_word=words.KIND[window.kind][language],
        impact=window.impact,
        impact_word=words.IMPACT[window.impact][language],
        out=window.outage_minutes > 0,
        outage=_outage(window.outage_minutes, language),
        outages=tuple((each.name, _outage(own, language)) for each, own in window.apart()),
        start=moment(window.start, zone, language),
        end=moment(window.end, zone, language),
        from_text=from_text,
        until_text=until_text,
        utc=_utc(window),
        zone=zone.key,
        overrun=overrun,
        messages=messages,
        log=tuple(sorted([*messages, *_log(window, zone, language)], key=_at, reverse=True)),
    )


def moment(at: datetime, zone: ZoneInfo, language: str) -> Moment:
    """This instant as a page writes it."""
    day, clock = words.day(at, zone, language), words.clock(at, zone)
    return Moment(f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}", f"{day}, {clock}", day, clock)


def page(template: str, shown: Shown, **values: Any) -> bytes:
    """A public page: this template with what all of them share."""
    base = urlsplit(shown.base_url)
    zone = board.zone_in(shown.services)
    zones = sorted({service.zone for service in shown.services}) or [zone.key]
    return (
        _ENVIRONMENT.get_template(template)
        .render(
            t=TEXTS[shown.language],
            language=shown.language,
            languages=LANGUAGES,
            services=shown.services,
            root=base.path,
            base_url=shown.base_url,
            origin=f"{base.scheme}://{base.netloc}",
            webcal=f"webcal://{base.netloc}{base.path}",
            versions=_VERSIONS,
            zones=", ".join(zones),
            as_of=moment(shown.as_of, zone, shown.language) if shown.as_of else None,
            **values,
        )
        .encode()
    )


def _articles(
    windows: Iterable[Window], shown: Shown, now: datetime, *, brief: bool = False
) -> list[Markup]:
    root = urlsplit(shown.base_url).path
    return [shown.article(each, shown.language, root, now, brief=brief) for each in windows]


def _row(service: Service, shown: Shown, now: datetime) -> dict[str, Any]:
    theirs = board.on(shown.windows, [service.slug])
    soonest = board.next_up(theirs, now)
    zone = ZoneInfo(service.zone)
    return {
        "service": service,
        "busy": bool(board.in_phase(theirs, Phase.NOW, now)),
        "next": moment(soonest.start, zone, shown.language) if soonest else None,
    }


def by_clock(window: Window, now: datetime) -> tuple[State, bool]:
    """All of a card that the clock decides: the state it shows, and whether it is overrun."""
    begun = window.state == State.SCHEDULED and window.start <= now < window.end
    overrun = window.state == State.IN_PROGRESS and now >= window.end
    return State.IN_PROGRESS if begun else window.state, overrun


def _outage(minutes: int, language: str) -> str:
    texts = TEXTS[language]
    if not minutes:
        return str(texts["outage_none"])
    length = words.duration(minutes, language)
    return str(texts["outage_at_most"]).format(duration=length)


def _utc(window: Window) -> str:
    start, end = window.start.astimezone(UTC), window.end.astimezone(UTC)
    until = f"{end:%H:%M}" if start.date() == end.date() else f"{end:%Y-%m-%d %H:%M}"
    return f"{start:%Y-%m-%d %H:%M} \N{EN DASH} {until} UTC"


def _messages(window: Window, zone: ZoneInfo, language: str) -> Iterable[Said]:
    for message in sorted(window.messages, key=lambda each: each.at, reverse=True):
        text = words.lines(words.said(message.text, language)).strip()
        yield Said(moment(message.at, zone, language), "", text)


def _log(window: Window, zone: ZoneInfo, language: str) -> Iterable[Said]:
    happened = {
        "announced": window.announced_at,
        "started": window.started_at,
        "completed": window.completed_at,
        "cancelled": window.cancelled_at,
    }
    for label, at in happened.items():
        if at is not None:
            yield Said(moment(at, zone, language), str(TEXTS[language][label]), "")


def _at(said: Said) -> str:
    return said.at.iso


def _month_name(month: str, language: str) -> str:
    return words.month(datetime.strptime(month, "%Y-%m").replace(tzinfo=UTC), language)
