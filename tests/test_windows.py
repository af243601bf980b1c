"""windows: a window as one reader knows it."""

import pytest

from tests.notifications.values import FACTUURPORTAL, NMBRS, window

OWN = {NMBRS.slug: 90, FACTUURPORTAL.slug: 10}


@pytest.mark.parametrize(
    ("has", "services", "minutes"),
    [
        ({NMBRS.slug}, (NMBRS,), 90),
        ({FACTUURPORTAL.slug, "another"}, (FACTUURPORTAL,), 10),
        (set(OWN), (NMBRS, FACTUURPORTAL), 90),
        (set(), (), 0),
    ],
)
def test_a_reader_hears_of_its_own_services_and_their_outage(
    has: set[str], services: tuple[object, ...], minutes: int
) -> None:
    both = window(services=(NMBRS, FACTUURPORTAL), outage_minutes=90, outages=OWN)
    theirs = both.only(has)
    assert (theirs.services, theirs.outage_minutes) == (services, minutes)


def test_where_all_are_alike_it_is_that_of_the_window() -> None:
    assert window(services=(NMBRS, FACTUURPORTAL)).only({FACTUURPORTAL.slug}).outage_minutes == 90
