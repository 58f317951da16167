"""Options that commands share, each declared once."""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click

from segtool.tables.writing.formats import FORMATS, SUFFIXES, taking

Command = TypeVar("Command", bound=Callable[..., Any])

_LOCK = "segtool.lock"
"""Where a context keeps the file that the command is to lock."""

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


def reading_options(command: Command) -> Command:
    """Options that say how the files are written, where they do not tell it themselves."""
    return _apply(
        command,
        [
            click.option("--encoding", metavar="NAME", help="As cp1252, cp1256, utf-16.  [default: UTF-8]"),
            click.option("--delimiter", metavar="CHAR", help="Between cells: a character, tab or blanks."),
            click.option("--skip-rows", type=click.IntRange(0), metavar="N", help="Lines above the header."),
            click.option("--header/--no-header", default=True, help="Without one, name columns by number, from 1."),
            click.option("--sheet", metavar="NAME", help="Sheet of a workbook; * stands for any letters."),
            click.option("--decimal", type=click.Choice([".", ","]), help="Decimal mark; the other one groups."),
            click.option("--day-first/--month-first", default=None, help="How 3/4/2024 is read."),
            click.option("--date-format", metavar="FORMAT", help="How dates are written, as %d.%m.%y."),
            click.option(
                "--calendar",
                type=click.Choice(["gregorian", "jalali"]),
                help="Of all dates.  [default: Jalali in the years 1300-1499]",
            ),
        ],
    )


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
            click.option(
                "--calendar-out", type=click.Choice(["gregorian", "jalali"]), help="jalali: add last_order_jalali."
            ),
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
            click.option(
                "-o",
                "--output",
                "outputs",
                type=click.Path(readable=False),
                metavar="FILE",
                multiple=True,
                help=f"Write the table: {' '.join(SUFFIXES)}, - is stdout; repeatable.",
            ),
            click.option(
                "--format",
                "form",
                type=click.Choice(list(FORMATS)),
                metavar="FORMAT",
                help=f"Format of the table: {', '.join(FORMATS)}.  [default: by suffix, csv]",
            ),
            click.option(
                "--csv-safe",
                is_flag=True,
                help=f"In {', '.join(taking('csv_safe'))}: put ' before what a spreadsheet would run as a formula.",
            ),
            click.option("--right-to-left", is_flag=True, help="In xlsx: sheets that begin at the right."),
            click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON."),
            click.option("--summary-file", type=path, metavar="FILE", help="Write the summary as JSON."),
            click.option("--rejects", type=path, metavar="FILE", help="Write every row that was set aside, as CSV."),
            click.option("-v", "--verbose", is_flag=True, help="Say what was chosen while reading, and why."),
            click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors."),
        ],
    )


def threads_option(command: Command) -> Command:
    """The option of commands that read orders."""
    return click.option("--threads", type=click.IntRange(1), metavar="N", help="Worker threads.  [default: all cores]")(
        command
    )


def lock_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """The option of commands that write to run one at a time. The lock is held before anything is read."""

    @wraps(command)
    def alone(*args: Any, **options: Any) -> Any:
        from segtool.cli.lock import locked

        file: Path | None = click.get_current_context().meta.get(_LOCK)
        with locked(file) if file else nullcontext():
            return command(*args, **options)

    return click.option(
        "--lock",
        type=NewFile(path_type=Path),
        metavar="FILE",
        expose_value=False,
        callback=_note_lock,
        help="Stop with exit code 75 while another run holds this file.",
    )(alone)


def _note_lock(context: click.Context, _: click.Parameter, file: Path | None) -> None:
    context.meta[_LOCK] = file


def _apply(command: Command, options: Sequence[Callable[[Command], Command]]) -> Command:
    for option in reversed(options):
        command = option(command)
    return command
