"""notifications.message, letter and octets: what mails say, and that they arrive whole."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.header import decode_header, make_header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, compat32, default
from email.utils import parseaddr

import icalendar
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from maintenance.notices import Notice
from maintenance.windows import Channel, Impact, Kind, NoticeKind, State, Window
from notifications import ical, letter, message, octets, words
from notifications.letter import Recipient
from notifications.message import Origin, Parts, Reader
from tests import golden
from tests.notifications.values import BAD_TITLES, FACTUURPORTAL, NMBRS, NOW, START, uneven, window

ORIGIN = Origin("Onderhoud Nmbrs <onderhoud@vendor.example>", "https://maintenance.example")
TOKEN = "kJ3h5sVt0pQ9wXyZ1a2b3c4d5e6f7g8h9i0jKlMnOpQ"
JAN = Recipient(
    name="Jan de Vries",
    address="jan@acme.example",
    language="nl",
    message_id="<d_0123456789abcdef@vendor.example>",
    at=NOW,
    feed_url=f"https://maintenance.example/feeds/c/{TOKEN}-12.ics",
    unsubscribe_url=f"https://maintenance.example/unsubscribe/{TOKEN}-7",
)
WAS = (START - timedelta(days=1), START - timedelta(days=1) + timedelta(hours=2))
SAID = {
    "nl": "De helft is klaar.\n\nWij verwachten op tijd te zijn.",
    "en": "Half is done.\n\nWe expect to be in time.",
}
RUNNING = window(state=State.IN_PROGRESS, started_at=START)
DONE = window(state=State.COMPLETED, completed_at=START + timedelta(hours=2))

CASES = {
    "announcement": (Notice(NoticeKind.ANNOUNCEMENT, NOW, 3), window()),
    "announcement-both": (
        Notice(NoticeKind.ANNOUNCEMENT, NOW, 3),
        window(
            services=(FACTUURPORTAL, NMBRS),
            kind=Kind.URGENT,
            end=START + timedelta(hours=30),
            outage_minutes=0,
            impact=Impact.DEGRADED,
            channels=(Channel.EMAIL,),
        ),
    ),
    "change": (Notice(NoticeKind.CHANGE, NOW, 3, was=WAS), window()),
    "extension": (
        Notice(NoticeKind.CHANGE, NOW, 3, was=(START, START + timedelta(hours=1))),
        replace(RUNNING, outage_minutes=120),
    ),
    "reminder": (Notice(NoticeKind.REMINDER, NOW, 3), window(kind=Kind.UPDATE)),
    "start": (Notice(NoticeKind.START, NOW, 3), RUNNING),
    "completion": (Notice(NoticeKind.COMPLETION, NOW, 3), DONE),
    "early-end": (
        Notice(NoticeKind.COMPLETION, NOW, 3),
        replace(DONE, completed_at=START + timedelta(minutes=95)),
    ),
    "registered": (
        Notice(NoticeKind.COMPLETION, NOW, 1),
        replace(DONE, kind=Kind.URGENT, announced_at=NOW + timedelta(days=30)),
    ),
    "cancellation": (Notice(NoticeKind.CANCELLATION, NOW, 4), window(state=State.CANCELLED)),
    "message": (Notice(NoticeKind.MESSAGE, NOW, 3, text=SAID), RUNNING),
    "overrun": (Notice(NoticeKind.OVERRUN, NOW, 3, to_operators=True), RUNNING),
}


def sent(
    case: str = "announcement",
    language: str = "nl",
    recipient: Recipient = JAN,
    of: Window | None = None,
) -> bytes:
    notice, its_window = CASES[case]
    compiled = letter.compile_notice(notice, of or its_window, language, ORIGIN)
    return letter.fill(compiled, recipient._replace(language=language))


def read(raw: bytes) -> EmailMessage:
    return message_from_bytes(raw, policy=default)


def content(mail: EmailMessage, subtype: str) -> str:
    (part,) = [each for each in mail.walk() if each.get_content_subtype() == subtype]
    return str(part.get_content()).replace("\r\n", "\n")


def to(raw: bytes) -> tuple[str, str]:
    """Name and address of the recipient , as RFC 2047 reads them."""
    name, address = parseaddr(message_from_bytes(raw, policy=compat32)["To"].replace("\n", ""))
    return str(make_header(decode_header(name))), address


def event_of(mail: EmailMessage) -> icalendar.Event:
    (event,) = icalendar.Calendar.from_ical(content(mail, "calendar")).walk("VEVENT")
    return event


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("case", CASES)
def test_the_mail_is_the_one_that_was_found_good(case: str, language: str) -> None:
    assert golden.holds(f"mails/{case}.{language}.eml", sent(case, language))


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_alarm_to_operators_is_the_one_that_was_found_good(language: str) -> None:
    failed = [("jan@acme.example", "acme", "550 5.1.1 <jan@acme.example>: no such user")]
    compiled = letter.compile_account(message.alarm(failed, language, ORIGIN), language, ORIGIN)
    olga = Recipient("", "olga@vendor.example", language, "<d_1@vendor.example>", NOW)
    assert golden.holds(f"mails/alarm.{language}.eml", letter.fill(compiled, olga))


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("case", CASES)
def test_every_mail_says_what_a_reader_plans_by(case: str, language: str) -> None:
    its_window = CASES[case][1]
    mail = read(sent(case, language))
    assert its_window.reference in mail["Subject"]
    assert its_window.services[0].name in mail["Subject"]
    for body in (content(mail, "plain"), content(mail, "html")):
        for fact in (
            its_window.title[language],
            its_window.reference,
            "20:00 CET",
            "19:00",
            "UTC",
            words.IMPACT[its_window.impact][language],
        ):
            assert fact in body


def test_headers_say_that_a_machine_writes_and_how_to_leave() -> None:
    mail = read(sent())
    assert mail["Message-ID"] == JAN.message_id
    assert mail["Date"].datetime == NOW
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["List-Id"] == "<maintenance.vendor.example>"
    assert mail["List-Unsubscribe"] == f"<{JAN.unsubscribe_url}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["Content-Language"] == "nl"
    assert f"<{JAN.unsubscribe_url}>".encode() in sent()  # on one line, as receivers read it


def test_a_mail_to_operators_leads_to_the_window_and_has_no_secret_link() -> None:
    mail = read(sent("overrun"))
    assert "https://maintenance.example/windows/w_7Q2hC0ffee" in content(mail, "plain")
    assert mail["List-Unsubscribe"] is None
    assert TOKEN not in sent("overrun").decode()


def test_a_window_that_is_on_no_status_page_is_not_linked_there() -> None:
    assert "/status/" in content(read(sent("announcement")), "plain")
    assert "/status/" not in content(read(sent("announcement-both")), "plain")


@pytest.mark.parametrize(
    ("case", "method", "status"),
    [
        ("announcement", "REQUEST", "CONFIRMED"),
        ("change", "REQUEST", "CONFIRMED"),
        ("reminder", "REQUEST", "CONFIRMED"),
        ("cancellation", "CANCEL", "CANCELLED"),
    ],
)
def test_the_calendar_part_is_the_event_of_the_feed(case: str, method: str, status: str) -> None:
    mail = read(sent(case))
    (part,) = [each for each in mail.walk() if each.get_content_subtype() == "calendar"]
    assert part.get_param("method") == method
    assert icalendar.Calendar.from_ical(part.get_content())["METHOD"] == method
    event, fed = event_of(mail), ical.vevent(CASES[case][1], "nl", ORIGIN.base_url)
    for name in ("UID", "SEQUENCE", "DTSTAMP", "DTSTART", "DTEND", "STATUS", "SUMMARY"):
        assert event[name] == fed[name]
    assert event["STATUS"] == status
    assert event["ATTENDEE"] == "mailto:jan@acme.example"
    assert event["ORGANIZER"] == "mailto:onderhoud@vendor.example"


@pytest.mark.parametrize("case", ["start", "completion", "message", "overrun"])
def test_other_notices_bring_no_calendar_part(case: str) -> None:
    assert b"text/calendar" not in sent(case)


def plain(said: Parts, calendar: str, recipient: Recipient) -> EmailMessage:
    """The same mail, as the library alone builds it for one reader."""
    mail = EmailMessage(policy=SMTP.clone(max_line_length=998))
    mail["From"] = Address("Onderhoud Nmbrs", addr_spec="onderhoud@vendor.example")
    mail["Subject"] = said.subject
    mail["Date"] = recipient.at
    mail["Message-ID"] = recipient.message_id
    mail["Auto-Submitted"] = "auto-generated"
    mail["List-Unsubscribe"] = f"<{recipient.unsubscribe_url}>"
    mail.set_content(said.text)
    mail.add_alternative(said.html, subtype="html")
    mail.add_alternative(calendar, subtype="calendar", params={"method": "REQUEST"})
    return read(mail.as_bytes())


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=120))
@example("Zoë Ünal-van den Heuvel")
@example('O\'Neil "de jongere" <x@y>, Jan & Co. \xa0=')
@example("=?utf-8?q?Bcc=3A?= \r\nBcc: x@y.example")
@example("يوسف 山田太郎 \U0001f9e8 " * 8)
@example("a" * 200)
def test_a_filled_in_mail_reads_as_the_one_the_library_builds(name: str) -> None:
    notice, its_window = CASES["announcement"]
    anna = JAN._replace(name=name, address="anna+x@Bücher.example")
    raw = sent(recipient=anna)
    ours, clean = read(raw), words.line(name)
    reader = Reader(message.greeting(clean, "nl"), anna.feed_url, anna.unsubscribe_url)
    said = message.parts(notice, its_window, "nl", ORIGIN, reader)
    theirs = plain(said, content(ours, "calendar"), anna)
    for header in ("From", "Subject", "Date", "Message-ID", "List-Unsubscribe"):
        assert ours[header] == theirs[header]
    for subtype in ("plain", "html"):
        assert content(ours, subtype) == content(theirs, subtype)
    assert to(raw) == (clean, "anna+x@xn--bcher-kva.example")
    assert not ours.defects


@pytest.mark.parametrize("title", BAD_TITLES)
def test_a_bad_title_leaves_the_mail_whole(title: str) -> None:
    bad = window(
        title={"nl": title, "en": title},
        description={"nl": title, "en": title},
        services=(replace(NMBRS, name=title[:200]),),
    )
    raw, good = sent(of=bad), read(sent())
    mail = read(raw)
    assert mail.keys() == good.keys()
    assert [part.get_content_type() for part in mail.walk()] == [
        part.get_content_type() for part in good.walk()
    ]
    assert max(map(len, raw.split(b"\r\n"))) < 998
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert event_of(mail)["SUMMARY"] == words.line(title)
    assert content(mail, "html").count("<img") == content(mail, "html").count("<script") == 0
    assert words.line(title)[:200] in " ".join(content(mail, "plain").split())


def test_a_long_mail_stays_under_a_hundred_kilobytes() -> None:
    long = "Wij zetten de gegevens één voor één over. " * 120  # as long as the form allows
    raw = sent(of=window(description={"nl": long, "en": long}))
    assert len(raw) < 100_000


def test_a_header_with_a_line_break_in_it_is_never_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin of the bad titles: with an encoding that lets one through, the check sees it."""
    monkeypatch.setattr(octets, "header", lambda name, _value: f"{name}: x\r\nBcc: x@y.z\r\n")
    with pytest.raises(ValueError, match="Bcc"):
        sent()


