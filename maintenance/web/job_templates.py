"""Job templates: the list, the form, and keeping one from a proposal that is being written."""

from datetime import date, datetime, timedelta

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from maintenance import job_templates
from maintenance.accounts import open_to
from maintenance.job_templates import Values
from maintenance.models import JobTemplate, db
from maintenance.store import people, windows
from maintenance.web import proposal
from maintenance.web.access import actor
from maintenance.web.display import desk_zone, now
from maintenance.web.proposal import Form, Typed
from maintenance.web.shown import day_of
from maintenance.web.texts import _

pages = Blueprint("job_templates", __name__, url_prefix="/job-templates")

Answer = Response | str | tuple[str, int]
MINUTE = timedelta(minutes=1)


class JobForm(Form):
    """What was typed of a template."""

    def values(self) -> Values | None:
        """The template, or None with every error in `errors`."""
        own = {name: self.typed.get(name, "").strip() for name in ("name", "at", "length")}
        read = job_templates.parse({**self.data(), **own}, self.zones)
        self.blame(read if isinstance(read, dict) else {})
        return read if isinstance(read, Values) else None


@pages.get("/")
@open_to("read")
def listing() -> str:
    """Every template, each a click away from a proposal."""
    return render_template(
        "windows/job_templates.html",
        rows=job_templates.listed(db.session()),
        services={row.slug: row for row in people.services(db.session())},
    )


@pages.route("/new", methods=["GET", "POST"])
@open_to("plan")
def new() -> Answer:
    """An empty template, or with what the window ?window= says."""
    if request.method == "POST":
        return _put(None)
    row = windows.by_public_id(db.session(), request.args.get("window", ""))
    typed = proposal.copied(row) if row else proposal.empty("", [])
    if row:
        typed["name"] = row.title.get("en", "")
        typed["at"] = typed.get("start_time", "")
        typed["length"] = str((row.end_at - row.start_at) // MINUTE)
    return _form(_without_times(typed), None)


@pages.route("/<template_id>/edit", methods=["GET", "POST"])
@open_to("plan")
def edit(template_id: str) -> Answer:
    """The form of one that is there."""
    row = job_templates.by_public_id(db.session(), template_id) or abort(404)
    if request.method == "POST":
        return _put(row)
    return _form(_without_times(_typed(row)), row)


@pages.post("/<template_id>/remove")
@open_to("plan")
def remove(template_id: str) -> Response:
    """Remove it; windows that began from it stay."""
    if not job_templates.remove(template_id, actor(), now()):
        abort(404)
    flash(_("The job template is removed. Windows proposed from it stay as they are."), "success")
    return redirect(url_for("job_templates.listing"), 303)


def begun(row: JobTemplate, day: str) -> Typed:
    """The proposal form with what this template says, on this day where one is chosen."""
    typed = _typed(row)
    known = day_of(day)
    typed["start_date"], typed["start_time"] = day if known else "", typed["at"]
    if row.at is not None:
        start = datetime.combine(known or date(2026, 1, 1), row.at)
        end = start + timedelta(minutes=row.length_minutes)
        typed["end_date"], typed["end_time"] = f"{end:%Y-%m-%d}" if known else "", f"{end:%H:%M}"
    return typed


def keep(form: Form) -> bool:
    """Keep what is typed in a proposal as a template named `template_name`; or blame that form."""
    times = form.instant("start"), form.instant("end")
    length = (times[1] - times[0]) // MINUTE if times[0] and times[1] else 0
    data = {
        **form.data(),
        "name": form.typed.get("template_name", ""),
        "at": form.typed.get("start_time", ""),
        "length": str(length or "") if length >= 0 else "",
    }
    read = job_templates.parse(data, form.zones)
    if isinstance(read, Values):
        job_templates.put(None, read, actor(), now())
        flash(_("“%(name)s” is kept as a job template.", name=read.name), "success")
        return True
    renamed = {"name": "template_name", "at": "start", "length": "end"}
    form.errors = {
        renamed.get(name, proposal.field(name)): proposal.sentence(name, said)
        for name, said in read.items()
    }
    if "length" in read:
        form.errors["end"] = _("Give a start and an end: a template keeps how long it takes.")
    return False


def _typed(row: JobTemplate) -> Typed:
    values = job_templates.proposal_of(row)
    zones = windows.zones(db.session())
    zone = next((zones[slug] for slug in values.services if slug in zones), None)
    typed = proposal.from_values(values, zone or desk_zone())
    typed = _without_times(typed)
    typed["times"] = "yes"
    typed["name"], typed["length"] = row.name, str(row.length_minutes)
    typed["at"] = f"{row.at:%H:%M}" if row.at else ""
    if values.outage_minutes == row.length_minutes and not values.outages:
        typed["outage_minutes"] = ""
    return typed


def _without_times(typed: Typed) -> Typed:
    for name in ("times", "start_date", "start_time", "end_date", "end_time"):
        typed.pop(name, None)
    return typed


def _put(row: JobTemplate | None) -> Answer:
    form = JobForm(request.form, now())
    values = form.values()
    if values is None:
        return _form(form.typed, row, form), 422
    kept = job_templates.put(row.public_id if row else None, values, actor(), now()) or abort(404)
    flash(_("“%(name)s” is kept as a job template.", name=kept.name), "success")
    return redirect(url_for("job_templates.listing"), 303)


def _form(typed: Typed, row: JobTemplate | None, form: JobForm | None = None) -> str:
    form = form or JobForm(typed, now())
    return render_template(
        "windows/job_template.html",
        form=form,
        typed=form.typed,
        errors=form.errors,
        row=row,
        services=people.services(db.session()),
        leads=proposal.COMMON_LEADS,
    )
