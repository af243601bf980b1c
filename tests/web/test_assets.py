"""Services are told apart by colour, by line and by letter."""

import pytest

from maintenance.models import db
from maintenance.web.assets import letters
from tests import build
from tests.web.conftest import Browser


@pytest.mark.parametrize(
    ("names", "marks"),
    [
        (["Nmbrs", "Factuurportal"], ["N", "F"]),
        (["Nmbrs", "Nieuws"], ["Nm", "Ni"]),
        (["Portal", "Portaal", "Post"], ["Pl", "Pa", "Ps"]),
        (["Net", "Network"], ["Nt", "Nw"]),
        (["één", "Factuur"], ["É", "F"]),
    ],
)
def test_services_that_begin_alike_get_a_second_letter(names: list[str], marks: list[str]) -> None:
    found = letters(names)
    assert [found[name] for name in names] == marks
    assert len(set(found.values())) == len(names)


def test_two_of_one_colour_differ_by_line_and_letters(browser: Browser, services: None) -> None:
    build.service("nieuws", name="Nieuws", policy="nmbrs")
    db.session.commit()
    style = browser("viewer").get("/services.css").text
    assert "content: 'Ni'" in style
    assert "content: 'Nm'" in style
    for line in ("solid", "double", "dashed"):
        assert style.count(f"border-left-style: {line}") == 1


def test_a_name_cannot_break_out_of_the_style(browser: Browser, services: None) -> None:
    build.service("n-a", name="N'}", policy="nmbrs")
    build.service("n-b", name="N';", policy="nmbrs")
    db.session.commit()
    style = browser("viewer").get("/services.css").text
    assert "''" not in style
    assert "'}" not in style
    assert "content: '?'" in style
