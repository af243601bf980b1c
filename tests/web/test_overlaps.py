"""What is planned at the same time is shown beside the verdict."""

import pytest

from maintenance.models import db
from tests import build
from tests.web.conftest import Browser
from tests.web.test_outages import BOTH

pytestmark = pytest.mark.usefixtures("services")


def test_an_overlap_stands_beside_the_live_verdict(browser: Browser) -> None:
    other = build.window(state="proposed")
    db.session.commit()
    page = browser("operator").send("/windows/verdict", BOTH).text
    assert "Another window is planned at the same time" in page
    assert other.reference in page
    apart = {**BOTH, "start_time": "22:00", "end_time": "23:00"}
    page = browser("operator").send("/windows/verdict", apart).text
    assert "at the same time" not in page
    assert "Also around then" in page


def test_and_on_the_page_of_each_window(browser: Browser) -> None:
    one, other = build.window(state="proposed"), build.window()
    done = build.window(state="completed")
    db.session.commit()
    viewer = browser("viewer")
    assert other.reference in viewer.get(f"/windows/{one.public_id}").text
    assert one.reference in viewer.get(f"/windows/{other.public_id}").text
    assert "at the same time" not in viewer.get(f"/windows/{done.public_id}").text
