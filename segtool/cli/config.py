"""`segtool config`: the value of every option, and where it comes from."""

import json
import sys
from typing import Any

import click

from segtool.cli.config_file import candidates, in_toml
from segtool.cli.emit import say
from segtool.cli.output_options import json_option
from segtool.cli.settings import SETTLED, Setting, commands_of, keys_of, settle
from segtool.errors import UsageError


def _names(context: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    return [name for name, _ in commands_of(context) if name.startswith(incomplete)]


@click.command("config")
@click.argument("name", metavar="[COMMAND]", default="rfm", shell_complete=_names)
@json_option("it")
@click.pass_context
def command(context: click.Context, name: str, as_json: bool) -> None:
    """Show the value of every option of COMMAND, or of rfm, and where it comes from.

    The command line wins over the environment, that over the configuration file, and that over the default.
    """
    commands = dict(commands_of(context))
    if name not in commands:
        raise UsageError(f"There is no command {name!r} with options. Commands: {', '.join(commands)}.")
    file = context.meta[SETTLED].file
    settings = settle(commands[name], name, file)
    options = {key: each.option for key, each in keys_of(commands[name]).items() if not each.opposite}
    rows = {key: _row(context, option, settings.get(str(option.name))) for key, option in options.items()}
    if as_json:
        told = {key: {"value": value, "from": source, "place": place} for key, (value, source, place) in rows.items()}
        found = {"file": file.path if file else None, "command": name, "options": told}
        say(json.dumps(found, indent=2, ensure_ascii=False) + "\n", sys.stdout)
        return
    used = file.path if file else "\n  ".join(["none; it could be", *candidates()])
    say(f"Configuration file: {used}\n\n", sys.stdout)
    width = max(map(len, rows))
    for key, (value, source, place) in rows.items():
        say(f"{key:{width}}  {in_toml(value):24}  {place or source}\n", sys.stdout)


def _row(context: click.Context, option: click.Option, setting: Setting | None) -> tuple[Any, str, str | None]:
    """Return the value of an option, its source and its place. Raises an error for a value that it refuses."""
    if setting is None:
        default = option.get_default(context)
        return None if option.value_is_missing(default) else default, "default", None
    try:
        option.type_cast_value(context, setting.value)
    except click.BadParameter as error:
        raise setting.refusal(error.message) from error
    return setting.value, setting.source, setting.place
