"""Settings: the environment before the file, loud on a bad one, a key made once."""

import os
import runpy
import stat
import threading
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from maintenance import config
from maintenance.config import BadSetting, Smtp, read


def test_a_fresh_installation_needs_no_setting(tmp_path: Path):
    settings = read({"MAINTENANCE_INSTANCE_PATH": str(tmp_path / "new")})
    assert settings.database_url == f"sqlite:///{tmp_path}/new/maintenance.sqlite3"
    assert settings.smtp_url is None
    assert settings.base_url == "http://127.0.0.1:8000"
    assert settings.smtp_timeout == timedelta(minutes=10)
    assert settings.lease_seconds == timedelta(minutes=15)
    assert settings.sending_margin == timedelta(minutes=15)
    assert settings.trusted_proxies == 0


def test_the_environment_goes_before_the_file(environ: dict[str, str]):
    write(environ, 'MAINTENANCE_BASE_URL = "https://file.example"\nMAINTENANCE_SMTP_TIMEOUT = 60')
    settings = read(environ)
    assert settings.base_url == "https://maintenance.example"
    assert settings.smtp_timeout == timedelta(minutes=1)


def test_an_empty_variable_is_not_set(environ: dict[str, str]):
    assert read({**environ, "MAINTENANCE_SMTP_URL": ""}).smtp_url is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("MAINTENANCE_SMPT_URL = 'x'", "MAINTENANCE_SMPT_URL is no setting"),
        ("1 / 0", "division by zero"),
        ("MAINTENANCE_BASE_URL =", "invalid syntax"),
        ("MAINTENANCE_LEASE_SECONDS = 'long'", "MAINTENANCE_LEASE_SECONDS"),
    ],
)
def test_a_bad_file_is_named_in_one_line(environ: dict[str, str], text: str, says: str):
    write(environ, text)
    with pytest.raises(BadSetting, match=says) as error:
        read(environ)
    assert "\n" not in str(error.value)


def test_an_smtp_url_says_all_there_is_to_say(environ: dict[str, str]):
    url = "smtp://me%40vendor.example:p%2Fw@mail.vendor.example:587?starttls=1"
    assert read({**environ, "MAINTENANCE_SMTP_URL": url}).smtp_url == Smtp(
        "mail.vendor.example", 587, "me@vendor.example", "p/w", starttls=True
    )
    url = "smtps://mail.vendor.example"
    assert read({**environ, "MAINTENANCE_SMTP_URL": url}).smtp_url == Smtp(
        "mail.vendor.example", 465, tls=True
    )


@pytest.mark.parametrize("url", ["smtp://host:port", "smtp://host:99999", "http://host", "smtp://"])
def test_an_smtp_url_that_is_none_is_refused(environ: dict[str, str], url: str):
    with pytest.raises(BadSetting, match="MAINTENANCE_SMTP_URL"):
        read({**environ, "MAINTENANCE_SMTP_URL": url})


@pytest.mark.parametrize("url", ["not a url", "mysql://x/y", "postgresql://x/y", "sqlite://"])
def test_a_database_that_is_not_supported_is_refused(environ: dict[str, str], url: str):
    with pytest.raises(BadSetting, match="MAINTENANCE_DATABASE_URL"):
        read({**environ, "MAINTENANCE_DATABASE_URL": url})


def test_procrastinate_is_refused_without_postgresql(environ: dict[str, str]):
    with pytest.raises(BadSetting, match="MAINTENANCE_PROCRASTINATE needs PostgreSQL"):
        read({**environ, "MAINTENANCE_PROCRASTINATE": "1"})
    url = "postgresql+psycopg://db.vendor.example/maintenance"
    settings = {"MAINTENANCE_PROCRASTINATE": "1", "MAINTENANCE_DATABASE_URL": url}
    assert read({**environ, **settings}).procrastinate


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(BadSetting, match="MAINTENANCE_INSTANCE_PATH"):
        read({"MAINTENANCE_INSTANCE_PATH": str(tmp_path / "file" / "instance")})


