"""Settings, read once at the start from the environment and instance/config.py; loud on a bad one.

The environment goes before the file. Every setting is named in instance/config.example.py.
"""

import os
import re
import runpy
import secrets
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import dkim
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from maintenance import addresses
from maintenance.accounts import ROLES

PREFIX = "MAINTENANCE_"
ROOT = Path(__file__).resolve().parent.parent


class BadSetting(Exception):
    """A setting that cannot be used; the text is one line and names it."""


@dataclass(frozen=True, slots=True)
class Smtp:
    """Where mail is handed in."""

    host: str
    port: int
    user: str | None = None
    password: str | None = None
    tls: bool = False  # TLS from the first byte
    starttls: bool = False


@dataclass(frozen=True, slots=True)
class Oidc:
    """The OpenID Connect provider that people sign in with, and which of its groups may do what."""

    issuer: str
    client_id: str
    client_secret: str
    roles: Mapping[str, str]  # a role by group


@dataclass(frozen=True, slots=True)
class Settings:
    """What an installation can set; the names are those of the environment without the prefix."""

    instance_path: Path
    database_url: str
    procrastinate: bool  # whether its jobs carry the sending; on PostgreSQL alone
    smtp_url: Smtp | None  # None: mails are kept in a Maildir under instance_path
    mail_from: str
    base_url: str
    secret_key: str
    policy_dir: Path | None
    smtp_timeout: timedelta
    lease_seconds: timedelta
    sending_margin: timedelta  # a window not yet announced is judged as announced then
    trusted_proxies: int
    bounce_address: str | None  # where mails come back to; each as a plus address of its own
    bounce_maildir: Path | None  # where they then lie
    dkim_key: bytes | None  # an RSA key in PEM
    dkim_selector: str | None
    outgoing_allow: tuple[str, ...]  # networks that webhooks may reach though they are not public
    special_use_domains: tuple[str, ...]  # those that addresses may be in all the same
    require_second_factor: bool  # of approvers and administrators
    oidc_issuer: str | None
    oidc_client_id: str | None
    oidc_client_secret: str | None
    oidc_roles: Mapping[str, str]

    @property
    def oidc(self) -> Oidc | None:
        """The provider, where one is set."""
        if self.oidc_issuer is None:
            return None
        return Oidc(
            self.oidc_issuer,
            self.oidc_client_id or "",
            self.oidc_client_secret or "",
            self.oidc_roles,
        )


def read(environ: Mapping[str, str]) -> Settings:
    """The settings of this environment, or BadSetting."""
    instance = _instance_path(environ)
    values = given(environ)
    raw = {name: values.get(PREFIX + name.upper()) for name in _READERS}
    read_values = {
        name: _read_one(PREFIX + name.upper(), reader, raw[name], instance)
        for name, reader in _READERS.items()
    }
    settings = Settings(instance_path=instance, **read_values)
    if settings.lease_seconds <= settings.smtp_timeout:
        raise BadSetting(
            "MAINTENANCE_LEASE_SECONDS must be longer than MAINTENANCE_SMTP_TIMEOUT "
            f"({settings.smtp_timeout.total_seconds():.0f})"
        )
    if settings.procrastinate and not settings.database_url.startswith("postgresql"):
        raise BadSetting("MAINTENANCE_PROCRASTINATE needs PostgreSQL in MAINTENANCE_DATABASE_URL")
    if (settings.dkim_key is None) != (settings.dkim_selector is None):
        raise BadSetting("MAINTENANCE_DKIM_KEY and MAINTENANCE_DKIM_SELECTOR need each other")
    if settings.oidc_issuer and not (settings.oidc_client_id and settings.oidc_client_secret):
        raise BadSetting(
            "MAINTENANCE_OIDC_ISSUER needs MAINTENANCE_OIDC_CLIENT_ID and "
            "MAINTENANCE_OIDC_CLIENT_SECRET"
        )
    return settings


def given(environ: Mapping[str, str]) -> dict[str, Any]:
    """What was set, as it was written, by name: the environment before the file."""
    values = _file(_instance_path(environ) / "config.py")
    return values | {k: v for k, v in environ.items() if k.startswith(PREFIX) and v != ""}


