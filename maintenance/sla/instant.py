"""A time as text -> the instant it means, or why it means none.

Times are read by hand and not by a library: of what ISO 8601 allows the contract takes one form,
and a moment the clock skips or repeats must be refused, not guessed.
"""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from maintenance.sla.workdays import to_instants

TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ](?:[01][0-9]|2[0-3]):[0-5][0-9]"
    r"(?::[0-5][0-9](?:\.[0-9]{1,6}([0-9]*))?)?"
    r"(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])?"
)
FORM = "YYYY-MM-DDTHH:MM, with Z, an offset as +01:00, or none for local time"
MICROSECOND = timedelta(microseconds=1)
FIRST_YEAR, LAST_YEAR = 1970, 2199


class BadTime(ValueError):
    """A time that cannot be used. `reason`: `format`, `zone`, `gap`, `repeated` or `range`.

    `choices` are, for `repeated`, the two instants it may mean, in order.
    """

    def __init__(self, reason: str, message: str, choices: tuple[datetime, ...] = ()):
        super().__init__(message)
        self.reason, self.message, self.choices = reason, message, choices


def parse_instant(text: object, zone: ZoneInfo | None) -> datetime:
    """The UTC instant a text means, read in `zone` where it has no offset; BadTime if none.

    A fraction finer than a microsecond counts as the next one: it must not make what is late
    look timely.
    """
    if not isinstance(text, str):
        raise BadTime("format", f"expected {FORM}")
    found = TIME.fullmatch(text)
    if not found:
        raise BadTime("format", f"expected {FORM}")
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise BadTime("format", f"there is no such date; expected {FORM}") from None
    if not FIRST_YEAR <= at.year <= LAST_YEAR:
        raise BadTime("range", f"the year must be from {FIRST_YEAR} to {LAST_YEAR}")
    if found[1] and found[1].strip("0"):
        at += MICROSECOND
    if at.tzinfo is None:
        return _local_instant(at, zone)
    return at if at.tzinfo is UTC else at.astimezone(UTC)


def _local_instant(at: datetime, zone: ZoneInfo | None) -> datetime:
    if zone is None:
        raise BadTime("zone", "these services have no time zone in common: give an offset")
    instants = to_instants(at, zone)
    if not instants:
        raise BadTime("gap", f"this time does not exist in {zone.key}: the clock skips it")
    if len(instants) > 1:
        raise BadTime(
            "repeated",
            f"this time exists twice in {zone.key}, as the clock is set back: give an offset",
            instants,
        )
    return instants[0]
