"""Webhooks and pushed status pages: added, tested, and what they last answered."""

from typing import Any

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from maintenance import targets as verbs
from maintenance.accounts import open_to
from maintenance.config import Settings
from maintenance.models import Target, db
from maintenance.store import audit, outbox, people, targets
from maintenance.store.session import writing
from maintenance.targets import STATUSPAGE, WEBHOOK, TargetValues
from maintenance.web.access import actor
from maintenance.web.display import now
from maintenance.web.texts import _

pages = Blueprint("webhooks", __name__, url_prefix="/webhooks")

Answer = Response | str | tuple[str, int]


@pages.get("/")
@open_to("read")
def listing() -> str:
    """Where notices go beside mail."""
    return render_template(
        "webhooks/listing.html",
        webhooks=targets.listed(db.session(), WEBHOOK),
        statuspages=targets.listed(db.session(), STATUSPAGE),
    )


@pages.route("/new", methods=["GET", "POST"])
@open_to("edit-customers")
def new() -> Answer:
    """A webhook; its secret is on the page that answers, and nowhere after."""
    if request.method == "GET":
        return _form(None, WEBHOOK, {"active": True, "customer": request.args.get("customer", "")})
    return _keep(None, WEBHOOK)


@pages.route("/statuspages/new", methods=["GET", "POST"])
@open_to("administer")
def new_statuspage() -> Answer:
    """A page at Statuspage that is kept in step for a service."""
    if request.method == "GET":
        return _form(None, STATUSPAGE, {"active": True})
    return _keep(None, STATUSPAGE)


@pages.get("/<target_id>")
@open_to("read")
def page(target_id: str) -> str:
    """One of them, and its last answers."""
    return _page(_found(target_id))


@pages.get("/<target_id>/log")
@open_to("read")
def log(target_id: str) -> str:
    """The last answers alone, as they come in."""
    row = _found(target_id)
    return render_template("webhooks/_log.html", row=row, log=targets.log(db.session(), row))


@pages.route("/<target_id>/edit", methods=["GET", "POST"])
@open_to("edit-customers")
def edit(target_id: str) -> Answer:
    """Its address, what it gets, and whether it is on."""
    row = _mine(target_id)
    if request.method == "POST":
        return _keep(row, row.channel)
    values = {
        "url": row.address,
        "page_id": row.address,
        "name": row.name,
        "customer": row.customer.slug if row.customer else "",
        "services": [service.slug for service in row.services],
        "active": row.active,
        "components": ", ".join(row.settings.get("components", [])),
        "language": row.settings.get("language", ""),
    }
    return _form(row, row.channel, values)


@pages.post("/<target_id>/test")
@open_to("edit-customers")
def test(target_id: str) -> Response:
    """Send it a test, as everything is sent: the answer is in the log a moment later."""
    with writing() as session:
        outbox.add_test(session, _mine(target_id), now())
    flash(_("A test is on its way. The answer comes below."), "success")
    return _to(target_id)


@pages.post("/<target_id>/secret")
@open_to("edit-customers")
def replace_secret(target_id: str) -> str:
    """Another secret, shown on the page that answers; the old one signs nothing any more."""
    with writing() as session:
        verbs.replace_secret(session, _webhook(target_id), actor().name, now())
    row = _found(target_id)
    return _page(row, secret=verbs.secret(row, _settings()))


@pages.post("/<target_id>/remove")
@open_to("edit-customers")
def remove(target_id: str) -> Response:
    """Send nothing there any more, and forget it; what was delivered stays on record."""
    with writing() as session:
        verbs.remove(session, _mine(target_id), actor().name, now())
    flash(_("It is removed. Nothing is sent there any more."), "success")
    return redirect(url_for("webhooks.listing"), 303)


def _keep(row: Target | None, channel: str) -> Answer:
    values = _typed(channel)
    known = [service.slug for service in people.services(db.session())]
    if channel == WEBHOOK:
        parsed = verbs.parse_webhook(values, known, _settings())
    else:
        parsed = verbs.parse_page(values, known, row.settings if row else {}, _settings())
    if not isinstance(parsed, TargetValues):
        return _form(row, channel, values, parsed), 422
    public_id = row.public_id if row else None
    with writing() as session:
        there = targets.find(session, public_id) if public_id else None
        kept = verbs.put(session, there, parsed, actor().name, now())
        if not isinstance(kept, Target):
            return _form(there, channel, values, kept), 422
        public_id = kept.public_id
    if row is None and channel == WEBHOOK:
        made = _found(public_id)
        return _page(made, secret=verbs.secret(made, _settings()))
    flash(_("It is saved."), "success")
    return _to(public_id)


def _typed(channel: str) -> dict[str, Any]:
    """The form as the API would have it."""
    form = request.form
    fields = ("url", "page_id", "api_key", "name", "customer", "components", "language")
    values: dict[str, Any] = {field: form.get(field, "").strip() for field in fields}
    services = form.getlist("services")
    if channel == STATUSPAGE:
        services = [slug for slug in services if slug]
    return values | {"services": services, "active": "active" in form}


def _page(row: Target, secret: str = "") -> str:
    return render_template(
        "webhooks/page.html",
        row=row,
        secret=secret,
        log=targets.log(db.session(), row),
        history=audit.log(db.session(), f"target:{row.public_id}"),
        may_edit=_may_edit(row),
    )


def _form(
    row: Target | None,
    channel: str,
    values: dict[str, Any],
    errors: dict[str, str] | None = None,
) -> str:
    everybody = people.customers(db.session(), active=True)
    return render_template(
        f"webhooks/{channel}.html",
        row=row,
        values=values,
        errors=errors or {},
        services=people.services(db.session()),
        choices=[("", _("everybody")), *((each.slug, each.name) for each in everybody)],
    )


def _found(target_id: str) -> Target:
    return targets.find(db.session(), target_id) or abort(404)


def _mine(target_id: str) -> Target:
    """The target, where this account may change it: a page elsewhere has a credential."""
    row = _found(target_id)
    return row if _may_edit(row) else abort(403)


def _webhook(target_id: str) -> Target:
    row = _found(target_id)
    return row if row.channel == WEBHOOK else abort(404)


def _may_edit(row: Target) -> bool:
    return actor().may("edit-customers" if row.channel == WEBHOOK else "administer")


def _to(target_id: str) -> Response:
    return redirect(url_for("webhooks.page", target_id=target_id), 303)


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings
