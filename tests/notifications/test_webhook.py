"""Webhooks: what they say, how they are signed, and what a receiver's answer means."""

import json
import socket
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from maintenance.notices import Notice
from maintenance.windows import NoticeKind
from notifications import CHANNELS, Message, Undelivered, channel, outgoing, webhook
from tests.notifications.values import BAD_TITLES, window
from tests.receiver import receiving

SECRET = "whsec_" + "c2VjcmV0" * 5
BASE = "https://maintenance.example"
AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
LOOPBACK = {"secret": SECRET, "allow": ("127.0.0.0/8",), "base_url": BASE}


def message(kind: NoticeKind = NoticeKind.ANNOUNCEMENT, **more: object) -> Message:
    notice = Notice(kind, AT, 3, **more)  # type: ignore[arg-type]
    return Message("d_1", notice, window(), webhook.render(notice, window(), BASE))


def test_every_channel_in_the_list_can_be_loaded() -> None:
    for name in CHANNELS:
        found = channel(name)
        assert callable(found.send)
        assert callable(found.render)


def test_the_receiver_can_verify_who_sent_it() -> None:
    with receiving() as there:
        reply = webhook.send(message(), there.url, LOOPBACK)
        (got,) = there.got
    said = Webhook(SECRET).verify(got.body, got.headers)
    assert (said["type"], said["data"]["window"]["id"]) == ("window.announced", window().id)
    assert (reply, got.headers["webhook-id"]) == ("200 fine", "d_1")
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_" + "b3RoZXIh" * 5).verify(got.body, got.headers)


def test_a_webhook_says_what_the_public_may_read_and_nothing_else() -> None:
    said = json.loads(message().body)["data"]["window"]
    assert set(said) == {
        "id",
        "reference",
        "state",
        "revision",
        "kind",
        "services",
        "title",
        "description",
        "start",
        "end",
        "outage_minutes",
        "impact",
        "announced_at",
        "started_at",
        "completed_at",
        "cancelled_at",
        "messages",
        "url",
    }


@pytest.mark.parametrize("bad", BAD_TITLES, ids=range(len(BAD_TITLES)))
def test_wicked_texts_leave_it_whole(bad: str) -> None:
    words = {"nl": bad, "en": bad}
    notice = Notice(NoticeKind.MESSAGE, AT, 3, text=words)
    body = webhook.render(notice, window(title=words, description=words), BASE)
    assert json.loads(body)["data"]["window"]["id"] == window().id
    headers = webhook._headers("d_1", body, SECRET)
    assert all(text.isprintable() for text in headers.values())


def test_a_change_says_what_was_and_a_message_its_text() -> None:
    was = (AT, AT + timedelta(hours=1))
    said = json.loads(message(NoticeKind.CHANGE, was=was).body)
    assert said["data"]["was"] == {"start": "2026-11-23T09:00:00Z", "end": "2026-11-23T10:00:00Z"}
    said = json.loads(message(NoticeKind.MESSAGE, text={"nl": "Hoi", "en": "Hi"}).body)
    assert (said["type"], said["data"]["message"]["en"]) == ("window.message", "Hi")


@pytest.mark.parametrize(
    ("status", "permanent", "gone"),
    [
        (500, False, False),
        (503, False, False),
        (429, False, False),
        (408, False, False),
        (302, True, False),
        (400, True, False),
        (404, True, False),
        (410, True, True),
    ],
)
def test_what_an_answer_means(status: int, permanent: bool, gone: bool) -> None:
    with receiving(status) as there, pytest.raises(Undelivered) as why:
        webhook.send(message(), there.url, LOOPBACK)
    assert (why.value.permanent, why.value.gone) == (permanent, gone)
    assert str(why.value).startswith(str(status))


def test_a_redirect_is_not_followed() -> None:
    with receiving() as other, receiving(307, {"Location": other.url}) as there:
        with pytest.raises(Undelivered):
            webhook.send(message(), there.url, LOOPBACK)
        assert (len(there.got), len(other.got)) == (1, 0)


PRIVATE = [
    "https://127.0.0.1/",
    "https://localhost/",
    "https://[::1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://10.1.2.3/",
    "https://192.168.1.1/",
    "https://172.16.0.1/",
    "https://169.254.169.254/latest/meta-data",
    "https://100.64.0.1/",
    "https://0.0.0.0/",
    "https://[fc00::1]/",
    "https://[fe80::1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://224.0.0.1/",
    "http://example.org/",
]


@pytest.mark.parametrize("url", PRIVATE)
def test_no_address_that_is_not_public_is_called(url: str) -> None:
    with pytest.raises(Undelivered) as why:
        outgoing.ask("POST", url)
    assert why.value.permanent


def test_a_name_that_leads_to_a_private_address_is_not_called(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with receiving() as there:
        leads_to(monkeypatch, "127.0.0.1")
        with pytest.raises(Undelivered, match="may not be called"):
            outgoing.ask("POST", f"https://nice.example:{there.port}/")
        assert there.got == []


def test_the_checked_address_is_the_one_that_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that leads elsewhere the second time it is asked does not lead us there."""
    asked = leads_to(monkeypatch, "127.0.0.1")
    with receiving() as there:
        outgoing.ask("POST", f"http://nice.example:{there.port}/", ("127.0.0.0/8",))
        assert (len(there.got), asked.count("nice.example")) == (1, 1)


def test_without_the_check_a_private_address_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin: it is the policy that refuses."""
    everything = outgoing._session(("0.0.0.0/0",))
    monkeypatch.setattr(outgoing, "_session", lambda _allow: everything)
    with receiving() as there:
        assert outgoing.ask("POST", there.url).status == 200


def leads_to(monkeypatch: pytest.MonkeyPatch, address: str) -> list[str]:
    """Let the name nice.example lead to this address; the names that were looked up."""
    asked: list[str] = []
    plain = socket.getaddrinfo

    def look_up(host: str, port: int | None, *more: object, **rest: object) -> object:
        asked.append(host)
        return plain(address if host == "nice.example" else host, port, *more, **rest)  # type: ignore[arg-type]

    monkeypatch.setattr("socket.getaddrinfo", look_up)
    return asked


def test_where_nobody_listens_it_is_tried_again() -> None:
    with receiving() as there:
        url = there.url
    with pytest.raises(Undelivered) as why:
        outgoing.ask("POST", url, ("127.0.0.1/32",))
    assert not why.value.permanent


def test_one_who_never_answers_is_waited_for_only_so_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outgoing, "READ_SECONDS", 0.1)
    with receiving(silent=True) as there, pytest.raises(Undelivered, match="in time"):
        outgoing.ask("POST", there.url, ("127.0.0.1/32",))


def test_an_endless_answer_is_read_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outgoing, "MOST_BYTES", 1000)
    with receiving(body=b"x" * 100_000) as there:
        assert len(outgoing.ask("POST", there.url, ("127.0.0.1/32",)).body) == 1000


def test_a_reply_is_one_line_without_controls() -> None:
    reply = outgoing.Reply(200, {}, b"a\r\nb\x00\xff\n" + b"c" * 900).line
    assert reply.startswith("200 a b\ufffd c")
    assert (len(reply), reply.isprintable()) == (300, True)
