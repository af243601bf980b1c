"""Policy versions: which SLA was in force when, parsed once per text."""

import json
from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from maintenance.models import Policy as Row
from maintenance.sla import policy as policies
from maintenance.sla.policy import Policy


@lru_cache(maxsize=512)
def _parsed(text: str, name: str) -> Policy:
    return policies.parse(text, name)


@lru_cache(maxsize=1024)
def _deviating(text: str, name: str, deviations: str) -> Policy:
    return policies.with_deviations(_parsed(text, name), json.loads(deviations))


_VERSIONS = select(Row.slug, Row.effective_from, Row.text).order_by(Row.slug, Row.effective_from)


class Versions:
    """The versions of every policy, as they stood when this was read."""

    def __init__(self, session: Session) -> None:
        rows = session.execute(_VERSIONS)
        self._by_slug: dict[str, list[tuple[Any, str]]] = {}
        for slug, effective_from, text in rows:
            self._by_slug.setdefault(slug, []).append((effective_from, text))

    def __contains__(self, slug: str) -> bool:
        """Whether there is a policy of this name."""
        return slug in self._by_slug

    def newest(self, slug: str) -> Policy:
        """The version that takes effect last."""
        return _parsed(self._by_slug[slug][-1][1], slug)

    def all(self, slug: str, but: date | None = None) -> list[Policy]:
        """Every version, by the date it takes effect; `but` that of one date, which is not read."""
        return [_parsed(text, slug) for day, text in self._by_slug[slug] if day != but]

    def coming(self, slug: str, at: datetime) -> list[Policy]:
        """The version in force at this instant and those that follow it."""
        now = self.in_force(slug, at)
        return [now, *(each for each in self.all(slug) if each.version > now.version)]

    def in_force(self, slug: str, at: datetime) -> Policy:
        """The version in force at this instant; the first, before any was."""
        return _parsed(self._text(slug, at), slug)

    def deviating(self, slug: str, at: datetime, deviations: Mapping[str, Any]) -> Policy:
        """That version with an agreement's deviations; the same object for the same deviations."""
        return _deviating(self._text(slug, at), slug, json.dumps(deviations, sort_keys=True))

    def _text(self, slug: str, at: datetime) -> str:
        versions = self._by_slug[slug]
        day = at.astimezone(self.newest(slug).zone).date()
        in_force = [text for effective_from, text in versions if effective_from <= day]
        return in_force[-1] if in_force else versions[0][1]
