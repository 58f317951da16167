"""`segtool segment`: any table of customers, labelled by rules over its columns."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from segtool import memory
from segtool.cli.emit import destination, hand_over, write_tables
from segtool.cli.headings import GroupedCommand
from segtool.cli.lock import lock_option
from segtool.cli.options import as_of_option, column_option, reading_options, refuse_idle, schemes_and, threads_option
from segtool.cli.output_options import language_options, result_options

if TYPE_CHECKING:
    from segtool.summary.attributes import AttributeSummary


@click.command("segment", cls=GroupedCommand)
@click.argument("customers", nargs=-1, required=True, type=click.Path())
@click.option(
    "--scheme",
    metavar="NAME",
    multiple=True,
    required=True,
    shell_complete=schemes_and(scores=False, columns=True),
    help="A family as demographic, one scheme as age, or a file as ./mine.toml; repeatable, each adds a column.",
)
@column_option
@as_of_option("Ages and days count back from here.  [default: as the table tells]")
@reading_options
@result_options("the summary")
@language_options
@threads_option
@lock_option
def command(
    customers: tuple[str, ...],
    scheme: tuple[str, ...],
    column: tuple[str, ...],
    summary_file: Path | None,
    no_warnings: bool,
    **options: Any,
) -> "AttributeSummary":
    """Name a segment for every row of CUSTOMERS, a table with a row a customer, by rules over its columns.

    The table is in any format that rfm reads, or one that segtool wrote. It comes out whole and in its order, with a
    column segment_NAME a scheme. A family, as demographic, runs each of its schemes that the table has a column for,
    and joins them. segtool schemes list --columns shows all; a file of one's own is TOML.

    On a terminal the summary is shown. In a pipe, stdout carries the table as CSV and the summary goes to stderr.
    """
    memory.keep_pages()
    refuse_idle()
    digits = options["digits"]
    to = destination(options)
    from segtool.output.attributes import render_attributes
    from segtool.output.files import Files
    from segtool.segmenting import segment

    written = [*to.paths, *([summary_file] if summary_file else [])]
    with Files(written, inputs=customers) as files:
        result = segment(list(customers), scheme, columns=column, **options, digits=digits)
        write_tables(to, result, files, options["threads"])
        if summary_file:
            files[summary_file].write(result.summary.to_json().encode())
    hand_over(to, result, result.summary, render_attributes, threads=options["threads"], warn=not no_warnings)
    return result.summary
