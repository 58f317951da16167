"""`segtool compare`: who moved between two labelled tables, and with how much money."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from segtool.cli.emit import (
    Destination,
    destination,
    format_of,
    hand_over,
    say,
    talk_alone,
    wants_color,
    width_of,
    write_tables,
)
from segtool.cli.headings import GroupedCommand
from segtool.cli.lock import lock_option
from segtool.cli.options import (
    NewFile,
    alert_options,
    engine_options,
    into_option,
    layout_options,
    refuse_idle,
    schemes_and,
    targets_option,
)
from segtool.cli.output_options import language_options, result_options
from segtool.tables.writing.formats import need, write_table

if TYPE_CHECKING:
    from segtool.comparing import Compared
    from segtool.summary.changes import Comparison


@click.command("compare", cls=GroupedCommand)
@click.argument("before", type=click.Path())
@click.argument("after", type=click.Path())
@click.option(
    "--scheme",
    metavar="NAME",
    shell_complete=schemes_and(),
    help="Scheme of both tables, by name or a file as ./mine.toml.  [default: as the tables tell]",
)
@targets_option
@alert_options
@click.option(
    "--active-days",
    type=click.IntRange(1),
    metavar="N",
    help="Who bought so lately was active.  [default: 9 of 10 gaps between orders]",
)
@click.option("--force", is_flag=True, help="Compare tables of other schemes, models or scores all the same.")
@click.option("--matrix", type=NewFile(path_type=Path), metavar="FILE", help="Write who went where as a matrix.")
@click.option("--flows", type=NewFile(path_type=Path), metavar="FILE", help="Write a row a cell of it, with revenue.")
@layout_options
@engine_options
@into_option("Leave who moved in the database")
@result_options("what has changed")
@language_options
@lock_option
def command(
    before: str,
    after: str,
    summary_file: Path | None,
    matrix: Path | None,
    flows: Path | None,
    into: str | None,
    no_warnings: bool,
    **options: Any,
) -> "Comparison":
    """Tell who moved from segment to segment between BEFORE and AFTER, two tables that segtool rfm wrote.

    It shows the matrix of all segments with those who are new and gone, what each segment gained and lost, the largest
    flows with their money, health, churn, and how far the mix of segments has shifted. The table has a row a customer:
    both segments, the direction, and the change in spend. Any format that rfm writes is read back. Two tables of one
    database, as duckdb:///shop.db?table=may and duckdb:///shop.db?table=june, are compared inside it.

    On a terminal the changes are shown. In a pipe, stdout carries the table as CSV and the changes go to stderr.
    """
    refuse_idle()
    digits: Any = options["digits"]
    to = talk_alone(options) if into is not None else destination(options)
    further = {"matrix": matrix, "flows": flows}
    forms = {name: format_of(file) for name, file in further.items() if file}
    for name in forms.values():
        need(name)
    from segtool.comparing import compare
    from segtool.output.changes import render_changes
    from segtool.output.files import Files
    from segtool.summary.checks import refuse_failed

    written = [*(file for file, _ in to.files), *(path for path in (matrix, flows, summary_file) if path)]
    with Files(written, inputs=[before, after]) as files:
        result = compare(before, after, into=into, **options, digits=digits)
        write_tables(to, result, files, None)
        for name, file in further.items():
            if file:
                write_table(getattr(result, name), files[file], forms[name], **to.style)
        if summary_file:
            files[summary_file].write(result.comparison.to_json().encode())
    if into is not None:
        _tell_into(to, result, into, warn=not no_warnings)
    else:
        hand_over(
            to,
            result,
            result.comparison,
            render_changes,
            threads=None,
            rows=len(result),
            warn=not no_warnings,
            save=("changes.save", "changes.csv"),
        )
    click.get_current_context().ensure_object(dict)["result"] = result.comparison  # all is done, and logged as that
    refuse_failed(result.comparison.alerts)
    return result.comparison


def _tell_into(to: Destination, result: "Compared", into: str, *, warn: bool) -> None:
    """Tell what has changed, and where the customers are who stay in their database."""
    from segtool.output.changes import render_changes
    from segtool.tables.places import shown

    found, words = result.comparison, to.words
    if to.as_json:
        say(found.to_json(), sys.stdout)
    if to.quiet:
        return
    if not to.as_json:
        told = found if warn else replace(found, warnings=())
        say(render_changes(told, words=words, width=width_of(to.talk), color=wants_color(to.talk)), to.talk)
        customers = words.count(len(result), "customer")
        say(f"\n{words('talk.wrote', customers=customers, files=shown(into))}\n", to.talk)
