"""Feeds read by programs of others: feedparser, ical.js, circuit-maintenance-parser.

`make readers` installs the last two under `.venv/readers`: the parser of maintenance notes wants an
icalendar older than ours, so it runs in an environment of its own. Without them their tests skip.
"""

import json
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import feedparser
import pytest

from maintenance.windows import State, Window
from tests.notifications.values import BAD_TITLES, START, month, window
from tests.published.sources import SECRET, Database, get

READERS = Path(__file__).parents[2] / ".venv" / "readers"
NODE = shutil.which("node")
PYTHON = READERS / "python" / "bin" / "python"
PARSER = READERS.glob("python/lib/python*/site-packages/circuit_maintenance_parser")
with_parser = pytest.mark.skipif(
    not any(PARSER), reason="circuit-maintenance-parser is not installed (make readers)"
)
DAY = timedelta(days=1)

READ_BY_JAVASCRIPT = """
const ICAL = require("ical.js");
const calendar = new ICAL.Component(ICAL.parse(require("fs").readFileSync(0, "utf8")));
const events = calendar.getAllSubcomponents("vevent").map((each) => {
  const event = new ICAL.Event(each);
  return {
    uid: event.uid, sequence: event.sequence, title: event.summary,
    start: event.startDate.toJSDate().toISOString(), status: each.getFirstPropertyValue("status"),
    bells: each.getAllSubcomponents("valarm").length,
  };
});
process.stdout.write(JSON.stringify(events));
"""

READ_MAINTENANCE_NOTES = """
import json, sys
from circuit_maintenance_parser import NotificationData, init_provider
data = NotificationData.init_from_raw("ical", sys.stdin.buffer.read())
found = init_provider("genericprovider").get_maintenances(data)
print(json.dumps([json.loads(each.to_json()) for each in found]))
"""


def feed(path: str, *windows: Window) -> bytes:
    return get(Database(windows).keeper(), path).body


def run(command: list[str], given: bytes) -> Any:
    done = subprocess.run(command, input=given, cwd=READERS, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def node() -> str:
    """Node, where it finds ical.js."""
    if NODE is None:
        pytest.skip("node is not installed")
    if not (READERS / "node_modules" / "ical.js").exists():
        pytest.skip("ical.js is not installed (make readers)")
    return NODE


def by_javascript(node: str, *windows: Window, path: str = "/feeds/nmbrs.ics") -> Any:
    return run([node, "-e", READ_BY_JAVASCRIPT], feed(path, *windows))


def test_javascript_follows_create_move_and_cancel(node: str) -> None:
    created = window()
    moved = window(start=START + DAY, revision=4)
    cancelled = moved.changed(state=State.CANCELLED, revision=5)
    stories = [by_javascript(node, each)[0] for each in (created, moved, cancelled)]
    assert len({each["uid"] for each in stories}) == 1
    seen = [(each["start"], each["status"], each["sequence"]) for each in stories]
    assert seen == [
        ("2026-12-02T19:00:00.000Z", "CONFIRMED", 3),
        ("2026-12-03T19:00:00.000Z", "CONFIRMED", 4),
        ("2026-12-03T19:00:00.000Z", "CANCELLED", 5),
    ]


def test_javascript_reads_a_feed_without_events(node: str) -> None:
    assert by_javascript(node) == []


def test_javascript_reads_bad_titles_and_bells(node: str) -> None:
    bad = [
        window(id=f"w_{number}", title={"nl": title}, description={"nl": title})
        for number, title in enumerate(BAD_TITLES)
    ]
    found = by_javascript(node, *bad, path=f"{SECRET}?alarm=15")
    assert len(found) == len(bad)
    assert {each["bells"] for each in found} == {1}


@with_parser
def test_a_reader_of_maintenance_notes_follows_create_move_and_cancel() -> None:
    created = window()
    moved = window(start=START + DAY, revision=4)
    cancelled = moved.changed(state=State.CANCELLED, revision=5)
    for it, status in ((created, "CONFIRMED"), (moved, "CONFIRMED"), (cancelled, "CANCELLED")):
        command = [str(PYTHON), "-c", READ_MAINTENANCE_NOTES]
        (found,) = run(command, feed(SECRET, it))
        assert (found["provider"], found["account"]) == ("maintenance.example", "acme")
        assert (found["maintenance_id"], found["status"]) == ("M-2026-041", status)
        assert found["circuits"] == [{"circuit_id": "nmbrs", "impact": "OUTAGE"}]
        assert datetime.fromtimestamp(found["start"], UTC) == it.start
        assert found["organizer"] == "mailto:maintenance@vendor.example"


@with_parser
def test_a_reader_of_maintenance_notes_takes_a_feed_with_every_state() -> None:
    command = [str(PYTHON), "-c", READ_MAINTENANCE_NOTES]
    found = run(command, feed(SECRET, *month()))
    stages = {each["maintenance_id"]: each["status"] for each in found}
    assert stages["M-2026-040"] == "IN-PROCESS"
    assert stages["M-2026-038"] == "CANCELLED"
    assert len(stages) == 5  # Factuurportal's own is no service of this customer


@pytest.mark.parametrize("language", ["nl", "en"])
def test_feedparser_reads_the_atom_feed(language: str) -> None:
    read = feedparser.parse(feed(f"/feeds/all.atom?lang={language}", *month()))
    assert not read.bozo
    assert read.version == "atom10"
    assert len(read.entries) == len(month())
    newest = read.entries[0]
    assert newest.link.startswith("https://maintenance.example/status/w/")
    assert all(entry.id and entry.updated_parsed and entry.tags for entry in read.entries)


@pytest.mark.parametrize("bad", BAD_TITLES, ids=range(len(BAD_TITLES)))
def test_feedparser_reads_a_bad_title(bad: str) -> None:
    words = {"nl": bad}
    read = feedparser.parse(feed("/feeds/all.atom", window(title=words, description=words)))
    assert not read.bozo
    (entry,) = read.entries
    assert entry.title_detail.type == "text/plain"
