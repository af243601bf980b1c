"""Policy files: what they may say, and how what they may not is refused."""

import tomllib
from copy import deepcopy
from datetime import date
from pathlib import Path

import pytest

from maintenance.sla.policy import PolicyError, build, in_force, parse, shipped, shipped_texts
from maintenance.sla.texts import TEXTS, VALUES
from maintenance.sla.workdays import LATEST

ROOT = Path(__file__).parents[2]
EXAMPLES = {path.stem: path.read_text() for path in (ROOT / "docs/examples").glob("*.toml")}
SOURCES = {slug: tomllib.loads(text) for slug, text in {**shipped_texts(), **EXAMPLES}.items()}

MAY_BE_ABSENT = {
    *(
        "hours",
        "day",
        "availability",
        "notes",
        "assumption",
        "when",
        "advice_when",
        "text",
        "scope",
    ),
    *("pass", "broken", "no_channel", "not_applicable", "out_of_scope", "scope"),
    *("country", "subdivision", "language", "holidays", "struck", "on_sunday", "outage_over"),
    *("length_over", "yearly", "dates", "last_working_days"),
}


def leaves(node, path=()):
    """The path of every value of a policy's tables, tables and lists too."""
    items = node.items() if isinstance(node, dict) else enumerate(node)
    for key, value in items:
        yield (*path, key)
        if isinstance(value, dict | list):
            yield from leaves(value, (*path, key))


def written(path):
    """A path as an error writes it."""
    text = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path)
    return text.removeprefix(".")


def at(source, path):
    for key in path:
        source = source[key]
    return source


def changed(slug, path, change):
    source = deepcopy(SOURCES[slug])
    change(at(source, path[:-1]), path[-1])
    return source


def refusal(source):
    with pytest.raises(PolicyError) as refused:
        build(source, "file.toml")
    assert str(refused.value).startswith("file.toml: ")
    assert "\n" not in str(refused.value)
    return refused.value.key


def every_place():
    return [(slug, path) for slug, source in sorted(SOURCES.items()) for path in leaves(source)]


def test_there_are_more_than_a_hundred_places_to_spoil():
    assert len(every_place()) > 100


@pytest.mark.parametrize("slug", sorted(SOURCES))
def test_a_value_of_the_wrong_kind_is_refused_at_its_key(slug):
    """Neither a moment nor a truth value fits anywhere in a policy."""
    for path in leaves(SOURCES[slug]):
        for wrong in (True, tomllib.loads("t = 2026-01-01T00:00:00Z")["t"]):
            source = changed(
                slug,
                path,
                lambda node, key, wrong=wrong: (
                    node.update({key: wrong})
                    if isinstance(node, dict)
                    else node.__setitem__(key, wrong)
                ),
            )
            key = refusal(source)
            assert key
            assert written(path).startswith(key.split("[")[0]), path


@pytest.mark.parametrize("slug", sorted(SOURCES))
def test_a_missing_key_is_refused_by_its_name(slug):
    for path in leaves(SOURCES[slug]):
        if path[-1] in MAY_BE_ABSENT or isinstance(path[-1], int) or path[-2:-1] == ("rules",):
            continue
        if path[-2:-1] == ("hours",):  # hours that are gone are missed where they are named
            assert refusal(changed(slug, path, dict.pop)).endswith(WHERE_HOURS_ARE_NAMED)
            continue
        named = {"outside": ("advice_when", "within")}.get(path[-1], path[-1])
        assert refusal(changed(slug, path, dict.pop)).endswith(named), path


WHERE_HOURS_ARE_NAMED = ("day", "hours", "outside", "within", "inside", "touches", "scope")


@pytest.mark.parametrize("slug", sorted(SOURCES))
def test_an_unknown_key_is_refused_wherever_it_stands(slug):
    tables = [
        (),
        *(path for path in leaves(SOURCES[slug]) if isinstance(at(SOURCES[slug], path), dict)),
    ]
    for path in tables:
        source = deepcopy(SOURCES[slug])
        at(source, path)["colour"] = "red"
        assert refusal(source) == written((*path, "colour")), path


