"""Where the tables and the summary of a run go: files, stdout, stderr. Every command shares these manners."""

import os
import shlex
import shutil
import sys
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol, TextIO

import click
from click.core import ParameterSource

from segtool.errors import UsageError, printable
from segtool.tables.writing.formats import FORMATS, SUFFIXES, need, taking, write_table
from segtool.words import Words, words_in

if TYPE_CHECKING:
    from segtool.output.files import Files

_ASCII = str.maketrans({"×": "x", "…": "...", "–": "-", **dict(zip("▁▂▃▄▅▆▇█", "_.:-=+*#", strict=True))})


class Tabled(Protocol):
    """What a run comes to: a table, and more."""

    @property
    def table(self) -> Any: ...


@dataclass(frozen=True)
class Destination:
    """What a run leaves where: the table in each of `files`, a file and its format, and on stdout in a format or not.

    `style` is how tables look, in the formats that can, and the language. The summary is shown on stdout only if that
    is a terminal and no table is written anywhere.
    """

    files: tuple[tuple[Path, str], ...]
    stdout: str | None
    as_json: bool
    quiet: bool
    style: Mapping[str, bool | str]

    @property
    def paths(self) -> list[Path]:
        """The files of the tables."""
        return [file for file, _ in self.files]

    def has(self, file: Path) -> bool:
        """Return whether a file is one of those that tables are written to."""
        from segtool.tables.places import same_file

        return any(same_file(own, file) for own in self.paths)

    @property
    def words(self) -> Words:
        """The words of the talk."""
        return words_in(str(self.style["lang"]), str(self.style["digits"]))

    @property
    def formats(self) -> list[str]:
        """The formats of all tables that are written."""
        return [*(form for _, form in self.files), *([self.stdout] if self.stdout else [])]

    @property
    def names(self) -> str:
        """The files of the tables, as words."""
        *first, last = map(str, self.paths)
        return self.words("list.last", first=self.words.series(first), last=last) if first else last

    @property
    def talk(self) -> TextIO:
        return sys.stderr if self.formats or not sys.stdout.isatty() else sys.stdout


@dataclass(frozen=True)
class Beside:
    """The files that a command on orders leaves beside its tables, as far as they are asked for."""

    summary: Path | None
    rejects: Path | None
    model: Path | None = None

    @property
    def files(self) -> list[Path]:
        return [file for file in (self.summary, self.rejects, self.model) if file]

    def write(self, result: Any, files: "Files") -> None:
        """Write the summary, the rows that were set aside, and the model."""
        from segtool.tables.writing.write import write_records

        if self.summary:
            files[self.summary].write(result.summary.to_json().encode())
        if self.model:
            files[self.model].write(result.model.to_json().encode())
        if self.rejects:
            write_records(("file", "line", "reason", "record"), map(astuple, result.rejects()), files[self.rejects])


_STYLE = ("csv_safe", "right_to_left", "lang", "digits", "headers")
"""Options that say how tables look."""


def destination(options: dict[str, Any]) -> Destination:
    """Decide where tables go, by options of a command, which are taken out of all: only the language is left there.

    Raises UsageError for a suffix that is no format, for two things on stdout, and for a style that no written format
    has; MissingExtraError for a format whose package is missing.
    """
    style = {name: options[name] for name in _STYLE}
    outputs, form, as_json, quiet = (options.pop(name) for name in ("outputs", "form", "as_json", "quiet"))
    for name in set(_STYLE) - {"lang"}:
        del options[name]
    if form and len(outputs) > 1:
        raise UsageError("--format is for one table; with several -o, each takes its format from its suffix.")
    on_stdout = sum(output in ("-", "/dev/stdout") for output in outputs)
    if on_stdout > 1:
        raise UsageError("stdout holds one table; say -o - once.")
    files = [Path(output) for output in outputs if output not in ("-", "/dev/stdout")]
    if as_json and (on_stdout or (form and not files)):
        raise UsageError("--json already writes to stdout; give the table a file with -o.")
    unasked = not outputs and not as_json and (form is not None or quiet or not sys.stdout.isatty())
    stdout = (form or "csv") if on_stdout or unasked else None
    if stdout and not FORMATS[stdout].is_text and sys.stdout.isatty():
        suffix = FORMATS[stdout].suffixes[0]
        raise UsageError(f"{stdout.capitalize()} cannot be shown on a terminal; say -o FILE{suffix}.")
    to = Destination(tuple((file, form or format_of(file)) for file in files), stdout, as_json, quiet, style)
    said = click.get_current_context().get_parameter_source  # elsewhere than here, it is said for all runs
    for option in ("csv_safe", "right_to_left", "headers"):
        idle = to.formats and not set(to.formats) & set(taking(option))
        if style[option] not in (False, "en") and idle and said(option) is ParameterSource.COMMANDLINE:
            raise UsageError(
                f"--{option.replace('_', '-')} is for {', '.join(taking(option))}, and none of these is written."
            )
    for name in to.formats:
        need(name)
    return to


