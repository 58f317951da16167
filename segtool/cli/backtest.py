"""`segtool backtest`: whether the segments of a day foretold what customers did after it."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from segtool.cli.emit import Beside, destination, files_named, format_of, run
from segtool.cli.headings import GroupedCommand
from segtool.cli.options import (
    Amount,
    NewFile,
    refuse_idle,
    scheme_option,
)
from segtool.cli.output_options import orders_options
from segtool.tables.writing.formats import need, write_table

if TYPE_CHECKING:
    from segtool.backtesting import Backtested
    from segtool.summary.backtest import BacktestSummary


@click.command("backtest", cls=GroupedCommand)
@click.argument("orders", nargs=-1, required=True, type=click.Path())
@click.option("--split", metavar="DATE", required=True, help="Segments are made of the orders up to the end of it.")
@click.option(
    "--until", metavar="DATE", help="They are judged on those after it, until then.  [default: the last date]"
)
@click.option("--predict", is_flag=True, help="Also fit models of buying, and see how near they come; extra clv.")
@click.option(
    "--calibration", type=NewFile(path_type=Path), metavar="FILE", help="Write forecasts by tenths of the customers."
)
@click.option(
    "--margin", type=Amount(), metavar="SHARE", help="Of the revenue, what stays, as 35%; with --contact-cost."
)
@click.option(
    "--contact-cost", type=Amount(), metavar="MONEY", help="Of one customer: also tell which segments are worth it."
)
@scheme_option("is judged beside it")
@orders_options
def command(
    orders: tuple[str, ...],
    summary_file: Path | None,
    rejects: Path | None,
    calibration: Path | None,
    no_warnings: bool,
    verbose: bool,
    **options: Any,
) -> "BacktestSummary":
    """Tell whether segments foretell anything: made of the orders up to a day, judged on those after it.

    The orders of the day --split itself are the last that segments are made of. ORDERS and options are those of segtool
    rfm, and the customers are what rfm --as-of makes of them that day. Several --scheme are ranked side by side, and
    beside each score alone, so that one can be chosen by evidence. The table has a row a scheme and segment.

    On a terminal the outcome is shown. In a pipe, stdout carries the table as CSV and the outcome goes to stderr.
    """
    refuse_idle()
    to = destination(options)
    form = format_of(calibration) if calibration else "csv"
    need(form)
    from segtool.backtesting import backtest
    from segtool.output.backtest import render_backtest

    threads = options["threads"]

    def write(found: "Backtested", file: BinaryIO) -> None:
        write_table(found.calibration, file, form, threads=threads, **to.style)

    result = run(
        partial(backtest, list(orders), **options, rejects=rejects is not None),
        render_backtest,
        to,
        Beside(summary_file, rejects),
        inputs=[*orders, *files_named(options, "exclude", "model")],
        threads=threads,
        warn=not no_warnings,
        verbose=verbose,
        also={calibration: write} if calibration else {},
        wrote=("backtest.wrote", "row"),
        save=("backtest.save", "backtest.csv"),
    )
    summary: BacktestSummary = result.summary
    return summary
