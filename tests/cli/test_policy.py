"""`maintenance policy check`, and policies of one's own in `maintenance check`."""

import json
import os
import subprocess
import sys
from pathlib import Path

COMMAND = [sys.executable, "-c", "from maintenance.cli import main; main()"]
SHIPPED = str(Path(__file__).parents[2] / "maintenance/sla/policies/nmbrs.toml")


def run(*arguments, asked="", **environ):
    return subprocess.run(
        [*COMMAND, *arguments],
        input=asked,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environ},
    )


def test_a_policy_that_can_be_used_is_summed_up_in_a_line():
    done = run("policy", "check", SHIPPED)
    assert done.returncode == 0
    assert "nmbrs from 2020-01-01 in Europe/Amsterdam: notice (notice), " in done.stdout


def test_one_that_cannot_is_named_with_its_key_and_the_others_are_still_looked_at(tmp_path):
    bad, broken = tmp_path / "bad.toml", tmp_path / "broken.toml"
    with open(SHIPPED) as text:
        bad.write_text(text.read().replace('unit = "working_days"', 'unit = "moons"'))
    broken.write_text("slug = \n")
    done = run("policy", "check", str(bad), str(broken), "no-such-file.toml", SHIPPED)
    assert done.returncode == 2
    first, second, third = done.stderr.splitlines()
    assert first.startswith(f"maintenance: {bad}: rules.notice.unit: expected one of hours, ")
    assert "line 1" in second
    assert "no-such-file.toml" in third
    assert done.stdout.startswith(SHIPPED)


def test_each_rule_that_cannot_be_used_is_named(tmp_path):
    bad = tmp_path / "bad.toml"
    with open(SHIPPED) as text:
        wrong = text.read().replace('unit = "working_days"', 'unit = "moons"')
    bad.write_text(
        wrong.replace("limit = 4", "limit = -4").replace("percent = 99.6", "percent = 0")
    )
    done = run("policy", "check", str(bad))
    keys = [line.split(": ")[2] for line in done.stderr.splitlines()]
    assert keys == ["rules.notice.unit", "rules.daytime-quota.limit", "availability.percent"]


def test_a_folder_adds_policies_and_versions(tmp_path):
    with open(SHIPPED) as file:
        text = file.read()
    (tmp_path / "mine.toml").write_text(text.replace('slug = "nmbrs"', 'slug = "mine"'))
    later = text.replace("2020-01-01", "2027-01-01").replace("length = 2\n", "length = 9\n")
    (tmp_path / "later.toml").write_text(later)
    asked = {"kind": "planned", "announce_at": "2026-12-27T20:00"}
    old = {"service": "nmbrs", "start": "2026-12-31T20:00", "end": "2026-12-31T22:00", **asked}
    new = {"service": "nmbrs", "start": "2027-01-01T20:00", "end": "2027-01-01T22:00", **asked}
    mine = {**new, "service": "mine"}
    done = run(
        *("check", "--lines"),
        asked="\n".join(map(json.dumps, [old, new, mine])),
        MAINTENANCE_POLICY_DIR=str(tmp_path),
    )
    compliant = [json.loads(line)["compliant"] for line in done.stdout.splitlines()]
    assert compliant == [True, False, True]


def test_a_folder_that_cannot_be_used_is_said_in_one_line(tmp_path):
    done = run("check", asked="{}", MAINTENANCE_POLICY_DIR=str(tmp_path / "none"))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("maintenance: MAINTENANCE_POLICY_DIR: no such folder")
    (tmp_path / "bad.toml").write_text("slug = 1")
    done = run("check", asked="{}", MAINTENANCE_POLICY_DIR=str(tmp_path))
    assert done.returncode == 2
    assert done.stderr.startswith("maintenance: MAINTENANCE_POLICY_DIR: bad.toml: slug: ")
    assert done.stderr.count("\n") == 1


def test_the_folder_may_be_set_in_the_file_of_settings(tmp_path):
    (tmp_path / "config.py").write_text(f"MAINTENANCE_POLICY_DIR = {str(tmp_path / 'none')!r}\n")
    done = run("check", asked="{}", MAINTENANCE_INSTANCE_PATH=str(tmp_path))
    assert (done.returncode, done.stdout) == (2, "")
    assert "no such folder" in done.stderr
