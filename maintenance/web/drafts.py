"""Drafts: one's own and those of others, from where they are put forward."""

from flask import Blueprint, render_template

from maintenance.accounts import open_to
from maintenance.models import db
from maintenance.store import desk
from maintenance.web.access import actor

pages = Blueprint("drafts", __name__, url_prefix="/windows")


@pages.get("/drafts")
@open_to("read")
def listing() -> str:
    """Every draft, the last changed first; those of whoever looks before the others."""
    rows, me = desk.drafts(db.session()), actor().name
    mine = [row for row in rows if row.proposed_by == me]
    others = [row for row in rows if row.proposed_by != me]
    return render_template("windows/drafts.html", mine=mine, others=others)
