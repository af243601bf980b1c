"""docs/deploy/nginx.conf before a real `maintenance web`: who comes counts, secrets stay secret."""

import re
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask

from maintenance import links
from maintenance.app import create_app
from maintenance.cli.migrate import bring_up_to_date
from maintenance.models import db
from maintenance.published.asked import feed_path
from maintenance.store import guesses
from maintenance.store.session import publish, writing
from tests import build
from tests.deploy import site as sites
from tests.deploy.site import NAME, SITE, Site, wait_for
from tests.smtp import free_port

KEY = "a key that only the tests know"
ELSEWHERE = "https://elsewhere.example/"


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Flask, int]]:
    """An installation with one customer, served on the port that is given beside it."""
    environ = {
        "MAINTENANCE_INSTANCE_PATH": str(tmp_path_factory.mktemp("installation")),
        "MAINTENANCE_SECRET_KEY": KEY,
        "MAINTENANCE_BASE_URL": f"https://{NAME}",
        "MAINTENANCE_TRUSTED_PROXIES": "1",
    }
    app, port = create_app(environ), free_port()
    with app.app_context():
        bring_up_to_date(app, datetime.now(UTC))
        build.customer("acme")
        db.session.commit()
        announce("First")
        with sites.web(environ, port):
            yield app, port
        db.session.remove()
        db.engine.dispose()


