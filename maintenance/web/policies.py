"""A new version of an SLA, given as a file: all that is wrong with it, or what it would change."""

import hashlib
from base64 import b64decode, b64encode
from binascii import Error as NoBase64
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from maintenance import adopting
from maintenance.accounts import open_to
from maintenance.adopting import Adopted
from maintenance.rejudging import Rejudged
from maintenance.sla.policy import Policy, PolicyError, faults
from maintenance.web.access import actor
from maintenance.web.display import language, now
from maintenance.web.promises import Promise, assumptions, hours, promise
from maintenance.web.texts import _
from maintenance.web.wording import rule_name

pages = Blueprint("policies", __name__, url_prefix="/services/policy")

Answer = Response | str | tuple[str, int]


@pages.get("")
@open_to("administer")
def ask() -> str:
    """The form that asks for a file, or for its text."""
    return _page()


@pages.post("")
@open_to("administer")
def show() -> Answer:
    """What the version would change, rule by rule; or what is wrong. Nothing is stored yet."""
    data, name = _given()
    try:
        found = _looked_at(data, name)
    except Unusable as unusable:
        return _page(data=data, wrong=unusable.faults), 422
    return _page(found, data, name)


@pages.post("/add")
@open_to("administer")
def add() -> Answer:
    """Store what was shown; where it would change something else by now, that is shown first."""
    name = _file_name(request.form.get("name", ""))
    try:
        data = b64decode(request.form.get("data", ""), validate=True)
    except NoBase64:
        abort(400)
    try:
        found = _looked_at(data, name)
    except Unusable as unusable:
        return _page(data=data, wrong=unusable.faults), 409
    if not found.change or _digest(found) != request.form.get("seen"):
        return _page(found, data, name), 409
    adopting.adopt(found.policy, _text(data), actor().name, now())
    flash(_("%(name)s is saved.", name=found.policy.name[language()]), "success")
    for each in found.rejudged:
        flash(in_words(each))
    return redirect(url_for("services.listing"), 303)


def in_words(each: Rejudged) -> str:
    """Which rules a planned window breaks now, in the reader's language."""
    if not each.new:
        return _("%(window)s breaks fewer rules than it did.", window=each.reference)
    rules = ", ".join(f"{service}: {rule_name(rule)}" for service, rule in sorted(each.new))
    return _("%(window)s no longer complies. %(rules)s.", window=each.reference, rules=rules)


@dataclass(frozen=True, slots=True)
class Compared:
    """A rule beside what it was: `new`, `changed`, `same` or `gone`."""

    state: str
    promise: Promise
    was: Promise | None


def compared(before: Policy | None, after: Policy, lang: str) -> Sequence[Compared]:
    """Every rule of the new version, in its order, then those that it no longer has."""
    old = {rule.id: promise(before, rule, lang) for rule in before.rules} if before else {}
    new = {rule.id: promise(after, rule, lang) for rule in after.rules}
    rows = [
        Compared(
            "new" if rule not in old else "same" if said == old[rule] else "changed",
            said,
            old.get(rule),
        )
        for rule, said in new.items()
    ]
    return rows + [Compared("gone", said, said) for rule, said in old.items() if rule not in new]


class Unusable(Exception):
    """A text that is no policy which can be stored, and why."""

    def __init__(self, found: Sequence[PolicyError]) -> None:
        super().__init__()
        self.faults = found


def _looked_at(data: bytes, name: str) -> Adopted:
    try:
        text = _text(data)
    except UnicodeDecodeError:
        raise Unusable([PolicyError(name, "", "not UTF-8")]) from None
    if found := faults(text, name):
        raise Unusable(found)
    try:
        return adopting.look(adopting.read(text, name), text, actor().name, now())
    except PolicyError as error:
        raise Unusable([error]) from None


def _text(data: bytes) -> str:
    return data.decode().removeprefix("\ufeff")


def _given() -> tuple[bytes, str]:
    """The file that was chosen, else the text that was pasted; and what to call it."""
    file = request.files.get("file")
    if file and file.filename:
        return file.read(), _file_name(file.filename)
    return request.form.get("text", "").replace("\r\n", "\n").encode(), _file_name("")


def _file_name(given: str) -> str:
    name = "".join(c for c in PurePath(given.replace("\\", "/")).name if c.isprintable())
    return name[:80] or "policy.toml"


def _digest(found: Adopted) -> str:
    seen = (found.change, [str(each) for each in found.rejudged], found.services)
    return hashlib.sha256(repr(seen).encode()).hexdigest()


def _page(
    found: Adopted | None = None,
    data: bytes = b"",
    name: str = "",
    wrong: Sequence[PolicyError] = (),
) -> str:
    return render_template(
        "services/policy.html",
        found=found,
        rows=compared(found.before, found.policy, language()) if found else (),
        hours=hours(found.policy) if found else (),
        assumptions=assumptions(found.policy) if found else (),
        in_words=in_words,
        seen=_digest(found) if found else "",
        data=b64encode(data).decode(),
        text=data.decode(errors="replace"),
        name=name,
        wrong=wrong,
        errors={},
    )
