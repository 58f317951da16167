"""`segtool rfm`: who are my customers, by recency, frequency and money."""

import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from segtool.cli.emit import (
    Beside,
    Destination,
    destination,
    print_table,
    say,
    talk_alone,
    typed_again,
    wants_color,
    wants_progress,
    warn_of_formulas,
    width_of,
    write_tables,
)
from segtool.cli.headings import GroupedCommand
from segtool.cli.lock import lock_option
from segtool.cli.options import (
    Names,
    NewFile,
    aim_options,
    alert_options,
    column_option,
    customer_level_options,
    engine_options,
    into_option,
    query_option,
    reading_options,
    refuse_idle,
    role_options,
    row_options,
    scheme_option,
    scoring_options,
    threads_option,
)
from segtool.cli.output_options import language_options, output_options

if TYPE_CHECKING:
    from segtool.api import Result
    from segtool.storing import Stored
    from segtool.summary.facts import Summary


@click.command("rfm", cls=GroupedCommand)
@click.argument("orders", nargs=-1, required=True, type=click.Path())
@scheme_option("adds a column", columns=True)
@scoring_options
@click.option("--save-model", type=NewFile(path_type=Path), metavar="FILE", help="Write cuts, scheme, options as JSON.")
@aim_options
@alert_options
@row_options
@role_options
@customer_level_options
@click.option(
    "--carry",
    type=Names(),
    metavar="NAMES",
    help="Add each customer's last value in these columns, as email,phone,name, for export.",
)
@click.option("--customers", type=click.Path(), metavar="FILE", help="A list of all; adds those who bought nothing.")
@click.option("--customers-id", metavar="COL", help="Column of that list: the customer.")
@click.option(
    "--unit", type=click.Choice(["account"]), help="Count the lines of a customer for the account that the list tells."
)
@click.option("--account-id", metavar="COL", help="Column of that list: the account.")
@click.option(
    "--customer-columns",
    type=Names(),
    metavar="NAMES",
    help="Add these columns of that list, with commas between, or all. Then --prospects adds who bought nothing.",
)
@click.option("--prospects", is_flag=True, help="With --customer-columns: add those of the list who bought nothing.")
@click.option(
    "--previous",
    type=click.Path(),
    metavar="FILE",
    help="Table of the last run, perhaps the output itself; adds who moved, and since when.",
)
@click.option("--keep-gone", is_flag=True, help="With --previous: keep those who are in it alone, as (gone).")
@column_option
@reading_options
@query_option
@engine_options
@into_option("Label the customers in the database")
@output_options
@language_options
@threads_option
@lock_option
def command(
    orders: tuple[str, ...],
    summary_file: Path | None,
    rejects: Path | None,
    save_model: Path | None,
    previous: str | None,
    no_warnings: bool,
    verbose: bool,
    column: tuple[str, ...],
    into: str | None,
    **options: Any,
) -> "Summary":
    """Measure recency, frequency and spend of every customer, score them 1 (worst) to 5 (best), and name a segment.

    ORDERS are files with a row an order or an order line (or a customer: --customer-level): CSV, Parquet, JSON lines,
    Arrow or Excel, packed or not. Directories, patterns in quotes, s3:// gs:// abfs:// addresses and - for stdin stand
    for files as well, and so do tables in databases: postgresql://HOST/DB?table=NAME, sqlite:///FILE?table=NAME,
    duckdb:///FILE?table=NAME, sc://HOST:15002?table=NAME (Spark). Columns, and how numbers and dates are written, are
    recognised, or said with the options below.

    A further --scheme can be one over columns (segtool schemes list --columns): those of the table and of --customers.

    On a terminal the summary is shown. In a pipe, stdout carries the table as CSV and the summary goes to stderr.
    """
    refuse_idle()
    if save_model and options["model"]:
        raise click.UsageError("--save-model makes a model of this run, which has one by --model; say one of the two.")
    beside = Beside(summary_file, rejects, save_model)
    if into is not None:
        options |= {"previous": previous, "rejects": rejects is not None, "columns": column}
        return _store(list(orders), into, options, beside, verbose=verbose, warn=not no_warnings)
    to = destination(options)
    from segtool.api import rfm
    from segtool.output.files import Files
    from segtool.output.progress import Progress
    from segtool.summary.checks import refuse_failed

    threads = options["threads"]
    with Files([*to.paths, *beside.files], inputs=[*orders, *_further_inputs(options, previous, to)]) as files:
        options |= {"previous": _earlier(previous, to), "rejects": rejects is not None}
        with Progress(sys.stderr if not to.quiet and wants_progress(sys.stderr) else None) as progress:
            result = rfm(list(orders), **options, columns=column, watch=progress)
        write_tables(to, result, files, threads)
        beside.write(result, files)
    print_table(to, result, threads)
    if to.as_json:
        say(result.summary.to_json(), sys.stdout)
    if not to.quiet:
        _talk(to, result, _where(to, result), save_model, verbose=verbose, warn=not no_warnings)
        if not no_warnings:
            warn_of_formulas(to, result)
    click.get_current_context().ensure_object(dict)["result"] = result.summary  # all is done, and logged as that
    refuse_failed(result.summary.alerts)
    return result.summary


