"""`segtool profile`: who is in each segment of a table of customers."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from segtool.cli.emit import (
    destination,
    format_of,
    hand_over,
    write_tables,
)
from segtool.cli.headings import GroupedCommand
from segtool.cli.lock import lock_option
from segtool.cli.options import (
    NewFile,
    column_option,
    reading_options,
    refuse_idle,
    role_options,
    threads_option,
)
from segtool.cli.output_options import language_options, result_options
from segtool.tables.writing.formats import need, write_table

if TYPE_CHECKING:
    from segtool.profiles.facts import Profile


@click.command("profile", cls=GroupedCommand)
@click.argument("table", nargs=-1, required=True, type=click.Path())
@click.option("--by", "by_column", metavar="COL", help="Column of the segments, or any other.  [default: segment]")
@click.option("--columns", metavar="COL,…", help="Attributes to look at.  [default: all but ids and contact data]")
@column_option
@click.option("--value", metavar="COL", help="Column of the revenue.  [default: monetary, revenue or amount]")
@click.option("--cross", metavar="COL", help="Also count the segments by the values of another column.")
@click.option(
    "--matrix", type=NewFile(path_type=Path), metavar="FILE", help="Of --cross: write its counts and revenue."
)
@click.option("--nps", is_flag=True, help="Also the net promoter score of each segment.")
@click.option("--nps-column", metavar="COL", help="Column of its answers, from 0 to 10.  [default: nps]")
@click.option(
    "--population", type=click.Path(), metavar="FILE", help="Places and inhabitants: also customers per 1,000 of these."
)
@click.option("--per", metavar="COL", help="Column of the places.  [default: as in the file, or city]")
@click.option(
    "--orders", type=click.Path(), metavar="FILE", multiple=True, help="Orders: also what segments buy; repeatable."
)
@click.option("--items", metavar="COL", help="What of it: product, category, brand, or a column of the orders.")
@click.option(
    "--least", type=click.IntRange(1), metavar="N", default=5, show_default=True, help="Show items that so many bought."
)
@click.option(
    "--top", type=click.IntRange(1), metavar="N", default=20, show_default=True, help="Tell so many values apart."
)
@role_options
@reading_options
@result_options("the profile")
@language_options
@threads_option
@lock_option
def command(
    table: tuple[str, ...],
    column: tuple[str, ...],
    by_column: str | None,
    summary_file: Path | None,
    matrix: Path | None,
    no_warnings: bool,
    **options: Any,
) -> "Profile":
    """Tell who is in each segment of TABLE: which attributes set it apart, and which of them explain value.

    TABLE is one that segtool rfm or segment wrote, or any other of customers. For each attribute it is told how its
    values or numbers are spread over the segments, with an index (100: as in all rows), and whether that can be chance.
    The written table has a row a segment, attribute and value.

    On a terminal the profile is shown. In a pipe, stdout carries the table as CSV and the profile goes to stderr.
    """
    refuse_idle()
    to = destination(options)
    form = format_of(matrix) if matrix else "csv"
    need(form)
    from segtool.output.files import Files
    from segtool.output.profile import render_profile
    from segtool.profiling import profile

    orders, population = list(options.pop("orders")), options["population"]
    written = [*to.paths, *(path for path in (matrix, summary_file) if path)]
    with Files(written, inputs=[*table, *orders, *([population] if population else [])]) as files:
        result = profile(
            list(table),
            **options,
            by=by_column,
            orders=orders or None,
            column=column,
            digits=to.style["digits"],  # type: ignore[arg-type]
        )
        write_tables(to, result, files, options["threads"])
        if matrix:
            write_table(result.matrix, files[matrix], form, threads=options["threads"], **to.style)
        if summary_file:
            files[summary_file].write(result.profile.to_json().encode())
    hand_over(
        to,
        result,
        result.profile,
        render_profile,
        threads=options["threads"],
        warn=not no_warnings,
        wrote=("profile.wrote", "row"),
        save=("profile.save", "profile.csv"),
    )
    return result.profile
