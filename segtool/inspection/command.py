"""The command line that says what options say."""

import os
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from segtool.errors import Way
from segtool.reading import OrderOptions
from segtool.tables.places import shown

_FLAGS = {
    ("day_first", True): "--day-first",
    ("day_first", False): "--month-first",
    ("header", False): "--no-header",
    ("drop_duplicates", True): "--drop-duplicates",
}
"""Options without a value, by what they mean."""


def as_typed(way: Way) -> str:
    """Return options as they are typed in a shell.

    >>> as_typed({"decimal": ","}), as_typed({"day_first": False}), as_typed({"customer_id": "Kunden Nr."})
    ('--decimal ,', '--month-first', "--customer-id 'Kunden Nr.'")
    """
    return shlex.join(_words(way))


def command_for(
    orders: Sequence[Any], options: OrderOptions, *, calendar_out: str | None, command: str = "rfm"
) -> str | None:
    """Return the line that runs a command on files with options, None for tables that are no files.

    >>> command_for(["my orders.csv"], OrderOptions(max_bad=0.1, keep_status=["paid"]), calendar_out=None)
    "segtool rfm 'my orders.csv' --keep-status paid --max-bad 10%"
    """
    if not all(isinstance(each, str | os.PathLike) for each in orders):
        return None
    names = [shown(os.fspath(each)) for each in orders]
    paths = [f"./{name}" if name.startswith("-") and name != "-" else name for name in names]
    said = {each.name: getattr(options, each.name) for each in fields(options)}
    given = {name: value for name, value in said.items() if value != getattr(_UNSAID, name)}
    if calendar_out is not None:
        given["calendar_out"] = calendar_out
    return shlex.join(["segtool", command, *paths, *_words(given)])


def _words(options: Mapping[str, Any]) -> list[str]:
    words = []
    for name, value in options.items():
        option = f"--{name.replace('_', '-')}"
        if isinstance(value, bool):
            words.append(_FLAGS[name, value])
        elif isinstance(value, str):
            words += _with_value(option, value)
        elif name == "max_bad":
            words += [option, f"{100 * value:.10g}%"]
        elif isinstance(value, list | tuple | set | frozenset):
            words += [word for each in value for word in _with_value(option, each)]
        else:
            words += _with_value(option, str(value))
    return words


def _with_value(option: str, value: str) -> list[str]:
    """Return an option and its value; one that begins with a hyphen would be taken for an option."""
    return [f"{option}={value}"] if value.startswith("-") else [option, value]


_UNSAID = OrderOptions()