@pytest.mark.parametrize(
    ("slug", "old", "new", "key"),
    [
        ("nmbrs", 'slug = "nmbrs"', 'slug = "Nmbrs SLA"', "slug"),
        ("nmbrs", "2020-01-01", '"soon"', "effective_from"),
        ("nmbrs", "Europe/Amsterdam", "Europe/Atlantis", "calendar.zone"),
        ("nmbrs", "Europe/Amsterdam", "../../etc/passwd", "calendar.zone"),
        ("nmbrs", '"mon", "tue"', '"mon", "mon"', "calendar.working_days"),
        ("nmbrs", '"easter+39"', '"easter39"', "calendar.holidays[4].day"),
        ("nmbrs", 'day = "12-25"', 'day = "12-32"', "calendar.holidays[6].day"),
        ("nmbrs", '"04-26"', '"2026-04-26"', "calendar.holidays[2].on_sunday"),
        ("nmbrs", 'to = "18:00"', 'to = "06:00"', "hours.daytime.times[0].to"),
        ("nmbrs", 'to = "18:00"', 'to = "05:00"', "hours.daytime.times[0].to"),
        ("nmbrs", 'to = "18:00"', 'to = "24:01"', "hours.daytime.times[0].to"),
        ("nmbrs", 'from = "06:00"', 'from = "6:00"', "hours.daytime.times[0].from"),
        ("nmbrs", 'days = ["daily"]', "days = []", "hours.daytime.times[0].days"),
        ("nmbrs", 'kind = "count"', 'kind = "quota"', "rules.daytime-quota.kind"),
        ("nmbrs", "length = 2", "length = 0", "rules.notice.length"),
        ("nmbrs", "length = 2", "length = -2", "rules.notice.length"),
        ("nmbrs", "length = 2", "length = 2.5", "rules.notice.length"),
        ("nmbrs", "length = 2", "length = 99999", "rules.notice.length"),
        ("nmbrs", '"working_days"\n', '"working days"\n', "rules.notice.unit"),
        ("nmbrs", '["status_page", "email"]', "[]", "rules.notice.channels"),
        ("nmbrs", '["status_page", "email"]', '["fax"]', "rules.notice.channels"),
        ("nmbrs", 'windows = ["update"]', "windows = []", "rules.weekly-update-cap.windows"),
        ("nmbrs", 'period = "week"', 'period = "0 days"', "rules.weekly-update-cap.period"),
        ("nmbrs", 'period = "week"', 'period = "days"', "rules.weekly-update-cap.period"),
        ("nmbrs", 'period = "week"', 'period = "9999 days"', "rules.weekly-update-cap.period"),
        ("nmbrs", "limit = 4", "limit = -1", "rules.daytime-quota.limit"),
        ("nmbrs", 'counts = "days"', 'counts = "nights"', "rules.daytime-quota.counts"),
        ("nmbrs", 'hours = "daytime"', 'hours = "nighttime"', "rules.daytime-quota.hours"),
        (
            "nmbrs",
            "limit_minutes = 120",
            'limit_minutes = "2 h"',
            "rules.weekly-update-cap.limit_minutes",
        ),
        ("nmbrs", "percent = 99.6", "percent = 101", "availability.percent"),
        ("nmbrs", "percent = 99.6", "percent = nan", "availability.percent"),
        ("nmbrs", "percent = 99.6", "percent = 0", "availability.percent"),
        ("nmbrs", "{deadline}.", "{dedline}.", "rules.notice.text.pass.nl"),
        ("nmbrs", "{deadline}.", "{deadline", "rules.notice.text.pass.nl"),
        ("nmbrs", "{deadline}.", "{}", "rules.notice.text.pass.nl"),
        ("nmbrs", "{deadline}.", "{0}", "rules.notice.text.pass.nl"),
        ("nmbrs", "{deadline}.", "{deadline!r}", "rules.notice.text.pass.nl"),
        ("nmbrs", "{deadline}.", "{deadline:>9}", "rules.notice.text.pass.nl"),
        ("nmbrs", "{deadline}.", "{deadline.year}", "rules.notice.text.pass.nl"),
        (
            "factuurportal",
            "{ outage_over = 15 }",
            "{ outage_over = -1 }",
            "rules.notice.when.outage_over",
        ),
        (
            "factuurportal",
            "{ outage_over = 15 }",
            "{ outage_under = 15 }",
            "rules.notice.when.outage_under",
        ),
        (
            "factuurportal",
            'severity = "advice"',
            'severity = "mild"',
            "rules.office-hours.severity",
        ),
        (
            "factuurportal",
            '\noutside = "office"',
            '\noutside = "office"\nwithin = "office"',
            "rules.office-hours.within",
        ),
        ("university", 'country = "GB"', 'country = "Great Britain"', "calendar.country"),
        ("university", '"ENG"', '"XXX"', "calendar.subdivision"),
        ("university", '"en_GB"', '"nl"', "calendar.language"),
        ("university", 'country = "GB"\n', "", "calendar.subdivision"),
        ("university", '"01-10/01-25"', '"01-10/01-32"', "rules.exams.yearly"),
        ("university", '"01-10/01-25"', '"01-10/01-11/01-12"', "rules.exams.yearly"),
        ("university", "2026-09-28/2026-10-02", "2026-10-02/2026-09-28", "rules.exams.dates"),
        (
            "university",
            "last_working_days = 2",
            "last_working_days = 0",
            "rules.payroll.last_working_days",
        ),
        ("university", "last_working_days = 2\n", "", "rules.payroll.dates"),
        ("cloud-suite", '"11-11"', '"November 11"', "calendar.struck"),
        (
            "cloud-suite",
            "least_minutes = 720",
            "least_minutes = 0",
            "rules.no-back-to-back.least_minutes",
        ),
        ("host", 'slug = "host"', 'slug = "host"\nslug = "host"', ""),
        ("host", "[hours.night]", "[hours.night", ""),
    ],
)
def test_a_policy_that_makes_no_sense_is_refused_at_its_key(slug, old, new, key):
    text = {**shipped_texts(), **EXAMPLES}[slug]
    assert old in text
    with pytest.raises(PolicyError) as refused:
        parse(text.replace(old, new, 1), "file.toml")
    assert refused.value.key == key
    assert "\n" not in str(refused.value)


