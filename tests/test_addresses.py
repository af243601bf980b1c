"""Addresses: special-use domains are refused unless the installation allows them."""

from collections.abc import Iterator

import pytest

from maintenance import addresses
from maintenance.addresses import BadAddress, allow, normalized
from maintenance.config import BadSetting, read


@pytest.fixture(autouse=True)
def _afterwards() -> Iterator[None]:
    yield
    allow(())


@pytest.mark.parametrize("domain", ["shop.test", "printer.local", "localhost", "a.localhost"])
def test_a_special_use_domain_is_refused_by_default(domain: str):
    with pytest.raises(BadAddress):
        normalized(f"jan@{domain}")


@pytest.mark.parametrize(
    ("allowed", "domain"),
    [("test", "shop.test"), ("local", "printer.local"), ("localhost", "localhost")],
)
def test_a_special_use_domain_that_is_allowed_can_be_written_to(allowed: str, domain: str):
    allow([allowed])
    assert normalized(f"Jan@{domain.upper()}") == f"Jan@{domain}"
    with pytest.raises(BadAddress):
        normalized("jan@example.invalid")


@pytest.mark.parametrize(
    "text", ["", "jan", "jan@", "@acme.example", "jan@acme", "ján@acme.example"]
)
def test_what_is_no_address_is_refused(text: str):
    allow(addresses.reserved())
    with pytest.raises(BadAddress):
        normalized(text)


def test_the_setting_takes_special_use_domains_alone(environ: dict[str, str]):
    name = "MAINTENANCE_SPECIAL_USE_DOMAINS"
    assert read({**environ, name: "test, LOCAL"}).special_use_domains == ("test", "local")
    with pytest.raises(BadSetting, match=r"MAINTENANCE_SPECIAL_USE_DOMAINS: vendor\.example is"):
        read({**environ, name: "vendor.example"})