_OF_TABLES = {
    "outputs": "--output",
    "form": "--format",
    "csv_safe": "--csv-safe",
    "right_to_left": "--right-to-left",
    "headers": "--headers",
}
"""Options that say how a table is written here, by their names in Python."""


def talk_alone(options: dict[str, Any]) -> Destination:
    """Decide where the talk goes of a run that writes no table here, by options that are taken out of all.

    Raises UsageError for options of such a table.
    """
    said = click.get_current_context().get_parameter_source
    for name, option in _OF_TABLES.items():
        if options[name] and said(name) is ParameterSource.COMMANDLINE:
            raise UsageError(
                f"{option} is for a table that is written here, and --into writes it elsewhere: say one of the two."
            )
        del options[name]
    style = {name: options[name] for name in ("lang", "digits")}
    as_json, quiet, _ = (options.pop(name) for name in ("as_json", "quiet", "digits"))
    return Destination((), None, as_json, quiet, style)


def destination_of_one(options: dict[str, Any], form: str) -> Destination:
    """Decide where the one file of a command goes, by its options, which are taken out of all but for the language.

    `form` is what the file is, for which nothing else is asked. Raises UsageError for two things on stdout.
    """
    output, as_json, quiet = (options.pop(name) for name in ("output", "as_json", "quiet"))
    on_stdout = output in ("-", "/dev/stdout")
    if as_json and on_stdout:
        raise UsageError("--json already writes to stdout; say -o FILE for the rest.")
    files = ((Path(output), form),) if output and not on_stdout else ()
    unasked = output is None and not as_json and (quiet or not sys.stdout.isatty())
    style = {name: options[name] for name in ("lang", "digits")}
    return Destination(files, form if on_stdout or unasked else None, as_json, quiet, style)


def format_of(file: Path) -> str:
    """Return the format of a file by its suffix. Raises UsageError for a suffix that is none."""
    form = SUFFIXES.get(file.suffix.lower())
    if form is None and (file.is_file() or not file.exists()):  # a device has no suffix, and takes CSV
        raise UsageError(f"{file}: a table ends in {', '.join(SUFFIXES)}; or say --format.")
    return form or "csv"


def write_tables(to: Destination, result: Tabled, files: "Files", threads: int | None) -> None:
    """Write the table into every file that is asked for."""
    for file, form in to.files:
        write_table(result.table, files[file], form, threads=threads, **to.style)


def print_table(to: Destination, result: Tabled, threads: int | None) -> None:
    """Write the table to stdout if it is asked for."""
    if to.stdout:
        write_table(result.table, sys.stdout.buffer, to.stdout, threads=threads, **to.style)
        sys.stdout.flush()


def warn_of_formulas(to: Destination, result: Tabled) -> None:
    """Say on stderr how many cells of a text table a spreadsheet would run, unless they are disarmed."""
    if to.style["csv_safe"] or not set(to.formats) & set(taking("csv_safe")):
        return
    from segtool.tables.writing.formulas import formulas

    found = formulas(result.table)
    if found:
        count = sum(cells for cells, _ in found.values())
        words = to.words
        cells = words.count(count, "customer-id" if list(found) == ["customer_id"] else "cell")
        example = printable(next(iter(found.values()))[1][:40])
        note = words(words.form(count, "talk.formulas"), cells=cells, example=example)
        lines = textwrap.fill(note, width_of(sys.stderr), subsequent_indent="  ", break_on_hyphens=False)
        say(lines + "\n" if to.as_json else f"\n{lines}\n", sys.stderr)


