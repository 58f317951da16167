"""The command line: a group that loads a command when it is asked for."""

import os
from functools import cache
from importlib import import_module
from typing import Any

import click

from segtool import __version__
from segtool.errors import UsageError

_COMMANDS = {
    "rfm": "Score and name every customer of a shop's orders.",
    "segment": "Name a segment for every row of any table of customers.",
    "compare": "Tell who moved between two tables of rfm, and with how much money.",
    "track": "Tell how the segments went, period by period, and who moved.",
    "value": "Tell what each customer is worth: past, profit, and what is to come.",
    "backtest": "Tell whether segments made at a day foretold what customers did after it.",
    "behavior": "Tell what people do besides buying, from an event log or orders.",
    "cluster": "Let the data find the groups, and tell whether there are any.",
    "profile": "Tell who is in each segment, and which attributes explain value.",
    "report": "Write a page for people who never open a terminal.",
    "lift": "Tell whether a campaign worked, by the customers held out of it.",
    "export": "Write customers as files that campaign tools take as they are.",
    "check": "Catch the five common mistakes of a segmentation, each by name.",
    "inspect": "See what is in a shop's files, and what rfm would make of it.",
    "explain": "Say why a customer is in a segment, and what would lead elsewhere.",
    "schemes": "See which maps from scores to segments there are, and check one.",
    "config": "Show the value of every option, and where it comes from.",
    "completion": "Print the script that lets a shell complete segtool.",
}
"""Name -> what it does. It is the `command` of the module here of that name, loaded when it is asked for."""


class _Group(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return _load(cmd_name) if cmd_name in _COMMANDS else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.BadParameter, UsageError) as error:
            from segtool.cli.settings import explained

            if told := explained(error, ctx):
                raise told from error
            raise

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in _COMMANDS and not args[0].startswith("-") and not ctx.resilient_parsing:
            from difflib import get_close_matches

            near = get_close_matches(args[0], _COMMANDS, n=1)
            if os.path.exists(args[0]):
                hint = f"Did you mean segtool rfm {args[0]}?"
            elif near:
                hint = f"Did you mean {near[0]}?"
            else:
                hint = f"Commands: {', '.join(_COMMANDS)}."
            ctx.fail(f"There is no command {args[0]!r}. {hint}")
        return super().resolve_command(ctx, args)


@cache
def _load(name: str) -> click.Command:
    """Return a command with the options that all commands have."""
    from segtool.cli.settings import configure

    command: click.Command = import_module(f"segtool.cli.{name}").command
    command.short_help = _COMMANDS[name]
    return configure(command)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80})
@click.version_option(__version__, prog_name="segtool", message="%(prog)s %(version)s")
def main() -> None:
    """Sort a shop's customers into named segments, and see what to do with each.

    \b
    segtool inspect orders.csv                see what is in the file
    segtool rfm orders.csv                    show the summary
    segtool rfm orders.csv -o segments.csv    save the labelled customers
    """
