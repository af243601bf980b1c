"""`maintenance check`: the SLA rules without a server."""

import json
import sys
from datetime import UTC, datetime
from typing import IO, Any

import click

from maintenance.cli.policies import usable
from maintenance.sla.check import check as judge
from maintenance.sla.request import BadField, Policies, id_of, parse
from maintenance.sla.strict_json import NotJson, loads

COMPLIANT, NOT_COMPLIANT, BAD = 0, 1, 2
Answer = dict[str, Any]


@click.command()
@click.argument("file", type=click.Path(allow_dash=True), default="-")
@click.option("--lines", is_flag=True, help="Read one request a line, answer one a line.")
def check(file: str, lines: bool) -> None:
    """Hold maintenance windows against their SLA.

    Reads a request as JSON from FILE or standard input and answers with the verdict as JSON.
    Exit code: 0 compliant, 1 not, 2 bad input; with --lines 0 where every line got a verdict.
    """
    try:
        source = click.open_file(file, "rb")
    except OSError as error:
        click.echo(f"maintenance check: cannot read {file}: {error.strerror}", err=True)
        sys.exit(BAD)
    policies = usable()
    with source:
        sys.exit(answer_lines(source, policies) if lines else answer_one(source, policies))


def answer_one(source: IO[bytes], policies: Policies) -> int:
    """Answer the one request the source holds; the exit code."""
    answer = answer_to(source.read(), policies, datetime.now(UTC))
    click.echo(json.dumps(answer))
    if "error" in answer:
        error = answer["error"]
        click.echo(
            f"maintenance check: {error['field'] or 'request'}: {error['message']}", err=True
        )
        return BAD
    return COMPLIANT if answer["compliant"] else NOT_COMPLIANT


def answer_lines(source: IO[bytes], policies: Policies) -> int:
    """Answer each line as it comes in, blank ones skipped; the exit code."""
    code = COMPLIANT
    for line in source:
        if line.strip():
            answer = answer_to(line, policies, datetime.now(UTC))
            sys.stdout.write(json.dumps(answer) + "\n")
            sys.stdout.flush()
            code = BAD if "error" in answer else code
    return code


def answer_to(data: bytes, policies: Policies, now: datetime) -> Answer:
    """The answer to one request as the contract has it: a verdict, or the first bad field."""
    asked = None
    try:
        asked = loads(data)
        request = parse(asked, policies, now)
        return {"id": request.id, **judge(request.window, request.terms).as_json()}
    except NotJson as error:
        return refusal(asked, None, str(error))
    except BadField as error:
        return refusal(asked, error.field, error.message)
    except RecursionError:
        return refusal(asked, None, "nested too deep")


def refusal(asked: object, field: str | None, message: str) -> Answer:
    """The answer to bad input."""
    return {"id": id_of(asked), "error": {"field": field, "message": message}}
