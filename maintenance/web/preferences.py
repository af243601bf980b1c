"""The preferences that contacts and subscribers have under a secret link, and unsubscribing."""

from flask import Blueprint, Response, current_app, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from maintenance import links, wishes
from maintenance.accounts import ANYONE, open_to
from maintenance.config import Settings
from maintenance.models import Contact, Customer, db
from maintenance.store import people
from maintenance.store.session import writing
from maintenance.web.display import now
from maintenance.web.public_page import TEXTS, language, said, show
from maintenance.windows import LANGUAGES
from maintenance.wishes import Reader, Wishes

pages = Blueprint("preferences", __name__)

DONE = ("saved", "feed_replaced")
"""What the page says was just done."""


@pages.get("/preferences/<token>")
@open_to(ANYONE)
def page(token: str) -> Response:
    """What this reader gets, to be changed."""
    reader = _reader(token)
    if reader is None:
        return said("dead", 404)
    return _page(reader, token, wishes.of(db.session(), reader))


@pages.post("/preferences/<token>")
@open_to(ANYONE)
def save(token: str) -> BaseResponse:
    """Change it; a contact who would miss what the SLA promises is asked whether that is meant."""
    with writing() as session:
        reader = _reader(token)
        if reader is None:
            return said("dead", 404)
        wanted = _asked(reader)
        if wishes.leaves(session, reader, wanted) and request.form.get("sure") != "yes":
            return _page(reader, token, wanted, sure=True)
        wishes.save(session, reader, wanted, _settings(), now())
    return _done(token, "saved")


@pages.post("/preferences/<token>/feed")
@open_to(ANYONE)
def replace_feed(token: str) -> BaseResponse:
    """Give the customer of this contact another secret feed address."""
    with writing() as session:
        reader = _reader(token)
        if not isinstance(reader, Contact):
            return said("dead", 404)
        people.replace_feed(session, reader.customer, reader.email, now())
    return _done(token, "feed_replaced")


@pages.route("/unsubscribe/<token>", methods=["GET", "POST"])
@open_to(ANYONE)
def unsubscribe(token: str) -> Response:
    """Leave it all. A mail program may POST here by itself (RFC 8058); GET only asks."""
    if request.method == "GET":
        reader = _reader(token)
        return _question(reader, token) if reader else said("dead", 404)
    with writing() as session:
        reader = _reader(token)
        if reader is None:
            return said("dead", 404)
        wishes.leave(session, reader, _settings(), now())
        lang, email = language(reader.language), reader.email
    link, label = f"/preferences/{token}?lang={lang}", str(TEXTS[lang]["again"])
    return said("unsubscribed", lang=lang, email=email, link=_at(link), label=label)


def _question(reader: Reader, token: str) -> Response:
    lang = language(reader.language)
    texts, warning = TEXTS[lang], ""
    if isinstance(reader, Contact):
        warning = texts["unsubscribe_contact"].format(customer=reader.customer.name)
    return show(
        "question",
        lang=lang,
        title=texts["unsubscribe_title"],
        text=texts["unsubscribe_text"].format(email=reader.email),
        warning=warning,
        answer=texts["unsubscribe"],
        link=_at(f"/preferences/{token}?lang={lang}"),
        label=texts["unsubscribe_less"],
    )


def _page(reader: Reader, token: str, wanted: Wishes, *, sure: bool = False) -> Response:
    lang = language(reader.language)
    done = request.args.get("done", "")
    customer = reader.customer if isinstance(reader, Contact) else None
    return show(
        "page",
        422 if sure else 200,
        lang,
        token=token,
        email=reader.email,
        customer=customer.name if customer else "",
        offered=wishes.choices(db.session(), reader),
        kinds=wishes.KINDS,
        wishes=wanted,
        feed=_feed(customer) if customer and not sure else "",
        sure=sure,
        done=TEXTS[lang][done] if done in DONE else "",
    )


def _asked(reader: Reader) -> Wishes:
    """What the form says; a language that is none of ours changes nothing."""
    asked = request.form.get("language", "")
    return Wishes(
        language=asked if asked in LANGUAGES else reader.language,
        kinds=frozenset(request.form.getlist("kinds")) & frozenset(wishes.KINDS),
        services=frozenset(request.form.getlist("services")),
    )


def _reader(token: str) -> Reader | None:
    return wishes.opened(db.session(), token, _settings())


def _feed(customer: Customer) -> str:
    key, generation = _settings().secret_key, customer.feed_generation
    token = links.token(key, links.Purpose.FEED, customer.id, generation)
    return _at(f"/feeds/c/{token}.ics")


def _done(token: str, what: str) -> BaseResponse:
    return redirect(_at(f"/preferences/{token}?done={what}"), 303)


def _at(path: str) -> str:
    return _settings().base_url + path


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings
