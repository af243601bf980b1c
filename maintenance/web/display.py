"""How pages write times, lengths and texts: in the reader's language and the policy's zone."""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import format_date
from flask import Flask, g, request
from flask_babel import get_babel, get_locale
from flask_login import current_user

from maintenance.models import db
from maintenance.store import windows
from maintenance.web.texts import _, _n
from maintenance.windows import LANGUAGES, Text

DAY = "EEE d MMM yyyy"

REGIONS = {"nl": "nl_NL"}
"""Where a library has its texts by language and country alone; ours are found all the same."""


def init_app(app: Flask) -> None:
    """Offer these to the templates."""
    for function in (when, clock, day, weekday, month, span, words, until):
        app.add_template_filter(function)
    app.add_template_filter(length, "duration")  # Jinja has a length of its own


def locale() -> str:
    """The language this page is written in; looked up once, since every date of it asks."""
    if "locale" not in g:
        g.locale = str(get_locale() or "en")[:2]
    lang: str = g.locale
    return lang


def locale_wanted() -> str:
    """The reader's language where the pages exist in it, else English."""
    there = {str(found)[:2] for found in get_babel().instance.list_translations()} | {"en"}
    chosen = getattr(current_user, "language", None) if current_user else None
    wanted = [chosen] if chosen else [tag[:2] for tag in request.accept_languages.values()]
    found = next((one for one in wanted if one in there), "en")
    return REGIONS.get(found, found)


def language() -> str:
    """The language the reader chose, for texts that exist in each of LANGUAGES."""
    chosen = getattr(current_user, "language", None) if current_user else None
    return chosen if chosen in LANGUAGES else "en"


def when(moment: datetime, zone: ZoneInfo) -> str:
    """As Wed 2 Dec 2026, 20:00 CET."""
    local = moment.astimezone(zone)
    return f"{day(local)}, {local:%H:%M} {_offset(local)}"


def clock(moment: datetime, zone: ZoneInfo) -> str:
    """As 20:00."""
    return moment.astimezone(zone).strftime("%H:%M")


def day(of: date | datetime, zone: ZoneInfo | None = None) -> str:
    """As Wed 2 Dec 2026."""
    local = of.astimezone(zone) if zone and isinstance(of, datetime) else of
    return _written(local.toordinal(), DAY, locale())


@lru_cache(maxsize=10_000)
def _written(ordinal: int, pattern: str, lang: str) -> str:
    """A date in words: a page writes the same few over and over."""
    return format_date(date.fromordinal(ordinal), pattern, locale=lang)


def weekday(of: date) -> str:
    """As Wed."""
    return _written(of.toordinal(), "EEE", locale())


def month(of: date) -> str:
    """As December 2026."""
    return format_date(of, "LLLL yyyy", locale=locale()).capitalize()


def span(start: datetime, end: datetime, zone: ZoneInfo) -> str:
    """As Wed 2 Dec 2026, 20:00-23:00 CET; the date again where it ends on another."""
    first, last = start.astimezone(zone), end.astimezone(zone)
    if first.date() != last.date():
        return f"{when(start, zone)} – {when(end, zone)}"
    offset = _offset(last)
    if first.utcoffset() != last.utcoffset():
        return f"{day(first)}, {first:%H:%M} {_offset(first)} – {last:%H:%M} {offset}"
    return f"{day(first)}, {first:%H:%M}–{last:%H:%M} {offset}"


def length(of: int | timedelta) -> str:
    """Minutes or a timedelta, as 1 h 30 min."""
    minutes = of if isinstance(of, int) else int(of.total_seconds() // 60)
    hours, rest = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [(days, _("d")), (hours, _("h")), (rest, _("min"))]
    return " ".join(f"{n} {unit}" for n, unit in parts if n) or f"0 {_('min')}"


def words(text: Text) -> str:
    """A text in the reader's language, else in any."""
    return text.get(language()) or next((said for said in text.values() if said), "")


def until(moment: datetime) -> str:
    """How long from now, roughly: as 3 days, 5 hours, 20 minutes."""
    minutes = max(0, int((moment - now()).total_seconds() // 60))
    if minutes >= 2 * 24 * 60:
        return _n("%(num)d day", "%(num)d days", minutes // (24 * 60))
    if minutes >= 2 * 60:
        return _n("%(num)d hour", "%(num)d hours", minutes // 60)
    return _n("%(num)d minute", "%(num)d minutes", minutes)


def desk_zone() -> ZoneInfo:
    """The zone of what concerns no one service: that of the first."""
    if "desk_zone" not in g:
        g.desk_zone = next(iter(windows.zones(db.session()).values()), ZoneInfo("Europe/Amsterdam"))
    zone: ZoneInfo = g.desk_zone
    return zone


def now() -> datetime:
    """The moment of this request: one for all that it decides and shows."""
    if "now" not in g:
        g.now = datetime.now(UTC)
    moment: datetime = g.now
    return moment


def _offset(local: datetime) -> str:
    return local.tzname() or ""
