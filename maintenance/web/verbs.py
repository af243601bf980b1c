"""What is done with a window: each form is one verb, asked for once, answered by the page."""

from collections.abc import Callable

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from maintenance import judging, planning
from maintenance.accounts import open_to
from maintenance.intake import Bad as BadText
from maintenance.intake import in_languages, paragraphs
from maintenance.models import Window, db
from maintenance.results import Bad, Done, NotPossible, Refused, Result, Stale
from maintenance.sla.verdict import Verdict
from maintenance.store import windows as store
from maintenance.web import proposal, slots, window_page
from maintenance.web.access import actor
from maintenance.web.breaking import breaches
from maintenance.web.display import now
from maintenance.web.nearby import nearby
from maintenance.web.proposal import Form
from maintenance.web.texts import _
from maintenance.windows import LANGUAGES, State

pages = Blueprint("verbs", __name__, url_prefix="/windows/<window_id>")

Answer = Response | str | tuple[str, int]


@pages.post("/approve")
@open_to("approve")
def approve(window_id: str) -> Answer:
    """Schedule it; where a rule is broken, only with an approver's reason."""
    reason = request.form.get("override_reason", "")
    result = planning.approve(window_id, actor(), now(), reason, seen())
    return answer(result, _("Approved: it is scheduled."))


@pages.post("/reject")
@open_to("approve")
def reject(window_id: str) -> Answer:
    """Turn it down, with a reason."""
    return _reasoned(planning.reject, window_id, _("Rejected."))


@pages.post("/ask")
@open_to("approve")
def ask(window_id: str) -> Answer:
    """Ask the proposer something: it is a draft until that is answered."""
    done = _("Asked. Until it is proposed anew it is a draft.")
    return _reasoned(planning.ask_back, window_id, done, "question")


@pages.post("/cancel")
@open_to("plan")
def cancel(window_id: str) -> Answer:
    """Call it off; those told of it are told so."""
    return _reasoned(planning.cancel, window_id, _("Cancelled. Whoever was told of it is told so."))


@pages.post("/submit")
@open_to("plan")
def submit(window_id: str) -> Answer:
    """Put a draft forward."""
    return answer(planning.submit(window_id, actor(), now(), seen()), _("Proposed."))


@pages.post("/start")
@open_to("plan")
def start(window_id: str) -> Answer:
    """Start it now."""
    return answer(planning.start(window_id, actor(), now(), seen()), _("Started."))


@pages.post("/complete")
@open_to("plan")
def complete(window_id: str) -> Answer:
    """Say that it is done."""
    return answer(planning.complete(window_id, actor(), now(), seen()), _("Completed."))


@pages.post("/message")
@open_to("plan")
def message(window_id: str) -> Answer:
    """Write to its readers."""
    try:
        typed = {lang: request.form.get(f"message_{lang}", "").strip() for lang in LANGUAGES}
        text = in_languages({lang: said or None for lang, said in typed.items()}, paragraphs)
        if not all(text.values()):
            raise BadText(_("Write what there is to tell, in one language at least."))
    except BadText as error:
        return _again(window_id, {"message": str(error)})
    return answer(planning.message(window_id, text, actor(), now(), seen()), _("Sent to them."))


@pages.post("/extend")
@open_to("plan")
def extend(window_id: str) -> Answer:
    """Let it run on until a later end."""
    row = _found(window_id)
    form = Form(request.form, now(), planning.as_proposal(row))
    end = form.instant("end")
    if end is None:
        return _again(window_id, {"end": form.time_error("end") or ""})
    return answer(planning.extend(window_id, end, actor(), now(), seen()), _("Extended."))


