"""Customers, contacts, services and accounts, by their forms."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from maintenance.models import Agreement, Contact, Customer, Service, User, db
from maintenance.store import tokens
from tests import build
from tests.build import NOW
from tests.web.conftest import Browser, Page


@pytest.fixture
def operator(browser: Browser, services: None) -> Page:
    """An operator."""
    return browser("operator")


def test_a_customer_is_added_and_shown(operator: Page) -> None:
    typed = {"name": "Café <Zuid>", "slug": "cafe-zuid", "level": "gold", "services": ["nmbrs"]}
    answer = operator.send("/customers/new", typed)
    assert answer.headers["Location"] == "/customers/cafe-zuid"
    page = operator.get("/customers/cafe-zuid").text
    assert "Café &lt;Zuid&gt;" in page
    assert "at least one contact" in page


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"name": "", "slug": "fine"}, "name"),
        ({"name": "Fine", "slug": "Not Fine"}, "slug"),
        ({"name": "Fine", "slug": "acme"}, "slug"),
        ({"name": "a\nb", "slug": "fine"}, "name"),
        ({"name": "Fine", "slug": "fine", "services": ["nothing"]}, "services"),
    ],
)
def test_a_bad_customer_is_refused_at_its_field(
    operator: Page, typed: dict[str, object], field: str
) -> None:
    answer = operator.send("/customers/new", typed)
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert len(db.session.scalars(select(Customer)).all()) == 2


def test_customers_are_found_by_name_and_by_a_contacts_address(operator: Page) -> None:
    assert "Bakker" not in operator.get("/customers/?q=acme").text
    assert "Bakker" in operator.get("/customers/?q=jan@bakker").text
    assert "Nobody found" in operator.get("/customers/?q=%25").text


def test_a_contact_is_added_edited_and_left_alone(operator: Page) -> None:
    typed = {"email": "ICT@Acme.EXAMPLE", "name": "ICT", "language": "en"}
    assert operator.send("/customers/acme/contacts", typed).status_code == 303
    row = db.session.scalars(select(Contact).where(Contact.name == "ICT")).one()
    assert row.email == "ICT@acme.example"
    path = f"/customers/acme/contacts/{row.id}"
    assert operator.send(path, {**typed, "name": "Servicedesk"}).status_code == 303
    assert operator.send(f"{path}/deactivate").status_code == 303
    row = db.session.scalars(select(Contact).where(Contact.name == "Servicedesk")).one()
    assert not row.active
    assert "Bring back" in operator.get("/customers/acme").text


@pytest.mark.parametrize("email", ["", "nobody", "a@b", "jan@acme.example", "x@y..example"])
def test_a_bad_address_is_refused_at_its_field_and_kept(operator: Page, email: str) -> None:
    answer = operator.send("/customers/acme/contacts", {"email": email, "name": "Kept"})
    assert answer.status_code == 422
    assert 'id="email-error"' in answer.text
    assert 'value="Kept"' in answer.text


def test_a_feed_address_is_replaced(operator: Page) -> None:
    def address() -> str:
        text = operator.get("/customers/acme").text
        return str(text.split('data-copy="', 1)[1].split('"', 1)[0])

    first = address()
    assert operator.get(first.removeprefix("https://maintenance.example")).status_code == 200
    operator.send("/customers/acme/feed")
    assert address() != first


def test_a_viewer_does_not_see_the_secret_feed_address(browser: Browser, services: None) -> None:
    assert "/feeds/c/" not in browser("viewer").get("/customers/acme").text


def test_services_show_each_promise_in_words(browser: Browser, services: None) -> None:
    text = browser("viewer").get("/services/").text
    assert "Told at least 2 working days ahead" in text
    assert "At most 4 days a month, 06:00-18:00." in text
    assert "At most 120 minutes of unavailability a week" in text
    assert "The SLA does not say when office hours are." in text


def test_an_administrator_edits_a_service(browser: Browser, services: None) -> None:
    admin = browser("admin")
    typed = {"name": "Nmbrs Loon", "policy": "nmbrs", "color": "#AA3311", "clock_completes": "yes"}
    assert admin.send("/services/nmbrs/edit", typed).status_code == 303
    row = db.session.scalars(select(Service).where(Service.slug == "nmbrs")).one()
    assert (row.name, row.color, row.clock_completes) == ("Nmbrs Loon", "#aa3311", True)
    bad = admin.send("/services/nmbrs/edit", {**typed, "color": "red;}body{display:none"})
    assert bad.status_code == 422
    assert 'id="color-error"' in bad.text
    assert "#aa3311" in admin.get("/services.css").text


def test_an_sla_that_an_agreement_does_not_fit_is_refused_at_its_field(
    browser: Browser, services: None
) -> None:
    customer = build.customer("zorg", ["nmbrs"])
    rules = {"daytime-quota": {"limit": 2}}
    db.session.add(Agreement(customer=customer, service=customer.services[0], rules=rules))
    db.session.commit()
    admin = browser("admin")
    typed = {"name": "Nmbrs", "policy": "factuurportal", "color": "#aa3311"}
    bad = admin.send("/services/nmbrs/edit", typed)
    assert bad.status_code == 422
    assert "The agreement of zorg does not fit it" in bad.text


def test_a_token_is_shown_once_and_can_be_revoked(browser: Browser) -> None:
    admin = browser("admin")
    page = admin.send("/accounts/tokens", {"token_name": "robot", "token_role": "operator"}).text
    secret = page.split('data-copy="', 1)[1].split('"', 1)[0]
    assert tokens.find(db.session(), secret, NOW) is not None
    assert secret not in admin.get("/accounts/").text
    admin.send("/accounts/tokens/revoke", {"name": "robot"})
    assert tokens.find(db.session(), secret, NOW) is None


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"email": "nobody", "role": "viewer"}, "email"),
        ({"email": "admin@maintenance.example", "role": "viewer"}, "email"),
        ({"email": "new@maintenance.example", "role": "king"}, "role"),
    ],
)
def test_a_bad_invitation_is_refused_at_its_field(
    browser: Browser, typed: dict[str, str], field: str
) -> None:
    answer = browser("admin").send("/accounts/invite", typed)
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert len(db.session.scalars(select(User)).all()) == 1


def test_a_role_counts_from_the_next_request_on(browser: Browser, services: None) -> None:
    admin, viewer = browser("admin"), browser("viewer")
    assert viewer.get("/windows/new").status_code == 403
    row = db.session.scalars(select(User).where(User.role == "viewer")).one()
    admin.send(f"/accounts/{row.id}/role", {"role": "operator"})
    assert viewer.get("/windows/new").status_code == 200


def test_sizes_are_limited_before_anything_is_read(operator: Page) -> None:
    answer = operator.send("/customers/new", {"name": "x" * 2_000_000, "slug": "big"})
    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("until", "status"), [("2026-11-23", 200), ("2026-11-22", 422), ("soon", 422), ("", 200)]
)
def test_a_token_is_made_until_a_day_to_come(browser: Browser, until: str, status: int) -> None:
    typed = {"token_name": "robot", "token_role": "viewer", "token_until": until}
    assert browser("admin").send("/accounts/tokens", typed).status_code == status
    ends = [row.expires_at for row in tokens.listed(db.session())]
    midnight = datetime(2026, 11, 23, 23, tzinfo=UTC)
    assert ends == {"2026-11-23": [midnight], "": [None]}.get(until, [])
