"""A service's ladder of notices, and its own words for them."""

from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from maintenance import planning, worker
from maintenance.composing import mail_of
from maintenance.intake import Proposal
from maintenance.models import Audit, Delivery, Service, Window, db
from maintenance.results import Done
from maintenance.store import outbox
from notifications import letter, message
from tests import build
from tests.build import NOW, START
from tests.web.conftest import ADMIN, Browser

OWN = {
    "subject_nl": "Let op: {services} [{reference}]",
    "lead_nl": "Op {span} werken wij aan {services}.",
    "subject_en": "Mind: {services} [{reference}]",
    "lead_en": "On {span} we work on {services}.",
}
PATH = "/services/nmbrs/notices/"


def proposal(*reminders: int, named: bool = True) -> Proposal:
    values = planning.as_proposal(build.window(state="proposed"))
    return replace(values, reminders=reminders if named else None)


def test_a_new_window_gets_the_reminders_of_its_service(browser: Browser, services: None) -> None:
    form = {"lead": ["3", "4", ""], "unit": ["days", "hours", "days"], "sent": ["reminder"]}
    assert browser("admin").send(PATH, form).status_code == 303
    for values, reminders in (
        (proposal(named=False), [3 * 24 * 60, 4 * 60]),
        (proposal(30), [30]),
        (proposal(), []),  # none were asked for: none it has
    ):
        made = planning.propose(values, ADMIN, NOW)
        assert isinstance(made, Done)
        assert made.window.reminders == reminders


def test_a_notice_that_is_left_out_reaches_nobody(browser: Browser, services: None) -> None:
    browser("admin").send(PATH, {"sent": ["reminder", "completion"]})
    window = build.window(state="in_progress", announced_at=NOW)
    started = build.notice(window, "start")
    outbox.fan_out(db.session(), started, START)
    done = build.notice(window, "completion")
    outbox.fan_out(db.session(), done, START)
    assert [len(started.deliveries), len(done.deliveries)] == [0, 2]


@pytest.mark.parametrize("lead", ["-1", "0", "x", "1.5", "91", "٣"])
def test_a_reminder_that_is_no_length_is_refused(
    browser: Browser, services: None, lead: str
) -> None:
    answer = browser("admin").send(PATH, {"lead": [lead], "unit": ["days"]})
    assert answer.status_code == 422
    assert "whole numbers" in answer.text
    db.session.expire_all()
    assert db.session.scalars(select(Service.reminders)).all() == [[], []]


def test_a_mail_speaks_the_words_that_were_saved(
    app: Flask, browser: Browser, services: None
) -> None:
    page = browser("admin")
    page.send(f"{PATH}announcement", {**OWN, "act": "save"})
    build.announced(build.window())
    db.session.commit()
    worker.tick(NOW)
    row = db.session.scalars(select(Delivery).where(Delivery.customer == "acme")).one()
    mail = mail_of(row, app.config["SETTINGS"])
    assert mail is not None
    assert letter.shown(mail).subject == "Let op: Nmbrs [M-2026-001]"
    assert "werken wij aan Nmbrs." in letter.shown(mail).text
    assert "own words" in page.get(PATH).text
    assert db.session.scalars(select(Audit.verb).where(Audit.subject == "service:nmbrs")).all()


def test_words_are_tried_before_they_are_saved(browser: Browser, services: None) -> None:
    page = browser("admin")
    tried = page.send(f"{PATH}announcement", {**OWN, "act": "try"})
    assert "Let op: Nmbrs [M-2026-000]" in tried.text
    assert "Mind: Nmbrs [M-2026-000]" in tried.text
    assert "Let op" not in page.get(f"{PATH}announcement").text


def test_an_unknown_or_missing_placeholder_is_named_at_its_field(
    browser: Browser, services: None
) -> None:
    wrong = {**OWN, "lead_nl": "Op {spam}", "subject_en": "No reference", "act": "save"}
    answer = browser("admin").send(f"{PATH}announcement", wrong)
    assert answer.status_code == 422
    assert "It cannot name {spam}" in answer.text
    assert "It has to name {reference}" in answer.text


