"""published.answer: HTTP as caches, calendars and browsers rely on it."""

import gzip
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maintenance.published import answer
from maintenance.published.edition import Keeper
from tests.notifications.values import NOW, window
from tests.published.sources import SECRET, Database, get, header

FEED = "/feeds/nmbrs.ics"
PATHS = [FEED, "/feeds/all.atom", "/status", "/status/nmbrs", "/status/w/w_7Q2hC0ffee", SECRET]
PATHS += ["/status/calendar", "/embed/", "/embed/banner.js"]


KEPT = Database((window(),)).keeper()


@pytest.fixture
def keeper() -> Keeper:
    return Database((window(),)).keeper()


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("coding", ["", "gzip"])
def test_who_has_it_gets_304_and_no_body(keeper: Keeper, path: str, coding: str) -> None:
    first = get(keeper, path, HTTP_ACCEPT_ENCODING=coding)
    tag = header(first, "ETag") or ""
    for ours in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = get(keeper, path, HTTP_ACCEPT_ENCODING=coding, HTTP_IF_NONE_MATCH=ours)
        assert (again.status, again.body) == ("304 Not Modified", b"")
        assert header(again, "ETag") == tag
        assert header(again, "Content-Length") is None
    other = get(keeper, path, HTTP_ACCEPT_ENCODING=coding, HTTP_IF_NONE_MATCH='"other"')
    assert other == first


def test_each_coding_has_its_own_tag(keeper: Keeper) -> None:
    plain, zipped = get(keeper, FEED), get(keeper, FEED, HTTP_ACCEPT_ENCODING="br, gzip;q=0.5")
    assert header(plain, "ETag") != header(zipped, "ETag")
    assert header(zipped, "Content-Encoding") == "gzip"
    assert gzip.decompress(zipped.body) == plain.body
    assert header(zipped, "Content-Length") == str(len(zipped.body))
    assert header(plain, "Vary") == "Accept-Encoding"


@pytest.mark.parametrize("coding", ["identity", "gzip;q=0", "br", "gzip; q=0.0"])
def test_who_does_not_take_gzip_gets_none(keeper: Keeper, coding: str) -> None:
    assert header(get(keeper, FEED, HTTP_ACCEPT_ENCODING=coding), "Content-Encoding") is None


def test_a_date_answers_304_where_no_tag_is_given(keeper: Keeper) -> None:
    modified = header(get(keeper, FEED), "Last-Modified") or ""
    assert modified == "Fri, 20 Nov 2026 08:30:16 GMT"
    assert get(keeper, FEED, HTTP_IF_MODIFIED_SINCE=modified).status == "304 Not Modified"
    earlier = "Fri, 20 Nov 2026 08:30:15 GMT"
    assert get(keeper, FEED, HTTP_IF_MODIFIED_SINCE=earlier).status == "200 OK"
    both = {"HTTP_IF_MODIFIED_SINCE": modified, "HTTP_IF_NONE_MATCH": '"other"'}
    assert get(keeper, FEED, **both).status == "200 OK"


@pytest.mark.parametrize(
    "date",
    [
        *("", "yesterday", "Fri, 99 Nov 2026 08:30:15 GMT", "\x00", "1"),
        "Mon, 01 Jan 99999999999999999999 00:00:00 GMT",
    ],
)
def test_what_is_no_date_counts_for_nothing(keeper: Keeper, date: str) -> None:
    assert get(keeper, FEED, HTTP_IF_MODIFIED_SINCE=date).status == "200 OK"


def test_head_is_get_without_the_body(keeper: Keeper) -> None:
    environ = {"REQUEST_METHOD": "HEAD", "PATH_INFO": FEED}
    head = answer.to(environ, keeper, NOW)
    assert head is not None
    assert head.headers == get(keeper, FEED).headers
    assert head.body == b""


WORDS = st.sampled_from(
    ["lang", "alarm", "month", "=", "&", "nl", "en", "15", "2026-11", "%00", "%ff"]
)
ODD = st.lists(st.one_of(WORDS, st.text(max_size=5)), max_size=8).map("".join)


@given(path=st.sampled_from(PATHS), query=ODD, headers=st.lists(ODD, min_size=5, max_size=5))
@settings(max_examples=150, deadline=None)
def test_whatever_is_asked_is_answered(path: str, query: str, headers: list[str]) -> None:
    names = ("IF_NONE_MATCH", "IF_MODIFIED_SINCE", "ACCEPT_ENCODING", "ACCEPT_LANGUAGE", "RANGE")
    sent = {f"HTTP_{name}": text for name, text in zip(names, headers, strict=True)}
    found = get(KEPT, f"{path}?{query}", **sent)
    assert found.status in {"200 OK", "304 Not Modified", "404 Not Found"}


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_what_is_no_reading_is_left_to_flask(keeper: Keeper, method: str) -> None:
    assert answer.to({"REQUEST_METHOD": method, "PATH_INFO": FEED}, keeper, NOW) is None


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/windows",
        "/feeds/",
        "/feeds/a/b.ics",
        "/feeds/../x.ics",
        "/status/a/b",
        "/feeds/\ud800.ics",
    ],
)
def test_other_paths_are_left_to_flask(keeper: Keeper, path: str) -> None:
    assert answer.to({"REQUEST_METHOD": "GET", "PATH_INFO": path}, keeper, NOW) is None


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        (FEED, "text/calendar; charset=utf-8"),
        ("/feeds/all.atom", "application/atom+xml; charset=utf-8"),
        ("/status", "text/html; charset=utf-8"),
        ("/robots.txt", "text/plain; charset=utf-8"),
        ("/status/status.css", "text/css; charset=utf-8"),
        ("/status/status.js", "text/javascript; charset=utf-8"),
        ("/status/icon.svg", "image/svg+xml; charset=utf-8"),
    ],
)
def test_each_says_what_it_is(keeper: Keeper, path: str, kind: str) -> None:
    assert header(get(keeper, path), "Content-Type") == kind


