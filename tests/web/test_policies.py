"""A new version of an SLA in the browser: looked at, then stored."""

import io
import re
from collections.abc import Mapping
from typing import Any

import pytest

from maintenance.models import Agreement, Policy, Window, db
from maintenance.sla.policy import shipped_texts
from tests import build
from tests.web.conftest import Browser, Page

FROM_DECEMBER = {"effective_from = 2020-01-01": "effective_from = 2026-12-01"}
STRICT = {
    **FROM_DECEMBER,
    "length = 2\n": "length = 60\n",
    "limit = 4\n": "limit = 3\n",
}


@pytest.fixture
def admin(browser: Browser, services: None) -> Page:
    """An administrator; a window is scheduled for 2 December."""
    build.window()
    db.session.commit()
    return browser("admin")


def version(changes: Mapping[str, str]) -> str:
    text = shipped_texts()["nmbrs"]
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new, 1)
    return text


def pasted(page: Page, changes: Mapping[str, str]) -> Any:
    return page.send("/services/policy", {"text": version(changes).replace("\n", "\r\n")})


def saved(page: Page, shown: str) -> Any:
    """Press the button under what was shown."""
    fields = dict(re.findall(r'name="(seen|name|data)" value="([^"]*)"', shown))
    return page.send("/services/policy/add", fields)


def versions() -> list[str]:
    rows = db.session.query(Policy).filter_by(slug="nmbrs").order_by(Policy.effective_from)
    return [row.effective_from.isoformat() for row in rows]


def test_a_version_is_shown_with_what_it_changes_before_it_is_stored(admin: Page) -> None:
    shown = pasted(admin, STRICT)
    assert shown.status_code == 200
    assert "from Tue 1 Dec 2026" in shown.text
    assert "It follows the version of Wed 1 Jan 2020." in shown.text
    assert "Told at least 60 working days ahead" in shown.text
    assert '<s class="quiet">Told at least 2 working days ahead' in shown.text
    assert shown.text.count(">changed</span>") == 2
    assert "no longer complies. nmbrs: Notice" in shown.text
    assert versions() == ["2020-01-01"]
    assert db.session.query(Window).one().verdict != {}
    done = saved(admin, shown.text)
    assert done.headers["Location"] == "/services/"
    assert versions() == ["2020-01-01", "2026-12-01"]
    assert "no longer complies. nmbrs: Notice" in admin.get("/services/").text


def test_looking_changes_no_verdict(admin: Page) -> None:
    before = db.session.query(Window).one().verdict
    pasted(admin, STRICT)
    db.session.expire_all()
    assert db.session.query(Window).one().verdict == before


def test_a_file_may_be_chosen_too(admin: Page) -> None:
    file = (io.BytesIO(version(FROM_DECEMBER).encode()), "nmbrs-2026.toml")
    shown = admin.send("/services/policy", {"file": file})
    assert "No planned window breaks other rules than it does now." in shown.text
    assert 'name="name" value="nmbrs-2026.toml"' in shown.text


def test_every_rule_that_is_wrong_is_named_with_its_key(admin: Page) -> None:
    wrong = {**STRICT, "length = 2\n": "length = 0\n", "limit = 4\n": "limit = -1\n"}
    shown = pasted(admin, wrong)
    assert shown.status_code == 422
    assert "<code>rules.notice.length</code>" in shown.text
    assert "<code>rules.daytime-quota.limit</code>" in shown.text
    assert "limit = -1" in shown.text  # what was typed is kept
    assert versions() == ["2020-01-01"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("slug = \nday = 1", "line 1"),
        ("", "slug"),
        (version({}), "2020-01-01 is that of the shipped version"),
        ("<img src=x onerror=alert(1)>", "not TOML"),
    ],
)
def test_what_cannot_be_used_says_why(admin: Page, text: str, said: str) -> None:
    shown = admin.send("/services/policy", {"text": text})
    assert shown.status_code == 422
    assert said in shown.text
    assert "<img src=x" not in shown.text


def test_bytes_that_are_no_text_are_refused(admin: Page) -> None:
    shown = admin.send("/services/policy", {"file": (io.BytesIO(b"\xff\xfe"), "x.toml")})
    assert (shown.status_code, "not UTF-8" in shown.text) == (422, True)
    assert admin.send("/services/policy/add", {"data": "%"}).status_code == 400


def test_a_version_that_an_agreement_does_not_fit_is_refused_with_its_customer(
    admin: Page,
) -> None:
    customer = build.customer("zorg", ["nmbrs"])
    rules = {"daytime-quota": {"limit": 2}}
    db.session.add(Agreement(customer=customer, service=customer.services[0], rules=rules))
    db.session.commit()
    parts = ("", *(f".text.{result}" for result in ("pass", "broken", "not_applicable")))
    renamed = {f"[rules.daytime-quota{part}]": f"[rules.by-day{part}]" for part in parts}
    shown = pasted(admin, FROM_DECEMBER | renamed)
    assert shown.status_code == 422
    assert "the agreement of zorg does not fit it" in shown.text


def test_where_more_would_change_by_now_that_is_shown_first(admin: Page) -> None:
    shown = pasted(admin, STRICT).text
    build.window(reference="M-2026-077")
    db.session.commit()
    again = saved(admin, shown)
    assert (again.status_code, "M-2026-077" in again.text) == (409, True)
    assert versions() == ["2020-01-01"]
    assert saved(admin, again.text).status_code == 303


def test_twice_is_once(admin: Page) -> None:
    shown = pasted(admin, STRICT).text
    saved(admin, shown)
    again = saved(admin, shown)
    assert (again.status_code, "It is stored already" in again.text) == (409, True)


def test_a_version_of_an_sla_that_no_service_has_is_new(admin: Page) -> None:
    shown = pasted(admin, {'slug = "nmbrs"': 'slug = "cloud"'})
    assert "No service has this SLA yet" in shown.text
    assert ">changed</span>" not in shown.text
    assert saved(admin, shown.text).status_code == 303
