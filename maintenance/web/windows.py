"""Windows: the list, the proposal form with its live verdict, the window's own page."""

import re
from datetime import UTC, datetime, timedelta

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from maintenance import job_templates, judging, planning
from maintenance.accounts import open_to
from maintenance.intake import Proposal
from maintenance.models import Window, db
from maintenance.results import Bad, Done, NotPossible, Result, Stale
from maintenance.store import people
from maintenance.store import windows as store
from maintenance.web import job_templates as templates
from maintenance.web import once, proposal, slots, telling, window_page
from maintenance.web.access import actor
from maintenance.web.display import desk_zone, now
from maintenance.web.nearby import nearby
from maintenance.web.proposal import Form
from maintenance.web.slots import Offer
from maintenance.web.texts import _
from maintenance.windows import State

pages = Blueprint("windows", __name__, url_prefix="/windows")

PAGE = 50
OPEN = (State.DRAFT, State.PROPOSED, State.SCHEDULED, State.IN_PROGRESS)

Answer = Response | str | tuple[str, int]


@pages.get("/")
@open_to("read")
def listing() -> str:
    """Windows by start: what is open, or what the filter asks."""
    state, service = request.args.get("state", "open"), request.args.get("service", "")
    states = {"open": OPEN, "all": tuple(State)}.get(state, (state,))
    since = None if state != "open" else now() - timedelta(days=31)
    found = store.listed(
        db.session(),
        states=states,
        services=[service] if service else (),
        since=since,
        after=_after(request.args.get("after", "")),
        limit=PAGE + 1,
    )
    return render_template(
        "windows/listing.html",
        windows=found[:PAGE],
        more=_cursor(found[PAGE - 1]) if len(found) > PAGE else None,
        state=state,
        service=service,
        services=people.services(db.session()),
    )


@pages.route("/new", methods=["GET", "POST"])
@open_to("plan")
def new() -> Answer:
    """The proposal form; without script its Check button shows the verdict."""
    if request.method == "GET":
        return _form(Form(_first_typed(), now()))
    form = Form(request.form, now())
    if "mail" in request.form:
        return telling.mail(form, None)
    if request.form.get("act") == "template":
        kept = templates.keep(form)
        return _form(form), 200 if kept else 422
    if "fill" in request.form or request.form.get("act") == "slots":
        return _helped(form)
    values = form.read(draft=request.form.get("act") == "draft")
    if request.form.get("act") == "check" or values is None:
        return _form(form), 200 if values else 422
    return _proposed(values)


def _proposed(values: Proposal) -> Response:
    """To the page of the window that it makes, once however often it is sent."""
    sending = once.sending(request.form.get("once", ""), url_for("windows.listing"))
    if sending.led_to is not None:
        return redirect(sending.led_to, 303)
    result = planning.propose(values, actor(), now())
    assert isinstance(result, Done)
    flash(
        _("The draft is kept.") if values.draft else _("Proposed. An approver can approve it."),
        "success",
    )
    page = url_for("windows.page", window_id=result.window.public_id)
    return redirect(sending.leads_to(page), 303)


def _first_typed() -> proposal.Typed:
    """The new form: empty, on ?day=, or with what the window ?copy= or ?template= says."""
    day = request.args.get("day", "")
    if job := job_templates.by_public_id(db.session(), request.args.get("template", "")):
        return templates.begun(job, day)
    if row := store.by_public_id(db.session(), request.args.get("copy", "")):
        return proposal.copied(row)
    services = people.services(db.session())
    chosen = [services[0].slug] if len(services) == 1 else []
    typed = proposal.empty(day, chosen)
    proposal.shift(typed, day, request.args.get("hour", ""))
    return typed


@pages.post("/verdict")
@open_to("plan")
def verdict() -> str:
    """The verdict on what is typed so far; reads only."""
    row = _named()
    form = Form(request.form, now(), planning.as_proposal(row) if row else None)
    return render_template("windows/_live.html", form=form, **_judged(form, row))


@pages.post("/slots")
@open_to("plan")
def find_slots() -> str:
    """The slots for what is typed so far; reads only."""
    row = _named()
    form = Form(request.form, now(), planning.as_proposal(row) if row else None)
    offer = slots.offer(form, row)
    return render_template("windows/_slots.html", form=form, offer=offer, taking=slots.taking)


@pages.get("/<window_id>")
@open_to("read")
def page(window_id: str) -> str:
    """A window: what, when, what the rules say, who was told, and what can be done with it."""
    return window_page.render(_found(window_id))


