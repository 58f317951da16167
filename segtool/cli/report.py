"""`segtool report`: a page about the customers, for people who never open a terminal."""

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from segtool.cli.emit import destination_of_one, files_named, print_bytes, tell
from segtool.cli.headings import GroupedCommand
from segtool.cli.lock import lock_option
from segtool.cli.options import NewFile, column_option, layout_options, threads_option
from segtool.cli.output_options import file_options, speech_options
from segtool.errors import UsageError
from segtool.tables.writing.formats import SUFFIXES

if TYPE_CHECKING:
    from segtool.summary.report import ReportSummary


@click.command("report", cls=GroupedCommand, own=("previous",))
@click.argument("labelled", type=click.Path())
@click.option("--previous", type=click.Path(), metavar="FILE", help="Table of an earlier run: also who moved.")
@click.option("--track", type=click.Path(), metavar="FILE", help="Table of segtool track: also each segment over time.")
@click.option("--value", type=click.Path(), metavar="FILE", help="Table of segtool value: also the value at stake.")
@click.option(
    "--summary", type=click.Path(), metavar="FILE", help="JSON of rfm --summary-file: what CSV and Excel cannot carry."
)
@click.option("--title", metavar="TEXT", help="What stands above the page, as the name of the shop.")
@click.option(
    "--top", type=click.IntRange(1), metavar="N", help="Name the N customers who spent most, with their contact data."
)
@click.option("--no-charts", is_flag=True, help="Tables alone, which need no extra.")
@column_option
@layout_options
@file_options("Write the page, as HTML; - is stdout.", "every figure of the page")
@click.option("--summary-file", type=NewFile(path_type=Path), metavar="FILE", help="Write every figure as JSON.")
@speech_options
@threads_option
@lock_option
def command(
    labelled: str, summary_file: Path | None, no_charts: bool, no_warnings: bool, **options: Any
) -> "ReportSummary":
    """Write a page about the customers of LABELLED, a table that segtool rfm wrote: one HTML file for anybody.

    It tells the headline in three sentences, the five questions (who, what like, where, when, why and how), customers
    and revenue of each segment with what to do, recency by frequency, how days, orders and spend are spread, and how
    much few customers bring; with the tables of other runs also who moved, each segment over time, and the value at
    stake. At its end stands what it was made of. It asks nothing of any network, and names no customer unless --top.

    On a terminal the headline is shown. In a pipe, stdout carries the page and the headline goes to stderr.
    """
    to = destination_of_one(options, "html")
    _check_suffixes(to.paths)
    from segtool.output.files import Files
    from segtool.output.report.terminal import render_report
    from segtool.reporting import report

    inputs = [labelled, *files_named(options, "summary", "previous", "track", "value")]
    with Files([*to.paths, *([summary_file] if summary_file else [])], inputs=inputs) as files:
        result = report(labelled, charts=not no_charts, **options)
        for file in to.paths:
            files[file].write(result.html.encode())
        if summary_file:
            files[summary_file].write(result.summary.to_json().encode())
    if to.stdout:
        print_bytes(BytesIO(result.html.encode()))
    tell(
        to,
        result.summary,
        render_report,
        rows=to.words.count(result.summary.customers, "customer"),
        warn=not no_warnings,
        wrote="report.wrote",
        save=("report.save", "report.html"),
    )
    return result.summary


def _check_suffixes(files: Sequence[Path]) -> None:
    """Raise UsageError for a file whose name says that it is no page."""
    for file in files:
        if file.suffix.lower() in (".pdf", *SUFFIXES):
            way = " A browser prints it as PDF." if file.suffix.lower() == ".pdf" else ""
            raise UsageError(f"{file}: the page is HTML; say -o {file.with_suffix('.html')}.{way}")
