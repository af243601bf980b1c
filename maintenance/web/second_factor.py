"""The second factor of a sign-in: a code of an authenticator (RFC 6238), or a passkey (WebAuthn).

Flask-Security asks for it between the password and the sign-in; here is what it leaves open: no
code counts twice, a passkey counts for its own account alone, and every change is logged.
"""

import base64
import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, current_app, redirect, request, session
from flask_login import current_user
from flask_security.recovery_codes import MfRecoveryCodesUtil
from flask_security.signals import (
    tf_code_confirmed,
    tf_disabled,
    tf_profile_changed,
    wan_deleted,
    wan_registered,
)
from flask_security.totp import Totp
from flask_security.webauthn import WebAuthnSigninResponseForm
from flask_security.webauthn_util import WebauthnUtil
from werkzeug.wrappers import Response

from maintenance.accounts import ANYONE
from maintenance.config import Settings
from maintenance.models import User, db
from maintenance.store import accounts
from maintenance.web.texts import _

OPEN = {
    "two_factor_setup": ANYONE,  # between password and sign-in, too: it looks for itself
    "two_factor_setup_validate": "read",
    "two_factor_token_validation": ANYONE,
    "tf_select": ANYONE,
    "mf_recovery_codes": "read",
    "mf_recovery": ANYONE,
    "wan_register": "read",
    "wan_register_response": "read",
    "wan_signin": ANYONE,
    "wan_signin_response": ANYONE,
    "wan_delete": "read",
    "verify": "read",
    "wan_verify": "read",
    "wan_verify_response": "read",
}
"""Flask-Security's pages for it, and the right each needs."""

CHANGES = (
    (tf_profile_changed, "authenticator"),
    (tf_disabled, "no-authenticator"),
    (wan_registered, "passkey"),
    (wan_deleted, "no-passkey"),
)
"""What Flask-Security says of a change, and how the log says it."""

ROLES = ("approver", "admin")
"""Who has to have one, where the installation asks for it."""


class Codes(Totp):  # type: ignore[misc]
    """Codes that count once: whoever reads one over a shoulder comes too late."""

    def get_last_counter(self, user: User) -> int | None:
        """The number of the last code that was used."""
        return user.tf_last_counter

    def set_last_counter(self, user: User, tmatch: Any) -> None:
        """Take no code up to this one again."""
        user.tf_last_counter = tmatch.counter


class Origin(WebauthnUtil):  # type: ignore[misc]
    """Passkeys belong to the address of BASE_URL, whatever a request says."""

    def origin(self) -> str:
        """As https://maintenance.example."""
        settings: Settings = current_app.config["SETTINGS"]
        parts = urlsplit(settings.base_url)
        return f"{parts.scheme}://{parts.netloc}"


class Recovery(MfRecoveryCodesUtil):  # type: ignore[misc]
    """Codes for who lost the telephone or the key: each counts once, and that it did is logged."""

    def create_recovery_codes(self, user: User) -> list[str]:
        """New ones, in place of those there were."""
        made: list[str] = super().create_recovery_codes(user)
        accounts.factor_changed(db.session(), user, "recovery-codes", datetime.now(UTC))
        return made

    def check_recovery_code(self, user: User, code: str) -> bool:
        """Whether it is one of them; asked twice at once, the second waits for the first."""
        db.session.refresh(user, with_for_update=True)
        return bool(super().check_recovery_code(user, code))

    def delete_recovery_code(self, user: User, code: str) -> bool:
        """Take a code that was used out of them."""
        accounts.factor_changed(db.session(), user, "recovery-code", datetime.now(UTC))
        return bool(super().delete_recovery_code(user, code))


class OwnPasskey(WebAuthnSigninResponseForm):  # type: ignore[misc]
    """The answer of a passkey: after a password only one of that password's account counts."""

    def validate(self, **values: Any) -> bool:
        """Whether it is right, and the account's own."""
        if not super().validate(**values):
            return False
        if self.is_secondary and self.user.fs_uniquifier != session.get("tf_user_id"):
            self.credential.errors.append(_("This passkey belongs to another account."))
            return False
        return True


def settings_of(settings: Settings) -> dict[str, Any]:
    """What Flask-Security is to do."""
    return {
        "SECOND_FACTOR_ROLES": ROLES if settings.require_second_factor else (),
        "SECURITY_TWO_FACTOR": True,
        "SECURITY_TWO_FACTOR_ENABLED_METHODS": ["authenticator"],
        "SECURITY_TWO_FACTOR_RESCUE_EMAIL": False,
        "SECURITY_TWO_FACTOR_AUTHENTICATOR_VALIDITY": 30,
        "SECURITY_TWO_FACTOR_POST_SETUP_VIEW": "/account",
        "SECURITY_TOTP_SECRETS": {"1": _key(b"authenticator secrets", settings.secret_key)},
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES": True,
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES_N": 8,
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES_KEYS": [
            _key(b"recovery codes", settings.secret_key).encode()
        ],
        "SECURITY_TOTP_ISSUER": "Maintenance",
        "SECURITY_WEBAUTHN": True,
        "SECURITY_WAN_RP_NAME": "Maintenance",
        "SECURITY_WAN_ALLOW_AS_FIRST_FACTOR": False,
        "SECURITY_WAN_ALLOW_AS_VERIFY": ["secondary"],
        "SECURITY_WAN_POST_REGISTER_VIEW": "/account",
    }


def init_app(app: Flask) -> None:
    """Log what changes; browsers that signed in without it have to sign in anew."""
    for signal, verb in CHANGES:
        signal.connect(_noting(verb), app, weak=False)
    tf_code_confirmed.connect(_confirmed, app)
    app.before_request(_no_code_inside)


def missing(user: User) -> bool:
    """Whether this account has to have a second factor, and has none."""
    return user.check_tf_required_setup() and not user.has_second_factor


def _no_code_inside() -> Response | None:
    """Who is signed in needs no code to get in: Flask-Security signs out who opens that page."""
    there = request.endpoint == "security.two_factor_token_validation"
    if there and request.method == "GET" and current_user.is_authenticated:
        return redirect("/account", 303)
    return None


def _noting(verb: str) -> Callable[..., None]:
    def note(_app: Flask, user: User, **_: object) -> None:
        now = datetime.now(UTC)
        accounts.factor_changed(db.session(), user, verb, now)
        accounts.end_logins(db.session(), user, now, but=session.get("login", ""))

    return note


def _confirmed(app: Flask, user: User, **_: object) -> None:
    """A right code at a sign-in; the first one, where it was set up on the way."""
    if session.get("tf_state") == "validating_profile":
        _noting("authenticator")(app, user)


def _key(purpose: bytes, secret: str) -> str:
    """The key under which secrets of this purpose are kept, made of the installation's."""
    made = hashlib.sha256(purpose + b"\0" + secret.encode()).digest()
    return base64.urlsafe_b64encode(made).decode()
