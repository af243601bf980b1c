"""The `maintenance` command. Each command is loaded when it is called: `check` needs no Flask."""

import sys
from importlib import import_module
from typing import Any

import click

COMMANDS = {
    "check": "maintenance.cli.check:check",
    "policy": "maintenance.cli.policy:policy",
    "slots": "maintenance.cli.slots:slots",
    "run": "maintenance.cli.run:run",
    "web": "maintenance.cli.web:web",
    "worker": "maintenance.cli.worker:worker",
    "backup": "maintenance.cli.backup:backup",
    "hold": "maintenance.cli.hold:hold",
    "release": "maintenance.cli.hold:release",
    "migrate": "maintenance.cli.migrate:migrate",
    "demo": "maintenance.cli.demo:demo",
    "import": "maintenance.cli.importing:importing",
    "user": "maintenance.cli.user:user",
    "token": "maintenance.cli.token:token",
}


class Lazy(click.Group):
    """A group that imports a command's module only to run it or to show its help."""

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        """As click's; what is wrong with the options is told in one line."""
        try:
            return super().make_context(*args, **kwargs)
        except click.UsageError as error:
            raise _in_one_line(error) from None

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; what goes wrong becomes one line on stderr and an exit code."""
        try:
            return super().invoke(ctx)
        except click.UsageError as error:
            raise _in_one_line(error) from None
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except Exception as error:
            line, code = import_module("maintenance.cli.failure").explain(error)
            click.echo(f"maintenance: {line}", err=True)
            sys.exit(code)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """The names, in the order of COMMANDS."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command of this name, imported now."""
        if cmd_name not in COMMANDS:
            return None
        module, attribute = COMMANDS[cmd_name].split(":")
        command = getattr(import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command


def _in_one_line(error: click.UsageError) -> click.UsageError:
    """The error without the lines of usage that click puts before it; it says where those are."""
    if error.ctx is None or isinstance(error, click.exceptions.NoArgsIsHelpError):
        return error
    said = error.format_message().rstrip()
    return click.UsageError(f"{said} See `{error.ctx.command_path} --help`.")


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Plan maintenance windows, hold them against the SLA, tell the customers in time."""
