"""The interface's own words in the reader's language; English is the source."""

from flask_babel import gettext, ngettext


def _(text: str, **values: object) -> str:
    """The text in the reader's language, its %(name)s filled in."""
    return str(gettext(text, **values))


def _n(one: str, more: str, number: int) -> str:
    """`one` or `more`, by the number, which stands in it as %(num)d."""
    return str(ngettext(one, more, number))


def _N(text: str) -> str:  # noqa: N802  # gettext's own name for it
    """Mark a text to be translated when it is shown."""
    return text