@pytest.mark.parametrize("path", ["/embed/all", "/embed/nmbrs", "/embed/", "/embed/banner.js"])
def test_the_banner_alone_may_be_framed_and_has_no_cookies(keeper: Keeper, path: str) -> None:
    found = get(keeper, path)
    policy = header(found, "Content-Security-Policy") or ""
    framed = path in {"/embed/all", "/embed/nmbrs"}
    assert policy.endswith("frame-ancestors *" if framed else "frame-ancestors 'none'")
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert header(found, "Set-Cookie") is None


@pytest.mark.parametrize("path", [*PATHS, "/status/nope", "/feeds/nope.ics", "/feeds/c/nope.ics"])
def test_every_answer_is_shut_to_scripts_frames_and_guesses(keeper: Keeper, path: str) -> None:
    found = get(keeper, path)
    policy = header(found, "Content-Security-Policy") or ""
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert header(found, "X-Content-Type-Options") == "nosniff"
    assert header(found, "Referrer-Policy")
    assert header(found, "Strict-Transport-Security")
    assert header(found, "Set-Cookie") is None


def test_a_secret_feed_is_private_and_found_by_no_search(keeper: Keeper) -> None:
    found = get(keeper, SECRET)
    assert header(found, "Cache-Control") == "private, no-cache"
    assert header(found, "X-Robots-Tag") == "noindex, nofollow"
    assert header(found, "Referrer-Policy") == "no-referrer"
    assert header(found, "Access-Control-Allow-Origin") is None


def test_a_guessed_address_and_a_replaced_one_look_the_same(keeper: Keeper) -> None:
    guessed = get(keeper, f"/feeds/c/{'A' * 43}-7.ics")
    unknown = get(keeper, f"/feeds/c/{'A' * 43}-999.ics")
    assert guessed == unknown
    assert guessed.status == "404 Not Found"
    assert header(guessed, "Cache-Control") == "no-store"


@pytest.mark.parametrize(
    ("asked", "wished", "language"),
    [
        ("", "", "nl"),
        ("", "en", "en"),
        ("", "en-GB,en;q=0.9,nl;q=0.8", "en"),
        ("", "fr, nl;q=0.3, en;q=0.5", "en"),
        ("", "en;q=0, nl;q=0.1", "nl"),
        ("", "fr", "nl"),
        ("", "en;q=high,;;,,=", "en"),
        ("?lang=nl", "en", "nl"),
        ("?lang=en", "nl", "en"),
        ("?lang=fr", "en", "en"),
    ],
)
def test_a_page_speaks_the_language_asked_or_wished(
    keeper: Keeper, asked: str, wished: str, language: str
) -> None:
    page = get(keeper, f"/status{asked}", HTTP_ACCEPT_LANGUAGE=wished)
    assert f'<html lang="{language}">'.encode() in page.body
    assert header(page, "Vary") == "Accept-Encoding, Accept-Language"


def test_a_feed_speaks_dutch_unless_its_address_says_otherwise(keeper: Keeper) -> None:
    assert b"SUMMARY:Databases" in get(keeper, FEED, HTTP_ACCEPT_LANGUAGE="en").body
    assert b"SUMMARY:Database upgrade" in get(keeper, f"{FEED}?lang=en").body


def test_a_banner_for_an_unknown_service_is_not_there(keeper: Keeper) -> None:
    assert get(keeper, "/embed/nope").status == "404 Not Found"


def test_robots_may_read_feeds_and_status() -> None:
    rules = get(Database().keeper(), "/robots.txt").body.decode()
    assert "Allow: /feeds/" in rules
    assert "Allow: /status" in rules


def test_assets_are_kept_by_browsers_as_their_address_names_their_version(keeper: Keeper) -> None:
    assert "immutable" in (header(get(keeper, "/status/status.css"), "Cache-Control") or "")
    assert header(get(keeper, "/status"), "Cache-Control") == "public, no-cache"


def test_a_page_of_long_ago_is_not_there(keeper: Keeper) -> None:
    later = NOW + timedelta(days=500)
    assert get(keeper, "/status/w/w_7Q2hC0ffee", later).status == "404 Not Found"
