"""`segtool rfm`: who are my customers, by recency, frequency and money."""

import shlex
import sys
from dataclasses import astuple, replace
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
from segtool.cli.headings import GroupedCommand
from segtool.cli.options import (
    NewFile,
    aim_options,
    customer_level_options,
    language_options,
    lock_option,
    output_options,
    reading_options,
    refuse_idle,
    role_options,
    row_options,
    scheme_option,
    scoring_options,
    threads_option,
)

if TYPE_CHECKING:
    from segtool.api import Result
    from segtool.summary.facts import Summary
    from segtool.words import Language


@click.command("rfm", cls=GroupedCommand)
@click.argument("orders", nargs=-1, required=True, type=click.Path())
@scheme_option("adds a column")
@scoring_options
@click.option("--save-model", type=NewFile(path_type=Path), metavar="FILE", help="Write cuts, scheme, options as JSON.")
@click.option(
    "--fail-drift", type=click.FloatRange(0), metavar="PSI", help="With --model: exit 1 if scores moved more."
)
@aim_options
@row_options
@role_options
@customer_level_options
@click.option("--customers", type=click.Path(), metavar="FILE", help="A list of all; adds those who bought nothing.")
@click.option("--customers-id", metavar="COL", help="Column of that list: the customer.")
@reading_options
@output_options
@language_options
@threads_option
@lock_option
def command(
    orders: tuple[str, ...],
    outputs: tuple[str, ...],
    form: str | None,
    csv_safe: bool,
    right_to_left: bool,
    lang: "Language",
    digits: str,
    headers: str,
    as_json: bool,
    summary_file: Path | None,
    rejects: Path | None,
    save_model: Path | None,
    fail_drift: float | None,
    no_warnings: bool,
    quiet: bool,
    verbose: bool,
    **options: Any,
) -> "Summary":
    """Measure recency, frequency and spend of every customer, score them 1 (worst) to 5 (best), and name a segment.

    ORDERS are files with a row an order or an order line (or a customer: --customer-level): CSV, Parquet, JSON lines,
    Arrow or Excel, packed or not. Directories, patterns in quotes, s3:// gs:// abfs:// addresses and - for stdin stand
    for files as well. Columns, and how numbers and dates are written, are recognised, or said with the options below.

    On a terminal the summary is shown. In a pipe, stdout carries the table as CSV and the summary goes to stderr.
    """
    refuse_idle()
    if save_model and options["model"]:
        raise click.UsageError("--save-model makes a model of this run, which has one by --model; say one of the two.")
    to = destination(
        outputs=outputs,
        form=form,
        as_json=as_json,
        quiet=quiet,
        csv_safe=csv_safe,
        right_to_left=right_to_left,
        lang=lang,
        digits=digits,
        headers=headers,
    )
    from segtool.api import rfm
    from segtool.output.files import Files
    from segtool.output.progress import Progress
    from segtool.summary.checks import refuse_drift
    from segtool.tables.writing.write import write_records

    threads = options["threads"]
    written = [*(file for file, _ in to.files), *(path for path in (summary_file, rejects, save_model) if path)]
    inputs = [*orders, *([options["customers"]] if options["customers"] else [])]
    inputs += [options["model"]] if options["model"] and Path(options["model"]).is_file() else []
    with Files(written, inputs=inputs) as files:
        with Progress(sys.stderr if not quiet and wants_progress(sys.stderr) else None) as progress:
            result = rfm(list(orders), **options, lang=lang, rejects=rejects is not None, watch=progress)
        write_tables(to, result, files, threads)
        if summary_file:
            files[summary_file].write(result.summary.to_json().encode())
        if save_model:
            files[save_model].write(result.model.to_json().encode())
        if rejects:
            write_records(("file", "line", "reason", "record"), map(astuple, result.rejects()), files[rejects])
    print_table(to, result, threads)
    if to.as_json:
        say(result.summary.to_json(), sys.stdout)
    if not quiet:
        _talk(to, result, save_model, verbose=verbose, warn=not no_warnings)
    if fail_drift is not None:
        click.get_current_context().ensure_object(dict)["result"] = result.summary  # all is done, and logged as that
        refuse_drift(result.summary, fail_drift)
    return result.summary


def _talk(to: Destination, result: "Result", save_model: Path | None, *, verbose: bool, warn: bool) -> None:
    """Show what was chosen while reading, the summary, where table and model went, and what to beware of."""
    from segtool.output.terminal import render

    words = to.words
    if verbose:
        say("".join(f"- {choice}\n" for choice in result.choices) + "\n", sys.stderr)
    if not to.as_json:
        summary = result.summary if warn else replace(result.summary, warnings=())
        say(render(summary, words=words, width=width_of(to.talk), color=wants_color(to.talk)), to.talk)
        if to.files:
            without = summary.without_purchase.customers if summary.without_purchase else 0
            customers = words.count(summary.customers + without, "customer")
            say(f"\n{words('talk.wrote', customers=customers, files=to.names)}\n", to.talk)
        elif not to.stdout:
            again = shlex.join(["segtool", *sys.argv[1:], "-o", "segments.csv"])
            say(f"\n{words('talk.save', command=again)}\n", to.talk)
        if save_model:
            say(f"\n{words('talk.model', file=shlex.quote(str(save_model)))}\n", to.talk)
    if warn:
        warn_of_formulas(to, result)
