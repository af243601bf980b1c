"""What Flask-Security says at sign-in and has no Dutch for: its English, for our own catalogue."""

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

_SAID: dict[str, LazyString] = {
    "API_ERROR": _l("Input not appropriate for requested API"),
    "GENERIC_AUTHN_FAILED": _l("Authentication failed - identity or password/passcode invalid"),
    "GENERIC_RECOVERY": _l(
        "If that email address is in our system, you will receive an email describing how to"
        " reset your password."
    ),
    "REAUTHENTICATION_REQUIRED": _l("You must reauthenticate to access this endpoint"),
    "REAUTHENTICATION_SUCCESSFUL": _l("Reauthentication successful"),
    "ANONYMOUS_USER_REQUIRED": _l("You can only access this endpoint when not logged in."),
    "INVALID_INPUT": _l("Value entered is not valid for the field"),
    "PASSWORD_INVALID_LENGTH": _l("Password must be at least %(length)s characters"),
    "PASSWORD_RESET_EXPIRED": _l("You did not reset your password within %(within)s. "),
    "PASSWORD_RESET_NO_LOGIN": _l(
        "You successfully reset your password. Please authenticate using your new password."
    ),
    "TWO_FACTOR_INVALID_TOKEN": _l("Invalid code"),
    "INVALID_RECOVERY_CODE": _l("Recovery code invalid"),
    "TWO_FACTOR_LOGIN_SUCCESSFUL": _l("Your code has been confirmed"),
    "TWO_FACTOR_DISABLED": _l("You successfully disabled two-factor authorization."),
    "TWO_FACTOR_SETUP_EXPIRED": _l("Setup must be completed within %(within)s. Please start over."),
    "WEBAUTHN_EXPIRED": _l(
        "Passkey operations must be completed within %(within)s. Please start over."
    ),
    "WEBAUTHN_NAME_REQUIRED": _l("Nickname for new passkey is required."),
    "WEBAUTHN_NAME_INUSE": _l("%(name)s is already associated with a passkey."),
    "WEBAUTHN_NAME_NOT_FOUND": _l("%(name)s not registered with current user."),
    "WEBAUTHN_NAME_DISALLOWED_CHARACTERS": _l(
        "Passkey nicknames can contain only letters, numbers, and limited punctuation."
    ),
    "WEBAUTHN_CREDENTIAL_DELETED": _l("Successfully deleted the passkey with name: %(name)s"),
    "WEBAUTHN_REGISTER_SUCCESSFUL": _l("Successfully added the passkey with name: %(name)s"),
    "WEBAUTHN_CREDENTIAL_ID_INUSE": _l("Passkey already registered."),
    "WEBAUTHN_UNKNOWN_CREDENTIAL_ID": _l("Unregistered passkey."),
    "WEBAUTHN_NO_VERIFY": _l("Could not verify passkey: %(cause)s."),
    "WEBAUTHN_MISMATCH_USER_HANDLE": _l("Credential user handle didn't match"),
}

_GOOD = ("SUCCESSFUL", "DELETED", "DISABLED", "GENERIC_RECOVERY", "NO_LOGIN")


def settings() -> dict[str, tuple[LazyString, str]]:
    """The same as Flask-Security is told them: each with its category."""
    return {
        f"SECURITY_MSG_{name}": (said, "success" if name.endswith(_GOOD) else "error")
        for name, said in _SAID.items()
    }