def run(
    make: Callable[..., Any],
    render: Callable[..., str],
    to: Destination,
    beside: Beside,
    *,
    inputs: Sequence[str],
    threads: int | None,
    warn: bool,
    verbose: bool,
    also: Mapping[Path, Callable[[Any, BinaryIO], object]] = MappingProxyType({}),
    wrote: tuple[str, str] = ("talk.wrote", "customer"),
    save: tuple[str, str],
) -> Any:
    """Return what a command makes of orders, once it is written and shown; no file is left half-written.

    `make` takes the progress as `watch`. `also` has further files, each with what writes it; the rest is as
    `hand_over` takes it.
    """
    from segtool.output.files import Files
    from segtool.output.progress import Progress

    with Files([*to.paths, *beside.files, *also], inputs=inputs) as files:
        with Progress(sys.stderr if not to.quiet and wants_progress(sys.stderr) else None) as progress:
            result = make(watch=progress)
        write_tables(to, result, files, threads)
        beside.write(result, files)
        for file, write in also.items():
            write(result, files[file])
    choices = result.choices if verbose else ()
    hand_over(to, result, result.summary, render, threads=threads, warn=warn, choices=choices, wrote=wrote, save=save)
    return result


def files_named(options: Mapping[str, Any], *names: str) -> list[str]:
    """Return which files some options name; a name that is no file is that of something that comes with segtool."""
    return [str(options[name]) for name in names if options[name] and Path(options[name]).is_file()]


def hand_over(
    to: Destination,
    result: Tabled,
    found: Any,
    render: Callable[..., str],
    *,
    threads: int | None,
    rows: int | None = None,
    warn: bool,
    choices: Iterable[str] = (),
    wrote: tuple[str, str] = ("talk.wrote", "customer"),
    save: tuple[str, str] = ("talk.save", "segments.csv"),
) -> None:
    """Write the table and what was found to stdout, as far as they are asked for, and show the rest, unless quiet.

    Shown are `choices`, what was found, where the table went or how to save it, and what to beware of. `wrote` and
    `save` are the keys of what is said, with the noun for a row, and with the name of a file. `rows` is how many the
    table has, where it is only made if it is written.
    """
    print_table(to, result, threads)
    count = to.words.count(len(result.table) if rows is None else rows, wrote[1])
    tell(to, found, render, rows=count, warn=warn, choices=choices, wrote=wrote[0], save=save)
    if warn and to.formats and not to.quiet:
        warn_of_formulas(to, result)


def tell(
    to: Destination,
    found: Any,
    render: Callable[..., str],
    *,
    rows: str,
    warn: bool,
    choices: Iterable[str] = (),
    wrote: str,
    save: tuple[str, str],
    names: str | None = None,
) -> None:
    """Tell what was found: to programs if asked for; and unless quiet to people, with where the `rows` went or how to
    save them.

    `names` are the files that were written, where they are not those that were named.
    """
    if to.as_json:
        say(found.to_json(), sys.stdout)
    if to.quiet:
        return
    if lines := "".join(f"- {choice}\n" for choice in choices):
        say(f"{lines}\n", sys.stderr)
    words = to.words
    if not to.as_json:
        shown = found if warn else replace(found, warnings=())
        say(render(shown, words=words, width=width_of(to.talk), color=wants_color(to.talk)), to.talk)
        if to.files:
            say(f"\n{words(wrote, customers=rows, rows=rows, files=names or to.names)}\n", to.talk)
        elif not to.stdout:
            say(f"\n{words(save[0], command=typed_again('-o', save[1]))}\n", to.talk)


def typed_again(*more: str) -> str:
    """Return the line that was typed with more behind it, without the password that an address can hold."""
    from segtool.tables.places import shown

    return shlex.join(["segtool", *map(shown, sys.argv[1:]), *more])


def print_bytes(file: BinaryIO) -> None:
    """Print the bytes of a file."""
    shutil.copyfileobj(file, sys.stdout.buffer)
    sys.stdout.flush()


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
