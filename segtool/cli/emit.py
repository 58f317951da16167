"""Where the table and the summary of a run go: files, stdout, stderr. Every command shares these manners."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from segtool.errors import UsageError

SUFFIXES = {".csv": "csv", ".parquet": "parquet", ".jsonl": "jsonl"}

_ASCII = str.maketrans({"×": "x", "…": "...", "–": "-"})


@dataclass(frozen=True)
class Destination:
    """What a run leaves where. The table goes to `file`, or to stdout, or (with neither) is not written.

    The summary is shown on stdout only if that is a terminal that does not receive the table.
    """

    file: Path | None
    form: str
    table_on_stdout: bool
    as_json: bool

    @property
    def talk(self) -> TextIO:
        return sys.stderr if self.table_on_stdout or self.file or not sys.stdout.isatty() else sys.stdout


def destination(*, output: str | None, form: str | None, as_json: bool, quiet: bool) -> Destination:
    """Decide where the table goes. Raises UsageError for a suffix that is no format, and for two things on stdout."""
    if output == "/dev/stdout":
        output = "-"
    file = None if output in (None, "-") else Path(str(output))
    if file and form is None:
        form = SUFFIXES.get(file.suffix.lower())
        if form is None and (file.is_file() or not file.exists()):  # a device has no suffix, and takes CSV
            raise UsageError(f"{file}: a table ends in {', '.join(SUFFIXES)}; or say --format.")
    on_stdout = not file and (output == "-" or form is not None or quiet or not sys.stdout.isatty())
    if as_json:
        if output == "-" or (form and not file):
            raise UsageError("--json already writes to stdout; give the table a file with -o.")
        on_stdout = False
    if on_stdout and form == "parquet" and sys.stdout.isatty():
        raise UsageError("Parquet cannot be shown on a terminal; say -o FILE.parquet.")
    return Destination(file, form or "csv", on_stdout, as_json)


def say(text: str, stream: TextIO) -> None:
    """Write text; what the stream's encoding lacks becomes plain ASCII."""
    try:
        text.encode(stream.encoding or "utf-8")
    except UnicodeEncodeError:
        text = text.translate(_ASCII).encode("ascii", "replace").decode()
    stream.write(text)
    stream.flush()


def wants_progress(stream: TextIO) -> bool:
    """Tell whether a line that changes in place is welcome."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def wants_color(stream: TextIO) -> bool:
    """Tell whether ANSI colours are welcome: on a terminal, unless NO_COLOR is set or it is a dumb one."""
    return wants_progress(stream) and not os.environ.get("NO_COLOR")


def width_of(stream: TextIO, *, least: int = 80, most: int = 100) -> int:
    """Return the columns to use: the terminal's, within bounds; 80 where there is no terminal."""
    try:
        return max(least, min(most, os.get_terminal_size(stream.fileno()).columns))
    except (OSError, ValueError):
        return least