def _store(
    orders: list[str], into: str, options: dict[str, Any], beside: Beside, *, verbose: bool, warn: bool
) -> "Summary":
    """Label the customers where they are, and show what is to be said of them."""
    to = talk_alone(options)
    from segtool.output.files import Files
    from segtool.output.progress import Progress
    from segtool.storing import store
    from segtool.summary.checks import refuse_failed
    from segtool.tables.places import shown

    with Files(beside.files, inputs=[*orders, *_further_inputs(options, None, to)]) as files:
        with Progress(sys.stderr if not to.quiet and wants_progress(sys.stderr) else None) as progress:
            result = store(orders, into, **options, watch=progress)
        beside.write(result, files)
    if to.as_json:
        say(result.summary.to_json(), sys.stdout)
    if not to.quiet:
        customers = to.words.count(result.customers, "customer")
        wrote = to.words("talk.into", customers=customers, place=shown(into))
        _talk(to, result, f"\n{wrote}\n", beside.model, verbose=verbose, warn=warn)
    click.get_current_context().ensure_object(dict)["result"] = result.summary
    refuse_failed(result.summary.alerts)
    return result.summary


def _further_inputs(options: Mapping[str, Any], previous: str | None, to: Destination) -> list[str]:
    """Return the files that are read beside the orders, and so cannot be written; the table of the last run can."""
    model = options["model"] if options["model"] and Path(options["model"]).is_file() else None
    earlier = previous if previous and not to.has(Path(previous)) else None
    return [file for file in (options["customers"], options["exclude"], model, earlier) if file]


def _earlier(previous: str | None, to: Destination) -> Any:
    """Return the table of the last run: where this run is the first to write it, one without rows."""
    if previous is None or Path(previous).exists() or not to.has(Path(previous)):
        return previous
    from segtool.labelled import nobody

    return nobody(previous)


def _talk(
    to: Destination, result: "Result | Stored", where: str, save_model: Path | None, *, verbose: bool, warn: bool
) -> None:
    """Show what was chosen while reading, the summary, where table and model went."""
    from segtool.output.terminal import render

    words = to.words
    if verbose:
        say("".join(f"- {choice}\n" for choice in result.choices) + "\n", sys.stderr)
    if not to.as_json:
        summary = result.summary if warn else result.summary.without_warnings()
        say(render(summary, words=words, width=width_of(to.talk), color=wants_color(to.talk)), to.talk)
        say(where, to.talk)
        if save_model:
            say(f"\n{words('talk.model', file=shlex.quote(str(save_model)))}\n", to.talk)


def _where(to: Destination, result: "Result") -> str:
    """Return in words where the table went, or how to save it."""
    words = to.words
    if to.files:
        customers, gone = words.count(len(result.table), "customer"), result.summary.kept_gone
        kept = f"{words(words.form(gone, 'talk.gone'), gone=gone)}\n" if gone else ""
        return f"\n{words('talk.wrote', customers=customers, files=to.names)}\n{kept}"
    return "" if to.stdout else f"\n{words('talk.save', command=typed_again('-o', 'segments.csv'))}\n"
