"""The log of runs: one JSON object a line, appended when a run ends. This is talk, so it may read the clock."""

import json
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from segtool import __version__
from segtool.tables.places import shown

_BEGINS = b'{"time": '


@dataclass(frozen=True)
class Log:
    """The line that a run is going to leave in a file, from the context of its command."""

    file: Path
    context: click.Context
    began: datetime = field(default_factory=lambda: datetime.now(UTC))
    _started: float = field(default_factory=time.perf_counter)

    def append(self, *, exit_code: int, error: str | None, result: Any) -> None:
        """Append the line in one write, so that two runs never mix. Raises OSError if that fails.

        A file that does not begin like a log is left alone: it is somebody's data.
        """
        line = json.dumps(self._facts(exit_code, error, result), ensure_ascii=False, default=str)
        written = (line + "\n").encode("utf-8", "backslashreplace")
        if self.file.is_file():
            with self.file.open("rb") as old:
                if old.read(len(_BEGINS)) not in (b"", _BEGINS):
                    raise OSError(None, "it is no log of segtool", str(self.file))
        handle = os.open(self.file, os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o666)
        try:
            if os.write(handle, written) < len(written):
                raise OSError(None, "no space left", str(self.file))
        finally:
            os.close(handle)

    def _facts(self, exit_code: int, error: str | None, result: Any) -> dict[str, Any]:
        found = result.to_dict() if hasattr(result, "to_dict") else {}
        rows = found.get("rows")
        if rows:
            rows = rows | {"set_aside": {reason: aside["rows"] for reason, aside in rows["set_aside"].items()}}
        return {
            "time": self.began.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "version": __version__,
            "command": self.context.command_path.partition(" ")[2],
            "inputs": list(_files(self.context, click.Argument)),
            "as_of": found.get("as_of"),
            "rows": rows,
            "customers": found.get("customers"),
            "outputs": list(_files(self.context, click.Option)),
            "seconds": round(time.perf_counter() - self._started, 3),
            "exit_code": exit_code,
            "error": error,
        }


def _files(context: click.Context, kind: type[click.Parameter]) -> Iterator[str]:
    """Yield the files that the command was given as arguments, or as options that name a FILE."""
    given: Mapping[str, Any] = context.params
    for param in context.command.params:
        if isinstance(param, kind) and (kind is click.Argument or param.metavar == "FILE"):
            value = given.get(str(param.name))
            names = value if isinstance(value, list | tuple) else [] if value is None else [value]
            yield from (shown(str(name)) for name in names)
