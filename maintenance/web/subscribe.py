"""Subscribing to a service by mail: asked here, confirmed by the link that is mailed.

The answers are the same for an address that is known and one that is not.
"""

from flask import Blueprint, Response, current_app, request

from maintenance import customers, wishes
from maintenance.accounts import ANYONE, open_to
from maintenance.config import Settings
from maintenance.customers import ContactValues
from maintenance.models import Service, db
from maintenance.store import guesses, people
from maintenance.store.session import writing
from maintenance.web import public_page, visitor
from maintenance.web.display import now
from maintenance.web.public_page import TEXTS, language, said, show

pages = Blueprint("subscribe", __name__)

PER_VISITOR, PER_ADDRESS = 20, 3
"""So often in guesses.PERIOD one visitor may ask, and one address is mailed."""


@pages.route("/status/<slug>/subscribe", methods=["GET", "POST"])
@open_to(ANYONE)
def ask(slug: str) -> Response:
    """Ask for notices of a service at an address."""
    service = people.find_service(db.session(), slug) if customers.is_slug(slug) else None
    if service is None:
        return said("dead", 404)
    if request.method == "GET":
        return _form(service)
    values = customers.parse_contact(request.form)
    if not isinstance(values, ContactValues):
        return _form(service, "bad_email", 422)
    if not _ask(slug, values):
        return _form(service, "too_often", 429)
    return said("asked", email=values.email)


@pages.route("/subscribe/<token>", methods=["GET", "POST"])
@open_to(ANYONE)
def confirm(token: str) -> Response:
    """What the mailed link opens: a question. Only the answer subscribes, no scanner of links."""
    settings: Settings = current_app.config["SETTINGS"]
    row = wishes.confirmed_by(db.session(), token, settings)
    if row is None or (row.confirmed_at is None and now() >= row.asked_at + wishes.CONFIRM_WITHIN):
        return said("dead", 404)
    texts = TEXTS[lang := language(row.subscriber.language)]
    values = {"service": row.service.name, "email": row.subscriber.email}
    if request.method == "GET":
        return show(
            "question",
            lang=lang,
            title=texts["confirm_title"].format(**values),
            text=texts["confirm_text"].format(**values),
            warning="",
            answer=texts["confirm"],
            link="",
        )
    with writing() as session:
        found = wishes.confirmed_by(session, token, settings)
        if found is None or not wishes.confirm(session, found, now()):
            return said("dead", 404)
        own = wishes.preferences_token(found.subscriber, settings)
    link = f"{settings.base_url}/preferences/{own}?lang={lang}"
    return said("confirmed", 200, lang, link, texts["to_preferences"], **values)


def _ask(slug: str, values: ContactValues) -> bool:
    """Mail the link; but not too often to one address. False where the visitor asks too often."""
    settings: Settings = current_app.config["SETTINGS"]
    with writing() as session:
        if _too_often(f"subscribe from {visitor.address()}", PER_VISITOR):
            return False
        service = people.find_service(session, slug)
        if service and not _too_often(f"subscribe {values.email.casefold()}", PER_ADDRESS):
            wishes.ask(session, values.email, service, values.language, settings, now())
    return True


def _too_often(source: str, most: int) -> bool:
    guesses.wrong(db.session(), source, now())
    return guesses.exhausted(db.session(), source, most + 1, now())


def _form(service: Service, error: str = "", status: int = 200) -> Response:
    lang = public_page.language()
    return show(
        "subscribe",
        status,
        lang,
        service=service,
        email=request.form.get("email", ""),
        chosen=request.form.get("language", lang),
        error=TEXTS[lang][error] if error else "",
    )
