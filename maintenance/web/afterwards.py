"""Urgent work that was done before it was written down: its form, and telling of it later."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from maintenance import afterwards, judging
from maintenance.accounts import open_to
from maintenance.models import db
from maintenance.results import Done
from maintenance.store import people
from maintenance.web import once, verbs
from maintenance.web.access import actor
from maintenance.web.display import desk_zone, now
from maintenance.web.proposal import Form, Typed
from maintenance.web.texts import _
from maintenance.windows import Channel, Kind

pages = Blueprint("afterwards", __name__, url_prefix="/windows")


@pages.route("/afterwards", methods=["GET", "POST"])
@open_to("plan")
def register() -> Response | str | tuple[str, int]:
    """The form for work that is done; its Check button shows the verdict without script."""
    if request.method == "GET":
        return _form(Form(_empty(), now()))
    form = Form(request.form, now())
    values = form.read(draft=False)
    if request.form.get("act") == "check" or values is None:
        return _form(form), 200 if values else 422
    sending = once.sending(request.form.get("once", ""), url_for("windows.listing"))
    if sending.led_to is not None:
        return redirect(sending.led_to, 303)
    result = afterwards.register(values, actor(), now())
    assert isinstance(result, Done)
    told = _("Registered. Its readers are told that it was done.")
    flash(told if values.channels else _("Registered. Nobody is told of it."), "success")
    page = url_for("windows.page", window_id=result.window.public_id)
    return redirect(sending.leads_to(page), 303)


@pages.post("/<window_id>/tell")
@open_to("plan")
def tell(window_id: str) -> Response | str | tuple[str, int]:
    """Tell of it what was not told when it was registered."""
    channels = [channel for channel in Channel if channel in request.form.getlist("channels")]
    result = afterwards.tell(window_id, channels, actor(), now(), verbs.seen())
    return verbs.answer(result, _("Its readers are told that it was done."))


def _empty() -> Typed:
    typed: Typed = MultiDict({"planning": "yes", "times": "yes", "afterwards": "yes"})
    typed["kind"] = Kind.URGENT
    today = f"{now().astimezone(desk_zone()):%Y-%m-%d}"
    typed["start_date"] = typed["end_date"] = today
    typed.setlist("channels", [str(channel) for channel in Channel])
    services = people.services(db.session())
    typed.setlist("services", [services[0].slug] if len(services) == 1 else [])
    return typed


def _form(form: Form) -> str:
    wrong = form.errors
    values = form.read_for_verdict()
    return render_template(
        "windows/afterwards.html",
        form=form,
        typed=form.typed,
        errors=wrong,
        services=people.services(db.session()) or abort(409),
        once=form.typed.get("once") or once.key(),
        verdict=judging.judge(db.session(), values, now()) if values else None,
    )
