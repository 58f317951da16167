"""Where an option has its value from: the command line, the environment, a configuration file, or its default.

The group gives every command that has options `--config`, which settles the values of the others.
"""

import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from segtool.cli.config_file import NAME, File, as_given, candidates, read
from segtool.cli.options import NewFile
from segtool.errors import ConfigError, SegtoolError, UsageError, printable

PREFIX = "SEGTOOL_"

SETTLED = "segtool.config"
"""Where the context keeps what `--config` found."""

_FAILED = "segtool.failed"
"""Where it keeps the error in a configuration file until `--log-file` is known, so that it is logged."""

_TABLES = ("targets",)
"""Options whose values may stand in a table of their own, each text or list of texts under any name."""

_NEVER_CONFIGURED = {"help", "version", "config", "no-config"}


@dataclass(frozen=True)
class Key:
    """An option under one of its long names; `opposite` if the name switches the flag off, as `no-header` does."""

    option: click.Option
    opposite: bool = False


@dataclass(frozen=True)
class Setting:
    """A value that an option has from elsewhere than the command line.

    `source` is `environment` or `file`, `place` the variable, or the file with the line and the key.
    """

    value: Any
    source: str
    place: str

    def refusal(self, message: str) -> SegtoolError:
        """Return the error for a value that the option does not take."""
        return (ConfigError if self.source == "file" else UsageError)(f"{self.place}: {message}")


@dataclass(frozen=True)
class Settled:
    """The file in use, if any, and the settings of a command under the names of its parameters."""

    context: click.Context
    file: File | None
    settings: Mapping[str, Setting]


def configure(command: click.Command) -> click.Command:
    """Return the command with the options that all commands have: `--config`, `--no-config` and `--log-file`.

    A command without options of its own has nothing to configure, and what lies in a folder cannot break it.
    """
    for each in _leaves(command):
        if any(isinstance(param, click.Option) for param in each.params):
            _log_file(_no_config(_config(each)))
    return command


def settle(command: click.Command, name: str, file: File | None) -> dict[str, Setting]:
    """Return parameter -> its setting. The environment wins over the command's table, and that over the top level."""
    keys = keys_of(command)
    found: dict[str, Setting] = {}
    if file:
        own = file.tables.get(name, {})
        found |= _from_table({k: v for k, v in file.tables.items() if not isinstance(v, dict)}, keys, file, "")
        found |= _from_own_tables(keys, file)
        found |= _from_table(own if isinstance(own, dict) else {}, keys, file, name)
    return found | _from_environment(keys)


def explained(error: click.BadParameter | UsageError, context: click.Context) -> SegtoolError | None:
    """Return an error that says which variable or file the refused value came from, None if it was the command line.

    The library knows nothing of that; its errors are told by the option or the value that they name.
    """
    settled: Settled | None = context.meta.get(SETTLED)
    if settled is None:
        return None
    for name, setting in settled.settings.items():
        if settled.context.get_parameter_source(name) is not ParameterSource.DEFAULT_MAP:
            continue
        if isinstance(error, UsageError):
            if _mentions(str(error), name, setting, settled.context.command):
                return setting.refusal(str(error))
        elif error.param and error.param.name == name:
            return setting.refusal(error.message)
    return None


def _mentions(text: str, name: str, setting: Setting, command: click.Command) -> bool:
    keys = {key: each.option for key, each in keys_of(command).items() if each.option.name == name}
    values = setting.value if isinstance(setting.value, list) else [setting.value]
    parts = [repr(value) for value in values if isinstance(value, str) and len(value) > 1]
    parts += [str(value) for value in values if any(isinstance(option.type, click.Path) for option in keys.values())]
    return any(
        re.search(rf"(?<![\w-]){re.escape(part)}(?![\w-])", text) for part in [*parts, *map("--{}".format, keys)]
    )


