"""Options that commands share, each declared once."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from segtool.cli.emit import SUFFIXES

FORMATS = sorted(SUFFIXES.values())

Command = TypeVar("Command", bound=Callable[..., Any])

_ROLES = {
    "customer_id": "who bought",
    "order_date": "when",
    "amount": "what the line is worth",
    "order_id": "which order the line belongs to",
    "quantity": "how many; with --unit-price instead of --amount",
    "unit_price": "price of one",
    "refunded": "what was given back; it is subtracted",
    "status": "state of the order",
}


class Share(click.ParamType[float]):
    """A share written as 5% or 0.05."""

    name = "share"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        text = str(value).strip()
        try:
            share = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
        except ValueError:
            share = -1
        if not 0 <= share <= 1:
            self.fail(f"{value!r} is no share; write it as 5% or 0.05.", param, ctx)
        return share


class NewFile(click.Path):
    """A file to write. It cannot be stdout, which belongs to the table or to --json."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if value == "-":
            self.fail("only -o can be -; name a file.", param, ctx)
        return super().convert(value, param, ctx)


def role_options(command: Command) -> Command:
    """Options that name the column of a role."""
    options = [click.option(f"--{r.replace('_', '-')}", metavar="COL", help=f"Column: {h}.") for r, h in _ROLES.items()]
    options.append(click.option("--currency-column", metavar="COL", help="Column: currency of the amount."))
    return _apply(command, options)


def row_options(command: Command) -> Command:
    """Options that decide which rows count."""
    return _apply(
        command,
        [
            click.option("--as-of", metavar="DATE", help="Days count back from here.  [default: the last date]"),
            click.option("--since", metavar="DATE", help="Leave out what was ordered before."),
            click.option("--timezone", metavar="ZONE", help="Convert times that carry a zone, as Europe/Berlin."),
            click.option(
                "--refunds",
                type=click.Choice(["net", "drop"]),
                default="net",
                show_default=True,
                help="Refund lines lower what was spent, or are left out.",
            ),
            click.option(
                "--orders-by",
                type=click.Choice(["row", "day"]),
                help="Count each line, or each day, as one order.  [default: order id]",
            ),
            click.option("--keep-status", metavar="TEXT", multiple=True, help="Only rows of this status; repeatable."),
            click.option("--drop-status", metavar="TEXT", multiple=True, help="No rows of this status; repeatable."),
            click.option("--currency", metavar="CODE", help="Only rows in this currency, as EUR."),
            click.option("--drop-duplicates", is_flag=True, help="Count rows that are equal in every cell once."),
            click.option(
                "--max-bad",
                type=Share(),
                default="5%",
                show_default=True,
                help="Stop when more rows than this cannot be read.",
            ),
        ],
    )


def output_options(command: Command) -> Command:
    """Options that say where the table and the summary go."""
    path = NewFile(path_type=Path)
    return _apply(
        command,
        [
            click.option("-o", "--output", metavar="FILE", help="Write the table: .csv .parquet .jsonl, - is stdout."),
            click.option("--format", "form", type=click.Choice(FORMATS), help="Format of the table."),
            click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON."),
            click.option("--summary-file", type=path, metavar="FILE", help="Write the summary as JSON."),
            click.option("--rejects", type=path, metavar="FILE", help="Write every row that was set aside, as CSV."),
            click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors."),
        ],
    )


def _apply(command: Command, options: Sequence[Callable[[Command], Command]]) -> Command:
    for option in reversed(options):
        command = option(command)
    return command
