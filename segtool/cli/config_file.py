"""A configuration file: where it lies, what it says, and which values of TOML an option takes."""

import os
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import click

from segtool.errors import ConfigError, why

NAME = "segtool.toml"

_KINDS: dict[str, tuple[tuple[type, ...], str]] = {
    "boolean": ((bool,), "true or false"),
    "integer": ((int,), "a whole number"),
    "integer range": ((int,), "a whole number"),
    "float": ((int, float), "a number"),
    "float range": ((int, float), "a number"),
    "date": ((str, date), "a date"),
    "text": ((str, int), "a text"),
    "choice": ((str, int), "a text"),
    "path": ((str,), "the name of a file"),
    "numbers": ((int, float, str, list), "a number or a list of numbers"),
    "names": ((str, list), "a text or a list of texts"),
}
"""What an option of a click type takes in TOML, and how that is called. Types of our own take texts and numbers."""


@dataclass(frozen=True)
class File:
    """A configuration file: where it is, its text, and what the text says."""

    path: str
    text: str
    tables: Mapping[str, Any]

    def place(self, key: str, table: str = "") -> str:
        """Return file, line and key; without the line where the key is written in an uncommon way.

        >>> File("a.toml", "bins = 4\\n[rfm]\\n'bins' = 5", {}).place("bins", "rfm")
        'a.toml:3: bins'
        """
        at = ""
        for number, line in enumerate(self.text.splitlines(), 1):
            if head := re.match(r"\s*\[+\s*[\"']?([^\"'\]]*?)[\"']?\s*\]", line):
                at = head[1]
                if at == key and not table:
                    return f"{self.path}:{number}: {key}"
            if table == at and re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*=", line):
                return f"{self.path}:{number}: {key}"
        return f"{self.path}: {key}"


def read(path: str) -> File:
    """Return what a file says. Raises ConfigError for a file that is not there, or not TOML."""
    import tomllib

    try:
        text = Path(path).read_text("utf-8-sig")
        return File(path, text, tomllib.loads(text))
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {why(error)}.") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not UTF-8 text; save it as UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        line = re.search(r" \(at line (\d+), column \d+\)$", str(error))
        message = str(error)[: line.start()] if line else str(error)
        raise ConfigError(f"{path}{f':{line[1]}' if line else ''}: not valid TOML: {message.lower()}.") from error


def candidates() -> Iterator[str]:
    """Yield where a configuration file may lie: in the working directory, or in the user's folders for that."""
    yield NAME
    if sys.platform == "win32":
        folders = [os.environ.get("APPDATA", "")]
    else:
        xdg = os.environ.get("XDG_CONFIG_HOME", "")
        folders = [xdg if os.path.isabs(xdg) else os.path.expanduser("~/.config")]
        if sys.platform == "darwin":
            folders.append(os.path.expanduser("~/Library/Application Support"))
    yield from (os.path.join(folder, "segtool", NAME) for folder in folders if os.path.isabs(folder))


def as_given(value: Any, option: click.Option, place: str) -> Any:
    """Return a value of TOML as a command line would give it. Raises ConfigError if the option takes another type."""
    if option.multiple:
        return [_text(item, option, place) for item in (value if isinstance(value, list) else [value])]
    return value if isinstance(value, bool) and option.is_flag else _text(value, option, place)


def _text(value: Any, option: click.Option, place: str) -> str:
    name = "date" if option.metavar == "DATE" else option.type.name
    if isinstance(option.type, click.Path):
        name = "path"
    types, words = _KINDS.get(name, ((str, int, float), "a text or a number"))
    if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
        raise ConfigError(f"{place} is {in_toml(value)}; it takes {words}.")
    if isinstance(value, list):
        return ",".join(_text(item, option, place) for item in value)
    return value.isoformat() if isinstance(value, date) else str(value)


def in_toml(value: Any) -> str:
    """Return a value in the words of TOML.

    >>> print(in_toml(None), in_toml(True), in_toml("IR€"), in_toml(["a", 1]), in_toml(date(2024, 12, 31)))
    not set true "IR€" ["a", 1] 2024-12-31
    """
    import json

    if isinstance(value, list | tuple):
        return f"[{', '.join(map(in_toml, value))}]"
    if isinstance(value, dict):
        return "a table"
    if value is None:
        return "not set"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, bool | int | float | str) else str(value)
