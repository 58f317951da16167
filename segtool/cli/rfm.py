"""`segtool rfm`: who are my customers, by recency, frequency and money."""

import shlex
import sys
from dataclasses import astuple
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from segtool.cli.emit import (
    Destination,
    destination,
    print_table,
    say,
    wants_color,
    wants_progress,
    warn_of_formulas,
    width_of,
    write_tables,
)
from segtool.cli.options import lock_option, output_options, reading_options, role_options, row_options, threads_option

if TYPE_CHECKING:
    from segtool.api import Result
    from segtool.summary.facts import Summary


def _schemes(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
    """Return the names that complete what was typed. Not by segtool.segments, which is too heavy for TAB."""
    from segtool.resources import names_in

    return [name for name in sorted([*names_in("segments/schemes"), "none"]) if name.startswith(incomplete)]


@click.command("rfm")
@click.argument("orders", nargs=-1, required=True, type=click.Path())
@click.option(
    "--scheme",
    metavar="NAME",
    multiple=True,
    default=("loyalty-matrix",),
    shell_complete=_schemes,
    help="Map from scores to segments: loyalty-matrix (the default), value-loyalty, customer-value-matrix, none. "
    "Repeatable: each further one adds a column.",
)
@click.option("--bins", type=int, default=5, metavar="2..10", help="Scores per axis, with --scheme none.  [default: 5]")
@row_options
@role_options
@reading_options
@output_options
@threads_option
@lock_option
def command(
    orders: tuple[str, ...],
    outputs: tuple[str, ...],
    form: str | None,
    csv_safe: bool,
    right_to_left: bool,
    as_json: bool,
    summary_file: Path | None,
    rejects: Path | None,
    quiet: bool,
    verbose: bool,
    **options: Any,
) -> "Summary":
    """Measure recency, frequency and spend of every customer, score them 1 (worst) to 5 (best), and name a segment.

    ORDERS are files with a row an order or an order line: CSV, Parquet, JSON lines, Arrow or Excel, packed or not.
    Directories, patterns in quotes, s3:// gs:// abfs:// addresses and - for stdin stand for files as well. Columns, and
    how numbers and dates are written, are recognised, or said with the options below.

    On a terminal the summary is shown. In a pipe, stdout carries the table as CSV and the summary goes to stderr.
    """
    to = destination(
        outputs=outputs, form=form, as_json=as_json, quiet=quiet, csv_safe=csv_safe, right_to_left=right_to_left
    )
    from segtool.api import rfm
    from segtool.output.files import Files
    from segtool.output.progress import Progress
    from segtool.tables.writing.write import write_records

    threads = options["threads"]
    written = [*(file for file, _ in to.files), *(path for path in (summary_file, rejects) if path)]
    with Files(written, inputs=orders) as files:
        with Progress(sys.stderr if not quiet and wants_progress(sys.stderr) else None) as progress:
            result = rfm(list(orders), **options, rejects=rejects is not None, watch=progress)
        write_tables(to, result, files, threads)
        if summary_file:
            files[summary_file].write(result.summary.to_json().encode())
        if rejects:
            write_records(("file", "line", "reason", "record"), map(astuple, result.rejects()), files[rejects])
    print_table(to, result, threads)
    if to.as_json:
        say(result.summary.to_json(), sys.stdout)
    if not quiet:
        _talk(to, result, verbose=verbose)
    return result.summary


def _talk(to: Destination, result: "Result", *, verbose: bool) -> None:
    """Show what was chosen while reading, the summary, where the table went, and what to beware of."""
    from segtool.output.terminal import render
    from segtool.summary.facts import counted

    if verbose:
        say("".join(f"- {choice}\n" for choice in result.choices) + "\n", sys.stderr)
    if not to.as_json:
        say(render(result.summary, width=width_of(to.talk), color=wants_color(to.talk)), to.talk)
        if to.files:
            say(f"\nWrote {counted(result.summary.customers, 'customer')} to {to.names}.\n", to.talk)
        elif not to.stdout:
            again = shlex.join(["segtool", *sys.argv[1:], "-o", "segments.csv"])
            say(f"\nSave the labelled customers: {again}\n", to.talk)
    warn_of_formulas(to, result)
