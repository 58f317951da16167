"""`segtool.rfm`: orders in, scored and named customers out. The command line is a thin user of it."""

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from segtool import __version__
from segtool.engines import Aggregate, Customers, Plan, Watch, aggregate
from segtool.engines.refusals import refuse_unusable
from segtool.errors import UsageError
from segtool.orders.measures import MEASURES
from segtool.orders.roles import Columns, find_columns, same_roles
from segtool.orders.set_aside import roles_of, set_aside_rules
from segtool.scoring import Cuts, Scores, score_customers
from segtool.segments.schemes import Scheme, load
from segtool.summary import cautions
from segtool.summary.facts import Caution, Summary
from segtool.summary.summarize import summarize, value_matrix_levels
from segtool.tables import open_table
from segtool.tables.arrays import Ints, Levels, as_column, as_texts
from segtool.tables.dates import calendar_day, day_number
from segtool.tables.headers import matches
from segtool.tables.numbers import as_decimals, as_floats
from segtool.tables.source import Source
from segtool.workers import side_by_side

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Reject:
    """One row that was set aside; `line` is where its record starts in a CSV file, elsewhere the number of the row."""

    file: str
    line: int
    reason: str
    record: str


@dataclass(frozen=True, repr=False)
class Result:
    """The labelled customers, what is to be said about them, and the cuts of their scores.

    `table` has one row a customer, sorted by id, with `monetary` as exact decimals of four places; its metadata carries
    the summary as JSON under `segtool`.
    """

    table: pa.Table
    summary: Summary
    cuts: Cuts
    _inputs: tuple[Source, ...]
    _found: Aggregate

    def __repr__(self) -> str:
        return f"<{self.summary.customers:,} customers as of {self.summary.as_of}, scheme {self.summary.scheme}>"

    @cached_property
    def customers(self) -> "pd.DataFrame":
        """The labelled customers as a DataFrame; `monetary` is the float64 nearest to the exact amount."""
        frame: pd.DataFrame = self.table.drop_columns("monetary").to_pandas(date_as_object=False)
        frame.insert(self.table.column_names.index("monetary"), "monetary", as_floats(self._found.customers.monetary))
        return frame

    def rejects(self) -> Iterator[Reject]:
        """Yield every row that was set aside, file by file in the order of their lines; it reads the files again.

        Nothing is yielded unless `rfm` was called with `rejects=True`.
        """
        for aside in self._found.rows_aside:
            source = self._inputs[aside.source]
            for (line, record), reason in zip(source.locate(aside.rows), aside.reasons, strict=True):
                yield Reject(source.name, line, reason, record)


