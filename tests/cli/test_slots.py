"""`maintenance slots` as a program."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

COMMAND = [sys.executable, "-c", "from maintenance.cli import main; main()", "slots"]
NMBRS = ("--service", "nmbrs", "--minutes", "120", "--from", "2026-12-07T09:15")
TOLD = ("--announce-at", "2026-12-07T09:10")


def run(*arguments, asked=""):
    return subprocess.run(
        [*COMMAND, *arguments], input=asked, capture_output=True, text=True, check=False
    )


def answer(*arguments, asked=""):
    done = run(*arguments, "--json", asked=asked)
    assert done.stderr == ""
    return json.loads(done.stdout)


def test_slots_come_best_first_with_their_latest_announcement():
    found = answer(*NMBRS, *TOLD)["slots"]
    found[0].pop("breaks_tomorrow")  # as the day is
    assert found[0] == {
        "start": "2026-12-09T17:00:00Z",
        "end": "2026-12-09T19:00:00Z",
        "announce_by": "2026-12-07T17:00:00Z",
        "by_day": False,
        "advice": [],
    }
    assert found[-1]["by_day"]


def test_they_are_listed_for_people_too():
    done = run(*NMBRS, *TOLD, "--most", "1")
    first, *left = done.stdout.splitlines()
    assert first == (
        "Wed 9 December 2026 18:00 CET to Wed 9 December 2026 20:00 CET, at night,"
        " announce by Mon 7 December 2026 18:00 CET"
    )
    assert left == [
        *(
            f"Left of nmbrs daytime-quota: 4 of 4 days in {month}"
            for month in ("2026-12", "2027-01")
        ),
        *(
            f"Left of nmbrs weekly-update-cap: 120 of 120 minutes in {week}"
            for week in ("2026-W50", "2026-W51", "2026-W52", "2026-W53", "2027-W01")
        ),
    ]
    assert done.returncode == 0


def proposed(identity, start):
    """An hour, so many days from now."""
    return {
        "id": identity,
        "state": "proposed",
        "service": "factuurportal",
        "kind": "planned",
        "start": f"{start:%Y-%m-%dT%H:%MZ}",
        "end": f"{start + timedelta(hours=1):%Y-%m-%dT%H:%MZ}",
    }


def test_what_waits_for_approval_is_said_with_what_breaks_tomorrow():
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    soon, later = now + timedelta(hours=20), now + timedelta(days=30)
    given = json.dumps({"history": [proposed("b", later), proposed("a", soon)]})
    asked = ("--service", "factuurportal", "--minutes", "60", "-")
    found = {each["id"]: each["breaks_tomorrow"] for each in answer(*asked, asked=given)["waiting"]}
    said = run(*asked, asked=given).stdout.splitlines()[-2:]
    assert found["b"] is False
    assert [line.split(",")[0] for line in said] == [
        *("Waits for approval: a", "Waits for approval: b")
    ]
    other = ("--service", "nmbrs", "--minutes", "60", "-")
    assert answer(*other, asked=given)["waiting"] == []


def test_each_service_may_have_an_outage_of_its_own():
    asked = ("--service", "nmbrs", "--service", "factuurportal", "--minutes", "60", "--days", "3")
    told = ("--from", "2026-12-07T09:15", *TOLD)
    felt = answer(*asked, *told)["slots"]
    unfelt = answer(*asked, *told, "--outage", "factuurportal:15", "--outage", "nmbrs:60")["slots"]
    assert all(slot["advice"] for slot in felt)
    assert not any(slot["advice"] for slot in unfelt)


def test_the_history_and_the_agreements_are_those_of_check():
    entry = {
        "service": "nmbrs",
        "kind": "planned",
        "start": "2026-12-0{} 10:00",
        "end": "2026-12-0{} 11:00",
    }
    history = [{key: value.format(day) for key, value in entry.items()} for day in (1, 2, 3, 4)]
    agreement = {"customer": "acme", "rules": {"notice": {"length": 5}}}
    given = json.dumps({"history": history, "agreements": [agreement]})
    found = answer(*NMBRS, *TOLD, "--days", "20", "-", asked=given)
    assert found["slots"][0]["start"] == "2026-12-14T17:00:00Z"
    assert not any(slot["by_day"] for slot in found["slots"])
    assert found["left"][0]["left"] == 0


def test_what_would_make_a_wanted_start_comply_is_said():
    done = run(*NMBRS, *TOLD, "--most", "1", "--at", "2026-12-08T20:00")
    assert "Would comply at night: Wed 9 December 2026 18:00 CET" in done.stdout
    ways = answer(*NMBRS, *TOLD, "--at", "2026-12-08T20:00")["changes"]
    assert [way["how"] for way in ways] == ["later", "night"]


def test_no_slot_is_the_answer_no():
    done = run(*NMBRS, "--kind", "urgent")
    assert (done.returncode, done.stdout.splitlines()[0]) == (1, "No slot complies.")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--service", "x", "--minutes", "60"), "services: unknown service 'x'"),
        ((*NMBRS, "--outage", "121"), "outage_minutes"),
        ((*NMBRS, "--outage", "half"), "--outage: expected minutes, or service:minutes"),
        ((*NMBRS, "--outage", "factuurportal:5"), "outage_minutes.factuurportal"),
        ((*NMBRS, "--announce-at", "then"), "announce_at"),
        ((*NMBRS, "--at", "2026-03-29T02:30"), "start: this time does not exist"),
        ((*NMBRS, "no-such-file"), "cannot read no-such-file"),
        ((*NMBRS, "-"), "not JSON"),
    ],
)
def test_bad_input_is_said_in_one_line(arguments, says):
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr
    assert done.stderr.count("\n") == 1
