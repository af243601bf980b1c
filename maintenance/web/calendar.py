"""Home: what needs me, and the calendar by month, by week or as a list."""

from datetime import timedelta

from flask import Blueprint, render_template, request

from maintenance.accounts import open_to
from maintenance.models import db
from maintenance.store import people
from maintenance.store.begun import begun
from maintenance.web.display import desk_zone, language, now
from maintenance.web.month import midnight, month, places
from maintenance.web.needs import needs
from maintenance.web.shown import shown
from maintenance.web.week import week

pages = Blueprint("calendar", __name__)


@pages.get("/")
@open_to("read")
def home() -> str:
    """The time asked for (?month=2026-12), by htmx alone or on the whole page."""
    zone, session = desk_zone(), db.session()
    today = now().astimezone(zone).date()
    asked, services = shown(request.args, today), people.services(session)
    values: dict[str, object] = {
        "asked": asked,
        "today": today,
        "places": places(session, services, asked.first, today, zone),
        "services": services,
        "options": [(row.slug, row.name) for row in services],
    }
    if asked.view == "week":
        values["week"] = week(session, asked, services, zone, language())
    else:
        values["month"] = month(session, asked, services, zone, language())
    if request.headers.get("HX-Target") == "month":
        return render_template("calendar/_calendar.html", **values)
    tonight = midnight(today + timedelta(days=1), zone)
    values |= {"needs": needs(session, now(), tonight), "begun": begun(session)}
    return render_template("calendar/home.html", **values)
