"""`segtool lift`: whether a campaign did anything."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from segtool.cli.emit import Beside, destination, files_named, run
from segtool.cli.headings import GroupedCommand
from segtool.cli.options import (
    Amount,
    refuse_idle,
    schemes_and,
)
from segtool.cli.output_options import orders_options

if TYPE_CHECKING:
    from segtool.summary.lift import LiftSummary


@click.command("lift", cls=GroupedCommand)
@click.argument("orders", nargs=-1, required=True, type=click.Path())
@click.option("--treated", type=click.Path(), metavar="FILE", required=True, help="The customers of the campaign.")
@click.option("--control", type=click.Path(), metavar="FILE", required=True, help="Those who were held out of it.")
@click.option("--list-id", metavar="COL", help="Column of both lists: the customer.")
@click.option("--from", "from_date", metavar="DATE", required=True, help="The first day of the campaign.")
@click.option(
    "--days", type=click.IntRange(1), metavar="N", default=30, show_default=True, help="Orders of so many days count."
)
@click.option("--cost", type=Amount(), metavar="MONEY", help="What the campaign cost in all.")
@click.option("--contact-cost", type=Amount(), metavar="MONEY", help="Or what it cost for each of the treated.")
@click.option("--margin", type=Amount(), metavar="SHARE", help="What is left of revenue, as 35%: also what was gained.")
@click.option(
    "--detect",
    type=click.FloatRange(0, 100, min_open=True),
    metavar="POINTS",
    help="Tell what it takes to see so many points.  [default: those found, a tenth of the buying rate at least]",
)
@click.option(
    "--scheme",
    metavar="NAME",
    shell_complete=schemes_and("none"),
    help="Segments: one of segtool schemes list, a file as ./mine.toml, or none.  [default: loyalty-matrix]",
)
@orders_options
def command(
    orders: tuple[str, ...],
    summary_file: Path | None,
    rejects: Path | None,
    no_warnings: bool,
    verbose: bool,
    **options: Any,
) -> "LiftSummary":
    """Tell whether a campaign worked: did its customers buy more than those who were held out, by segment and in all?

    Everybody on the two lists counts, who bought nothing too. Segments are those of the day before the campaign, as
    segtool rfm --as-of makes them of ORDERS; ORDERS and options are those of rfm. Whether more bought is judged by an
    exact test, so that at most one campaign in twenty without any effect shows one, in all or in a segment. Where
    nothing can be told it is said how many customers it takes.

    On a terminal the result is shown. In a pipe, stdout carries a table with a row a segment and the rest goes to
    stderr.
    """
    refuse_idle()
    to = destination(options)
    from segtool.lifting import lift
    from segtool.output.lift import render_lift

    result = run(
        partial(lift, list(orders), **options, rejects=rejects is not None),
        render_lift,
        to,
        Beside(summary_file, rejects),
        inputs=[*orders, *files_named(options, "treated", "control", "exclude", "model")],
        threads=options["threads"],
        warn=not no_warnings,
        verbose=verbose,
        wrote=("lift.wrote", "row"),
        save=("lift.save", "lift.csv"),
    )
    summary: LiftSummary = result.summary
    return summary
