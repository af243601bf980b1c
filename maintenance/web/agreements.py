"""A customer's agreements: what its contract says otherwise than the SLA, as TOML or JSON."""

import json
import tomllib
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from maintenance import rejudging
from maintenance.accounts import open_to
from maintenance.customers import AgreementValues, CustomerValues, parse_agreement
from maintenance.models import Agreement, Customer, db
from maintenance.sla.policy import Policy
from maintenance.sla.strict_json import NotJson, loads
from maintenance.store import people
from maintenance.store.session import writing
from maintenance.web import policies
from maintenance.web.access import actor
from maintenance.web.display import now
from maintenance.web.messages import in_words
from maintenance.web.texts import _

pages = Blueprint("agreements", __name__, url_prefix="/customers/<slug>/agreements")

MOST = 20_000
"""So many characters of rules at most."""

Answer = Response | str | tuple[str, int]


@pages.route("/new", methods=["GET", "POST"])
@open_to("edit-customers")
def new(slug: str) -> Answer:
    """One more agreement of this customer."""
    customer = _customer(slug)
    if request.method == "GET":
        return _form(customer, None, {"service": request.args.get("service", "")})
    return _keep(customer, None)


@pages.route("/<int:agreement_id>", methods=["GET", "POST"])
@open_to("edit-customers")
def edit(slug: str, agreement_id: int) -> Answer:
    """An agreement's service, dates and rules."""
    customer, row = _found(slug, agreement_id)
    if request.method == "GET":
        return _form(customer, row, _typed(row))
    return _keep(customer, row)


@pages.post("/<int:agreement_id>/delete")
@open_to("edit-customers")
def delete(slug: str, agreement_id: int) -> Answer:
    """The SLA alone from now on."""
    customer, row = _found(slug, agreement_id)
    rest = [_values(each) for each in customer.agreements if each is not row]
    return _stored(customer, rest, {row.service.slug}, _("The agreement is deleted."))


def as_toml(rules: Mapping[str, Any], leave_out: frozenset[str] = frozenset()) -> str:
    """Rules as an agreement writes them: a table for each, with its keys."""
    tables = [
        f"[{name}]\n"
        + "".join(f"{k} = {_toml(v)}\n" for k, v in keys.items() if k not in leave_out)
        for name, keys in rules.items()
    ]
    return "\n".join(tables)


def _toml(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {_toml(inner)}" for key, inner in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value, ensure_ascii=False, default=str)


def _keep(customer: Customer, row: Agreement | None) -> Answer:
    typed = request.form
    data: dict[str, Any] = {
        name: typed.get(name, "").strip() for name in ("service", "effective_from")
    }
    data["effective_until"] = typed.get("effective_until", "").strip()
    rules, wrong = _rules(typed.get("rules", ""))
    policies = _policies(customer)
    values = parse_agreement({**data, "rules": rules}, policies)
    if wrong or not isinstance(values, AgreementValues):
        errors = dict(values) if isinstance(values, dict) and not wrong else {"rules": wrong}
        return _form(customer, row, typed, _at_fields(errors)), 422
    rest = [_values(each) for each in customer.agreements if each is not row]
    touched = {values.service} | ({row.service.slug} if row else set())
    return _stored(customer, [*rest, values], touched, _("The agreement is saved."))


def _rules(text: str) -> tuple[Mapping[str, Any] | None, str]:
    """The rules that a text states, and what is wrong with the text."""
    if len(text) > MOST:
        return None, _("It is too long.")
    try:
        found = loads(text.encode()) if text.lstrip().startswith("{") else tomllib.loads(text)
        return json.loads(json.dumps(found, default=str)), ""
    except (NotJson, UnicodeEncodeError) as error:
        return None, _("This is no JSON: %(why)s.", why=str(error))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        return None, _("This is no TOML: %(why)s.", why=str(error))


def _at_fields(errors: Mapping[str, str]) -> dict[str, str]:
    """The same with what is wrong inside the rules at their field, each with its key."""
    inside = {key: said for key, said in errors.items() if key.startswith("rules.")}
    rest = {key: said for key, said in errors.items() if key not in inside}
    if inside:
        lines = [f"{key.removeprefix('rules.')}: {in_words(said)}." for key, said in inside.items()]
        rest["rules"] = " ".join(lines)
    return rest


def _stored(
    customer: Customer, agreements: list[AgreementValues], touched: set[str], done: str
) -> Response:
    """The customer with these agreements, what is planned judged anew, in one commit."""
    values = CustomerValues(
        name=customer.name,
        services=tuple(service.slug for service in customer.services),
        level=customer.level,
        active=customer.active,
        agreements=tuple(agreements),
    )
    slug = customer.slug
    with writing() as session:
        people.put_customer(session, slug, values, actor().name, now())
        said = rejudging.rejudge(session, actor().name, now(), touched)
    flash(done, "success")
    for each in said:
        flash(policies.in_words(each))
    return redirect(url_for("customers.page", slug=slug), 303)


def _form(
    customer: Customer,
    row: Agreement | None,
    typed: Mapping[str, str],
    errors: Mapping[str, str] | None = None,
) -> str:
    policies = _policies(customer)
    return render_template(
        "customers/agreement.html",
        customer=customer,
        row=row,
        typed=typed,
        errors=errors or {},
        promised={
            slug: as_toml(policy[0].source["rules"], frozenset({"text", "article", "kind"}))
            for slug, policy in policies.items()
        },
    )


def _policies(customer: Customer) -> dict[str, list[Policy]]:
    """Of each service that the customer has, the SLA in force and the versions that follow."""
    every = people.policies(db.session(), now())
    return {service.slug: every[service.slug] for service in customer.services}


def _typed(row: Agreement) -> dict[str, str]:
    return {
        "service": row.service.slug,
        "effective_from": row.effective_from.isoformat() if row.effective_from else "",
        "effective_until": row.effective_until.isoformat() if row.effective_until else "",
        "rules": as_toml(row.rules),
    }


def _values(row: Agreement) -> AgreementValues:
    return AgreementValues(row.service.slug, row.rules, row.effective_from, row.effective_until)


def _customer(slug: str) -> Customer:
    return people.find_customer(db.session(), slug) or abort(404)


def _found(slug: str, agreement_id: int) -> tuple[Customer, Agreement]:
    customer = _customer(slug)
    row = next((each for each in customer.agreements if each.id == agreement_id), None)
    return customer, row or abort(404)
