"""The command line: a group that loads a command when it is asked for."""

from difflib import get_close_matches
from importlib import import_module
from pathlib import Path

import click

from segtool import __version__

_COMMANDS = {"rfm": "segtool.cli.rfm"}
"""Name -> the module whose `command` it is. Modules here import nothing heavy before they run."""


class _Group(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = import_module(_COMMANDS[cmd_name]).command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in _COMMANDS and not args[0].startswith("-"):
            near = get_close_matches(args[0], _COMMANDS, n=1)
            if Path(args[0]).exists():
                hint = f"Did you mean segtool rfm {args[0]}?"
            elif near:
                hint = f"Did you mean {near[0]}?"
            else:
                hint = f"Commands: {', '.join(_COMMANDS)}."
            ctx.fail(f"There is no command {args[0]!r}. {hint}")
        return super().resolve_command(ctx, args)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80})
@click.version_option(__version__, prog_name="segtool", message="%(prog)s %(version)s")
def main() -> None:
    """Sort a shop's customers into named segments, and see what to do with each.

    \b
    segtool rfm orders.csv                    show the summary
    segtool rfm orders.csv -o segments.csv    save the labelled customers
    """
