"""notifications.status_json: what readers of an Atlassian Statuspage rely on."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import jsonschema_rs
import pytest

from maintenance.windows import LANGUAGES, Message, State, Window
from notifications import status_json, words
from notifications.status_json import ENDPOINTS, Page
from tests import golden
from tests.notifications.values import BAD_TITLES, FACTUURPORTAL, NMBRS, NOW, START, month, window

BASE = "https://maintenance.example"

ID = {"type": "string", "pattern": "^[a-z0-9]{12}$"}
TEXT = {"type": "string"}
INSTANT = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"}
NULL = {"type": "null"}


def every(**fields: Any) -> dict[str, Any]:
    """An object with exactly these fields."""
    return {
        "type": "object",
        "properties": fields,
        "required": list(fields),
        "additionalProperties": False,
    }


def many(of: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": of}


PAGE = every(id=ID, name=TEXT, url=TEXT, time_zone=TEXT, updated_at=INSTANT)
STATUS = every(
    indicator={"enum": ["none", "minor", "major", "critical", "maintenance"]}, description=TEXT
)
COMPONENT = every(
    id=ID,
    name=TEXT,
    status={
        "enum": [
            "operational",
            "degraded_performance",
            "partial_outage",
            "major_outage",
            "under_maintenance",
        ]
    },
    created_at=INSTANT,
    updated_at=INSTANT,
    position={"type": "integer", "minimum": 1},
    description=NULL,
    showcase={"type": "boolean"},
    start_date=NULL,
    group_id=NULL,
    page_id=ID,
    group={"const": False},
    only_show_if_degraded={"type": "boolean"},
)
STAGE = {"enum": ["scheduled", "in_progress", "verifying", "completed"]}
UPDATE = every(
    id=ID,
    status=STAGE,
    body=TEXT,
    incident_id=ID,
    created_at=INSTANT,
    updated_at=INSTANT,
    display_at=INSTANT,
    affected_components=many(every(code=ID, name=TEXT, old_status=TEXT, new_status=TEXT)),
    deliver_notifications={"const": False},
    custom_tweet=NULL,
    tweet_id=NULL,
)
MAINTENANCE = every(
    id=ID,
    name=TEXT,
    status=STAGE,
    created_at=INSTANT,
    updated_at=INSTANT,
    monitoring_at=NULL,
    resolved_at={"anyOf": [INSTANT, NULL]},
    impact={"const": "maintenance"},
    shortlink=TEXT,
    started_at=INSTANT,
    page_id=ID,
    incident_updates=many(UPDATE),
    components=many(COMPONENT),
    scheduled_for=INSTANT,
    scheduled_until=INSTANT,
)
LISTED = every(page=PAGE, scheduled_maintenances=many(MAINTENANCE))
NOTHING = {"type": "array", "maxItems": 0}
SCHEMAS = {
    "summary": every(
        page=PAGE,
        components=many(COMPONENT),
        incidents=NOTHING,
        scheduled_maintenances=many(MAINTENANCE),
        status=STATUS,
    ),
    "status": every(page=PAGE, status=STATUS),
    "components": every(page=PAGE, components=many(COMPONENT)),
    "incidents": every(page=PAGE, incidents=NOTHING),
    "scheduled-maintenances": LISTED,
    "scheduled-maintenances/upcoming": LISTED,
    "scheduled-maintenances/active": LISTED,
}


def read(endpoint: str, *windows: Window, language: str = "en", now: Any = NOW) -> Any:
    page = Page((FACTUURPORTAL, NMBRS), windows, BASE, language, now)
    return json.loads(status_json.render(endpoint, page))


def listed(which: str, *windows: Window, now: Any = NOW) -> list[Any]:
    found: list[Any] = read(which, *windows, now=now)["scheduled_maintenances"]
    return found


def test_every_endpoint_has_a_schema() -> None:
    assert SCHEMAS.keys() == ENDPOINTS.keys()


@pytest.mark.parametrize("endpoint", list(ENDPOINTS))
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_endpoint_has_the_shape_of_a_statuspage(endpoint: str, language: str) -> None:
    for windows in (month(), []):
        jsonschema_rs.validate(SCHEMAS[endpoint], read(endpoint, *windows, language=language))


def test_the_summary_of_a_month_is_the_one_that_was_found_good() -> None:
    page = Page((FACTUURPORTAL, NMBRS), month(), BASE, "en", NOW)
    made = json.dumps(json.loads(status_json.render("summary", page)), indent=1)
    assert golden.holds("feeds/summary.json", made.encode())


def test_a_component_is_under_maintenance_only_while_it_runs() -> None:
    def statuses(now: Any) -> dict[str, str]:
        found = read("components", window(), now=now)["components"]
        return {each["name"]: each["status"] for each in found}

    calm = {"Factuurportal": "operational", "Nmbrs": "operational"}
    end = START + timedelta(hours=2)
    assert statuses(START - timedelta(seconds=1)) == calm
    assert statuses(START) == {**calm, "Nmbrs": "under_maintenance"}
    assert statuses(end) == calm


def test_a_window_goes_from_upcoming_to_active_to_the_full_list() -> None:
    places = []
    for it, now in (
        (window(), NOW),
        (window(state=State.IN_PROGRESS, started_at=START), START),
        (window(state=State.COMPLETED, completed_at=START), START + timedelta(hours=3)),
    ):
        upcoming = listed("scheduled-maintenances/upcoming", it, now=now)
        active = listed("scheduled-maintenances/active", it, now=now)
        (full,) = listed("scheduled-maintenances", it, now=now)
        places.append((len(upcoming), len(active), full["status"]))
    assert places == [(1, 0, "scheduled"), (0, 1, "in_progress"), (0, 0, "completed")]


def test_a_cancelled_window_leaves_upcoming_and_closes_in_the_full_list() -> None:
    off = window(state=State.CANCELLED, cancelled_at=NOW)
    assert listed("scheduled-maintenances/upcoming", off) == []
    assert read("summary", off)["scheduled_maintenances"] == []
    (closed,) = listed("scheduled-maintenances", off)
    assert closed["status"] == "completed"
    assert closed["resolved_at"] == "2026-11-23T09:00:00.000Z"
    assert closed["incident_updates"][0]["body"] == "This maintenance will not take place."


def test_updates_stand_newest_first() -> None:
    said = Message(START + timedelta(minutes=5), {"nl": "De helft.", "en": "Half."})
    it = window(state=State.IN_PROGRESS, started_at=START, messages=(said,))
    (found,) = listed("scheduled-maintenances", it, now=START)
    stages = [(each["status"], each["body"][:5]) for each in found["incident_updates"]]
    assert stages == [("in_progress", "Half."), ("in_progress", "The m"), ("scheduled", "We mo")]


def test_what_is_told_only_afterwards_is_never_said_to_be_scheduled() -> None:
    begun = NOW - timedelta(hours=8)
    ended = begun + timedelta(hours=1)
    done = window(
        state=State.COMPLETED,
        start=begun,
        end=ended,
        started_at=begun,
        completed_at=ended,
        announced_at=NOW,
    )
    (found,) = listed("scheduled-maintenances", done)
    stages = [each["status"] for each in found["incident_updates"]]
    assert stages == ["completed", "completed", "in_progress"]


def test_started_at_is_when_it_was_announced() -> None:
    (found,) = listed("scheduled-maintenances", window())
    assert found["started_at"] == "2026-11-20T08:30:16.000Z"
    assert found["scheduled_for"] == "2026-12-02T19:00:00.000Z"


def test_ids_stay_and_differ() -> None:
    ids = {status_json.short_id(f"w_{number}") for number in range(10_000)}
    assert len(ids) == 10_000
    assert status_json.short_id("w_1") == status_json.short_id("w_1")


@pytest.mark.parametrize("bad", BAD_TITLES, ids=range(len(BAD_TITLES)))
def test_a_bad_title_leaves_the_json_whole(bad: str) -> None:
    text = {"nl": bad, "en": bad}
    (found,) = listed("scheduled-maintenances", window(title=text, description=text))
    assert found["name"] == words.line(bad)


def test_a_component_is_as_old_as_its_service() -> None:
    born = NOW - timedelta(days=100)
    page = Page((replace(NMBRS, created_at=born),), [], BASE, "en", NOW)
    (component,) = json.loads(status_json.render("components", page))["components"]
    assert component["created_at"] == component["updated_at"] == f"{born:%Y-%m-%dT%H:%M:%S}.000Z"
