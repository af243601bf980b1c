"""What is done with a window on its page: each verb, its refusals, and who was told."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import select

from maintenance.models import Delivery, Notice, Window, db
from maintenance.windows import DeliveryState
from tests import build
from tests.web.conftest import Browser
from tests.web.test_proposing import BROKEN, FINE

REASON = "The supplier leaves us no other night"


@pytest.fixture
def proposed(browser: Browser, services: None) -> str:
    """The path of a proposed window that keeps every rule."""
    return propose(browser)


def propose(browser: Browser, **typed: Any) -> str:
    """Propose a window by the form; its path."""
    return str(browser("operator").send("/windows/new", {**FINE, **typed}).headers["Location"])


def window() -> Window:
    """The only window there is."""
    return db.session.scalars(select(Window)).one()


def seen() -> dict[str, str]:
    """The revision that a page just opened carries."""
    return {"revision": str(window().revision)}


def notices() -> list[str]:
    """What was or will be told of windows, in order."""
    rows = db.session.scalars(select(Notice).order_by(Notice.id))
    return [row.kind for row in rows if row.dropped is None and row.window_id is not None]


def test_approving_schedules_and_announces(browser: Browser, proposed: str) -> None:
    answer = browser("approver").send(f"{proposed}/approve", seen())
    assert answer.headers["Location"] == proposed
    assert (window().state, window().approved_by) == ("scheduled", "approver@maintenance.example")
    assert window().announced_at == build.NOW
    page = browser("viewer").get(proposed).text
    assert "0 of 2 customers told by mail of these times." in page
    assert "jan@acme.example" in page
    assert "Still to come" in page


def test_the_page_says_who_was_told_and_what_the_server_answered(
    browser: Browser, proposed: str
) -> None:
    browser("approver").send(f"{proposed}/approve", seen())
    delivery = db.session.scalars(select(Delivery).where(Delivery.customer == "acme")).one()
    delivery.state, delivery.attempts = DeliveryState.SENT, 2
    delivery.accepted_at, delivery.reply = build.NOW + timedelta(minutes=1), "250 ok <queued>"
    db.session.commit()
    page = browser("viewer").get(proposed).text
    assert "1 of 2 customers told by mail of these times." in page
    assert "250 ok &lt;queued&gt;" in page
    assert "Mon 23 Nov 2026, 10:01 CET" in page
    assert "2 tries" in page


@pytest.mark.parametrize("rule", BROKEN)
def test_approving_what_breaks_a_rule_answers_with_the_verdict(
    browser: Browser, services: None, rule: str
) -> None:
    path = propose(browser, **BROKEN[rule])
    answer = browser("approver").send(f"{path}/approve", seen())
    assert answer.status_code == 409
    assert "A rule is broken" in answer.text
    assert f"<strong>{rule}</strong>" in answer.text
    assert window().state == "proposed"
    assert notices() == []


def test_an_approver_may_override_with_a_reason_that_is_kept_and_shown(
    browser: Browser, services: None
) -> None:
    path = propose(browser, **BROKEN["Notice period"])
    answer = browser("approver").send(f"{path}/approve", {**seen(), "override_reason": REASON})
    assert answer.status_code == 303
    assert window().override_reason == REASON
    page = browser("viewer").get(path).text
    assert REASON in page
    assert REASON not in browser("anonymous").get(f"/status/w/{window().public_id}").text


def test_rejecting_needs_a_reason(browser: Browser, proposed: str) -> None:
    answer = browser("approver").send(f"{proposed}/reject", {**seen(), "reason": "  "})
    assert answer.status_code == 422
    assert "Reason is required." in answer.text or "Is required" in answer.text
    answer = browser("approver").send(f"{proposed}/reject", {**seen(), "reason": "Not in December"})
    assert answer.status_code == 303
    assert window().state == "rejected"
    assert "Not in December" in browser("viewer").get(proposed).text


LATER = {
    "times": "yes",
    "start_date": "2026-12-03",
    "start_time": "20:00",
    "end_date": "2026-12-03",
    "end_time": "22:00",
}


def judged(text: str) -> str:
    """The times whose verdict a page shows, as its form sends them back."""
    return text.split('id="judged" name="judged" value="', 1)[1].split('"', 1)[0]


def test_a_move_shows_its_verdict_before_it_is_made(browser: Browser, proposed: str) -> None:
    browser("approver").send(f"{proposed}/approve", seen())
    operator = browser("operator")
    first = operator.send(f"{proposed}/move", {**LATER, **seen(), "act": "move"})
    assert first.status_code == 200
    assert "Within the agreement" in first.text
    assert window().start_at == build.START
    sent = {**LATER, **seen(), "act": "move", "judged": judged(first.text)}
    assert operator.send(f"{proposed}/move", sent).status_code == 303
    assert window().start_at == build.START + timedelta(days=1)
    assert notices()[-2:] == ["change", "reminder"]


def test_the_verdict_of_other_times_does_not_count(browser: Browser, proposed: str) -> None:
    operator = browser("operator")
    first = operator.send(f"{proposed}/move", {**LATER, **seen(), "act": "check"})
    other = {**LATER, "start_time": "19:00", **seen(), "act": "move", "judged": judged(first.text)}
    assert operator.send(f"{proposed}/move", other).status_code == 200
    assert window().start_at == build.START


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ("day=2026-12-03", "Thu 3 Dec 2026, 20:00–22:00 CET"),
        ("day=2026-12-03&hour=23", "Thu 3 Dec 2026, 23:00 CET – Fri 4 Dec 2026, 01:00 CET"),
        ("day=2027-06-03", "Thu 3 Jun 2027, 20:00–22:00 CEST"),
        ("day=yesterday&hour=7", "Wed 2 Dec 2026, 20:00–22:00 CET"),
        ("day=9999-12-31", "Wed 2 Dec 2026, 20:00–22:00 CET"),
    ],
)
def test_dropped_on_a_day_the_move_form_shows_the_verdict_and_nothing_moved(
    browser: Browser, proposed: str, asked: str, shown: str
) -> None:
    page = browser("operator").get(f"{proposed}/move?{asked}").text
    verdict = page.split('id="verdict"', 1)[1]
    assert shown in verdict
    assert "Notice period" in verdict
    assert window().start_at == build.START


def test_on_the_night_of_two_half_past_twos_a_drop_asks_which(browser: Browser) -> None:
    build.service("nmbrs")
    at = build.START + timedelta(hours=6, minutes=30)
    row = build.window(state="proposed", start_at=at)
    db.session.commit()
    page = browser("operator").get(f"/windows/{row.public_id}/move?day=2027-10-31").text
    assert "This time comes twice that night" in page


def test_a_move_that_breaks_a_rule_is_refused_unless_overridden(
    browser: Browser, proposed: str
) -> None:
    browser("approver").send(f"{proposed}/approve", seen())
    soon = {**LATER, "start_date": "2026-11-24", "end_date": "2026-11-24", **seen(), "act": "move"}
    page = browser("approver")
    soon["judged"] = judged(page.send(f"{proposed}/move", soon).text)
    answer = page.send(f"{proposed}/move", soon)
    assert answer.status_code == 409
    assert "A rule is broken at these times" in answer.text
    said = answer.text.split("To move it there anyway breaks a promise:", 1)[1]
    assert "“Notice period” of Nmbrs (Beschikbaarheid), promised to 2 customers:" in said
    assert "/customers/bakker" in said
    assert window().start_at == build.START
    assert page.send(f"{proposed}/move", {**soon, "override_reason": REASON}).status_code == 303
    assert window().override_reason == REASON


def test_running_a_window_to_its_end(browser: Browser, proposed: str) -> None:
    browser("approver").send(f"{proposed}/approve", seen())
    operator = browser("operator")
    assert operator.send(f"{proposed}/start", seen()).status_code == 303
    assert window().state == "in_progress"
    too_early = {**seen(), "times": "yes", "end_date": "2026-12-02", "end_time": "21:00"}
    answer = operator.send(f"{proposed}/extend", too_early)
    assert answer.status_code == 422
    assert 'id="end-error"' in answer.text
    later = {**seen(), "end_date": "2026-12-02", "end_time": "23:30"}
    assert operator.send(f"{proposed}/extend", later).status_code == 303
    assert window().end_at == build.START + timedelta(hours=3, minutes=30)
    assert operator.send(f"{proposed}/complete", seen()).status_code == 303
    assert window().state == "completed"
    assert {"start", "change", "completion"} <= set(notices())


def test_cancelling_tells_those_who_were_told(browser: Browser, proposed: str) -> None:
    browser("approver").send(f"{proposed}/approve", seen())
    answer = browser("operator").send(f"{proposed}/cancel", {**seen(), "reason": "Not needed"})
    assert answer.status_code == 303
    assert window().state == "cancelled"
    assert notices()[-1] == "cancellation"


def test_a_word_to_the_readers(browser: Browser, proposed: str) -> None:
    browser("approver").send(f"{proposed}/approve", seen())
    operator = browser("operator")
    empty = operator.send(f"{proposed}/message", {**seen(), "message_nl": " "})
    assert empty.status_code == 422
    said = {**seen(), "message_nl": "Het duurt iets langer.\nExcuses."}
    assert operator.send(f"{proposed}/message", said).status_code == 303
    assert "Het duurt iets langer." in operator.get(proposed).text
    assert notices()[-1] == "message"


def test_what_the_state_does_not_allow_is_said(browser: Browser, proposed: str) -> None:
    answer = browser("operator").send(f"{proposed}/complete", seen())
    assert answer.status_code == 409
    assert "The window is proposed." in answer.text


def test_a_form_from_before_a_change_does_nothing(browser: Browser, proposed: str) -> None:
    old = seen()
    browser("operator").send(f"{proposed}/edit", {**FINE, "title_en": "Changed", **old})
    answer = browser("approver").send(f"{proposed}/approve", old)
    assert answer.status_code == 409
    assert "Somebody changed it meanwhile" in answer.text
    assert window().state == "proposed"


def test_a_form_without_its_revision_does_nothing(browser: Browser, proposed: str) -> None:
    """The twin of reading it: what was not read cannot be acted upon."""
    for revision in ("", "-1", "x", "9" * 30):
        answer = browser("approver").send(f"{proposed}/approve", {"revision": revision})
        assert answer.status_code == 409
    assert window().state == "proposed"


@pytest.mark.parametrize("window_id", ["w_nothing", "x" * 500, "%00", "..%2f", "w_\U0001f600"])
def test_an_unknown_window_is_a_404(browser: Browser, services: None, window_id: str) -> None:
    assert browser("viewer").get(f"/windows/{window_id}").status_code == 404


def test_the_log_says_who_did_what_from_what_to_what(browser: Browser, proposed: str) -> None:
    browser("operator").send(f"{proposed}/edit", {**FINE, "title_en": "Bigger", **seen()})
    page = browser("viewer").get(proposed).text
    assert "<strong>operator@maintenance.example</strong> edited it" in page
    assert "Database upgrade → Bigger" in page


def test_a_viewer_sees_no_verbs(browser: Browser, proposed: str) -> None:
    page = browser("viewer").get(proposed).text
    for verb in ("approve", "reject", "cancel", "move", "edit"):
        assert f"{proposed}/{verb}" not in page


def test_what_overruns_is_on_the_first_page(browser: Browser, proposed: str) -> None:
    browser("approver").send(f"{proposed}/approve", seen())
    browser("operator").send(f"{proposed}/start", seen())
    with time_machine.travel(build.START + timedelta(hours=3), tick=False):
        home = browser("viewer").get("/").text
        assert "should have ended" in home
        assert "Over time" in browser("viewer").get(proposed).text


def test_the_mails_can_be_read_as_they_will_look(browser: Browser, proposed: str) -> None:
    public_id = window().public_id
    dutch = browser("viewer").get(f"/windows/{public_id}/announcement/nl").text
    english = browser("viewer").get(f"/windows/{public_id}/announcement/en").text
    assert "Databases bijwerken" in dutch
    assert "Database upgrade" in english
    assert browser("viewer").get(f"/windows/{public_id}/announcement/xx").status_code == 404
    browser("approver").send(f"{proposed}/approve", seen())
    notice = db.session.scalars(select(Notice).where(Notice.window_id.is_not(None))).first()
    assert notice is not None
    text = browser("viewer").get(f"/windows/{public_id}/notices/{notice.id}/nl").text
    assert "Databases bijwerken" in text
