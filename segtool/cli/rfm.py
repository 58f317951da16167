"""`segtool rfm`: who are my customers, by recency, frequency and money."""

import shlex
import sys
from dataclasses import astuple
from pathlib import Path
from typing import Any

import click

from segtool.cli.emit import destination, say, wants_color, wants_progress, width_of
from segtool.cli.options import output_options, role_options, row_options


@click.command("rfm", short_help="Score and name every customer of a shop's orders.")
@click.argument("orders", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--scheme",
    metavar="NAME",
    multiple=True,
    default=("loyalty-matrix",),
    help="Map from scores to segments: loyalty-matrix (the default), value-loyalty, customer-value-matrix, none. "
    "Repeatable: each further one adds a column.",
)
@click.option("--bins", type=int, default=5, metavar="2..10", help="Scores per axis, with --scheme none.  [default: 5]")
@row_options
@role_options
@output_options
@click.option("--threads", type=click.IntRange(1), metavar="N", help="Worker threads.  [default: all cores]")
def command(
    orders: tuple[Path, ...],
    output: str | None,
    form: str | None,
    as_json: bool,
    summary_file: Path | None,
    rejects: Path | None,
    quiet: bool,
    **options: Any,
) -> None:
    """Measure recency, frequency and spend of every customer, score them 1 (worst) to 5 (best), and name a segment.

    ORDERS are CSV or Parquet files with a row an order or an order line. Columns are recognised from their headers, or
    named with the options below.

    On a terminal the summary is shown. In a pipe, stdout carries the table as CSV and the summary goes to stderr.
    """
    to = destination(output=output, form=form, as_json=as_json, quiet=quiet)
    from segtool.api import rfm
    from segtool.output.files import Files
    from segtool.output.progress import Progress
    from segtool.tables.write import WRITERS, write_records

    outputs = [path for path in (to.file, summary_file, rejects) if path]
    with Files(outputs, inputs=orders) as files:
        with Progress(sys.stderr if not quiet and wants_progress(sys.stderr) else None) as progress:
            result = rfm(list(orders), **options, rejects=rejects is not None, watch=progress)
        if to.file:
            WRITERS[to.form](result.table, files[to.file], options["threads"])
        if summary_file:
            files[summary_file].write(result.summary.to_json().encode())
        if rejects:
            write_records(("file", "line", "reason", "record"), map(astuple, result.rejects()), files[rejects])
    if to.table_on_stdout:
        WRITERS[to.form](result.table, sys.stdout.buffer, options["threads"])
        sys.stdout.flush()
    if to.as_json:
        say(result.summary.to_json(), sys.stdout)
    if not to.as_json and not quiet:
        from segtool.output.terminal import render
        from segtool.summary.facts import counted

        say(render(result.summary, width=width_of(to.talk), color=wants_color(to.talk)), to.talk)
        if to.file:
            say(f"\nWrote {counted(result.summary.customers, 'customer')} to {to.file}.\n", to.talk)
        elif not to.table_on_stdout:
            again = shlex.join(["segtool", *sys.argv[1:], "-o", "segments.csv"])
            say(f"\nSave the labelled customers: {again}\n", to.talk)