def names() -> list[str]:
    """The name of every setting, as in the environment."""
    return [PREFIX + field.name.upper() for field in fields(Settings)]


def _instance_path(environ: Mapping[str, str]) -> Path:
    path = Path(environ.get(PREFIX + "INSTANCE_PATH") or ROOT / "instance").absolute()
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadSetting(f"MAINTENANCE_INSTANCE_PATH: {error.strerror}: {path}") from None
    return path


def _file(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    try:
        found = runpy.run_path(str(path))
    except Exception as error:  # it is somebody's Python: anything can go wrong in it
        raise BadSetting(f"{path}: {error}") from None
    settings = {k: v for k, v in found.items() if k.startswith(PREFIX)}
    for name in settings:
        if name not in names():
            raise BadSetting(f"{path}: {name} is no setting")
    return settings


def _read_one(name: str, reader: Callable[[Any, Path], Any], raw: Any, instance: Path) -> Any:
    try:
        return reader(raw, instance)
    except (ValueError, ArgumentError) as error:
        raise BadSetting(f"{name}: {error}") from None


def _database_url(raw: str | None, instance: Path) -> str:
    if raw is None:
        return f"sqlite:///{instance / 'maintenance.sqlite3'}"
    url = make_url(raw)
    if url.drivername not in {"sqlite", "postgresql+psycopg"}:
        raise ValueError("expected sqlite:///FILE or postgresql+psycopg://...")
    if url.drivername == "sqlite" and url.database in {None, "", ":memory:"}:
        raise ValueError("expected a file, as in sqlite:////var/lib/maintenance.sqlite3")
    return raw


def _smtp_url(raw: str | None, _instance: Path) -> Smtp | None:
    if raw is None:
        return None
    parts = urlsplit(raw)
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise ValueError("expected smtp://[user:password@]host[:port] or smtps://...")
    tls = parts.scheme == "smtps"
    return Smtp(
        host=parts.hostname,
        port=parts.port or (465 if tls else 25),
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        tls=tls,
        starttls=parse_qs(parts.query).get("starttls") == ["1"],
    )


def _mail_from(raw: str | None, _instance: Path) -> str:
    value = raw or "Maintenance <maintenance@localhost>"
    if "@" not in value or any(ord(c) < 32 for c in value):
        raise ValueError("expected an address, as in Name <name@example.org>")
    return value


def _base_url(raw: str | None, _instance: Path) -> str:
    value = (raw or "http://127.0.0.1:8000").rstrip("/")
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.netloc or parts.query or parts.fragment:
        raise ValueError("expected http(s)://host[:port][/path]")
    return value


def _secret_key(raw: str | None, instance: Path) -> str:
    """The given key, or one made for this installation and kept beside its database."""
    if raw is not None:
        if len(raw) < 16:
            raise ValueError("expected at least 16 characters")
        return raw
    path = instance / "secret_key"
    if not path.exists():
        _make_key(path)
    return path.read_text(encoding="ascii").strip()


def _make_key(path: Path) -> None:
    """Write a new key, whole before it bears its name: another process may read it at once.

    Of two that are made at once the first stays.
    """
    handle, written = tempfile.mkstemp(prefix="secret_key-", dir=path.parent)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(48))
    try:
        with suppress(FileExistsError):
            os.link(written, path)
    finally:
        os.unlink(written)


def _policy_dir(raw: str | None, _instance: Path) -> Path | None:
    if raw is None:
        return None
    path = Path(raw)
    if not path.is_dir():
        raise ValueError(f"no such folder: {raw}")
    return path


def _seconds(default: int) -> Callable[[Any, Path], timedelta]:
    def reader(raw: Any, _instance: Path) -> timedelta:
        return timedelta(seconds=_whole(raw, default, least=1))

    return reader


def _trusted_proxies(raw: Any, _instance: Path) -> int:
    return _whole(raw, 0, least=0)


