"""How the sending fares, and the switch that holds all of it."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from maintenance.accounts import open_to
from maintenance.intake import Bad, line
from maintenance.models import db
from maintenance.store import audit, holding, queue
from maintenance.store.session import writing
from maintenance.web.access import actor
from maintenance.web.display import now
from maintenance.web.messages import beside
from maintenance.web.texts import _

pages = Blueprint("sending", __name__, url_prefix="/sending")


@pages.get("/")
@open_to("read")
def page() -> str:
    """What waits, since when, and whether it is held."""
    session = db.session()
    return render_template(
        "sending.html",
        states=queue.states(session),
        mail_fault=queue.mail_fault(session),
        overdue=queue.longest_overdue(session, now()),
        log=audit.log(session, holding.SUBJECT)[-10:],
    )


@pages.post("/hold")
@open_to("administer")
def hold() -> Response:
    """Send nothing from here on."""
    try:
        why = line(request.form.get("why", ""))
    except Bad as error:
        flash(beside(str(error)), "error")
        return redirect(url_for("sending.page"), 303)
    with writing() as session:
        holding.hold(session, actor().name, why, now())
    flash(_("All sending is held."), "success")
    return redirect(url_for("sending.page"), 303)


@pages.post("/release")
@open_to("administer")
def release() -> Response:
    """Send what is due again."""
    with writing() as session:
        holding.release(session, actor().name, now())
    flash(_("Sending goes on: what is due goes out now."), "success")
    return redirect(url_for("sending.page"), 303)
