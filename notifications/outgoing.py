"""HTTP to addresses that somebody typed: to public ones only, and to the one that was checked.

No redirect is followed, no proxy of the environment used, an answer is read to a limit, and every
wait has an end.
"""

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import requests
from AntiSSRF import AntiSSRFError, AntiSSRFPolicy, PolicyConfigOptions

from notifications import Undelivered, words

CONNECT_SECONDS, READ_SECONDS = 5, 10
MOST_BYTES = 256 * 1024
USER_AGENT = "Maintenance"


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def line(self) -> str:
        """The status and the beginning of the body, on one line."""
        text = self.body[:400].decode("utf-8", "replace")
        return f"{self.status} {words.line(text)}".strip()[:300]


def ask(
    method: str,
    url: str,
    allow: Collection[str] = (),
    headers: Mapping[str, str] | None = None,
    data: bytes | None = None,
    params: Mapping[str, str] | None = None,
) -> Reply:
    """The answer, whatever its status; Undelivered where none came or the address is refused.

    `allow` holds networks that may be reached though they are not public.
    """
    sent: Any = {"User-Agent": USER_AGENT, **(headers or {})}
    try:
        with (
            _session(allow) as session,
            session.request(
                method,
                url,
                params=params,
                data=data,
                headers=sent,
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                allow_redirects=False,
                stream=True,
            ) as answer,
        ):
            return Reply(answer.status_code, answer.headers, _body(answer))
    except AntiSSRFError as error:
        raise Undelivered(f"this address may not be called: {error}", permanent=True) from None
    except (requests.RequestException, OSError) as error:
        raise Undelivered(_why(error)) from None


def _body(answer: requests.Response) -> bytes:
    """As much of it as comes within the limits."""
    body, until = b"", time.monotonic() + READ_SECONDS
    while len(body) < MOST_BYTES and time.monotonic() < until:
        piece: bytes = answer.raw.read1(MOST_BYTES, decode_content=True)
        if not piece:
            break
        body += piece
    return body[:MOST_BYTES]


def _session(allow: Collection[str]) -> requests.Session:
    policy = AntiSSRFPolicy(PolicyConfigOptions.EXTERNAL_ONLY_LATEST)
    policy.add_xff_header = False
    policy.allow_plain_text_http = bool(allow)
    if allow:
        policy.add_allowed_addresses(list(allow))
    session: requests.Session = policy.get_antissrf_session()
    session.trust_env = False
    return session


def _why(error: Exception) -> str:
    kinds: tuple[tuple[type[Exception], str], ...] = (
        (requests.exceptions.SSLError, "its certificate cannot be trusted"),
        (requests.ConnectTimeout, "no connection in time"),
        (requests.Timeout, "no answer in time"),
        (requests.ConnectionError, "no connection"),
        (requests.RequestException, "no answer"),
    )
    said = next((text for kind, text in kinds if isinstance(error, kind)), "no such host")
    return f"{said}: {type(error).__name__}"