def _settle(context: click.Context, _: click.Parameter, value: str | None) -> None:
    """Give the options of the command their settings; called before any of them is looked at."""
    if context.resilient_parsing:  # TAB reads no file
        return
    try:
        file = _file(value)
        if file:
            _check_keys(file, {name: keys_of(command) for name, command in commands_of(context)})
        settings = settle(context.command, context.command_path.split()[1], file)
    except SegtoolError as error:
        if "log" in context.ensure_object(dict):
            raise
        context.meta[_FAILED] = error
        return
    context.default_map = {name: setting.value for name, setting in settings.items()}
    context.meta[SETTLED] = Settled(context, file, settings)
    context.call_on_close(partial(_warn_of_unknown_variables, context))


def _begin_log(context: click.Context, _: click.Parameter, file: Path | None) -> None:
    """Note where the run is to be logged; called after `--config`, or before it with the file of the command line."""
    if context.resilient_parsing:
        return
    if file:
        from segtool.cli.log import Log

        context.ensure_object(dict)["log"] = Log(file, context)
    if _FAILED in context.meta:
        raise context.meta[_FAILED]


_config = click.option(
    "--config",
    type=click.Path(readable=False),
    metavar="FILE",
    is_eager=True,
    expose_value=False,
    callback=_settle,
    help=f"Options as TOML.  [default: {NAME} here, or of the user]",
)
_no_config = click.option(
    "--no-config", "config", flag_value="", is_eager=True, expose_value=False, help="Read no configuration file."
)

_log_file = click.option(
    "--log-file",
    type=NewFile(path_type=Path),
    metavar="FILE",
    is_eager=True,
    expose_value=False,
    callback=_begin_log,
    help="Append a line about the run, as JSON.",
)


def _file(given: str | None) -> File | None:
    """Return the file that was named, or else the first that is found; None where there is none, or '' was named."""
    if given is None and not _switch(f"{PREFIX}NO_CONFIG", os.environ.get(f"{PREFIX}NO_CONFIG") or "0"):
        given = os.environ.get(f"{PREFIX}CONFIG") or next(filter(os.path.isfile, candidates()), None)
    return read(given) if given else None


def _check_keys(file: File, commands: Mapping[str, Mapping[str, Key]]) -> None:
    """Raise ConfigError for what is no option of any command, or not of the command in whose table it stands."""
    everywhere = {key for keys in commands.values() for key in keys}
    for key, value in file.tables.items():
        if isinstance(value, dict) and key in _TABLES:
            continue
        if isinstance(value, dict):
            if key not in commands:
                raise _unknown(file.place(key), "is a table of no command", key, {*commands, *_TABLES})
            for inner in value:
                if _spelled(inner) not in commands[key]:
                    raise _unknown(file.place(inner, key), f"is no option of segtool {key}", inner, commands[key])
        elif _spelled(key) not in everywhere:
            raise _unknown(file.place(key), "is no option of any command", key, everywhere)


def _unknown(place: str, what: str, key: str, known: Mapping[str, Any] | set[str]) -> ConfigError:
    return ConfigError(f"{place} {what}.{_meant(_spelled(key), known)} Known: {', '.join(sorted(known))}.")


def _meant(name: str, known: Iterable[str], before: str = "") -> str:
    """Return the question whether the nearest of known names was meant, nothing if none is near."""
    from difflib import get_close_matches

    near = get_close_matches(name, known, n=1)
    return f" Did you mean {before}{near[0]}?" if near else ""


def _from_table(table: Mapping[str, Any], keys: Mapping[str, Key], file: File, name: str) -> dict[str, Setting]:
    found: dict[str, Setting] = {}
    for key, value in table.items():
        if known := keys.get(_spelled(key)):
            place = file.place(key, name)
            given = as_given(value, known.option, place)
            _add(found, known, Setting(not given if known.opposite else given, "file", place))
    return found