def test_a_value_without_end_is_shown_short():
    with pytest.raises(PolicyError) as refused:
        parse(shipped_texts()["nmbrs"].replace("Europe/Amsterdam", "x" * 5000), "nmbrs.toml")
    assert len(str(refused.value)) < 150


def test_what_is_no_toml_is_refused_with_its_line():
    with pytest.raises(PolicyError, match=r"file.toml: not TOML: .*line 2"):
        parse('slug = "a"\nname = \n', "file.toml")


def test_tables_too_deep_to_read_are_refused():
    with pytest.raises(PolicyError, match="too deep"):
        parse("a = " + "[" * 100_000, "file.toml")


def test_a_policy_without_rules_is_refused():
    source = {**SOURCES["host"], "rules": {}}
    assert refusal(source) == "rules"


def test_the_version_in_force_is_the_latest_that_has_begun():
    first = shipped()["nmbrs"]
    later = parse(shipped_texts()["nmbrs"].replace("2020-01-01", "2027-01-01"), "later")
    assert in_force([later, first], date(2026, 12, 31)) is first
    assert in_force([later, first], date(2027, 1, 1)) is later
    assert in_force([later, first], date(2000, 1, 1)) is first


def test_the_rules_know_no_number_hour_or_name_of_the_two_slas():
    for path in (ROOT / "maintenance/sla").glob("*.py"):
        text = path.read_text().lower()
        for name in ("nmbrs", "factuurportal", "amsterdam", "99.6", "08:30", "18:00", "120"):
            assert name not in text, (path.name, name)


def test_what_is_assumed_is_marked_in_the_policy():
    assert "does not say" in shipped()["factuurportal"].hours["office"].assumption["en"]
    assert shipped()["nmbrs"].hours["service-hours"].assumption is None


def test_availability_is_kept_as_data():
    promised = shipped()["nmbrs"].availability
    assert (promised.percent, promised.period, promised.hours.slug) == (
        99.6,
        "month",
        "service-hours",
    )
    promised = shipped()["factuurportal"].availability
    assert (promised.percent, promised.period, promised.hours) == (99, "year", None)


def test_the_page_on_policies_names_every_kind_with_its_results_and_values():
    page = (ROOT / "docs/policies.md").read_text()
    for kind, results in TEXTS.items():
        assert f"### `{kind}`" in page
        row = next(
            line
            for line in page.splitlines()
            if line.startswith("| `") and f"`{kind}`" in line and "{" in line
        )
        assert all(f"`{result}`" in row for result in results), kind
        assert all(f"`{{{name}}}`" in row for name in VALUES[kind]), kind
    assert all(f"| `{unit}` |" in page for unit in LATEST)
