"""Home: the month, and what needs me."""

from datetime import timedelta

from flask import Blueprint, render_template, request

from maintenance.accounts import open_to
from maintenance.models import db
from maintenance.store import people
from maintenance.web.display import desk_zone, language, now
from maintenance.web.month import midnight, month, places
from maintenance.web.needs import needs

pages = Blueprint("calendar", __name__)


@pages.get("/")
@open_to("read")
def home() -> str:
    """The month asked for (?month=2026-12), by htmx alone or on the whole page."""
    zone, session = desk_zone(), db.session()
    today = now().astimezone(zone).date()
    shown = month(session, request.args.get("month", ""), today, zone, language())
    values = {
        "month": shown,
        "today": today,
        "places": places(session, shown.first, today, zone),
        "services": people.services(session),
    }
    if request.headers.get("HX-Target") == "month":
        return render_template("calendar/_month.html", **values)
    return render_template(
        "calendar/home.html",
        needs=needs(session, now(), midnight(today + timedelta(days=1), zone)),
        **values,
    )
