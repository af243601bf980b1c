"""Series: the list, the form with its preview, and a series' own page with all its windows."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date
from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from maintenance import recurring
from maintenance.accounts import open_to
from maintenance.intake import Bad, paragraphs
from maintenance.models import Customer, Series, db
from maintenance.recurring import Plan, Planned
from maintenance.series_intake import REPEAT, parse_series
from maintenance.store import audit, people, reachable
from maintenance.store import windows as store
from maintenance.web import proposal, window_page
from maintenance.web.access import actor
from maintenance.web.breaking import together
from maintenance.web.display import desk_zone, locale, now
from maintenance.web.proposal import Form
from maintenance.web.texts import _, _n
from maintenance.windows import Channel, State

pages = Blueprint("series", __name__, url_prefix="/series")

Answer = Response | str | tuple[str, int]


class SeriesForm(Form):
    """The proposal form with how it repeats."""

    def plan(self) -> Plan | None:
        """The series that was typed, or None with every error in `errors`."""
        repeat = {name: self.typed.get(f"repeat_{name}", "").strip() for name in REPEAT}
        read = parse_series({**self.data(), "repeat": repeat}, self.zones, self.now)
        self.blame(read if isinstance(read, dict) else {})
        return None if isinstance(read, dict) or self.errors else read


@dataclass(frozen=True, slots=True)
class Preview:
    """What a series would bring, and which plan that is."""

    occurrences: Sequence[Planned]
    plan: str

    @property
    def broken(self) -> int:
        """How many occurrences break a rule."""
        return sum(not each.verdict.compliant for each in self.occurrences)


@pages.get("/")
@open_to("read")
def listing() -> str:
    """Every series, and when it comes by next."""
    session = db.session()
    rows = recurring.listed(session)
    return render_template(
        "series/listing.html",
        rows=rows,
        next_starts=recurring.next_starts(session, now()),
        names=_names(),
        rhythm=rhythm,
    )


@pages.route("/new", methods=["GET", "POST"])
@open_to("plan")
def new() -> Answer:
    """The form; nothing is saved before the preview of the same series was seen."""
    if request.method == "GET":
        return _form(SeriesForm(_empty(), now()))
    form = SeriesForm(request.form, now())
    plan = form.plan()
    if plan is None:
        return _form(form), 422
    preview = Preview(recurring.preview(db.session(), plan, now()), _name_of(plan))
    seen = request.form.get("previewed") == preview.plan
    if request.form.get("act") != "propose" or not seen or not preview.occurrences:
        return _form(form, preview)
    row = recurring.propose(plan, actor(), now())
    flash(_("Proposed. An approver can approve the series as a whole."), "success")
    return redirect(url_for("series.page", series_id=row.public_id), 303)


@pages.get("/<series_id>")
@open_to("read")
def page(series_id: str) -> str:
    """A series: how it repeats, each of its windows, and what can be done with it."""
    return _page(_found(series_id))


@pages.post("/<series_id>/approve")
@open_to("approve")
def approve(series_id: str) -> Answer:
    """Approve what complies; with a reason, what breaks a rule too."""
    return _decided(series_id, "override_reason", recurring.approve, _("Approved."))


@pages.post("/<series_id>/end")
@open_to("plan")
def end(series_id: str) -> Answer:
    """End it: its coming windows are cancelled."""
    done = _("Ended. What had not begun is cancelled, and told where it was announced.")
    if request.form.get("sure") != "yes":
        errors = {"sure": _("Tick this first: it cannot be undone.")}
        return _page(_found(series_id), errors), 422

    def verb(public_id: str, who: Any, at: Any, reason: str) -> recurring.Switched:
        return recurring.end(public_id, reason, who, at)

    return _decided(series_id, "reason", verb, done)


def _decided(series_id: str, field: str, verb: Any, done: str) -> Answer:
    row = _found(series_id)
    try:
        said = paragraphs(request.form.get(field, ""))
    except Bad as error:
        return _page(row, {field: proposal.sentence(field, str(error))}), 422
    result = verb(series_id, actor(), now(), said)
    if not isinstance(result, Series):
        why = getattr(result, "message", _("there is no such series"))
        refusal = _("Nothing was done: %(why)s.", why=why)
        return _page(_found(series_id), refusal=refusal), 409
    flash(done, "success")
    return redirect(url_for("series.page", series_id=series_id), 303)


def rhythm(row: Series) -> str:
    """As Every 2 weeks on Tuesday, or Every month on the second Tuesday."""
    day = format_date(row.first, "EEEE", locale=locale())
    if row.unit == "week":
        every = _n("Every week", "Every %(num)d weeks", row.every)
        return _("%(every)s on %(day)s", every=every, day=day)
    every = _n("Every month", "Every %(num)d months", row.every)
    which = (_("first"), _("second"), _("third"), _("fourth"), _("last"))
    week = which[(row.first.day - 1) // 7]
    return _("%(every)s on the %(which)s %(day)s", every=every, which=week, day=day)


def on_holidays() -> Mapping[str, str]:
    """What to do with an occurrence on a holiday, in words."""
    return {
        "keep": _("Keep it"),
        "skip": _("Leave it out"),
        "next": _("Put it on the next working day"),
    }


def _form(form: SeriesForm, preview: Preview | None = None) -> str:
    return render_template(
        "series/form.html",
        form=form,
        typed=form.typed,
        errors={name.replace(".", "_"): said for name, said in form.errors.items()},
        services=people.services(db.session()),
        leads=proposal.COMMON_LEADS,
        holidays=on_holidays(),
        preview=preview,
        changed=preview is not None and request.form.get("act") == "propose",
    )


def _page(row: Series, errors: Mapping[str, str] | None = None, refusal: str = "") -> str:
    waiting = [window for window in row.windows if window.state == State.PROPOSED]
    broken = [window for window in waiting if not window.verdict["compliant"]]
    return render_template(
        "series/page.html",
        row=row,
        zone=_zone(row),
        names=_names(),
        service_names=window_page.names(),
        rhythm=rhythm(row),
        holidays=on_holidays(),
        broken=broken,
        unreached=_unreached(row),
        breaches=together(db.session(), broken),
        log=audit.log(db.session(), f"series:{row.public_id}"),
        errors=errors or {},
        typed=request.form,
        refusal=refusal,
    )


def _unreached(row: Series) -> list[Customer]:
    """Customers of whom nobody could be told of its windows by mail."""
    if Channel.EMAIL not in row.fields["channels"]:
        return []
    services = store.services(db.session(), row.fields["services"])
    return reachable.unreached(db.session(), [each.id for each in services])


def _empty() -> proposal.Typed:
    typed = proposal.empty(request.args.get("day", ""), [])
    typed["kind"] = "update"
    defaults = {name: default for name, (_read, default) in REPEAT.items()}
    for name, default in defaults.items():
        typed[f"repeat_{name}"] = "" if default is None else str(default)
    return typed


def _name_of(plan: Plan) -> str:
    """The same for the same plan, so that what is saved is what was previewed."""
    return hashlib.sha256(repr(plan).encode()).hexdigest()[:32]


def _names() -> dict[str, Any]:
    return {service.slug: service for service in people.services(db.session())}


def _zone(row: Series) -> ZoneInfo:
    zones = store.zones(db.session())
    return next((zones[slug] for slug in row.fields["services"] if slug in zones), desk_zone())


def _found(series_id: str) -> Series:
    return recurring.by_public_id(db.session(), series_id) or abort(404)