def _from_own_tables(keys: Mapping[str, Key], file: File) -> dict[str, Setting]:
    """Return options whose values stand in a table of their own. Raises ConfigError with the line of a bad one."""
    found: dict[str, Setting] = {}
    for key in _TABLES:
        table, known = file.tables.get(key), keys.get(key)
        if isinstance(table, dict) and known:
            texts = []
            for name, value in table.items():
                place = file.place(name, key)
                for text in as_given(value, known.option, place):
                    try:
                        texts.append(known.option.type.convert(text, known.option, None))
                    except click.BadParameter as error:
                        raise ConfigError(f"{place}: {error.message}") from error
            _add(found, known, Setting(texts, "file", file.place(key)))
    return found


def _from_environment(keys: Mapping[str, Key]) -> dict[str, Setting]:
    """Return what variables say; an empty one says nothing."""
    found: dict[str, Setting] = {}
    for key, known in keys.items():
        variable = _variable(key)
        if text := os.environ.get(variable):
            value: Any = text
            if known.option.is_flag:
                value = _switch(variable, text) is not known.opposite
            elif known.option.multiple:
                value = _parted(variable, text)
            _add(found, known, Setting(value, "environment", variable))
    return found


def _add(found: dict[str, Setting], key: Key, setting: Setting) -> None:
    """Add a setting. Raises an error if the place already says the same under another name."""
    name = str(key.option.name)
    if name in found:
        raise setting.refusal(f"{found[name].place} says it as well; keep one of the two.")
    found[name] = setting


def _switch(variable: str, text: str) -> bool:
    try:
        return bool(click.BOOL(text))
    except click.BadParameter as error:
        raise UsageError(f"{variable}: {text!r} is neither true nor false; write 1 or 0.") from error


def _parted(variable: str, text: str) -> list[str]:
    """Return the values of a list with commas; as in CSV, quotes keep a comma inside a value.

    >>> _parted("", 'paid, shipped,"on hold, unpaid"')
    ['paid', 'shipped', 'on hold, unpaid']
    """
    import csv

    try:
        (values,) = csv.reader([text], skipinitialspace=True, strict=True)
    except csv.Error as error:
        raise UsageError(f"{variable}: {text!r} is no list; write it as one line of CSV, as a,b.") from error
    return values


def _leaves(command: click.Command) -> Iterator[click.Command]:
    """Yield the command, or those of a group in it that do the work."""
    if isinstance(command, click.Group):
        for each in command.commands.values():
            yield from _leaves(each)
    else:
        yield command


def keys_of(command: click.Command) -> dict[str, Key]:
    """Return long name -> option, of all that can be configured."""
    options = [param for each in _leaves(command) for param in each.params if isinstance(param, click.Option)]
    names = [(name, Key(option)) for option in options for name in option.opts]
    names += [(name, Key(option, opposite=True)) for option in options for name in option.secondary_opts]
    return {name[2:]: key for name, key in names if name.startswith("--") and name[2:] not in _NEVER_CONFIGURED}


def commands_of(context: click.Context) -> Iterator[tuple[str, click.Command]]:
    """Yield the name and the command of all that can be configured."""
    group = context.find_root().command
    if not isinstance(group, click.Group):
        return
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command and keys_of(command):
            yield name, command


def _spelled(key: str) -> str:
    return key.replace("_", "-")


def _variable(key: str) -> str:
    return PREFIX + key.upper().replace("-", "_")


def _warn_of_unknown_variables(context: click.Context) -> None:
    """Name the variables that look like options and are none: environments are shared, so that is no error."""
    given = {name for name in os.environ if name.startswith(PREFIX)} - {f"{PREFIX}CONFIG", f"{PREFIX}NO_CONFIG"}
    if context.params.get("quiet") or given <= set(map(_variable, keys_of(context.command))):
        return
    known = {_variable(key) for _, command in commands_of(context) for key in keys_of(command)}
    for name in sorted(given - known):
        hint = _meant(name.removeprefix(PREFIX), [each.removeprefix(PREFIX) for each in known], PREFIX)
        with suppress(OSError):
            sys.stderr.write(printable(f"segtool: {name} is no option and changes nothing.{hint}") + "\n")
