"""What is wrong with a policy or an agreement, as patterns for messages.py."""

from maintenance.web.texts import _N

PATTERNS = (
    _N("missing; expected %(form)s"),
    _N("unknown key; expected one of %(what)s"),
    _N("unknown result; expected one of %(what)s"),
    _N("unknown time zone %(what)s"),
    _N("unknown {%(name)s}; expected %(what)s"),
    _N("expected %(form)s, found %(found)s"),
    _N("expected at least one condition"),
    _N("expected at least one of `dates`, `yearly`, `last_working_days`"),
    _N("expected either `within` or `outside`, the name of hours"),
    _N("expected one rule or more"),
    _N("expected one or more stretches, each with days, from and to"),
    _N("not TOML: nested too deep"),
    _N("not TOML: %(why)s"),
    _N("not a template: %(why)s"),
    _N("only a day written as MM-DD can move"),
    _N("says nothing without `country`"),
    _N("the range %(what)s ends before it begins"),
    _N("these hours end before they begin; past midnight, write a stretch for each day"),
)

FORMS = (
    _N("a whole number from %(least)s to %(most)s"),
    _N("a list of one or more of %(what)s"),
    _N("one of %(what)s"),
    _N("%(what)s or two of them with / between"),
    _N("a day: %(what)s"),
    _N("a date (YYYY-MM-DD)"),
    _N('a time of day as "HH:MM", up to "24:00"'),
    _N("a name of small letters, digits and single hyphens"),
    _N("a percentage above 0, up to 100"),
    _N("a list of tables"),
    _N("a list of days"),
    _N("a list"),
    _N("a table"),
    _N("text"),
)
"""What was expected or found; what is none of them stands as it was written."""