def test_the_usual_words_return(browser: Browser, services: None) -> None:
    page = browser("admin")
    page.send(f"{PATH}announcement", {**OWN, "act": "save"})
    page.send(f"{PATH}announcement", {"act": "usual"})
    assert "Gepland onderhoud" in page.get(f"{PATH}announcement").text
    assert "own words" not in page.get(PATH).text


def test_saving_the_usual_words_keeps_following_them(browser: Browser, services: None) -> None:
    usual = {lang: message.usual("start", lang) for lang in ("nl", "en")}
    fields = {f"subject_{lang}": said.subject for lang, said in usual.items()}
    fields |= {f"lead_{lang}": said.lead for lang, said in usual.items()}
    browser("admin").send(f"{PATH}start", {**fields, "act": "save"})
    assert "own words" not in browser("viewer").get(PATH).text


def test_what_is_no_notice_has_no_words(browser: Browser, services: None) -> None:
    assert browser("admin").get(f"{PATH}account").status_code == 404
    assert browser("admin").get("/services/none/notices/").status_code == 404


def test_every_kind_shows_its_mail(browser: Browser, services: None) -> None:
    page = browser("viewer")
    for kind in ("announcement", "change", "reminder", "start", "completion", "cancellation"):
        text = page.get(f"{PATH}{kind}").text
        assert "M-2026-000" in text
    window: Window = build.window()
    db.session.commit()
    assert window.reference in page.get(f"{PATH}message").text


@pytest.mark.parametrize("early", [True, False])
def test_work_that_is_done_early_goes_by_words_of_its_own(
    browser: Browser, services: None, early: bool
) -> None:
    said = {"subject_nl": "Vroeg klaar [{reference}]", "lead_nl": "Klaar op {completed}."}
    said |= {"subject_en": "Done early [{reference}]", "lead_en": "Done on {completed}."}
    form = {**said, "act": "save"}
    assert browser("admin").send(f"{PATH}early_end", form).status_code == 303
    row = build.window(state="in_progress", announced_at=NOW)
    row.completed_at, row.state = row.end_at - timedelta(minutes=30 if early else 0), "completed"
    build.notice(row, "completion")
    db.session.commit()
    window_id = row.public_id
    page = browser("viewer").get(f"/windows/{window_id}/notices/{row.notices[0].id}/nl").text
    assert ("Klaar op" in page) == early


def test_operators_are_asked_about_an_overrun_in_the_service_s_own_words(
    browser: Browser, services: None
) -> None:
    said = {
        "subject_nl": "Uitloop [{reference}]",
        "lead_nl": "Bel de dienstdoende: einde was {end}.",
    }
    said |= {"subject_en": "Overrun [{reference}]", "lead_en": "Call who is on duty: {end}."}
    admin = browser("admin")
    tried = admin.send(f"{PATH}overrun", {**said, "act": "try"})
    assert "Bel de dienstdoende" in tried.text
    assert admin.send(f"{PATH}overrun", {**said, "act": "save"}).status_code == 303
    row = build.window(state="in_progress", announced_at=NOW)
    overrun = build.notice(row, "overrun", to_operators=True)
    db.session.commit()
    page = browser("viewer").get(f"/windows/{row.public_id}/notices/{overrun.id}/nl").text
    assert "Bel de dienstdoende" in page


def test_what_is_sent_of_work_done_early_is_in_those_words(
    app: Flask, browser: Browser, services: None
) -> None:
    said = {"subject_nl": "Vroeg klaar [{reference}]", "lead_nl": "Klaar op {completed}."}
    said |= {"subject_en": "Done early [{reference}]", "lead_en": "Done on {completed}."}
    browser("admin").send(f"{PATH}early_end", {**said, "act": "save"})
    row = build.window(state="completed", announced_at=NOW)
    row.completed_at = row.end_at - timedelta(minutes=30)
    outbox.fan_out(db.session(), build.notice(row, "completion"), NOW)
    db.session.commit()
    worker.tick(NOW)
    delivery = db.session.scalars(select(Delivery).limit(1)).one()
    raw = mail_of(delivery, app.config["SETTINGS"])
    assert raw is not None
    assert letter.shown(raw).subject.startswith("Vroeg klaar")
