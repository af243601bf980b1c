"""A policy whose notice goes by a pushed page: the service's own, and no other."""

from maintenance.sla.check import Agreement, Terms, check
from maintenance.sla.policy import parse, shipped_texts, with_deviations
from maintenance.sla.request import parse as read
from maintenance.sla.verdict import PUSHED
from tests.sla.build import LONG_AGO, local, window

TEXT = shipped_texts()["nmbrs"].replace('["status_page", "email"]', '["statuspage"]')
POLICY = parse(TEXT, "nmbrs")
DEADLINE = local("2026-11-30 20:00")
LATE = local("2026-12-01 00:00")


def notices(asked, *terms):
    found = check(asked, terms).findings
    return [each for each in found if each.rule == "notice"]


def test_neither_mail_nor_our_own_page_counts_for_it():
    (found,) = notices(window("2026-12-02 20:00"), Terms("nmbrs", POLICY, []))
    assert found.outcome == "violation"
    assert "Statuspage" in found.message["en"]
    assert "Statuspage" in found.message["nl"]


def test_the_moment_its_page_showed_it_counts():
    by_page = Terms("nmbrs", POLICY, [], announced={PUSHED: DEADLINE})
    late = Terms("nmbrs", POLICY, [], announced={PUSHED: LATE})
    found = notices(window("2026-12-02 20:00"), by_page, late)
    assert [each.outcome for each in found] == ["pass", "violation"]


def test_the_page_of_one_service_tells_nobody_of_another():
    shown = Terms("nmbrs", POLICY, [], announced={PUSHED: LONG_AGO})
    found = notices(window("2026-12-02 20:00"), shown, Terms("other", POLICY, []))
    assert [(each.service, each.outcome) for each in found] == [
        ("nmbrs", "pass"),
        ("other", "violation"),
    ]


def test_it_counts_beside_when_a_customer_with_an_agreement_was_told():
    longer = with_deviations(POLICY, {"notice": {"length": 1}})
    acme = Agreement("acme", longer, {"email": LONG_AGO})
    shown = Terms("nmbrs", POLICY, [], [acme], announced={PUSHED: LONG_AGO})
    (found,) = notices(window("2026-12-02 20:00"), shown)
    assert found.outcome == "pass"


def test_a_request_names_it_as_a_channel_or_leaves_all_of_them():
    about = {"service": "nmbrs", "kind": "planned", "start": "2026-12-02T20:00"}
    about |= {"end": "2026-12-02T22:00", "announce_at": "2026-11-23T09:00"}
    outcomes = [
        notice_of({**about, **more})
        for more in ({}, {"channels": ["statuspage"]}, {"channels": ["email", "status_page"]})
    ]
    assert outcomes == ["pass", "pass", "violation"]


def notice_of(asked):
    request = read(asked, {"nmbrs": POLICY}, LONG_AGO)
    return notices(request.window, *request.terms)[0].outcome
