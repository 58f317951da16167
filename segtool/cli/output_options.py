"""Options that say where a command writes, and in which language it speaks, each declared once."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import click

from segtool.cli.lock import lock_option
from segtool.cli.options import (
    Command,
    NewFile,
    apply,
    counting_options,
    query_option,
    reading_options,
    role_options,
    scoring_options,
    threads_option,
)
from segtool.tables.writing.formats import FORMATS, SUFFIXES, taking
from segtool.words import LANGUAGES


def output_options(command: Command) -> Command:
    """Options of commands that read orders: where the table, the summary and what was set aside go."""
    path = NewFile(path_type=Path)
    return apply(
        command,
        [
            result_options("the summary"),
            click.option("--rejects", type=path, metavar="FILE", help="Write every row that was set aside, as CSV."),
            click.option("-v", "--verbose", is_flag=True, help="Say what was chosen while reading, and why."),
        ],
    )


def orders_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Options of commands that score the customers of orders: how, which rows count, how files are read and written."""
    return apply(
        lock_option(command),
        [
            *(scoring_options, counting_options, role_options, reading_options, query_option),
            *(output_options, language_options, threads_option),
        ],
    )


def result_options(what: str) -> Callable[[Command], Command]:
    """Options that say where a table goes, and where what is told of it."""
    options = [
        click.option(
            "-o",
            "--output",
            "outputs",
            type=click.Path(readable=False),
            metavar="FILE",
            multiple=True,
            help=f"Write the table: {' '.join(SUFFIXES)}, - is stdout; repeatable.",
        ),
        click.option(
            "--format",
            "form",
            type=click.Choice(list(FORMATS)),
            metavar="FORMAT",
            help=f"Format of the table: {', '.join(FORMATS)}.  [default: by suffix, csv]",
        ),
        click.option(
            "--csv-safe",
            is_flag=True,
            help=f"In {', '.join(taking('csv_safe'))}: put ' before what a spreadsheet would run as a formula.",
        ),
        click.option("--right-to-left", is_flag=True, help="In xlsx: sheets that begin at the right."),
        json_option(what),
        click.option("--summary-file", type=NewFile(path_type=Path), metavar="FILE", help=f"Write {what} as JSON."),
        click.option("--no-warnings", is_flag=True, help="Show no warnings, as for cron; --json keeps them."),
        click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors."),
    ]
    return partial(apply, options=options)


def file_options(told: str, what: str) -> Callable[[Command], Command]:
    """Options of commands that write one file that is no table: what -o writes, and what --json tells of it."""
    options = [
        click.option("-o", "--output", type=click.Path(readable=False), metavar="FILE", help=told),
        json_option(what),
        click.option("--no-warnings", is_flag=True, help="Show no warnings, as for cron; --json keeps them."),
        click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors."),
    ]
    return partial(apply, options=options)


def json_option(what: str) -> Callable[[Command], Command]:
    """The option of commands that can tell programs what they tell people."""
    return click.option("--json", "as_json", is_flag=True, help=f"Print {what} as JSON.")


def language_options(command: Command) -> Command:
    """Options that say in which language, and in whose digits, a command speaks and writes."""
    return apply(
        command,
        [
            _language("--lang", "Language of the summary and of workbooks; fa (Persian) adds segment_title."),
            _language("--digits", "Of the summary and of text tables."),
            _language("--headers", f"Language of the headers in {', '.join(taking('headers'))}."),
        ],
    )


def speech_options(command: Command) -> Command:
    """Options that say in which language, and in whose digits, a command that only shows something speaks."""
    return apply(
        command, [_language("--lang", "Language of what is shown."), _language("--digits", "Digits of what is shown.")]
    )


def _language(option: str, told: str) -> Callable[[Command], Command]:
    return click.option(option, type=click.Choice(LANGUAGES), default="en", show_default=True, help=told)