def rfm(
    orders: Any,
    *,
    customer_id: str | None = None,
    order_date: str | None = None,
    amount: str | None = None,
    order_id: str | None = None,
    quantity: str | None = None,
    unit_price: str | None = None,
    refunded: str | None = None,
    status: str | None = None,
    currency_column: str | None = None,
    as_of: date | str | None = None,
    since: date | str | None = None,
    timezone: str | None = None,
    refunds: Literal["net", "drop"] = "net",
    orders_by: Literal["row", "day"] | None = None,
    keep_status: str | Iterable[str] = (),
    drop_status: str | Iterable[str] = (),
    currency: str | None = None,
    drop_duplicates: bool = False,
    max_bad: float = 0.05,
    scheme: str | Sequence[str] = "loyalty-matrix",
    bins: int = 5,
    threads: int | None = None,
    rejects: bool = False,
    watch: Watch | None = None,
) -> Result:
    """Measure, score and name every customer of a shop's orders.

    `orders` is a path (CSV or Parquet), a pandas DataFrame, an Arrow table, or a list of these. The first nine options
    name the column of a role; roles without a name are recognised from the headers. The rest are the options of
    `segtool rfm`, by the same names. `watch` is called now and then with the share of the input that is read, from 0 to
    1, and the number of rows.

    >>> import pandas as pd
    >>> orders = pd.DataFrame({
    ...     "customer": ["ann", "ann", "bob"], "date": ["2024-01-01", "2024-03-01", "2024-02-01"], "total": [10, 5.5, 7]
    ... })
    >>> result = rfm(orders)
    >>> result.customers[["customer_id", "recency_days", "frequency", "monetary", "segment"]].values.tolist()
    [['ann', 0, 2, 15.5, 'Potential Loyalists'], ['bob', 29, 1, 7.0, 'About To Sleep']]

    Raises UsageError for options that do not fit, DataError for orders that cannot be used, MissingInputError for
    paths that lead nowhere.
    """
    schemes = _schemes(scheme, bins)
    _check_options(refunds=refunds, orders_by=orders_by, max_bad=max_bad, threads=threads)
    as_of, since = _day(as_of, "as-of"), _day(since, "since")
    statuses = {"keep_status": _several(keep_status), "drop_status": _several(drop_status)}
    rules = set_aside_rules(
        **statuses, currency=currency, drop_duplicates=drop_duplicates, since=since, as_of=as_of, refunds=refunds
    )
    named = {
        "customer_id": customer_id,
        "order_id": order_id,
        "order_date": order_date,
        "amount": amount,
        "quantity": quantity,
        "unit_price": unit_price,
        "refunded": refunded,
        "status": status,
        "currency": currency_column,
    }
    given = {role: str(header) for role, header in named.items() if header is not None}
    optional = {"currency", "order_id" if orders_by is None else "", "refunded" if refunds == "net" else ""}
    sources = _open(orders if isinstance(orders, list | tuple) else [orders])
    columns = [find_columns(source, given, required=roles_of(rules), optional=optional) for source in sources]
    same_roles(sources, columns)
    plan = Plan(
        rules=rules,
        measures=MEASURES,
        order=orders_by or ("order_id" if "order_id" in columns[0] else "row"),
        timezone=_zone(timezone),
        threads=threads,
        list_rows=rejects,
    )
    found = aggregate(list(zip(sources, columns, strict=True)), plan, watch=watch)
    refuse_unusable(found, sources, max_bad, currency)
    warnings = cautions.of_reading(
        found,
        statuses={label for labels in statuses.values() for label in labels},
        unused_status=None if any(statuses.values()) else _status_column(sources),
        every_row_an_order=orders_by is None and plan.order == "row",
        as_of_chosen=as_of is not None,
    )
    return _scored(found, sources, columns, schemes, bins, as_of, list(warnings), threads)


def _scored(
    found: Aggregate,
    sources: tuple[Source, ...],
    columns: Sequence[Columns],
    schemes: Sequence[Scheme],
    bins: int,
    as_of: date | None,
    warnings: Sequence[Caution],
    threads: int | None,
) -> Result:
    """Score, name and summarize what an engine found; the same for every engine."""
    customers = found.customers
    last_day = as_of or calendar_day(found.latest[-1])
    recency_days = day_number(last_day) - customers.last_order
    scores, of_matrix = side_by_side(
        threads,
        partial(score_customers, recency_days, customers.frequency, customers.monetary, bins=bins),
        partial(value_matrix_levels, customers),
    )
    levels = {"r": scores.r, "f": scores.f, "m": scores.m, **of_matrix}
    assigned = [(each, each.assign(levels)) for each in schemes]
    matrix = load("customer-value-matrix")
    summarized = partial(
        summarize,
        found,
        recency_days,
        scores,
        assigned,
        (matrix, matrix.assign(levels)),
        as_of=last_day,
        as_of_from="option" if as_of else "data",
        columns=_headers(sources, columns),
        warnings=warnings,
        version=__version__,
    )
    summary, table = side_by_side(threads, summarized, partial(_labelled, customers, recency_days, scores, assigned))
    cuts = Cuts(
        recency_days=tuple(scores.r_cuts.tolist()),
        frequency=tuple(scores.f_cuts.tolist()),
        monetary=tuple(as_floats(scores.m_cuts).tolist()),
    )
    return Result(table.replace_schema_metadata({"segtool": summary.to_json()}), summary, cuts, sources, found)


