"""Sets of whole numbers as sorted spans `[first, end)` that neither overlap nor touch."""

from collections.abc import Iterable

Spans = list[tuple[int, int]]


def union(spans: Iterable[tuple[int, int]]) -> Spans:
    """The set that any spans make up, empty and overlapping ones among them."""
    joined: Spans = []
    for first, end in sorted(spans):
        if joined and first <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        elif first < end:
            joined.append((first, end))
    return joined


def both(one: Spans, other: Spans) -> Spans:
    """What is in both sets."""
    found: Spans = []
    i = j = 0
    while i < len(one) and j < len(other):
        first = max(one[i][0], other[j][0])
        end = min(one[i][1], other[j][1])
        if first < end:
            found.append((first, end))
        if one[i][1] < other[j][1]:
            i += 1
        else:
            j += 1
    return found


def less(one: Spans, other: Spans) -> Spans:
    """What is in the one set and not in the other."""
    if not one:
        return []
    rest: Spans = []
    first = one[0][0]
    for start, end in other:
        rest.append((first, start))
        first = max(first, end)
    rest.append((first, one[-1][1]))
    return both(one, [(first, end) for first, end in rest if first < end])
