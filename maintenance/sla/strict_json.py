"""JSON read strictly: what two readers could take for two things is refused."""

import json
from typing import Any, NoReturn


class NotJson(ValueError):
    """Bytes that are no JSON, and why, in words for the one who sent them."""


def loads(data: bytes) -> object:
    """The value that UTF-8 bytes state; NotJson where they state none, or not only one.

    NaN and Infinity are no JSON, and of a name that stands twice nobody knows which one counts.
    """
    try:
        return _decoder.decode(data.decode().removeprefix("\ufeff"))
    except UnicodeDecodeError:
        raise NotJson("not UTF-8") from None
    except RecursionError:
        raise NotJson("not JSON this program reads: nested too deep") from None
    except NotJson:
        raise
    except ValueError as error:
        raise NotJson(f"not JSON: {error}") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise NotJson(f"the name {twice!a} stands twice in one object")
    return found


def _constant(name: str) -> NoReturn:
    raise NotJson(f"not JSON: {name} is no number")


_decoder = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant)