@pytest.fixture(scope="module")
def site(
    installation: tuple[Flask, int], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """The site before it."""
    with sites.serving(tmp_path_factory.mktemp("nginx") / "it", installation[1]) as found:
        yield found


def announce(title: str) -> None:
    """One more window that the public sees."""
    with writing() as session:
        start = datetime.now(UTC) + timedelta(days=3)
        words = {"nl": title, "en": title}
        build.window(title=words, start_at=start, announced_at=datetime.now(UTC))
        publish(session)


def secret() -> str:
    """The path of the customer's own feed."""
    return feed_path(links.token(KEY, links.Purpose.FEED, 1, 1))


def test_without_tls_it_sends_readers_to_where_tls_is(site: Site) -> None:
    answer = site.without_tls("/status?lang=en")
    assert answer.status == 301
    assert answer.headers["Location"] == f"https://{NAME}/status?lang=en"


@pytest.mark.parametrize("path", ["/status", "/feeds/all.ics", "/login", "/healthz"])
def test_over_tls_it_serves_and_asks_for_tls_from_then_on(site: Site, path: str) -> None:
    answer = site.get(path)
    assert answer.status == 200
    assert "max-age=31536000" in answer.headers["Strict-Transport-Security"]


@pytest.mark.parametrize("path", ["/metrics", "//metrics", "/%6detrics", "/x/../metrics"])
def test_the_figures_are_for_nobody_outside(site: Site, path: str) -> None:
    assert site.get(path).status == 403


@pytest.mark.parametrize("path", ["/feeds/all.ics", "/status", "/api/v2/summary.json", "secret"])
def test_a_reader_who_has_the_bytes_gets_none(site: Site, path: str) -> None:
    path = secret() if path == "secret" else path
    tag = site.get(path).headers["Etag"]
    again = site.get(path, headers={"If-None-Match": tag})
    assert (again.status, again.body) == (304, b"")


def counted(app: Flask, site: Site, source: str) -> set[str]:
    """Which of these addresses a wrong token from `source` counts against."""
    lie = {"Authorization": "Bearer wrong", "X-Forwarded-For": "192.0.2.66"}
    assert site.get("/api/v1/windows", headers=lie, source=source).status == 401
    now = datetime.now(UTC)
    with writing() as session:
        return {
            each
            for each in (source, "127.0.0.1", "192.0.2.66")
            if guesses.exhausted(session, f"token from {each}", 1, now)
        }


def test_who_comes_is_counted_and_not_who_they_say_they_are(
    installation: tuple[Flask, int], site: Site
) -> None:
    assert counted(installation[0], site, "127.0.0.2") == {"127.0.0.2"}


def test_the_twin_that_passes_on_what_they_say_counts_a_lie(
    installation: tuple[Flask, int], tmp_path: Path
) -> None:
    def believing(text: str) -> str:
        return text.replace("X-Forwarded-For $remote_addr", "X-Forwarded-For $http_x_forwarded_for")

    with sites.serving(tmp_path / "it", installation[1], believing) as site:
        assert "192.0.2.66" in counted(installation[0], site, "127.0.0.3")


def posted_from(site: Site, referrer: str) -> int:
    """The answer to a sign-in whose form was there: of another site's, it is refused with TLS."""
    form = site.get("/login")
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', form.body.decode())
    assert token is not None
    headers = {
        "Cookie": form.headers["Set-Cookie"].partition(";")[0],
        "Content-Type": "application/x-www-form-urlencoded",
        "Referer": referrer,
    }
    return site.ask("POST", "/login", headers, f"csrf_token={token[1]}&email=a@b.example").status


def test_the_program_knows_that_tls_is_used(site: Site) -> None:
    assert posted_from(site, ELSEWHERE) == 400
    assert posted_from(site, f"https://{NAME}/") == 200


def test_the_twin_that_does_not_say_so_is_taken_for_plain_http(
    installation: tuple[Flask, int], tmp_path: Path
) -> None:
    def silent(text: str) -> str:
        return text.replace("X-Forwarded-Proto $scheme", "X-Other $scheme")

    with sites.serving(tmp_path / "it", installation[1], silent) as site:
        assert posted_from(site, ELSEWHERE) == 200


def test_secret_addresses_stand_in_no_log_even_when_nothing_answers(
    installation: tuple[Flask, int], tmp_path: Path
) -> None:
    assert secrets_in_logs(tmp_path / "it", installation[1]) == (False, False)


def test_the_twin_without_those_two_lines_tells_them(
    installation: tuple[Flask, int], tmp_path: Path
) -> None:
    def telling(text: str) -> str:
        return text.replace("        access_log off;\n        error_log /dev/null crit;\n", "")

    assert secrets_in_logs(tmp_path / "it", installation[1], telling) == (True, True)


def secrets_in_logs(folder: Path, port: int, changed=lambda text: text) -> tuple[bool, bool]:  # type: ignore[no-untyped-def]
    """Whether a secret is logged where it is answered, and where the program is down."""
    path = secret()
    found = []
    for upstream, status in ((port, 200), (free_port(), 502)):
        with sites.serving(folder.with_name(str(status)), upstream, changed) as site:
            assert site.get(path).status == status
            assert site.without_tls(path).status == 301
            assert site.get("/healthz").status == status
            wait_for(lambda: "/healthz" in site.logged())
            found.append(path in site.logged())
    return found[0], found[1]


def test_the_folders_that_it_writes_in_come_with_debians_package() -> None:
    try:
        asked = ["dpkg", "--listfiles", "nginx-common"]
        files = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.split()
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this nginx is not from Debian's package")
    folders = {str(Path(place).parent) for place in re.findall(r"/var/[^\s;]+", SITE)}
    assert folders == {"/var/lib/nginx", "/var/log/nginx"}
    assert folders <= set(files)


def test_every_address_with_a_token_in_it_is_among_the_secret_ones(
    installation: tuple[Flask, int],
) -> None:
    place = re.search(r"location ~ (\S+) \{\n        access_log off;", SITE)
    assert place is not None
    rules = [rule.rule for rule in installation[0].url_map.iter_rules()]
    secrets = [rule for rule in rules if "token>" in rule]
    assert len(secrets) > 5
    assert [rule for rule in secrets if not re.match(place[1], rule)] == []


def test_what_the_public_reads_is_kept_and_nothing_else(site: Site) -> None:
    public = ["/status", "/status/nmbrs", "/feeds/all.ics", "/feeds/nmbrs.atom"]
    public += ["/embed/nmbrs", "/api/v2/summary.json"]
    others = [secret(), "/login", "/status/nmbrs/subscribe", "/healthz"]
    for path in public + others:
        assert site.get(path).status == 200
    wait_for(lambda: site.kept() >= set(public))
    assert site.kept() & set(others) == set()


def test_a_change_shows_through_what_is_kept(site: Site) -> None:
    assert b"Second" not in site.get("/feeds/all.ics").body
    announce("Second")
    wait_for(lambda: b"Second" in site.get("/feeds/all.ics").body)


def test_a_log_says_who_read_what_else(site: Site) -> None:
    site.get("/status?lang=nl", source="127.0.0.9")
    wait_for(
        lambda: re.search(r"^127\.0\.0\.9 .*GET /status\?lang=nl", site.logged(), re.M) is not None
    )
