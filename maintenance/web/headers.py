"""The headers that every answer carries."""

from flask import Flask, Response, request
from flask_login import current_user

from maintenance.config import Settings

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; frame-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
"""What a page of ours may load: nothing inline, nothing from elsewhere, and nobody frames it."""


def init_app(app: Flask) -> None:
    """Put the headers on every answer of this app."""
    settings: Settings = app.config["SETTINGS"]
    always = common(https=settings.base_url.startswith("https://"))

    @app.after_request
    def add(response: Response) -> Response:
        for name, value in always.items():
            response.headers.setdefault(name, value)
        if "token" in (request.view_args or ()):  # its address is a secret: no referrer tells it
            response.headers["Referrer-Policy"] = "strict-origin"
        if request.endpoint not in app.config["ASSETS"] and current_user.is_authenticated:
            response.headers["Cache-Control"] = "no-store"
        return response


def common(https: bool) -> dict[str, str]:
    """The headers of every answer; HSTS where the installation is reached over TLS."""
    headers = {
        "Content-Security-Policy": POLICY,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    }
    return headers | ({"Strict-Transport-Security": "max-age=31536000"} if https else {})
