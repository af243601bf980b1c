"""The services: what each SLA promises, rule by rule, and what an administrator sets."""

from collections.abc import Mapping

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from maintenance import rejudging
from maintenance.accounts import open_to
from maintenance.customers import parse_service
from maintenance.models import Service, db
from maintenance.store import people
from maintenance.store.policies import Versions
from maintenance.store.session import writing
from maintenance.web.access import actor
from maintenance.web.display import language, now
from maintenance.web.explained import explained
from maintenance.web.promises import assumptions, available, hours
from maintenance.web.texts import _

pages = Blueprint("services", __name__, url_prefix="/services")


@pages.get("/")
@open_to("read")
def listing() -> str:
    """Every service with the promises of its SLA."""
    versions = Versions(db.session())
    services = [
        {
            "row": row,
            "policy": (policy := versions.in_force(row.policy, now())),
            "rules": [explained(policy, rule, language(), now().date()) for rule in policy.rules],
            "hours": hours(policy),
            "available": available(policy),
            "assumptions": assumptions(policy),
        }
        for row in people.services(db.session())
    ]
    return render_template("services/listing.html", services=services)


@pages.route("/<slug>/edit", methods=["GET", "POST"])
@open_to("administer")
def edit(slug: str) -> Response | str | tuple[str, int]:
    """A service's name, colour and SLA, who approves, and whether the clock completes."""
    row = people.find_service(db.session(), slug) or abort(404)
    if request.method == "GET":
        return _form(row, {name: getattr(row, name) for name in FIELDS})
    typed = dict(request.form)
    data = {**typed, **{name: name in typed for name in ("clock_completes", "four_eyes")}}
    values = parse_service(data, people.policy_slugs(db.session()))
    if isinstance(values, dict):
        return _form(row, data, values), 422
    if wrong := rejudging.misfit(db.session(), slug, values, now()):
        return _form(row, data, wrong), 422
    with writing() as session:
        rejudging.put_service(session, slug, values, actor().name, now())
    flash(_("%(name)s is saved.", name=values.name), "success")
    return redirect(url_for("services.listing"), 303)


FIELDS = ("name", "policy", "color", "clock_completes", "four_eyes", "deputy")


def _form(row: Service, values: Mapping[str, object], errors: dict[str, str] | None = None) -> str:
    return render_template(
        "services/edit.html",
        row=row,
        values=values,
        errors=errors or {},
        policies=[(slug, slug) for slug in people.policy_slugs(db.session())],
    )
