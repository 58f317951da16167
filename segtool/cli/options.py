"""Options that commands share, each declared once."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.core import ParameterSource

from segtool.errors import UsageError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

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


class Numbers(click.ParamType[str]):
    """Numbers with commas between them; in TOML a list."""

    name = "numbers"


class Amount(click.ParamType[str]):
    """An amount, a share or a rate, or the column that tells it; in TOML a number or a text."""

    name = "amount"


class Names(click.ParamType[str]):
    """Names with commas between them; in TOML a list."""

    name = "names"


class NewFile(click.Path):
    """A file to write. It cannot be stdout, which belongs to the table or to --json."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if value == "-":
            self.fail("only -o can be -; name a file.", param, ctx)
        return super().convert(value, param, ctx)


def schemes_and(
    *more: str, scores: bool = True, columns: bool = False
) -> Callable[[click.Context, click.Parameter, str], list["CompletionItem"]]:
    """Return what completes the name of a scheme, or one of more names, or a file where no name begins like that.

    Schemes are those over scores, and with `columns` those over columns, and their families. Not by segtool.segments,
    which is too heavy for TAB, as is reading TOML.
    """

    def complete(_: click.Context, __: click.Parameter, incomplete: str) -> list["CompletionItem"]:
        from click.shell_completion import CompletionItem

        from segtool.resources import names_in, read_text

        every = [*(names_in("segments/schemes") if scores else ()), *more]
        if columns:
            families = re.findall(r"^\[([\w-]+)\]", read_text("segments/families.toml"), re.MULTILINE)
            every += {*names_in("segments/attributes"), *families}
        names = [name for name in sorted(every) if name.startswith(incomplete)]
        return [CompletionItem(name) for name in names] or [CompletionItem(incomplete, type="file")]

    return complete


def role_options(command: Command) -> Command:
    """Options that name the column of a role."""
    options = [click.option(f"--{r.replace('_', '-')}", metavar="COL", help=f"Column: {h}.") for r, h in _ROLES.items()]
    options.append(click.option("--currency-column", metavar="COL", help="Column: currency of the amount."))
    return apply(command, options)


def customer_level_options(command: Command) -> Command:
    """Options of tables in which a row is a customer."""
    return apply(
        command,
        [
            click.option(
                "--customer-level",
                is_flag=True,
                help="A row is a customer: --order-date is the last order, --amount the net spend.",
            ),
            click.option("--recency", metavar="COL", help="Column: days since the last order; with --customer-level."),
            click.option("--frequency", metavar="COL", help="Column: how many orders; with --customer-level."),
        ],
    )


def layout_options(command: Command) -> Command:
    """Options that say how the files of tables are laid out."""
    return apply(
        command,
        [
            click.option("--encoding", metavar="NAME", help="As cp1252, cp1256, utf-16.  [default: UTF-8]"),
            click.option("--delimiter", metavar="CHAR", help="Between cells: a character, tab or blanks."),
            click.option("--sheet", metavar="NAME", help="Sheet of a workbook; * stands for any letters."),
        ],
    )


