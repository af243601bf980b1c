"""Search: one box for windows, customers, contacts and services."""

from flask import Blueprint, render_template

from maintenance.accounts import open_to
from maintenance.models import db
from maintenance.store.search import MOST, search
from maintenance.web.asked import asked

pages = Blueprint("search", __name__)


@pages.get("/search")
@open_to("read")
def find() -> str:
    """What holds the text asked for (?q=)."""
    text = asked("q")
    found = search(db.session(), text) if text else None
    return render_template("search.html", text=text, found=found, most=MOST)
