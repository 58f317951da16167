"""`segtool track`: how the segments of a shop's customers went, period by period."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from segtool.cli.emit import (
    Beside,
    Destination,
    destination,
    format_of,
    print_table,
    say,
    typed_again,
    wants_color,
    wants_progress,
    warn_of_formulas,
    width_of,
    write_tables,
)
from segtool.cli.headings import GroupedCommand
from segtool.cli.options import (
    NewFile,
    refuse_idle,
    scheme_option,
)
from segtool.cli.output_options import orders_options
from segtool.tables.writing.formats import need, write_table

if TYPE_CHECKING:
    from segtool.summary.track import TrackSummary
    from segtool.tracking import Tracked

_PERIODS = (
    *("month", "quarter", "week", "year"),
    *("jalali-month", "jalali-quarter", "jalali-week", "jalali-year"),
)


def _periods(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
    return [name for name in _PERIODS if name.startswith(incomplete)]


@click.command("track", cls=GroupedCommand)
@click.argument("orders", nargs=-1, required=True, type=click.Path())
@click.option(
    "--every",
    metavar="PERIOD",
    default="month",
    show_default=True,
    shell_complete=_periods,
    help="month, quarter, week or year; jalali-month and so on; or days, as '30 days'.",
)
@click.option("--from", "from_date", metavar="DATE", help="The first period ends then, or later.  [default: the first]")
@click.option("--to", metavar="DATE", help="The last as-of date.  [default: the last date]")
@click.option("--wide", is_flag=True, help="A row a customer, with score and segment of each as-of date.")
@click.option(
    "--by-cohort",
    metavar="PERIOD",
    shell_complete=_periods,
    help="Also by the period of the first order: who came back, and where they are.",
)
@click.option("--cohorts", type=NewFile(path_type=Path), metavar="FILE", help="Write who came back, as a long table.")
@scheme_option("adds a column")
@click.option("--freeze", type=click.Choice(["first", "last"]), help="Score all by the cuts of that as-of date.")
@orders_options
def command(
    orders: tuple[str, ...],
    summary_file: Path | None,
    rejects: Path | None,
    cohorts: Path | None,
    no_warnings: bool,
    verbose: bool,
    **options: Any,
) -> "TrackSummary":
    """Score and name the customers as of the end of every period, and tell how the segments went and who moved.

    On each as-of date the customers are what segtool rfm --as-of makes of them that day, and ORDERS and options are
    those of rfm; the orders are read once. The table has the customers of one date after the other, the date behind
    their ids. The last date is --to itself, whether its period is over or not.

    On a terminal the summary is shown. In a pipe, stdout carries the table as CSV and the summary goes to stderr.
    """
    refuse_idle()
    to = destination(options)
    from segtool.output.files import Files
    from segtool.output.progress import Progress
    from segtool.tables.writing.write import ParquetParts
    from segtool.tracking import METADATA, track

    threads = options["threads"]
    at_once, at_the_end = _by_time(to, wide=options["wide"])
    beside, cohort_form = Beside(summary_file, rejects), format_of(cohorts) if cohorts else "csv"
    need(cohort_form)
    model = options["model"] if options["model"] and Path(options["model"]).is_file() else None
    inputs = [*orders, *(file for file in (options["exclude"], model) if file)]
    with Files([*to.paths, *beside.files, *([cohorts] if cohorts else [])], inputs=inputs) as files:
        parts = ParquetParts([files[file] for file in at_once])
        with Progress(sys.stderr if not to.quiet and wants_progress(sys.stderr) else None) as progress:
            result = track(
                list(orders),
                **options,
                rejects=rejects is not None,
                watch=progress,
                into=parts.write if at_once else None,
                keep=bool(at_the_end.formats),
            )
        parts.end({METADATA: result.summary.to_json()})
        write_tables(at_the_end, result, files, threads)
        beside.write(result, files)
        if cohorts:
            write_table(result.cohorts, files[cohorts], cohort_form, threads=threads, **to.style)
    print_table(to, result, threads)
    if to.as_json:
        say(result.summary.to_json(), sys.stdout)
    if not to.quiet:
        _talk(to, result, at_the_end, verbose=verbose, warn=not no_warnings)
    return result.summary


def _by_time(to: Destination, *, wide: bool) -> tuple[list[Path], Destination]:
    """Return the files whose rows are written as they come, and where the table goes when all is done."""
    at_once = [file for file, form in to.files if form == "parquet" and not wide]
    return at_once, replace(to, files=tuple((file, form) for file, form in to.files if file not in at_once))


def _talk(to: Destination, result: "Tracked", at_the_end: Destination, *, verbose: bool, warn: bool) -> None:
    """Show what was chosen while reading, the segments over time, where the table went, and what to beware of."""
    from segtool.output.track import render_track

    words = to.words
    if verbose:
        say("".join(f"- {choice}\n" for choice in result.choices) + "\n", sys.stderr)
    if not to.as_json:
        summary = result.summary if warn else replace(result.summary, warnings=())
        say(render_track(summary, words=words, width=width_of(to.talk), color=wants_color(to.talk)), to.talk)
        if to.files:
            say(f"\n{words('track.wrote', rows=words.count(result.rows, 'row'), files=to.names)}\n", to.talk)
        elif not to.stdout:
            say(f"\n{words('track.save', command=typed_again('-o', 'track.parquet'))}\n", to.talk)
    if warn and at_the_end.formats:
        warn_of_formulas(at_the_end, result)
