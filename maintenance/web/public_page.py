"""Pages for the public that need a request: forms in the manner of the status page."""

from typing import Any

from flask import Response, current_app, request
from flask_wtf.csrf import generate_csrf

from maintenance.config import Settings
from maintenance.models import db
from maintenance.store import readers
from maintenance.windows import LANGUAGES
from notifications import status_page
from notifications.status_page import Shown

TEXTS = status_page.texts("preferences")


def language(own: str = "") -> str:
    """The language asked by `?lang=`, else the reader's `own`, else the browser's."""
    asked = request.args.get("lang", "")
    if asked in LANGUAGES:
        return asked
    return own or request.accept_languages.best_match(LANGUAGES) or LANGUAGES[0]


def show(template: str, status: int = 200, lang: str = "", **values: Any) -> Response:
    """This page of templates/preferences/, kept nowhere: what it holds is somebody's own."""
    settings: Settings = current_app.config["SETTINGS"]
    lang = lang or language()
    shown = Shown(readers.services(db.session()), (), settings.base_url, lang)
    body = status_page.page(
        f"preferences/{template}.html",
        shown,
        path=request.path,
        p=TEXTS[lang],
        csrf=generate_csrf(),
        **values,
    )
    headers = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow"}
    return Response(body, status, headers, content_type="text/html; charset=utf-8")


def said(
    name: str, status: int = 200, lang: str = "", link: str = "", label: str = "", **values: str
) -> Response:
    """A page with a title and a sentence or two, by their name in the texts."""
    texts = TEXTS[lang := lang or language()]
    title, text = texts[f"{name}_title"].format(**values), texts[f"{name}_text"].format(**values)
    return show("said", status, lang, title=title, text=text, link=link, label=label)
