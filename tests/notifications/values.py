"""Windows as values, fine unless told otherwise, and titles that broke calendars and pages."""

from datetime import UTC, datetime, timedelta
from typing import Any

from maintenance.windows import Impact, Kind, Message, Service, State, Window

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
START = datetime(2026, 12, 2, 19, 0, tzinfo=UTC)
NMBRS = Service("nmbrs", "Nmbrs")
FACTUURPORTAL = Service("factuurportal", "Factuurportal", color="#c2410c")

BAD_TITLES = (
    "two\r\nlines",
    "one\rreturn",
    "NUL\x00and bell\x07",
    "NEL\x85VT\vFF\f",
    "line\u2028paragraph\u2029",
    "bidi \u202eesrever\u202c \u2066isolated\u2069",
    "x\r\nEND:VEVENT\r\nBEGIN:VALARM",
    "semi;colon, comma \\n backslash \\",
    "emoji \U0001f468\u200d\U0001f4bb and \U0001f9e8",
    "<img src=x onerror=alert(1)>",
    "]]></title><script>alert(1)</script>",
    "{{7*7}} {% raw %} =cmd|'/c calc'!A1",
    "lone \ud800 surrogate, \ufffe nothing",
    "=?UTF-8?Q?=0A?=Bcc: x@y.example",
    "long " * 4000,
    "\"quoted\": 'and' %s {when}",
)


def window(**values: Any) -> Window:
    """A scheduled and announced window on Nmbrs."""
    start = values.get("start", START)
    fields: dict[str, Any] = {
        "id": "w_7Q2hC0ffee",
        "reference": "M-2026-041",
        "state": State.SCHEDULED,
        "revision": 3,
        "services": (NMBRS,),
        "kind": Kind.PLANNED,
        "title": {"nl": "Databases bijwerken", "en": "Database upgrade"},
        "description": {
            "nl": "We zetten de databases over.\n\nUw gegevens blijven staan.",
            "en": "We move the databases.\n\nYour data stay in place.",
        },
        "start": start,
        "end": start + timedelta(hours=2),
        "outage_minutes": 90,
        "impact": Impact.OUTAGE,
        "updated_at": datetime(2026, 11, 20, 8, 30, 15, 250000, tzinfo=UTC),
        "announced_at": datetime(2026, 11, 20, 8, 30, 16, tzinfo=UTC),
        **values,
    }
    return Window(**fields)


def uneven() -> Window:
    """A window of two hours: all of it on Nmbrs, a quarter on Factuurportal."""
    outages = {"nmbrs": 120, "factuurportal": 15}
    return window(services=(FACTUURPORTAL, NMBRS), outage_minutes=120, outages=outages)


def month() -> list[Window]:
    """One window of every sort that readers see, around NOW."""
    hour, day = timedelta(hours=1), timedelta(days=1)
    return [
        window(
            id="w_now",
            reference="M-2026-040",
            state=State.IN_PROGRESS,
            title={"nl": "Nieuwe servers", "en": "New servers"},
            start=NOW - hour,
            end=NOW + hour,
            started_at=NOW - hour,
            impact=Impact.DEGRADED,
            outage_minutes=0,
            messages=(
                Message(NOW - hour, {"nl": "We zijn begonnen.", "en": "We have started."}),
                Message(NOW - hour / 2, {"nl": "De helft is klaar.", "en": "Half is done."}),
            ),
        ),
        window(),
        window(
            id="w_both",
            reference="M-2026-042",
            services=(NMBRS, FACTUURPORTAL),
            title={"nl": "Netwerk", "en": "Network"},
            start=START + 5 * day,
            end=START + 5 * day + 10 * hour,
            impact=Impact.PARTIAL,
        ),
        window(
            id="w_off",
            reference="M-2026-038",
            state=State.CANCELLED,
            cancelled_at=NOW - day,
            title={"nl": "Certificaten", "en": "Certificates"},
            start=NOW + 3 * day,
        ),
        window(
            id="w_done",
            reference="M-2026-030",
            services=(FACTUURPORTAL,),
            state=State.COMPLETED,
            started_at=NOW - 10 * day,
            completed_at=NOW - 10 * day + hour,
            title={"nl": "Peppol-koppeling", "en": "Peppol connection"},
            start=NOW - 10 * day,
        ),
        window(
            id="w_old",
            reference="M-2026-012",
            kind=Kind.UPDATE,
            state=State.COMPLETED,
            title={"nl": "Wekelijkse update", "en": "Weekly update"},
            start=NOW - 140 * day,
            impact=Impact.NONE,
            outage_minutes=0,
        ),
    ]
