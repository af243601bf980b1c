"""The words a finding has where its policy brings none: by kind of rule, result and language.

These are also the list of the results each kind knows; `VALUES` are the names the templates of a
kind may use.
"""

from collections.abc import Mapping

Said = Mapping[str, str]

_COUNTED: Mapping[str, Said] = {
    "pass": {
        "en": "In {period}: {used} used + {adds} by this window = {total}, of at most {limit}.",
        "nl": "In {period}: {used} gebruikt + {adds} door dit venster = {total}, van hoogstens"
        " {limit}.",
    },
    "broken": {
        "en": "In {period}: {used} used + {adds} by this window = {total}; the limit is {limit}.",
        "nl": "In {period}: {used} gebruikt + {adds} door dit venster = {total}; de grens is"
        " {limit}.",
    },
    "not_applicable": {
        "en": "This window adds nothing; in {period} {used} of {limit} is used.",
        "nl": "Dit venster telt niet mee; in {period} is {used} van {limit} gebruikt.",
    },
}

_NOTHING: Said = {
    "en": "This rule does not apply to this window.",
    "nl": "Deze regel geldt niet voor dit venster.",
}

TEXTS: Mapping[str, Mapping[str, Said]] = {
    "notice": {
        "pass": {
            "en": "Announced in time, {announced}: at the latest {deadline}, {notice} before the"
            " start.",
            "nl": "Op tijd aangekondigd, {announced}: uiterlijk {deadline}, {notice} voor het"
            " begin.",
        },
        "broken": {
            "en": "Announced too late, {announced}: at the latest {deadline}, {notice} before the"
            " start, by {channels}.",
            "nl": "Te laat aangekondigd, {announced}: uiterlijk {deadline}, {notice} voor het"
            " begin, via {channels}.",
        },
        "no_channel": {
            "en": "Not announced by {channels}: that must be done at the latest {deadline},"
            " {notice} before the start.",
            "nl": "Niet aangekondigd via {channels}: dat moet uiterlijk {deadline}, {notice} voor"
            " het begin.",
        },
        "not_applicable": {
            "en": "This window need not be announced ahead; if it had to be, then at the latest"
            " {deadline}.",
            "nl": "Dit venster hoeft niet vooraf te worden aangekondigd; moest het wel, dan"
            " uiterlijk {deadline}.",
        },
    },
    "count": _COUNTED,
    "total": {
        "pass": {
            "en": "In {period}: {used} + {adds} by this window = {total} minutes, of at most"
            " {limit}.",
            "nl": "In {period}: {used} + {adds} door dit venster = {total} minuten, van hoogstens"
            " {limit}.",
        },
        "broken": {
            "en": "In {period}: {used} + {adds} by this window = {total} minutes; at most {limit}"
            " are allowed.",
            "nl": "In {period}: {used} + {adds} door dit venster = {total} minuten; hoogstens"
            " {limit} zijn toegestaan.",
        },
        "not_applicable": {
            "en": "This window adds nothing; in {period} {used} of {limit} minutes are used.",
            "nl": "Dit venster telt niet mee; in {period} zijn {used} van {limit} minuten"
            " gebruikt.",
        },
    },
    "longest": {
        "pass": {
            "en": "{adds} minutes, of at most {limit}.",
            "nl": "{adds} minuten, van hoogstens {limit}.",
        },
        "broken": {
            "en": "{adds} minutes; at most {limit} are allowed.",
            "nl": "{adds} minuten; hoogstens {limit} zijn toegestaan.",
        },
        "not_applicable": _NOTHING,
    },
    "hours": {
        "pass": {
            "en": "The window keeps to the hours agreed ({hours}).",
            "nl": "Het venster houdt zich aan de afgesproken uren ({hours}).",
        },
        "broken": {
            "en": "The window does not keep to the hours agreed ({hours}).",
            "nl": "Het venster houdt zich niet aan de afgesproken uren ({hours}).",
        },
        "not_applicable": _NOTHING,
    },
    "blackout": {
        "pass": {
            "en": "The window touches no closed day.",
            "nl": "Het venster raakt geen gesloten dag.",
        },
        "broken": {
            "en": "{date} is closed for maintenance.",
            "nl": "{date} is gesloten voor onderhoud.",
        },
        "not_applicable": _NOTHING,
    },
    "gap": {
        "pass": {
            "en": "At least {limit} minutes lie between this window and any other.",
            "nl": "Tussen dit venster en elk ander liggen minstens {limit} minuten.",
        },
        "broken": {
            "en": "Only {gap} minutes lie between this window and another; {limit} are needed.",
            "nl": "Tussen dit venster en een ander liggen maar {gap} minuten; {limit} zijn nodig.",
        },
        "not_applicable": _NOTHING,
    },
    "justification": {
        "pass": {
            "en": "The reason why it cannot wait is given.",
            "nl": "De reden waarom het niet kan wachten is gegeven.",
        },
        "broken": {
            "en": "Give the reason why it cannot wait.",
            "nl": "Geef de reden waarom het niet kan wachten.",
        },
        "out_of_scope": {
            "en": "Justified, but wholly outside the hours meant for it ({hours}).",
            "nl": "Gemotiveerd, maar geheel buiten de uren die ervoor zijn bedoeld ({hours}).",
        },
        "not_applicable": _NOTHING,
    },
}

ANYWHERE = ("outage_over", "length_over")
"""The names that any template may use: the minutes of the rule's condition."""

VALUES: Mapping[str, tuple[str, ...]] = {
    "notice": ("announced", "deadline", "notice", "channels"),
    "count": ("used", "adds", "total", "limit", "period", "hours"),
    "total": ("used", "adds", "total", "limit", "period"),
    "longest": ("adds", "limit"),
    "hours": ("hours",),
    "blackout": ("date",),
    "gap": ("gap", "limit"),
    "justification": ("hours",),
}
