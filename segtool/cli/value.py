"""`segtool value`: what each customer has been worth, and is expected to be worth."""

import shlex
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from segtool.cli.emit import Beside, destination, files_named, run, say
from segtool.cli.headings import GroupedCommand
from segtool.cli.options import (
    Amount,
    NewFile,
    as_of_option,
    refuse_idle,
    scheme_option,
)
from segtool.cli.output_options import orders_options

if TYPE_CHECKING:
    from segtool.summary.value import ValueSummary
    from segtool.valuing import Valued


@click.command("value", cls=GroupedCommand, own=["source"])
@click.argument("orders", nargs=-1, required=True, type=click.Path())
@click.option(
    "--margin", type=Amount(), metavar="SHARE|COL", help="What is left of revenue, as 35%, or a column of the orders."
)
@click.option(
    "--discount-rate",
    type=Amount(),
    metavar="RATE",
    default="10%",
    show_default=True,
    help="Per year; a month has 1/12.",
)
@click.option(
    "--order-cost", type=Amount(), metavar="MONEY|COL", help="What serving an order costs, or a column of the orders."
)
@click.option(
    "--refund-cost",
    type=Amount(),
    metavar="MONEY|COL",
    help="What a day with refunds costs, or a column of the orders.",
)
@click.option(
    "--acquisition-cost", type=Amount(), metavar="MONEY|COL", help="Of each customer, or a column of --customers."
)
@click.option("--source", metavar="COL", help="Where a customer came from: of --customers, or of the first order.")
@click.option("--source-costs", type=click.Path(), metavar="FILE", help="What each source cost in all: source, cost.")
@click.option("--customers", type=click.Path(), metavar="FILE", help="A list with wallet, source, acquisition cost.")
@click.option("--customers-id", metavar="COL", help="Column of that list: the customer.")
@click.option("--wallet", metavar="COL", help="Column of --customers: all that is spent in the category.")
@click.option("--predict", is_flag=True, help="Add what is expected: orders, spend, lifetime value; extra clv.")
@click.option("--horizon", metavar="TIME", default="12m", show_default=True, help="How far: 12m, 52w, 365d or 1y.")
@click.option(
    "--time-unit",
    type=click.Choice(["day", "week", "month", "year"]),
    help="Of the parameters of the model of orders.  [default: week]",
)
@click.option("--errors", type=click.Choice(["standard", "bootstrap"]), help="Tell how sure the parameters are.")
@click.option("--seed", type=click.IntRange(0), metavar="N", default=0, help="Of the bootstrap.  [default: 0]")
@click.option("--fit", type=click.Path(), metavar="FILE", help="Predict by the models that an earlier run saved.")
@click.option("--save-fit", type=NewFile(path_type=Path), metavar="FILE", help="Write the models as JSON.")
@click.option("--budget", type=Amount(), metavar="MONEY", help="Split it over segments by the value at stake.")
@click.option(
    "--contact-cost", type=Amount(), metavar="MONEY", help="Of one customer: tell which segments are worth contacting."
)
@click.option(
    "--response-days",
    type=click.IntRange(1),
    metavar="N",
    default=90,
    show_default=True,
    help="With --contact-cost: repeat rates tell who bought within so many days.",
)
@scheme_option("adds a column")
@as_of_option("Days count back from here.  [default: the last date]")
@orders_options
def command(
    orders: tuple[str, ...],
    summary_file: Path | None,
    rejects: Path | None,
    save_fit: Path | None,
    no_warnings: bool,
    verbose: bool,
    **options: Any,
) -> "ValueSummary":
    """Tell what each customer has been worth, and with --predict what each is expected to be worth.

    ORDERS and options are those of segtool rfm. Beside score and segment the table has tenure, rhythm and overdue days,
    trend, refunds, past customer value, and with --margin and costs the profit; each measure also names a segment. The
    summary tells per segment what is at stake.

    On a terminal the summary is shown. In a pipe, stdout carries the table as CSV and the summary goes to stderr.
    """
    refuse_idle()
    if save_fit and options["fit"]:
        raise click.UsageError("--save-fit writes the models of this run, which has them by --fit; say one of the two.")
    to = destination(options)
    from segtool.output.value import render_value
    from segtool.valuing import value

    result = run(
        partial(value, list(orders), **options, rejects=rejects is not None),
        render_value,
        to,
        Beside(summary_file, rejects),
        inputs=[*orders, *files_named(options, "customers", "exclude", "source_costs", "fit", "model")],
        threads=options["threads"],
        warn=not no_warnings,
        verbose=verbose,
        also={save_fit: _write_fit} if save_fit else {},
        save=("value.save", "values.csv"),
    )
    if save_fit and not to.quiet and not to.as_json:
        say(f"\n{to.words('value.fit', file=shlex.quote(str(save_fit)))}\n", to.talk)
    summary: ValueSummary = result.summary
    return summary


def _write_fit(found: "Valued", file: BinaryIO) -> None:
    """Write the models of a run, of which there are none without a prediction."""
    if found.fit:
        from segtool import __version__
        from segtool.worth.fits import saved

        file.write(saved(found.fit, version=__version__).encode())
