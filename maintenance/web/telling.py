"""Beside the proposal form: who would be told of what is typed, and each mail as it would look."""

from datetime import timedelta

from flask import Blueprint, Response, abort, render_template, request
from flask_babel import lazy_gettext as _l

from maintenance import planning
from maintenance.accounts import open_to
from maintenance.intake import Proposal
from maintenance.models import Window, db
from maintenance.store import audience as counted
from maintenance.store import readers
from maintenance.store import windows as store
from maintenance.web import mails
from maintenance.web.display import now
from maintenance.web.proposal import Form
from maintenance.web.wording import NOTICES, Words
from maintenance.windows import Impact, Kind, NoticeKind, State
from maintenance.windows import Window as WindowValue
from notifications import occasions

pages = Blueprint("telling", __name__, url_prefix="/windows")

PREVIEWED: Words = {kind: NOTICES[kind] for kind in mails.PREVIEWED if kind != NoticeKind.MESSAGE}
MISSING = _l("Fill in a service, a kind and the times first.")
STATES = {
    NoticeKind.START: State.IN_PROGRESS,
    NoticeKind.COMPLETION: State.COMPLETED,
    NoticeKind.CANCELLATION: State.CANCELLED,
}
"""Where a window stands when it is told of; scheduled, for the other kinds."""


@pages.post("/audience")
@open_to("plan")
def audience() -> str:
    """Who would be told of what is typed so far; reads only."""
    row = _named()
    form = Form(request.form, now(), planning.as_proposal(row) if row else None)
    return render_template("windows/_audience.html", **of(form, row))


def mail(form: Form, row: Window | None) -> Response:
    """A mail about what is typed so far, for the frame in the form: `preview` in language `mail`.

    The form is sent to its own address: htmx would take another from the button for its verdict.
    """
    kind, lang = form.typed.get("preview", ""), form.typed.get("mail", "")
    if kind not in PREVIEWED:
        abort(404)
    values = form.read_for_mail()
    if values is None:
        said = {"missing": MISSING, "errors": form.errors.values()}
        return mails.isolated(render_template("windows/no_mail.html", **said))
    window = _window(values, occasions.kind_of(kind), row)
    return mails.framed(mails.example(kind, window, lang))


def of(form: Form, row: Window | None) -> dict[str, object]:
    """Who would be told, and by what; nobody while no service is chosen."""
    typed = "planning" in form.typed
    slugs = form.typed.getlist("services") if typed else _slugs(row)
    channels = form.typed.getlist("channels") if typed else (row.channels if row else [])
    known = [slug for slug in form.zones if slug in slugs]
    found = counted.audience(db.session(), known, channels) if known else None
    return {"audience": found, "channels": channels}


def _window(values: Proposal, kind: NoticeKind, row: Window | None) -> WindowValue:
    """What is typed, as it would be when it is told of."""
    services = tuple(one for one in readers.services(db.session()) if one.slug in values.services)
    return WindowValue(
        id=row.public_id if row else "w_preview",
        reference=row.reference if row else f"M-{values.start:%Y}-…",
        state=STATES.get(kind, State.SCHEDULED),
        revision=row.revision if row else 1,
        services=services,
        kind=Kind(values.kind),
        title=values.title,
        description=values.description,
        start=values.start,
        end=values.end,
        outage_minutes=values.outage_minutes,
        impact=Impact(values.impact),
        updated_at=now(),
        channels=values.channels,
        announced_at=min(now(), values.start - timedelta(minutes=1)),
        completed_at=values.end if kind == NoticeKind.COMPLETION else None,
        outages=values.outages,
    )


def _named() -> Window | None:
    return store.by_public_id(db.session(), request.form.get("window_id", ""))


def _slugs(row: Window | None) -> list[str]:
    return [place.service.slug for place in row.places] if row else []