def _check_options(*, refunds: str, orders_by: str | None, max_bad: float, threads: int | None) -> None:
    """Raise UsageError for values that the command line cannot pass."""
    if refunds not in ("net", "drop"):
        raise UsageError(f"refunds {refunds!r} is unknown; say 'net' or 'drop'.")
    if orders_by not in (None, "row", "day"):
        raise UsageError(f"orders_by {orders_by!r} is unknown; say 'row', 'day' or None.")
    if not isinstance(max_bad, int | float) or not 0 <= max_bad <= 1:
        raise UsageError(f"max_bad {max_bad!r} is no share; say a number from 0 to 1.")
    if threads is not None and (not isinstance(threads, int) or threads < 1):
        raise UsageError(f"threads {threads!r} is no number of threads; say 1 or more.")


def _several(labels: str | Iterable[str]) -> tuple[str, ...]:
    return (labels,) if isinstance(labels, str) else tuple(labels)


def _open(orders: Sequence[Any]) -> tuple[Source, ...]:
    if not orders:
        raise UsageError("No orders were given.")
    paths = [os.path.realpath(each) for each in orders if isinstance(each, str | os.PathLike)]
    for path in paths:
        if paths.count(path) > 1:
            raise UsageError(f"{path} is given twice; its rows would count double.")
    return tuple(open_table(each) for each in orders)


def _schemes(scheme: str | Sequence[str], bins: int) -> list[Scheme]:
    names = [scheme] if isinstance(scheme, str) else list(scheme)
    if not isinstance(bins, int) or not 2 <= bins <= 10:
        raise UsageError(f"--bins {bins} is out of range; say 2 to 10.")
    if "none" in names:
        if len(names) > 1:
            raise UsageError("--scheme none stands alone.")
        return []
    if len(set(names)) < len(names):
        raise UsageError("A scheme is named twice.")
    schemes = [load(name) for name in names]
    for each in schemes:
        if each.bins not in (None, bins):
            raise UsageError(f"--bins {bins} does not fit scheme {each.name}: say {each.bins}, or --scheme none.")
    return schemes


def _day(value: date | str | None, option: str) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    if value is None or isinstance(value, date):
        return value
    try:
        if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise UsageError(f"--{option} {value!r} is not a date; write it as 2024-12-31.")


def _zone(name: str | None) -> str | None:
    if name is not None:
        try:
            pc.local_timestamp(pa.array([0], pa.timestamp("us", name)))
        except pa.ArrowInvalid:
            raise UsageError(f"--timezone {name!r} is unknown; write it as Europe/Berlin.") from None
    return name


def _status_column(sources: Sequence[Source]) -> str | None:
    return next((source.columns[i] for source in sources for i in matches("status", source.columns)), None)


def _headers(sources: Sequence[Source], columns: Sequence[Columns]) -> dict[str, str]:
    """Return role -> header; where files call it differently, every name, sorted."""
    return {
        role: ", ".join(sorted({source.columns[own[role]] for source, own in zip(sources, columns, strict=True)}))
        for role in columns[0]
    }


def _labelled(
    customers: Customers,
    recency_days: Ints,
    scores: Scores,
    assigned: Sequence[tuple[Scheme, Levels]],
) -> pa.Table:
    columns = {
        "customer_id": customers.customer_id,
        "first_order": as_column(customers.first_order.astype(np.int32), pa.date32()),
        "last_order": as_column(customers.last_order.astype(np.int32), pa.date32()),
        "recency_days": as_column(recency_days),
        "frequency": as_column(customers.frequency),
        "monetary": as_decimals(customers.monetary),
        "r_score": as_column(scores.r.astype(np.int64)),
        "f_score": as_column(scores.f.astype(np.int64)),
        "m_score": as_column(scores.m.astype(np.int64)),
        "rfm_score": scores.text(),
    }
    for i, (scheme, places) in enumerate(assigned):
        names = as_texts([segment.name for segment in scheme.segments])
        columns[f"segment_{scheme.name}" if i else "segment"] = names.take(as_column(places))
    return pa.table(columns)
