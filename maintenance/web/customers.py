"""Customers and their contacts: found, added, edited; who is to be told."""

from typing import Any

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from maintenance import links
from maintenance.accounts import open_to
from maintenance.config import Settings
from maintenance.customers import is_slug, parse_contact, parse_customer
from maintenance.models import Contact, Customer, db
from maintenance.store import audit, people
from maintenance.store.session import writing
from maintenance.web.access import actor
from maintenance.web.asked import asked
from maintenance.web.display import now
from maintenance.web.texts import _

pages = Blueprint("customers", __name__, url_prefix="/customers")

PAGE = 50

Answer = Response | str | tuple[str, int]


@pages.get("/")
@open_to("read")
def listing() -> str:
    """Customers, found by name, slug, or a contact's name or address."""
    search, after = asked("q"), asked("after")
    found = people.customers(db.session(), search, after, PAGE + 1)
    return render_template(
        "customers/listing.html",
        customers=found[:PAGE],
        more=found[PAGE - 1].slug if len(found) > PAGE else None,
        search=search,
    )


@pages.route("/new", methods=["GET", "POST"])
@open_to("edit-customers")
def new() -> Answer:
    """A customer that is not there yet."""
    if request.method == "GET":
        return _form(None, {"services": [], "active": True})
    slug = request.form.get("slug", "").strip()
    errors = (
        {} if is_slug(slug) else {"slug": _("Small letters, digits and dashes, as in acme-bv.")}
    )
    if not errors and people.find_customer(db.session(), slug):
        errors = {"slug": _("There is a customer with this short name already.")}
    return _keep(None, slug, errors)


@pages.get("/<slug>")
@open_to("read")
def page(slug: str) -> str:
    """A customer: its contacts, agreements, feed address and log."""
    return _page(_found(slug))


@pages.route("/<slug>/edit", methods=["GET", "POST"])
@open_to("edit-customers")
def edit(slug: str) -> Answer:
    """A customer's name, level and services, and whether it is active."""
    row = _found(slug)
    if request.method == "GET":
        services = [service.slug for service in row.services]
        fields = {"name": row.name, "level": row.level, "active": row.active}
        return _form(row, {**fields, "services": services})
    return _keep(row, slug, {})


@pages.post("/<slug>/contacts")
@open_to("edit-customers")
def add_contact(slug: str) -> Answer:
    """One more person to tell."""
    row = _found(slug)
    values = parse_contact(request.form)
    if isinstance(values, dict):
        return _page(row, adding=dict(request.form), errors=values), 422
    with writing() as session:
        added = people.add_contact(session, _found(slug), values, actor().name, now())
    if added is None:
        errors = {"email": _("This customer has a contact with this address already.")}
        return _page(_found(slug), adding=dict(request.form), errors=errors), 422
    flash(_("%(address)s is a contact now.", address=values.email), "success")
    return redirect(url_for("customers.page", slug=slug), 303)


@pages.route("/<slug>/contacts/<int:contact_id>", methods=["GET", "POST"])
@open_to("edit-customers")
def contact(slug: str, contact_id: int) -> Answer:
    """A contact's name, address and language; saving makes it active."""
    row = _contact(slug, contact_id)
    if request.method == "GET":
        fields = {"email": row.email, "name": row.name, "language": row.language}
        return _contact_form(row, fields)
    values = parse_contact(request.form)
    if isinstance(values, dict):
        return _contact_form(row, dict(request.form), values), 422
    with writing() as session:
        there = _contact(slug, contact_id)
        if not people.edit_contact(session, there, values, actor().name, now()):
            errors = {"email": _("This customer has a contact with this address already.")}
            return _contact_form(there, dict(request.form), errors), 422
    flash(_("%(address)s is saved.", address=values.email), "success")
    return redirect(url_for("customers.page", slug=slug), 303)


@pages.post("/<slug>/contacts/<int:contact_id>/deactivate")
@open_to("edit-customers")
def deactivate(slug: str, contact_id: int) -> Response:
    """Write to this contact no more."""
    with writing() as session:
        people.deactivate_contact(session, _contact(slug, contact_id), actor().name, now())
    flash(_("This contact gets no more mail."), "success")
    return redirect(url_for("customers.page", slug=slug), 303)


@pages.post("/<slug>/feed")
@open_to("edit-customers")
def replace_feed(slug: str) -> Response:
    """Another secret feed address; the old one stops working."""
    with writing() as session:
        people.replace_feed(session, _found(slug), actor().name, now())
    flash(_("The feed has a new address. The old one no longer works."), "success")
    return redirect(url_for("customers.page", slug=slug), 303)


def _keep(row: Customer | None, slug: str, errors: dict[str, str]) -> Answer:
    form = request.form
    data: dict[str, Any] = {
        "name": form.get("name", ""),
        "level": form.get("level", ""),
        "services": form.getlist("services"),
        "active": "active" in form or row is None,
    }
    values = parse_customer(data, people.policies(db.session(), now()))
    if isinstance(values, dict) or errors:
        wrong = errors | (values if isinstance(values, dict) else {})
        return _form(row, data | {"slug": slug}, wrong), 422
    with writing() as session:
        people.put_customer(session, slug, values, actor().name, now())
    flash(_("%(name)s is saved.", name=values.name), "success")
    return redirect(url_for("customers.page", slug=slug), 303)


def _found(slug: str) -> Customer:
    return people.find_customer(db.session(), slug) or abort(404)


def _contact(slug: str, contact_id: int) -> Contact:
    found = (one for one in _found(slug).contacts if one.id == contact_id)
    return next(found, None) or abort(404)


def _page(
    row: Customer, adding: dict[str, str] | None = None, errors: dict[str, str] | None = None
) -> str:
    return render_template(
        "customers/page.html",
        row=row,
        feed=_feed_address(row) if actor().may("edit-customers") else None,
        adding=adding or {"language": "nl"},
        errors=errors or {},
        log=audit.log(db.session(), f"customer:{row.slug}"),
    )


def _feed_address(row: Customer) -> str:
    settings: Settings = current_app.config["SETTINGS"]
    generation = row.feed_generation
    token = links.token(settings.secret_key, links.Purpose.FEED, row.id, generation)
    return f"{settings.base_url}/feeds/c/{token}.ics"


def _form(
    row: Customer | None, values: dict[str, Any], errors: dict[str, str] | None = None
) -> str:
    services = people.services(db.session())
    return render_template(
        "customers/edit.html", row=row, values=values, errors=errors or {}, services=services
    )


def _contact_form(
    row: Contact, values: dict[str, Any], errors: dict[str, str] | None = None
) -> str:
    return render_template("customers/contact.html", row=row, values=values, errors=errors or {})
