"""The banner that shows maintenance inside the vendor's own product, and how to put it there. Pure.

A script of a few lines puts a frame on the page; the frame is empty while there is nothing to say.
"""

from datetime import datetime, timedelta

from notifications import board, status_page
from notifications.board import Moments, Phase
from notifications.status_page import Shown

SOON = timedelta(days=14)
"""So long before its start maintenance shows in the banner."""


def how(shown: Shown) -> bytes:
    """How to put the banner on a page."""
    return status_page.page("status/embed_how.html", shown, path="/embed/", service=None)


def banner(shown: Shown, now: datetime) -> bytes:
    """What is on, else what comes first and soon; shown.windows are those to tell of."""
    on = board.in_phase(shown.windows, Phase.NOW, now)
    soonest = board.next_up(shown.windows, now)
    soon = [soonest] if soonest and soonest.start - SOON <= now else []
    return status_page.page(
        "status/embed.html",
        shown,
        path="/embed/all",
        service=None,
        cards=[status_page.card(each, shown.language, now) for each in on or soon],
    )


def moments(shown: Shown, now: datetime) -> Moments:
    """When the banner changes by itself."""
    found = board.page_moments(shown.windows, now)
    appears = [window.start - SOON for window in shown.windows if now < window.start - SOON]
    return Moments(found.last, min([*appears, *([found.next] if found.next else [])], default=None))
