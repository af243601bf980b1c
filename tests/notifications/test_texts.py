"""A service's own words: a closed list of placeholders, and nothing in them is run."""

import pytest

from maintenance.notices import Notice
from maintenance.windows import LANGUAGES, NoticeKind
from notifications import message, texts
from notifications.message import Origin, Reader
from notifications.texts import Fault, Words
from tests.notifications.values import NOW, window

ORIGIN = Origin("Vendor <maintenance@vendor.example>", "https://maintenance.example")
TOLD = Notice(NoticeKind.ANNOUNCEMENT, NOW, 3)
READER = Reader("Dear Jan,", "https://feed.example", "https://leave.example")


@pytest.mark.parametrize("kind", texts.NEEDED)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_usual_words_have_no_fault(kind: str, language: str) -> None:
    assert list(texts.faults(kind, message.usual(kind, language))) == []


@pytest.mark.parametrize(
    "found",
    ["{unknown}", "{was}", "{{7*7}}", "{span.__class__}", "{span!r}", "{span:>9}", "{", "}", "{}"],
)
def test_what_is_not_on_the_list_is_refused(found: str) -> None:
    said = Words("{reference}", f"{{span}} {found}")
    assert [fault.missing for fault in texts.faults("announcement", said)] != []
    assert not any(fault.missing for fault in texts.faults("announcement", said))


def test_what_has_to_be_there_is_missed() -> None:
    assert list(texts.faults("change", Words("Hello", "On {span}"))) == [
        Fault("subject", "{reference}", missing=True),
        Fault("lead", "{was}", missing=True),
    ]


def test_a_value_is_put_in_once_and_its_own_braces_stay_text() -> None:
    assert texts.filled("{text}", {"text": "{span}", "span": "no"}) == "{span}"


def test_a_mail_says_it_in_the_service_s_own_words_and_keeps_its_facts() -> None:
    own = Words("Let op: {services} [{reference}]", "op {span} <b>is er iets</b> met {services}.")
    said = message.parts(TOLD, window(), "nl", ORIGIN, READER, own)
    assert said.subject.startswith("Let op: ")
    assert "<b>is er iets</b>" in said.text
    assert "<b>is er iets</b>" not in said.html  # escaped
    assert "Referentie:" in said.text
    assert "https://leave.example" in said.text


def test_a_subject_stays_one_line() -> None:
    own = Words("{reference}\r\nBcc: all@acme.example", "{span}")
    said = message.parts(TOLD, window(), "en", ORIGIN, READER, own)
    assert "\n" not in said.subject
    assert "\r" not in said.subject
