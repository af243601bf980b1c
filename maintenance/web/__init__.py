"""The pages: one file per area; each view parses, calls one verb, answers."""

from datetime import timedelta
from importlib import import_module
from typing import Any

from flask import Flask, current_app
from flask_babel import Babel, ngettext
from flask_bootstrap import Bootstrap5
from flask_login import current_user
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from maintenance.config import BadSetting, Settings
from maintenance.models import Held, db
from maintenance.store import holding
from maintenance.web import (
    access,
    account,
    accounts,
    afterwards,
    agreements,
    assets,
    calendar,
    customers,
    display,
    drafts,
    errors,
    explained,
    files,
    headers,
    job_templates,
    ledger,
    log,
    mails,
    messages,
    notice_texts,
    policies,
    preferences,
    search,
    sending,
    series,
    services,
    signin,
    subscribe,
    telling,
    verbs,
    webhooks,
    window_page,
    windows,
    wording,
)

AREAS = (
    assets,
    calendar,
    windows,
    afterwards,
    job_templates,
    drafts,
    telling,
    verbs,
    mails,
    ledger,
    series,
    services,
    policies,
    customers,
    agreements,
    files,
    accounts,
    account,
    search,
    log,
    sending,
    notice_texts,
    subscribe,
    preferences,
    webhooks,
)
"""Each has its pages in a blueprint named `pages`."""


def init_app(app: Flask) -> None:
    """Put the operators' pages on this app, behind sign-in."""
    settings: Settings = app.config["SETTINGS"]
    app.config.update(
        ASSETS={"static", "bootstrap.static", "assets.static", "assets.htmx"},
        BOOTSTRAP_SERVE_LOCAL=True,
        SEND_FILE_MAX_AGE_DEFAULT=timedelta(days=1),
        WTF_CSRF_TIME_LIMIT=None,  # a proposal may be written all day
        MAX_CONTENT_LENGTH=1024 * 1024,
        MAX_FORM_MEMORY_SIZE=1024 * 1024,  # a file to import comes back as a field
    )
    if n := settings.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=n, x_proto=n)  # type: ignore[method-assign]
    Babel(app, locale_selector=display.locale_wanted)
    Bootstrap5(app)
    signin.init_app(app)
    if settings.oidc is not None:
        _single_sign_on().init_app(app, settings.oidc)
    csrf = CSRFProtect(app)
    csrf.exempt(preferences.unsubscribe)  # mail programs press it (RFC 8058); its link is secret
    for area in AREAS:
        app.register_blueprint(area.pages)
    display.init_app(app)
    messages.init_app(app)
    errors.init_app(app)
    headers.init_app(app)
    access.init_app(app)
    app.context_processor(_shared)


def _held() -> Held | None:
    """Since when, by whom and why all sending is held."""
    return holding.held(db.session())


def _single_sign_on() -> Any:
    """Its module, which needs the extra `oidc`: loaded only where a provider is set."""
    try:
        return import_module("maintenance.web.sso")
    except ModuleNotFoundError as error:
        text = f"MAINTENANCE_OIDC_ISSUER needs the extra `oidc` ({error.name} is not installed)"
        raise BadSetting(text) from None


def _shared() -> dict[str, Any]:
    """What every template may use."""
    inside = current_user and current_user.is_authenticated
    return {
        "actor": access.actor() if inside else None,
        "zone": display.desk_zone() if inside else None,
        "locale": display.locale,
        "language": display.language,
        "base_url": current_app.config["SETTINGS"].base_url,
        "state_name": wording.state_name,
        "role_name": wording.role_name,
        "wording": wording,
        "ngettext": ngettext,
        "held": _held,
        "now": display.now,
        "single_sign_on": current_app.config["SETTINGS"].oidc is not None,
        "names": window_page.names,
        "explain": lambda each, at=None: explained.explain(each, display.language(), at),
    }
