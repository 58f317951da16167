"""The log of runs: one JSON object a line, appended when a run ends. This is talk, so it may read the clock."""

import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from segtool import __version__
from segtool.cli.options import NewFile
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
            "inputs": [*self._given(), *_files(self.context, written=False)],
            "as_of": found.get("as_of"),
            "rows": rows,
            "customers": found.get("customers"),
            "outputs": list(_files(self.context, written=True)),
            "seconds": round(time.perf_counter() - self._started, 3),
            "exit_code": exit_code,
            "error": error,
        }

    def _given(self) -> Iterator[str]:
        """Yield the files among the arguments: of explain, the orders, and not the customers after them."""
        for param in self.context.command.params:
            if isinstance(param, click.Argument):
                names = _values(self.context, param)
                if "CUSTOMER" in (param.metavar or ""):
                    names = [] if self.context.params.get("table") is not None else names[:1]
                yield from map(shown, names)


def _files(context: click.Context, *, written: bool) -> Iterator[str]:
    """Yield the files and tables that options name, those that the command writes or those that it reads."""
    options = [param for param in context.command.params if isinstance(param, click.Option)]
    for option in options:
        if option.metavar not in ("FILE", "TABLE|FILE"):
            continue
        writes = isinstance(option.type, NewFile) or not getattr(option.type, "readable", True)
        if writes is written:
            yield from map(shown, _values(context, option))


def _values(context: click.Context, param: click.Parameter) -> list[str]:
    value = context.params.get(str(param.name))
    return [str(each) for each in (value if isinstance(value, list | tuple) else () if value is None else (value,))]
