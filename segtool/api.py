"""`segtool.rfm`: orders in, scored and named customers out. The command line is a thin user of it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pyarrow as pa

from segtool import __version__
from segtool.engines import Customers, Watch
from segtool.engines.refusals import refuse_unusable
from segtool.errors import UsageError
from segtool.reading import OrderOptions, OrdersRead, check_calendar, read_orders
from segtool.scoring import Cuts, Scores, score_customers
from segtool.segments.schemes import Scheme, load
from segtool.summary import cautions
from segtool.summary.facts import Summary
from segtool.summary.summarize import summarize, value_matrix_levels
from segtool.tables.arrays import Ints, Levels, as_column, as_texts
from segtool.tables.dates import calendar_day, day_number, day_text
from segtool.tables.dates.spelling import Calendar
from segtool.tables.numbers import as_decimals, as_floats
from segtool.tables.numbers.text import DecimalMark
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
    _read: OrdersRead
    _options: OrderOptions

    def __repr__(self) -> str:
        return f"<{self.summary.customers:,} customers as of {self.summary.as_of}, scheme {self.summary.scheme}>"

    @cached_property
    def customers(self) -> "pd.DataFrame":
        """The labelled customers as a DataFrame; `monetary` is the float64 nearest to the exact amount."""
        frame: pd.DataFrame = self.table.drop_columns("monetary").to_pandas(date_as_object=False)
        frame.insert(
            self.table.column_names.index("monetary"), "monetary", as_floats(self._read.found.customers.monetary)
        )
        return frame

    @property
    def choices(self) -> tuple[str, ...]:
        """What was chosen while the orders were read, and why: a line a choice."""
        from segtool.summary.choices import choices

        return tuple(choices(self._read, self._options))

    def rejects(self) -> Iterator[Reject]:
        """Yield every row that was set aside, file by file in the order of their lines; it reads the files again.

        Nothing is yielded unless `rfm` was called with `rejects=True`.
        """
        for aside in self._read.found.rows_aside:
            source = self._read.sources[aside.source]
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
    encoding: str | None = None,
    delimiter: str | None = None,
    skip_rows: int | None = None,
    header: bool = True,
    sheet: str | None = None,
    decimal: DecimalMark | None = None,
    day_first: bool | None = None,
    date_format: str | None = None,
    calendar: Calendar | None = None,
    calendar_out: Calendar | None = None,
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

    `orders` is a path (of a file, a directory, a pattern, an address), a pandas DataFrame, an Arrow table, or a list of
    these. The first nine options name the column of a role; roles without a name are recognised from the headers. The
    rest are the options of `segtool rfm`, by the same names. `watch` is called now and then with the share of the input
    that is read, from 0 to 1, and the number of rows.

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
    check_calendar("calendar_out", calendar_out)
    options = OrderOptions(
        customer_id=customer_id,
        order_date=order_date,
        amount=amount,
        order_id=order_id,
        quantity=quantity,
        unit_price=unit_price,
        refunded=refunded,
        status=status,
        currency_column=currency_column,
        encoding=encoding,
        delimiter=delimiter,
        skip_rows=skip_rows,
        header=header,
        sheet=sheet,
        decimal=decimal,
        day_first=day_first,
        date_format=date_format,
        calendar=calendar,
        as_of=as_of,
        since=since,
        timezone=timezone,
        refunds=refunds,
        orders_by=orders_by,
        keep_status=keep_status,
        drop_status=drop_status,
        currency=currency,
        drop_duplicates=drop_duplicates,
        max_bad=max_bad,
    )
    read = read_orders(orders, options, threads=threads, list_rows=rejects, watch=watch)
    refuse_unusable(read.found, read.sources, options.max_bad, options.currency)
    return _scored(read, options, schemes, bins=bins, jalali=calendar_out == "jalali", threads=threads)


def _scored(
    read: OrdersRead,
    options: OrderOptions,
    schemes: Sequence[Scheme],
    *,
    bins: int,
    jalali: bool,
    threads: int | None,
) -> Result:
    """Score, name and summarize what an engine found; the same for every engine."""
    found, customers = read.found, read.found.customers
    as_of = options.last_day or calendar_day(found.latest[-1])
    recency_days = day_number(as_of) - customers.last_order
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
        as_of=as_of,
        as_of_from="option" if options.last_day else "data",
        show_jalali=jalali or options.as_of_is_jalali or read.has_jalali,
        columns=read.headers,
        spelling=read.spelling,
        warnings=list(cautions.of_orders(read, options)),
        version=__version__,
    )
    labelled = partial(_labelled, customers, recency_days, scores, assigned, jalali=jalali)
    summary, table = side_by_side(threads, summarized, labelled)
    cuts = Cuts(
        recency_days=tuple(scores.r_cuts.tolist()),
        frequency=tuple(scores.f_cuts.tolist()),
        monetary=tuple(as_floats(scores.m_cuts).tolist()),
    )
    return Result(table.replace_schema_metadata({"segtool": summary.to_json()}), summary, cuts, read, options)


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


def _labelled(
    customers: Customers,
    recency_days: Ints,
    scores: Scores,
    assigned: Sequence[tuple[Scheme, Levels]],
    *,
    jalali: bool,
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
    if jalali:
        columns["last_order_jalali"] = _jalali(customers.last_order)
    return pa.table(columns)


def _jalali(days: Ints) -> pa.Array:
    """Return days since 1970-01-01 as dates of the Jalali calendar, `1403/05/08`."""
    distinct, places = np.unique(days, return_inverse=True)
    texts = as_texts([day_text(calendar_day(day), "jalali") for day in distinct.tolist()])
    return texts.take(as_column(places.astype(np.int64)))
