"""`maintenance check` as a program: what it reads, what it answers, how it ends."""

import json
import subprocess
import sys
import time

import pytest

BASE = {
    "service": "nmbrs",
    "kind": "planned",
    "start": "2026-12-02T20:00",
    "end": "2026-12-02T22:00",
    "announce_at": "2026-11-30T20:00",
}
LATE = {**BASE, "announce_at": "2026-11-30T20:01"}
COMMAND = [sys.executable, "-c", "from maintenance.cli import main; main()", "check"]


def ask(data, *arguments):
    if not isinstance(data, bytes):
        data = json.dumps(data).encode()
    return subprocess.run([*COMMAND, *arguments], input=data, capture_output=True, check=False)


def lines(*asked, end=b"\n"):
    return end.join(
        each if isinstance(each, bytes) else json.dumps(each).encode() for each in asked
    )


@pytest.mark.parametrize(("request_", "code"), [(BASE, 0), (LATE, 1)])
def test_one_request_answers_with_a_verdict_and_its_exit_code(request_, code):
    done = ask({**request_, "id": "7"})
    answer = json.loads(done.stdout)
    assert done.returncode == code
    assert (answer["id"], answer["compliant"]) == ("7", code == 0)
    assert [f["rule"] for f in answer["findings"]] == [
        "notice",
        "daytime-quota",
        "weekly-update-cap",
    ]
    assert answer["findings"][0]["deadline"] == "2026-11-30T19:00:00Z"
    assert answer["findings"][2] | {"message": None} == {
        "service": "nmbrs",
        "rule": "weekly-update-cap",
        "outcome": "not_applicable",
        "article": "Beschikbaarheid",
        "message": None,
        "used": 0,
        "adds": 0,
        "limit": 120,
        "period": "2026-W49",
    }
    assert done.stderr == b""


def test_a_request_comes_from_a_file_too(tmp_path):
    file = tmp_path / "asked.json"
    file.write_text(json.dumps(BASE, indent=2))
    assert ask(b"", str(file)).returncode == 0
    assert ask(BASE, "-").returncode == 0


def test_bad_input_is_answered_and_said_in_one_line():
    done = ask({**BASE, "start": "2026-03-29T02:30", "id": 7})
    answer = json.loads(done.stdout)
    assert done.returncode == 2
    assert (answer["id"], answer["error"]["field"]) == (7, "start")
    assert done.stderr.startswith(b"maintenance check: start: ")
    assert done.stderr.count(b"\n") == 1


@pytest.mark.parametrize("data", [b"", b"{", b"\xff", b"[]", b"null", b"[" * 200_000, b"NaN"])
def test_what_is_no_request_is_refused_without_a_traceback(data):
    done = ask(data)
    answer = json.loads(done.stdout)
    assert done.returncode == 2
    assert (answer["id"], answer["error"]["field"]) == (None, None)
    assert done.stderr.count(b"\n") == 1


@pytest.mark.parametrize("path", ["there-is-no-such-file", "/"])
def test_a_file_that_cannot_be_read_is_said_in_one_line(path):
    done = ask(b"", path)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.count(b"\n") == 1


def test_lines_are_each_answered_in_order_good_and_bad():
    asked = lines({**BASE, "id": 1}, b"{", {**LATE, "id": 3}, {**BASE, "kind": "x", "id": 4})
    done = ask(asked, "--lines")
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 2
    assert [answer["id"] for answer in answers] == [1, None, 3, 4]
    assert answers[2]["compliant"] is False
    assert answers[3]["error"]["field"] == "kind"
    assert done.stderr == b""


def test_with_lines_a_violation_is_an_answer_like_any_other():
    assert ask(lines(BASE, LATE), "--lines").returncode == 0


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\n\n  \n"])
def test_blank_lines_are_skipped_and_the_last_needs_no_end(end):
    done = ask(lines(BASE, BASE, end=end), "--lines")
    assert (done.returncode, done.stdout.count(b"\n")) == (0, 2)


def test_no_lines_are_no_answers():
    done = ask(b"\n", "--lines")
    assert (done.returncode, done.stdout) == (0, b"")


def test_each_line_is_answered_before_the_next_one_is_sent():
    with subprocess.Popen(
        [*COMMAND, "--lines"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as running:
        for number in range(3):
            running.stdin.write(lines({**BASE, "id": number}) + b"\n")
            running.stdin.flush()
            assert json.loads(running.stdout.readline())["id"] == number
        running.stdin.close()
        assert running.wait() == 0


def test_a_reader_that_leaves_early_ends_it_quietly():
    with subprocess.Popen(
        [*COMMAND, "--lines"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as running:
        running.stdin.write(lines(BASE) + b"\n")
        running.stdin.flush()
        running.stdout.readline()
        running.stdout.close()
        running.stdin.write((lines(BASE) + b"\n") * 10)
        running.stdin.close()
        assert running.wait() in (0, 1)
        assert running.stderr.read() == b""


def test_the_announcement_goes_out_now_where_the_request_does_not_say():
    year = time.gmtime().tm_year
    never = {**BASE, "announce_at": None}
    past = {**never, "start": f"{year - 1}-12-02T20:00", "end": f"{year - 1}-12-02T22:00"}
    coming = {**never, "start": f"{year + 1}-12-02T20:00", "end": f"{year + 1}-12-02T22:00"}
    assert [ask(past).returncode, ask(coming).returncode] == [1, 0]


def test_help_says_how():
    done = ask(b"", "--help")
    assert done.returncode == 0
    assert b"--lines" in done.stdout


def test_neither_flask_nor_sqlalchemy_is_loaded_for_it():
    code = "import sys, maintenance.cli.check; print({'flask', 'sqlalchemy'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert done.stdout == b"set()\n"