def test_without_a_name_the_greeting_has_none() -> None:
    nobody = JAN._replace(name="")
    assert content(read(sent(recipient=nobody)), "plain").startswith("Goedendag,\n")
    assert content(read(sent(language="en", recipient=nobody)), "plain").startswith("Hello,\n")


@pytest.mark.parametrize("address", ["jan", "jan doe@acme.example", "ján@acme.example", "a>b@c.nl"])
def test_an_address_that_no_server_takes_is_refused(address: str) -> None:
    with pytest.raises(ValueError):
        sent(recipient=JAN._replace(address=address))


def test_a_mail_is_shown_without_its_secrets() -> None:
    shown = letter.shown(sent())
    assert shown.subject.startswith("Gepland onderhoud Nmbrs: woensdag 2 december 2026")
    assert shown.to == "Jan de Vries <jan@acme.example>"
    for body in (shown.text, shown.html):
        assert TOKEN not in body
        assert "https://maintenance.example/feeds/c/•••" in body
        assert "https://maintenance.example/status/w/w_7Q2hC0ffee" in body


def test_an_account_mail_is_shown_without_its_link() -> None:
    said = (
        "Choose a password:\nhttps://maintenance.example/reset/WyIxMjM0NTY3ODkwYWJj.aBcDeF.x-y_z9\n"
    )
    assert letter.masked(said) == "Choose a password:\nhttps://maintenance.example/reset/•••\n"


def test_a_text_that_lacks_a_language_is_said_in_the_other() -> None:
    only_dutch = window(title={"nl": "Databases bijwerken"}, description={"nl": "Zie de titel."})
    mail = read(sent(language="en", of=only_dutch))
    assert "Databases bijwerken" in content(mail, "plain")


def test_services_that_differ_in_outage_are_named_with_their_own() -> None:
    mail = content(read(sent(language="en", of=uneven())), "plain")
    assert "Factuurportal: 15 minutes; Nmbrs: 2 hours (the whole time)" in mail
    own = content(read(sent(language="en", of=uneven().only(["factuurportal"]))), "plain")
    assert "15 minutes" in own
    assert "Nmbrs:" not in own


def test_the_night_with_two_half_past_twos_says_which() -> None:
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # 02:30, the first time
    both = window(start=first, end=first + timedelta(hours=1), outage_minutes=60)
    assert "25 oktober 2026, 02:30 CEST – 02:30 CET" in read(sent(of=both))["Subject"]
