"""Short ways to say a window, a moment and a verdict."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from maintenance.sla.check import Terms, check
from maintenance.sla.policy import shipped
from maintenance.sla.verdict import Window

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def local(text, zone=AMSTERDAM):
    """A moment on the wall clock, as an instant; the first where it comes twice."""
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


LONG_AGO = local("2020-01-01 00:00")


def window(start, end=None, kind="planned", outage=None, told=LONG_AGO, channels=None, why=""):
    """A window on Amsterdam's clock, two hours where no end is given, told of long ago."""
    begins = local(start)
    ends = local(end) if end else begins + timedelta(hours=2)
    length = (ends - begins) // timedelta(minutes=1)
    announced = dict.fromkeys(("email", "status_page") if channels is None else channels, told)
    return Window(kind, begins, ends, length if outage is None else outage, announced, why)


def findings(service, judged, history=(), agreements=()):
    """The findings by rule, of a shipped policy."""
    terms = Terms(service, shipped()[service], list(history), list(agreements))
    return {finding.rule: finding for finding in check(judged, [terms]).findings}