def _bounce_address(raw: str | None, _instance: Path) -> str | None:
    local, _, domain = (raw or "").rpartition("@")
    if raw is not None and not (re.fullmatch(r"[\w.-]{1,14}", local, re.ASCII) and domain):
        raise ValueError("expected a short address, as in bounces@vendor.example")
    return raw


def _bounce_maildir(raw: str | None, _instance: Path) -> Path | None:
    if raw is None:
        return None
    path = Path(raw)
    if not all((path / name).is_dir() for name in ("new", "cur")):
        raise ValueError(f"no Maildir (with new/ and cur/): {raw}")
    return path


def _dkim_key(raw: str | None, _instance: Path) -> bytes | None:
    if raw is None:
        return None
    try:
        key = Path(raw).read_bytes()
    except OSError as error:
        raise ValueError(f"{error.strerror}: {raw}") from None
    try:
        dkim.parse_pem_private_key(key)
    except (dkim.UnparsableKeyError, ValueError):
        raise ValueError(f"no RSA key in PEM: {raw}") from None
    return key


def _outgoing_allow(raw: Any, _instance: Path) -> tuple[str, ...]:
    return tuple(str(ip_network(each.strip())) for each in _several(raw))


def _special_use_domains(raw: Any, _instance: Path) -> tuple[str, ...]:
    found = tuple(each.strip().lower() for each in _several(raw))
    for domain in found:
        if domain not in addresses.reserved():
            raise ValueError(f"{domain} is none of: {', '.join(addresses.reserved())}")
    return found


def _flag(raw: Any, _instance: Path) -> bool:
    if str(raw) not in {"None", "0", "1", "True", "False"}:
        raise ValueError(f"expected 0 or 1, not {raw!r}")
    return str(raw) in {"1", "True"}


def _issuer(raw: str | None, _instance: Path) -> str | None:
    if raw is None:
        return None
    parts = urlsplit(raw)
    safe = parts.scheme == "https" or parts.hostname in {"127.0.0.1", "localhost"}
    if not safe or not parts.netloc or parts.query or parts.fragment:
        raise ValueError("expected https://host[/path]")
    return raw


def _text(raw: str | None, _instance: Path) -> str | None:
    return raw


def _oidc_roles(raw: Any, _instance: Path) -> Mapping[str, str]:
    """As "maintenance-admins=admin, staff=viewer"."""
    pairs = raw.items() if isinstance(raw, Mapping) else (e.split("=") for e in _several(raw))
    try:
        found = {group.strip(): role.strip() for group, role in pairs}
    except ValueError:
        raise ValueError("expected GROUP=ROLE, with commas between") from None
    for role in found.values():
        if role not in ROLES:
            raise ValueError(f"{role} is none of: {', '.join(ROLES)}")
    return found


def _several(raw: Any) -> list[str]:
    """What stands between the commas, or in a list of the file."""
    found = raw.split(",") if isinstance(raw, str) else raw or ()
    return [str(each) for each in found if str(each).strip()]


def _whole(raw: Any, default: int, least: int) -> int:
    try:
        value = default if raw is None else int(str(raw))
    except ValueError:
        raise ValueError(f"expected a whole number, not {raw!r}") from None
    if value < least:
        raise ValueError(f"expected {least} or more")
    return value


_READERS: Mapping[str, Callable[[Any, Path], Any]] = {
    "database_url": _database_url,
    "procrastinate": _flag,
    "smtp_url": _smtp_url,
    "mail_from": _mail_from,
    "base_url": _base_url,
    "secret_key": _secret_key,
    "policy_dir": _policy_dir,
    "smtp_timeout": _seconds(600),
    "lease_seconds": _seconds(900),
    "sending_margin": _seconds(15 * 60),
    "trusted_proxies": _trusted_proxies,
    "bounce_address": _bounce_address,
    "bounce_maildir": _bounce_maildir,
    "dkim_key": _dkim_key,
    "dkim_selector": _text,
    "outgoing_allow": _outgoing_allow,
    "special_use_domains": _special_use_domains,
    "require_second_factor": _flag,
    "oidc_issuer": _issuer,
    "oidc_client_id": _text,
    "oidc_client_secret": _text,
    "oidc_roles": _oidc_roles,
}
