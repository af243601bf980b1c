"""Idempotency-Key: a repeat of a POST with the same key and body gets the first answer.

It is kept sealed, as some answers hold a secret that is shown once.
"""

import hashlib
import time
from collections.abc import Callable

from flask import Response, current_app, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from maintenance.api.auth import actor, clock
from maintenance.api.problem import refuse
from maintenance.config import Settings
from maintenance.sealing import Purpose, seal, unseal
from maintenance.store import repeats
from maintenance.store.session import writing

HEADER = "Idempotency-Key"
PATIENCE, PAUSE = 10.0, 0.05
"""How long, in seconds, a repeat waits for the first to be answered, and how often it looks."""

KEPT_HEADERS = ("Content-Type", "ETag", "Location")
LOST = "The first request was carried out, but its answer is lost: look."

Answers = Callable[[], BaseResponse]


def once(view: Answers) -> BaseResponse:
    """The view's answer, or the first one where this key was used before."""
    key = request.headers.get(HEADER)
    if key is None:
        return view()
    if not (0 < len(key) <= 255 and key.isascii() and key.isprintable()):
        refuse(400, f"{HEADER} must be 1 to 255 printable ASCII characters.")
    claim = _claim(key)
    if isinstance(claim, repeats.Answer):
        return _replayed(claim)
    return _carry_out(claim.id, view)


def _replayed(first: repeats.Answer) -> BaseResponse:
    body = unseal(_secret_key(), Purpose.ANSWER, first.body)
    if body is None:
        refuse(409, LOST)
    answer = Response(body, first.status, first.headers)
    answer.headers["Idempotent-Replayed"] = "true"
    return answer


def _claim(key: str) -> repeats.Mine | repeats.Answer:
    until = time.monotonic() + PATIENCE
    while True:
        with writing() as session:
            found = repeats.claim(session, actor().name, key, _request_hash(), clock())
        match found:
            case repeats.Mine() | repeats.Answer():
                return found
            case repeats.Other():
                refuse(409, f"This {HEADER} was used with another request.")
            case repeats.Unfinished(lost=True):
                refuse(409, LOST)
        if time.monotonic() > until:
            refuse(409, f"The first request with this {HEADER} is still being carried out.")
        time.sleep(PAUSE)


def _request_hash() -> str:
    asked = f"{request.method} {request.full_path}\n".encode() + request.get_data()
    return hashlib.sha256(asked).hexdigest()


def _carry_out(claim_id: int, view: Answers) -> BaseResponse:
    repeats.carry_out(claim_id)
    try:
        answer = view()
    except HTTPException as refusal:
        answer = refusal.get_response()
    except BaseException:
        _settle(claim_id, None)
        raise
    _settle(claim_id, answer)
    return answer


def _settle(claim_id: int, answer: BaseResponse | None) -> None:
    repeats.carry_out(None)
    with writing() as session:
        if answer is None or answer.status_code >= 500:
            repeats.forget(session, claim_id)
        else:
            repeats.answered(session, claim_id, _kept(answer))


def _kept(answer: BaseResponse) -> repeats.Answer:
    headers = {name: answer.headers[name] for name in KEPT_HEADERS if name in answer.headers}
    body = seal(_secret_key(), Purpose.ANSWER, answer.get_data())
    return repeats.Answer(answer.status_code, headers, body)


def _secret_key() -> str:
    settings: Settings = current_app.config["SETTINGS"]
    return settings.secret_key