@pages.route("/move", methods=["GET", "POST"])
@open_to("plan")
def move(window_id: str) -> Answer:
    """Other times: first the verdict on them, then the move."""
    row = _found(window_id)
    current = planning.as_proposal(row)
    if row.state not in (*planning.PLANNABLE, State.SCHEDULED):
        abort(409)
    if request.method == "GET":
        zone = window_page.zone_of(row)
        typed = proposal.from_values(current, zone)
        proposal.shift(typed, request.args.get("day", ""), request.args.get("hour", ""))
        return _move_form(row, Form(typed, now(), current))
    form = Form(request.form, now(), current)
    if "fill" in request.form:
        return _move_form(row, Form(slots.filled(request.form, form), now(), current))
    times = form.times()
    asked = request.form.get("act") == "move" and request.form.get("judged") == form.asked()
    if times is None or not asked:
        return _move_form(row, form), 200 if times else 422
    reason = request.form.get("override_reason", "")
    result = planning.move(window_id, *times, actor(), now(), reason, seen=seen())
    if isinstance(result, Refused):
        return _move_form(row, form, result.verdict), 409
    return answer(result, _("Moved. Whoever was told of it is told anew."))


@pages.post("/move/verdict")
@open_to("plan")
def move_verdict(window_id: str) -> str:
    """The verdict on the times typed so far; reads only."""
    row = _found(window_id)
    form = Form(request.form, now(), planning.as_proposal(row))
    return render_template("windows/_live.html", form=form, **_judged(row, form))


def _move_form(row: Window, form: Form, refused: Verdict | None = None) -> str:
    judged = _judged(row, form)
    if refused is not None:
        judged["verdict"] = refused
    return render_template(
        "windows/move.html",
        row=row,
        form=form,
        typed=form.typed,
        errors=form.errors,
        refused=refused is not None,
        dropped="day" in request.args and request.method == "GET",
        **judged,
    )


def _judged(row: Window, form: Form) -> dict[str, object]:
    times = form.times()
    if times is None:
        nothing: dict[str, object] = dict.fromkeys(("nearby", "ways", "breaches"), ())
        return {**nothing, "verdict": None, "problems": form.errors, "judged": ""}
    moved = planning.times_at(row, *times)
    announce_at = None if row.announced_at else row.announce_at
    services = [place.service.slug for place in row.places]
    found = judging.verdict_of(db.session(), row, now(), moved, announce_at=announce_at)
    values = form.read_for_verdict()
    return {
        "verdict": found,
        "ways": slots.ways(form, values, found, row) if values else (),
        "nearby": nearby(services, *times, row),
        "breaches": breaches(db.session(), row, found) if row.state == State.SCHEDULED else [],
        "problems": {},
        "judged": form.asked(),
    }


def _reasoned(
    verb: Callable[..., Result],
    window_id: str,
    done: str,
    field: str = "reason",
) -> Answer:
    try:
        reason = paragraphs(request.form.get(field, ""))
    except BadText as error:
        return _again(window_id, {field: proposal.sentence(field, str(error))})
    result = verb(window_id, reason, actor(), now(), seen())
    if isinstance(result, Bad):
        result = Bad({field: result.errors["reason"]})
    return answer(result, done)


def answer(result: Result, done: str) -> Answer:
    """The page of the window: by redirect where it is done, with why not where it is not."""
    window_id = (request.view_args or {})["window_id"]
    match result:
        case Done(window):
            flash(done, "success")
            return redirect(url_for("windows.page", window_id=window.public_id), 303)
        case Refused(verdict):
            said = _("A rule is broken, so it cannot be scheduled as it is.")
            return window_page.render(_found(window_id), said, verdict, typed=request.form), 409
        case NotPossible(said):
            return window_page.render(_found(window_id), proposal.sentence("", said)), 409
        case Stale(window):
            said = _("Somebody changed it meanwhile. This is how it is now; nothing was done.")
            return window_page.render(window, said, typed=request.form), 409
        case Bad(errors):
            return _again(
                window_id, {name: proposal.sentence(name, said) for name, said in errors.items()}
            )
    raise NotFound


def _again(window_id: str, errors: dict[str, str]) -> Answer:
    """The page again with what is wrong at its field, and what was typed."""
    row = _found(window_id)
    return window_page.render(row, errors=errors, typed=request.form), 422


def seen() -> int:
    """The revision of the page the form was on; a form without one was read never."""
    value = request.form.get("revision", "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else -1


def _found(window_id: str) -> Window:
    return store.by_public_id(db.session(), window_id) or abort(404)
