"""Tells: what a channel is, and the list of them. (What a feed is stands in `published`.)

A channel beside mail is one module here with the two functions of `Channel`, and its line in
CHANNELS. Mail has its own way (`mail`): many readers, few connections.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Protocol, cast

from maintenance.notices import Notice
from maintenance.windows import Window

CHANNELS: Mapping[str, str] = {
    "webhook": "notifications.webhook",
    "statuspage": "notifications.statuspage",
}
"""The channels beside mail, by the name that a delivery bears; each is loaded when it is used."""


@dataclass(frozen=True, slots=True)
class Message:
    """A notice on its way to one address."""

    id: str  # the delivery's: the same at each attempt
    notice: Notice
    window: Window | None  # as it now is, with the services that concern the receiver; None: a test
    body: bytes  # what `render` made at the first attempt


class Undelivered(Exception):
    """It did not arrive; the text is one line. Permanent: it is of no use to try again.

    `gone`: the receiver wants nothing more at this address.
    """

    def __init__(self, why: str, *, permanent: bool = False, gone: bool = False) -> None:
        super().__init__(why)
        self.permanent, self.gone = permanent or gone, gone


class Channel(Protocol):
    """What every channel beside mail offers."""

    def render(self, notice: Notice, window: Window | None, base_url: str) -> bytes:
        """What is said, once for all receivers, kept and repeated; empty: how things then are."""

    def send(self, message: Message, address: str, settings: Mapping[str, Any]) -> str:
        """Tell; the receiver's answer in one line. Undelivered where it did not arrive.

        `settings` are the target's own, with `secret` (base64), `allow` (networks) and `base_url`.
        """


def channel(name: str) -> Channel:
    """The channel of this name; KeyError where there is none."""
    return cast(Channel, import_module(CHANNELS[name]))