def reading_options(command: Command) -> Command:
    """Options that say how the files of orders are written, where they do not tell it themselves."""
    return apply(
        command,
        [
            layout_options,
            click.option("--skip-rows", type=click.IntRange(0), metavar="N", help="Lines above the header."),
            click.option("--header/--no-header", default=True, help="Without one, name columns by number, from 1."),
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


def query_option(command: Command) -> Command:
    """The option of commands that read orders, for those in a database."""
    return click.option(
        "--query", type=click.Path(path_type=Path), metavar="FILE", help="SQL to ask a database instead of ?table=."
    )(command)


def engine_options(command: Command) -> Command:
    """Options that say where order lines become customers."""
    return apply(
        command,
        [
            click.option(
                "--engine",
                type=click.Choice(["arrow", "duckdb", "spark", "postgres"]),
                help="What reads and sums up the rows.  [default: the database they are in, else arrow]",
            ),
            click.option("--memory-limit", metavar="SIZE", help="With --engine duckdb: use disk beyond it, as 2GB."),
        ],
    )


def into_option(told: str) -> Callable[[Command], Command]:
    """The option that leaves the customers of a run in a database."""
    return click.option(
        "--into",
        type=NewFile(),
        metavar="TABLE|FILE",
        help=f"{told}: a table there, or a .parquet file (on Spark, a directory).",
    )


def row_options(command: Command) -> Command:
    """Options that decide which rows count, as of a day."""
    return as_of_option("Days count back from here.  [default: the last date]")(counting_options(command))


def as_of_option(told: str) -> Callable[[Command], Command]:
    """The option that says from which day the command counts back."""
    return click.option("--as-of", metavar="DATE", help=told)


def column_option(command: Command) -> Command:
    """The option of commands whose rules look at any column."""
    return click.option(
        "--column",
        metavar="NAME=COL",
        multiple=True,
        help="Column that a name in the rules means, as age=customer_age; repeatable.  [default: by its header]",
    )(command)


def counting_options(command: Command) -> Command:
    """Options that decide which rows count."""
    return apply(
        command,
        [
            click.option("--since", metavar="DATE", help="Leave out what was ordered before."),
            click.option("--timezone", metavar="ZONE", help="Convert times that carry a zone, as Europe/Berlin."),
            click.option(
                "--refunds",
                type=click.Choice(["net", "drop"]),
                help="Refund lines lower what was spent, or are left out.  [default: net]",
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
                "--exclude", type=click.Path(), metavar="FILE", help="A list of customers whose rows do not count."
            ),
            click.option("--exclude-id", metavar="COL", help="Column of that list: the customer."),
            click.option(
                "--where",
                type=RuleText(),
                metavar="RULE",
                multiple=True,
                help="Only rows that meet it, as 'amount > 0 and sku != \"POST*\"'; repeatable, all must hold.",
            ),
            click.option(
                "--calendar-out",
                type=click.Choice(["gregorian", "jalali"]),
                help="jalali: tell days in that calendar, too.",
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


class TargetText(click.ParamType[str]):
    """A target such as `Champions >= 700 by 2027-03-20`."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from segtool.summary.targets import parse_target

        try:
            parse_target(str(value))
        except ValueError as error:
            self.fail(f"{error}.", param, ctx)
        return str(value)


class RuleText(click.ParamType[str]):
    """A condition on rows such as `amount > 0 and sku != "POST*"`."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from segtool.orders.where import parse_where

        try:
            parse_where(str(value))
        except ValueError as error:
            self.fail(f"{str(value)!r} {error}.", param, ctx)
        return str(value)


def _goals(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
    """Return the names that complete what was typed. Not by segtool.segments, which is too heavy for TAB."""
    from segtool.resources import read_toml

    return [name for name in read_toml("segments/goals.toml")["goals"] if name.startswith(incomplete)]


def goal_option(command: Command) -> Command:
    """The option of commands that serve a goal."""
    return click.option(
        "--goal",
        metavar="GOAL",
        shell_complete=_goals,
        help="grow-sales, keep-customers, win-back, improve-service or launch-product: recommends, orders, watches.",
    )(command)


def aim_options(command: Command) -> Command:
    """Options that say what is wanted of the customers."""
    return goal_option(targets_option(command))


def targets_option(command: Command) -> Command:
    """The option of commands that tell where segments stand."""
    return click.option(
        "--targets",
        type=TargetText(),
        metavar="TEXT",
        multiple=True,
        help="As 'Champions >= 700 by 2027-03-20', or revenue <= 20%; repeatable.",
    )(command)


class ConditionText(click.ParamType[str]):
    """A condition such as `Champions -> At Risk > 5%`."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from segtool.history.conditions import parse_condition

        try:
            parse_condition(str(value))
        except ValueError as error:
            self.fail(f"{error}.", param, ctx)
        return str(value)


def alert_options(command: Command) -> Command:
    """Options that end a run with exit code 1 for what it found, after everything is written."""
    return apply(
        command,
        [
            click.option(
                "--fail-if",
                type=ConditionText(),
                metavar="TEXT",
                multiple=True,
                help="Exit 1 if it holds, as 'Champions -> At Risk > 5%' or 'churn_rate > 8%'; repeatable.",
            ),
            click.option("--fail-targets", is_flag=True, help="Exit 1 if a target is missed whose day has come."),
            click.option(
                "--fail-drift",
                type=click.FloatRange(0),
                metavar="PSI",
                help="Exit 1 if scores moved more from the model, or the mix of segments from the earlier table.",
            ),
        ],
    )


def scheme_option(further: str, *, columns: bool = False) -> Callable[[Command], Command]:
    """The option that names schemes, also those over `columns`; `further` is what becomes of each but the first."""
    return click.option(
        "--scheme",
        metavar="NAME",
        multiple=True,
        shell_complete=schemes_and("none", columns=columns),
        help="Map from scores to segments: one of segtool schemes list, a file as ./mine.toml, or none. "
        f"Repeatable: each further one {further}.  [default: loyalty-matrix]",
    )


def scoring_options(command: Command) -> Command:
    """Options that say how customers are scored, or by which model."""
    return apply(
        command,
        [
            click.option("--axes", type=click.Choice(["RFM", "LRFM"]), help="L: days from first to last order."),
            click.option(
                "--bins", type=Numbers(), metavar="N[,N…]", help="Scores, for all axes or R,F,M.  [default: 5]"
            ),
            click.option(
                "--ties",
                type=click.Choice(["low", "high", "spread"]),
                help="Equal customers score as the first or last of them; spread parts them, as NTILE.  [default: low]",
            ),
            click.option("--nested", is_flag=True, help="Score F within R, and M within R and F, as SPSS does."),
            *(
                click.option(
                    f"--{figure}-cuts",
                    type=Numbers(),
                    metavar="N,…",
                    help=f"Own cuts, in {unit}.",
                )
                for figure, unit in (("recency", "days"), ("frequency", "orders"), ("monetary", "money"))
            ),
            click.option("--length-cuts", type=Numbers(), metavar="N,…", help="With LRFM: own cuts in days."),
            click.option(
                "--monetary", type=click.Choice(["sum", "mean"]), help="M: net spend, or per order.  [default: sum]"
            ),
            click.option(
                "--weights",
                type=Numbers(),
                metavar="R,F,M",
                help="Add one number to rank by, as 100,10,1.",
            ),
            click.option("--by", metavar="COL", help="Score within each brand, store or country."),
            click.option(
                "--min-group", type=click.IntRange(1), metavar="N", help="Score smaller ones together.  [default: 50]"
            ),
            click.option("--model", type=click.Path(), metavar="FILE", help="Score as the run that saved this model."),
            click.option(
                "--unseen",
                type=click.Choice(["error", "pooled"]),
                help="What a group becomes that the model does not know.  [default: error]",
            ),
        ],
    )


def threads_option(command: Command) -> Command:
    """The option of commands that read orders."""
    return click.option("--threads", type=click.IntRange(1), metavar="N", help="Worker threads.  [default: all cores]")(
        command
    )


_NEEDS = {
    "min_group": ("by", "model"),
    "unseen": ("model", "freeze"),
    "fail_drift": ("model", "previous"),
    "fail_targets": ("targets",),
    "customers_id": ("customers",),
    "exclude_id": ("exclude",),
    "customer_columns": ("customers",),
    "prospects": ("customers",),
    "unit": ("customers",),
    "account_id": ("unit", "model"),
    "keep_gone": ("previous",),
    "cohorts": ("by_cohort",),
    "items": ("orders",),
    "per": ("population",),
    "matrix": ("cross",),
    "horizon": ("predict",),
    "time_unit": ("predict",),
    "errors": ("predict",),
    "fit": ("predict",),
    "save_fit": ("predict",),
    "seed": ("errors", "holdout"),
    "response_days": ("contact_cost",),
    "wallet": ("customers",),
    "length_cuts": ("axes", "scheme", "goal", "model"),
}
"""Option -> those of which one must be said for it to do something."""


def refuse_idle() -> None:
    """Raise UsageError for an option of the command line that does nothing without another, which is not said."""
    context = click.get_current_context()
    for name, needed in _NEEDS.items():
        said = context.get_parameter_source(name) is ParameterSource.COMMANDLINE
        offered = [other for other in needed if other in context.params]
        if said and offered and not any(context.params[other] for other in offered):
            ways = " or ".join(map(_spelled, offered)) if "axes" not in needed else "--axes LRFM"
            raise UsageError(f"{_spelled(name)} does nothing without {ways}.")


def _spelled(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def apply(command: Command, options: Sequence[Callable[[Command], Command]]) -> Command:
    """Return a command with options, of which the first stands first."""
    for option in reversed(options):
        command = option(command)
    return command
