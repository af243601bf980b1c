"""docs/tour.md says what is there: a browser walks it, word for word."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import Watched
from tests.browser.installation import Installation, installed
from tests.browser.tour import PAGE, Step, steps, take

MAIN = 6
"""The sections that are walked without JavaScript: the main job, which leaves all as it was."""

TEXT = PAGE.read_text()
STEPS = list(steps(TEXT))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation with the demo data, as `make run` makes it."""
    with installed(tmp_path_factory.mktemp("tour"), [["demo"]]) as made:
        yield made


def test_the_page_is_read_as_it_is_meant() -> None:
    text = "## 1. A\n1. Press **B**. Fill in *C*: `d e`. Read “f\n   g”.\n## H\n1. Press **I**."
    assert list(steps(text)) == [
        Step(1, "press", "B"),
        Step(1, "field", "C", "d e"),
        Step(1, "read", "f g"),
    ]
    assert {step.section for step in STEPS} == set(range(1, 9))
    assert len(STEPS) > 50


# without script by pointer, with script by keyboard: one walk each
@pytest.mark.browser
@pytest.mark.parametrize(("script", "sections"), [(False, MAIN), (True, 8)])
def test_the_tour_can_be_walked(
    chromium: Browser, made: Installation, script: bool, sections: int
) -> None:
    view = {"width": 1280, "height": 900}
    context = chromium.new_context(locale="en-GB", viewport=view, java_script_enabled=script)  # type: ignore[arg-type]
    watched = Watched(context.new_page(), made.address)
    text = TEXT if script else TEXT.replace("New certificates", "New keys")  # each its own window
    for step in (step for step in steps(text) if step.section <= sections):
        try:
            take(step, watched, made, keyboard=script)
        except AssertionError as error:
            raise AssertionError(f"{step} at {watched.page.url}") from error
    context.close()
