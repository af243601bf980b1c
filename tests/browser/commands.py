"""`python -m tests.browser.commands`: `maintenance` commands in one process.

Starting the program takes longer than most of what it is asked, and a fresh installation asks six
things. Each line of stdin is one command in JSON: its words, then what it is given.
"""

import json
import sys

from click.testing import CliRunner

from maintenance.cli import main


def run() -> None:
    """Run each command; the first that fails ends it, with what it said."""
    for line in sys.stdin:
        words, given = json.loads(line)
        done = CliRunner().invoke(main, words, input=given, prog_name="maintenance")
        if done.exit_code != 0:
            sys.exit(f"{words}: {done.output}")


if __name__ == "__main__":
    run()
