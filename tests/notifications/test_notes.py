"""Mails about no window: read, and found good."""

from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from typing import Any

import pytest

from notifications import letter, message
from notifications.letter import Recipient
from notifications.message import Origin
from tests import golden

ORIGIN = Origin("Nmbrs maintenance <maintenance@vendor.example>", "https://maintenance.example")
AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TOKEN = "a" * 43 + "-7"
LEFT = {"reader": "Jan de Vries", "address": "jan@acme.example", "customer": "Acme"}
HOOK = {"channel": "webhook", "name": "Chat of Acme", "address": "https://hooks.acme.example/in"}
PROPOSED = {
    "actor": "olga@vendor.example",
    "reference": "M-2026-041",
    "title": "Databases bijwerken",
    "services": "Nmbrs",
    "span": "2 december 2026, 20:00-22:00",
    "deadline": "30 november 2026, 20:00",
    "reason": "The disk was full",
}

NOTES: dict[str, tuple[str, dict[str, Any], str, bool]] = {
    "confirm": ("confirm", {"service": "Nmbrs"}, f"/subscribe/{TOKEN}", True),
    "known": ("known", {"service": "Nmbrs"}, f"/preferences/{TOKEN}", True),
    "left": (
        "left",
        {**LEFT, "kinds": ["announcement", "change"], "services": [], "unreached": []},
        "/customers/acme",
        False,
    ),
    "left-nobody": (
        "left",
        {**LEFT, "kinds": [], "services": ["Nmbrs"], "unreached": ["Nmbrs"]},
        "/customers/acme",
        False,
    ),
    "channel": ("channel", {**HOOK, "why": "503 busy", "gone": False}, "/webhooks/t_1", False),
    "channel-gone": ("channel", {**HOOK, "why": "410 gone", "gone": True}, "/webhooks/t_1", False),
    "proposed": (
        "proposed",
        {**PROPOSED, "afterwards": False, "compliant": True},
        "/windows/w_1",
        False,
    ),
    "proposed-afterwards": (
        "proposed",
        {**PROPOSED, "afterwards": True, "compliant": True},
        "/windows/w_1",
        False,
    ),
}
"""By name: the text, what it names, where its link leads, and whether it is signed."""


def mail(case: str, language: str, **more: str) -> bytes:
    name, values, path, signed = NOTES[case]
    url = f"{ORIGIN.base_url}{path}"
    said = message.note(name, {**values, **more}, url, language, ORIGIN, signed=signed)
    compiled = letter.compile_account(said, language, ORIGIN)
    reader = Recipient("", "sam@reader.example", language, "<d_1@vendor.example>", AT)
    return letter.fill(compiled, reader)


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("case", NOTES)
def test_the_mail_is_the_one_that_was_found_good(case: str, language: str) -> None:
    assert golden.holds(f"mails/{case}.{language}.eml", mail(case, language))


@pytest.mark.parametrize("case", NOTES)
def test_its_one_link_is_in_both_parts_and_masked_where_it_is_shown(case: str) -> None:
    raw = mail(case, "en")
    whole = message_from_bytes(raw, policy=default)
    for kind in ("plain", "html"):
        part = whole.get_body((kind,))
        assert part is not None
        assert NOTES[case][2] in part.get_content()
    assert TOKEN not in letter.shown(raw).text + letter.shown(raw).html


@pytest.mark.parametrize("bad", ["<b>x</b>", "a\r\nBcc: b@c.example", "=?utf-8?q?x?=", "{{7*7}}"])
def test_a_bad_name_stays_within_its_words(bad: str) -> None:
    raw = mail("channel", "en", name=bad)
    seen = message_from_bytes(raw, policy=default)
    assert "Bcc" not in seen
    assert "<b>" not in letter.shown(raw).html
    assert "49" not in letter.shown(raw).text