def test_the_key_is_made_once_and_is_nobody_elses_to_read(tmp_path: Path):
    environ = {"MAINTENANCE_INSTANCE_PATH": str(tmp_path)}
    first = read(environ).secret_key
    assert len(first) >= 48
    assert read(environ).secret_key == first
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]


def test_of_two_keys_made_at_once_one_stays_and_nobody_reads_half_of_it(tmp_path: Path):
    assert keys_of_two(tmp_path, slowly_written(config.secrets.token_urlsafe)) == 1


def test_the_twin_that_writes_under_the_final_name_is_read_half(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def in_place(path: Path) -> None:
        path.write_text("")
        path.write_text(config.secrets.token_urlsafe(48))

    monkeypatch.setattr(config, "_make_key", in_place)
    assert keys_of_two(tmp_path, slowly_written(config.secrets.token_urlsafe)) != 1


def slowly_written(make):  # type: ignore[no-untyped-def]
    """A maker of keys that lets another process read meanwhile."""
    other_reads = threading.Event()

    def slowly(length: int) -> str:
        if not other_reads.is_set():
            other_reads.set()
            slowly.other()  # type: ignore[attr-defined]
        return str(make(length))

    return slowly


def keys_of_two(folder: Path, maker) -> int:  # type: ignore[no-untyped-def]
    """How many different keys two processes read, the second while the first makes it."""
    environ: Mapping[str, str] = {"MAINTENANCE_INSTANCE_PATH": str(folder)}
    keys: list[str] = []
    maker.other = lambda: keys.append(read(environ).secret_key)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(config.secrets, "token_urlsafe", maker)
        keys.append(read(environ).secret_key)
    return len(set(keys))


def test_the_example_names_every_setting_and_sets_none():
    example = config.ROOT / "instance" / "config.example.py"
    text = example.read_text()
    assert runpy.run_path(str(example)).keys() & set(config.names()) == set()
    for name in config.names():
        if name != "MAINTENANCE_INSTANCE_PATH":
            assert f"# {name} = " in text, name


def test_a_key_that_is_none_and_a_folder_that_is_no_maildir_stop_the_start(
    environ: dict[str, str], tmp_path: Path
):
    (tmp_path / "key.pem").write_text("no key")
    for name, value in (
        ("DKIM_KEY", tmp_path / "key.pem"),
        ("DKIM_KEY", tmp_path / "none.pem"),
        ("DKIM_SELECTOR", "alone"),
        ("BOUNCE_MAILDIR", tmp_path),
        ("BOUNCE_ADDRESS", "a-very-long-local-part@vendor.example"),
    ):
        with pytest.raises(BadSetting, match=f"MAINTENANCE_{name}"):
            read({**environ, f"MAINTENANCE_{name}": str(value)})


def test_the_readme_names_every_setting():
    readme = (config.ROOT / "README.md").read_text()
    assert [name for name in config.names() if f"`{name}`" not in readme] == []


def test_the_example_uncommented_is_a_configuration(environ: dict[str, str], tmp_path: Path):
    text = (config.ROOT / "instance" / "config.example.py").read_text()
    lines = [line.removeprefix("# ") for line in text.splitlines() if line.startswith("# MAINT")]
    for name in ("new", "cur"):
        (tmp_path / name).mkdir()
    there = "\n".join(line for line in lines if "DKIM" not in line)  # no key lies about
    for path in ("/etc/maintenance/policies", "/var/mail/bounces"):
        there = there.replace(path, str(tmp_path))
    write(environ, there)
    settings = read({"MAINTENANCE_INSTANCE_PATH": environ["MAINTENANCE_INSTANCE_PATH"]})
    assert settings.smtp_url is not None
    assert settings.base_url.startswith("https://")


def write(environ: Mapping[str, str], text: str) -> None:
    """Put a configuration file in the installation."""
    folder = Path(environ["MAINTENANCE_INSTANCE_PATH"])
    folder.mkdir(exist_ok=True)
    (folder / "config.py").write_text(text)
    assert os.path.exists(folder / "config.py")