@pages.route("/<window_id>/edit", methods=["GET", "POST"])
@open_to("plan")
def edit(window_id: str) -> Answer:
    """The form again, for a window that is there; once approved its times are fixed."""
    row = _found(window_id)
    current = planning.as_proposal(row)
    if request.method == "GET":
        zone = window_page.zone_of(row)
        return _form(Form(proposal.from_values(current, zone), now(), current), row)
    form = Form(request.form, now(), current)
    if "mail" in request.form:
        return telling.mail(form, row)
    if "fill" in request.form or request.form.get("act") == "slots":
        return _helped(form, row)
    planned = row.state in planning.PLANNABLE
    draft = request.form.get("act") == "draft" if planned else current.draft
    values = form.read(draft=draft)
    if request.form.get("act") == "check" or values is None:
        return _form(form, row), 200 if values else 422
    seen = int(request.form.get("revision", "-1")) if _whole("revision") else -1
    return _edited(planning.edit(window_id, values, actor(), now(), seen), form, values)


def _helped(form: Form, row: Window | None = None) -> str:
    """The form with slots to choose from, or with the one that was chosen."""
    if "fill" in request.form:
        return _form(Form(slots.filled(request.form, form), now(), form.current), row)
    return _form(form, row, offer=slots.offer(form, row))


def _edited(result: Result, form: Form, values: Proposal) -> Answer:
    match result:
        case Done(window):
            flash(_("%(reference)s is saved.", reference=window.reference), "success")
            return redirect(url_for("windows.page", window_id=window.public_id), 303)
        case Stale(window):
            theirs = planning.as_proposal(window)
            changes = window_page.differences(theirs, values)
            form.errors = {}
            return _form(form, window, changes), 409
        case Bad(errors):
            form.errors = {name: proposal.sentence(name, said) for name, said in errors.items()}
            return _form(form, _named()), 422
        case NotPossible(said):
            row = _named() or abort(404)
            return window_page.render(row, proposal.sentence("", said)), 409
    raise NotFound


def _form(
    form: Form,
    row: Window | None = None,
    theirs: list[tuple[str, str, str]] | None = None,
    offer: Offer | None = None,
) -> str:
    wrong = form.errors
    judged = _judged(form, row)
    form.errors = wrong
    return render_template(
        "windows/form.html",
        form=form,
        typed=form.typed,
        errors=wrong,
        row=row,
        theirs=theirs,
        services=people.services(db.session()),
        leads=proposal.COMMON_LEADS,
        fixed=row is not None and row.state not in planning.PLANNABLE,
        desk=desk_zone(),
        once=form.typed.get("once") or once.key(),
        offer=offer,
        templates=[] if row else job_templates.listed(db.session()),
        **telling.of(form, row),
        previewed=telling.PREVIEWED,
        asked_slots=request.form.get("act") == "slots",
        taking=slots.taking,
        **judged,
    )


def _judged(form: Form, row: Window | None) -> dict[str, object]:
    """The verdict on the form as it stands, where it says enough; and what else is on then."""
    values = form.read_for_verdict()
    if values is None:
        return {"verdict": None, "nearby": [], "ways": (), "problems": form.errors}
    public_id = row.public_id if row else None
    found = judging.judge(db.session(), values, now(), public_id)
    return {
        "verdict": found,
        "ways": slots.ways(form, values, found, row),
        "nearby": nearby(values.services, values.start, values.end, row),
        "problems": {},
    }


def _named() -> Window | None:
    """The window that the form is about, if there is one yet."""
    window_id = (request.view_args or {}).get("window_id") or request.form.get("window_id")
    return store.by_public_id(db.session(), window_id) if window_id else None


def _found(window_id: str) -> Window:
    return store.by_public_id(db.session(), window_id) or abort(404)


def _whole(name: str) -> bool:
    value = request.form.get(name, "")
    return value.isascii() and value.isdigit() and len(value) < 10


def _cursor(row: Window) -> str:
    return f"{int(row.start_at.timestamp())}-{row.id}"


def _after(cursor: str) -> tuple[datetime, int] | None:
    """The start and id that a page ended with; None for what is no cursor."""
    found = re.fullmatch(r"(\d{1,11})-(\d{1,15})", cursor, re.ASCII)
    if found is None:
        return None
    return datetime.fromtimestamp(int(found[1]), UTC), int(found[2])
