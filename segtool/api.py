"""`segtool.rfm`: orders in, scored and named customers out. The command line is a thin user of it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pyarrow as pa
import pyarrow.compute as pc

from segtool import __version__
from segtool.asking import Asked, asked_for, names_of, options_of, refuse_over_columns
from segtool.engines import Watch
from segtool.engines.refusals import refuse_unusable
from segtool.errors import UsageError
from segtool.reading import OrderOptions, OrdersRead, check_calendar, read_customers, read_ids, read_orders
from segtool.scoring.cuts import Ties
from segtool.scoring.figures import Figures
from segtool.scoring.options import ScoreOptions
from segtool.segments.segmentation import Segmentation, segment_customers
from segtool.segments.table import labelled_table
from segtool.summary import cautions
from segtool.summary.census import Census, census_of
from segtool.summary.facts import Summary
from segtool.summary.summarize import summarize
from segtool.tables.arrays import as_mask, chosen
from segtool.tables.dates.spelling import Calendar
from segtool.tables.numbers import as_floats, from_decimals
from segtool.tables.numbers.text import DecimalMark
from segtool.words import Language, Words, words_in
from segtool.workers import side_by_side

if TYPE_CHECKING:
    import pandas as pd

    from segtool.explaining.facts import Explanation
    from segtool.scoring.model import Model


@dataclass(frozen=True)
class Reject:
    """One row that was set aside; `line` is where its record starts in a CSV file, elsewhere the number of the row."""

    file: str
    line: int
    reason: str
    record: str


@dataclass(frozen=True)
class Cuts:
    """The largest raw value of each bin but the last, rising; None where a figure is not scored, or not by one rule.

    R counts down: the best recency is at most the first cut.
    """

    recency_days: tuple[Any, ...] | None = None
    frequency: tuple[Any, ...] | None = None
    monetary: tuple[Any, ...] | None = None
    average_order_value: tuple[Any, ...] | None = None
    length_days: tuple[Any, ...] | None = None


class FromOrders:
    """What every result that is made of orders can tell of how they were read."""

    _read: OrdersRead
    _options: OrderOptions

    @property
    def choices(self) -> tuple[str, ...]:
        """What was chosen while the orders were read, and why: a line a choice."""
        from segtool.summary.choices import choices

        return tuple(choices(self._read, self._options))

    def rejects(self) -> Iterator[Reject]:
        """Return every row that was set aside, file by file in the order of their lines; it reads the files again.

        There are none unless the orders were read with `rejects=True`.
        """
        for aside in self._read.found.rows_aside:
            source = self._read.sources[aside.source]
            for (line, record), reason in zip(source.locate(aside.rows), aside.reasons, strict=True):
                yield Reject(source.name, line, reason, record)


@dataclass(frozen=True, repr=False)
class Result(FromOrders):
    """The labelled customers, what is to be said about them, and the cuts of their scores.

    `table` has one row a customer, sorted by id, with `monetary` as exact decimals of four places; its metadata carries
    the summary as JSON under `segtool`.
    """

    table: pa.Table
    summary: Summary
    _found: Segmentation
    _read: OrdersRead
    _options: OrderOptions
    _scoring: ScoreOptions

    def __repr__(self) -> str:
        as_of = f" as of {self.summary.as_of}" if self.summary.as_of else ""
        return f"<{self.summary.customers:,} customers{as_of}, scheme {self.summary.scheme}>"

    @cached_property
    def customers(self) -> "pd.DataFrame":
        """The labelled customers as a DataFrame; `monetary` is the float64 nearest to the exact amount."""
        frame: pd.DataFrame = self.table.drop_columns("monetary").to_pandas(date_as_object=False)
        exact = self.table["monetary"].combine_chunks()
        frame.insert(self.table.column_names.index("monetary"), "monetary", as_floats(from_decimals(exact)))
        return frame

    @property
    def cuts(self) -> Cuts:
        """The largest raw value of each bin but the last."""
        return Cuts(**{axis.figure: axis.cuts for axis in self.summary.scores.values()})

    @cached_property
    def model(self) -> "Model":
        """What another run needs to score as this one. Raises UsageError where customers are spread over bins."""
        from segtool.models import freeze

        return freeze(census_of(self._found), self._options, self._scoring, version=__version__)

    def explain(
        self, customers: str | Iterable[str], *, lang: Language = "en", digits: Language = "en"
    ) -> "Explanation":
        """Return why customers, by their ids, are in their segments, and what would lead elsewhere.

        Raises DataError for an id that has no purchase that counts.
        """
        from segtool.explaining.explain import explain as explained
        from segtool.explaining.lookup import rows_of

        names = [source.name for source in self._read.sources]
        place = names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1:,} more"
        rows = rows_of(names_of(customers), self._read.found.customers.customer_id, place)
        calendar: Calendar = "jalali" if self.summary.as_of_jalali else "gregorian"
        return explained(
            self._found,
            rows,
            words=words_in(lang, digits),
            calendar=calendar,
            one_a_day=self._options.orders_by == "day",
            version=__version__,
        )


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
    recency: str | None = None,
    frequency: str | None = None,
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
    refunds: Literal["net", "drop"] | None = None,
    orders_by: Literal["row", "day"] | None = None,
    unit: Literal["account"] | None = None,
    keep_status: str | Iterable[str] = (),
    drop_status: str | Iterable[str] = (),
    currency: str | None = None,
    exclude: Any = None,
    exclude_id: str | None = None,
    where: str | Iterable[str] = (),
    carry: str | Iterable[str] | None = None,
    drop_duplicates: bool = False,
    max_bad: float = 0.05,
    scheme: str | Sequence[str] | None = None,
    axes: Literal["RFM", "LRFM"] | None = None,
    bins: int | str | Sequence[int] | None = None,
    ties: Ties | None = None,
    nested: bool | None = None,
    length_cuts: str | Sequence[Any] | None = None,
    recency_cuts: str | Sequence[Any] | None = None,
    frequency_cuts: str | Sequence[Any] | None = None,
    monetary_cuts: str | Sequence[Any] | None = None,
    monetary: Literal["sum", "mean"] | None = None,
    weights: str | Sequence[Any] | None = None,
    by: str | None = None,
    min_group: int | str | None = None,
    unseen: Literal["error", "pooled"] | None = None,
    model: str | Path | None = None,
    goal: str | None = None,
    targets: str | Iterable[str] = (),
    lang: Language = "en",
    customer_level: bool = False,
    customers: Any = None,
    customers_id: str | None = None,
    account_id: str | None = None,
    customer_columns: str | Iterable[str] | None = None,
    prospects: bool = False,
    columns: str | Iterable[str] | Mapping[str, str] = (),
    previous: Any = None,
    keep_gone: bool = False,
    fail_if: str | Iterable[str] = (),
    fail_targets: bool = False,
    fail_drift: float | None = None,
    engine: Literal["arrow", "duckdb", "spark", "postgres"] | None = None,
    memory_limit: int | str | None = None,
    query: str | Path | None = None,
    threads: int | None = None,
    rejects: bool = False,
    watch: Watch | None = None,
) -> Result:
    """Measure, score and name every customer of a shop's orders.

    `orders` is a path (of a file, a directory, a pattern, an address, also that of a database), a pandas DataFrame, an
    Arrow table, or a list of these. The first eleven options name the column of a role; roles without a name are
    recognised from the headers. The rest are the options of `segtool rfm`, by the same names; in another language than
    English `lang` adds the column `segment_title`. `where` are rules that rows must meet to count, such as 'amount > 0
    and sku != "POST*"'. With `customer_level` a row is a customer: it has the day of the last order or the days since,
    the number of orders and the net spend. `carry` are columns of the orders, as "email,phone", of which each
    customer's last cell joins the table. `customers` is a list of all customers, whose ids stand in the column
    `customers_id`: those who bought nothing are added, in the segment that the scheme has for them. With
    `customer_columns`, names of its columns or "all", these join the table instead, and `prospects` adds who bought
    nothing. A `scheme` can be one over columns, those of the table and of the list, of which `columns` tells what a
    name in its rules means, as "age=customer_age". With the `unit` "account" the lines of a customer count for the
    account that the list names in the column `account_id`. `previous` is a table that an earlier run wrote: who moved
    since, and since when, is added, and with `keep_gone` those who are gone. `targets` are texts such as "Champions >=
    700 by 2027-03-20". `fail_if`, `fail_targets` and `fail_drift` say what is not to be; what is found of them is in
    the summary's `alerts`. `engine` says where the rows become customers, and `memory_limit` how much memory it may
    take there, as "2GB"; `query`, SQL or the path of a file with it, takes the place of a table in a database. `watch`
    is called now and then with the share of the input that is read, from 0 to 1, and the number of rows.

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
    given, words = dict(locals()), words_in(lang)
    check_calendar("calendar_out", calendar_out)
    asked = asked_for(given)
    if customer_columns and customers is None:
        raise UsageError("--customer-columns joins columns of a list of customers; say --customers FILE.")
    listed = None
    if customers is not None and (customer_columns or asked.attributes or asked.orders.unit):
        from segtool.joining import read_list

        listed = asked.orders.beside(
            partial(
                read_list,
                customers,
                customer_columns or (),
                customers_id=customers_id,
                unit=asked.orders.unit,
                account_id=account_id,
                threads=threads,
            )
        )
    adds = customers is not None and (prospects or listed is None)
    if adds:
        from segtool.segments.prospects import need_segment, with_prospects, without_purchase

        need_segment(asked.schemes, "--prospects" if listed else "--customers")
    earlier = None
    if previous is not None:
        from segtool.history.previous import read_previous, with_previous

        earlier = read_previous(previous, asked.schemes)
    accounts = listed.belonging if listed else None
    read_rows = read_customers if customer_level else partial(read_orders, accounts=accounts)
    read = read_rows(orders, asked.orders, threads=threads, list_rows=rejects, watch=watch)
    refuse_unusable(read.found, read.sources, max_bad, asked.orders.currency)
    as_of_day, as_of_from = read.as_of(asked.orders.last_day)
    figures = Figures(read.found.customers, read.found.customers.days_since(as_of_day))
    found = segment_customers(figures, as_of_day, asked.schemes, asked.scores, model=asked.model)
    added = None
    if adds:
        ids = (
            listed.ids
            if listed
            else asked.orders.beside(partial(read_ids, customers, customers_id=customers_id, threads=threads))
        )
        kept = None if read.excluded is None else ~as_mask(pc.is_in(ids, read.excluded))
        ids = listed.distinct(kept) if listed else ids if kept is None else chosen(ids, kept)
        added = without_purchase(ids, found)
    jalali = calendar_out == "jalali"
    people = len(added) if added is not None else None
    summary, table = labelled(
        read, found, asked, words, as_of_from=as_of_from, jalali=jalali, prospects=people, threads=threads
    )
    bought = figures.customers.customer_id
    if accounts is not None and read.found.contacts is not None:
        from segtool.joining import with_contacts

        bought = read.found.contacts
        table, counted = with_contacts(table, bought, accounts)
        summary = replace(summary, unit=counted)
    if added is not None:
        table = with_prospects(table, added, found, words)
    if earlier is not None:
        table, summary = with_previous(table, summary, earlier, keep_gone=keep_gone, words=words)
    if listed is not None:
        summary = replace(summary, customer_list=listed.told(bought))
    carried = list[str]()
    if read.plan.carried:
        from segtool.joining import with_carried

        table, carried = with_carried(table, read, asked.attributes)
    if listed is not None or asked.attributes:
        from segtool.joining import joined

        table, summary = joined(
            table,
            summary,
            listed,
            asked.attributes,
            columns=columns,
            spelled=asked.orders.spelled,
            words=words,
            carried=carried,
            threads=threads,
        )
    if asked.checks:
        summary = replace(summary, alerts=asked.checks.of_run(summary, words))
    table = table.replace_schema_metadata({"segtool": summary.to_json()})
    return Result(table, summary, found, read, asked.orders, asked.scores)


def labelled(
    read: OrdersRead,
    found: Segmentation,
    asked: Asked,
    words: Words,
    *,
    as_of_from: str | None,
    jalali: bool,
    prospects: int | None = None,
    threads: int | None,
) -> tuple[Summary, pa.Table]:
    """Return the summary of customers who are scored and named, and their labelled table."""

    def summarized() -> Summary:
        return summary_of(
            read, census_of(found), asked, words, as_of_from=as_of_from, jalali=jalali, prospects=prospects
        )

    table_made = partial(labelled_table, found, words=words, weights=asked.scores.weight_units, jalali=jalali)
    summary, table = side_by_side(threads, summarized, table_made)
    return summary, table


def summary_of(
    read: OrdersRead,
    census: Census,
    asked: Asked,
    words: Words,
    *,
    as_of_from: str | None,
    jalali: bool,
    prospects: int | None = None,
    spoilt: cautions.Spoilt | None = None,
) -> Summary:
    """Return the summary of customers who are counted; `spoilt` is as in `segtool.summary.cautions`."""
    return summarize(
        read.found,
        census,
        as_of_from=as_of_from,
        show_jalali=jalali or asked.orders.as_of_is_jalali or read.has_jalali,
        columns=read.headers,
        spelling=read.spelling,
        weights=asked.scores.weight_units,
        prospects=prospects,
        drift=asked.frozen.drift(census) if asked.frozen else None,
        aims=asked.aims,
        warnings=list(cautions.of_orders(read, asked.orders, words, spoilt=spoilt)),
        words=words,
        version=__version__,
    )


def explain(
    orders: Any,
    customers: str | Iterable[str],
    *,
    labelled: bool = False,
    lang: Language = "en",
    digits: Language = "en",
    **options: Any,
) -> "Explanation":
    """Return why customers are in their segments, and what would lead elsewhere, as `segtool explain`.

    `orders` and the `options` are those of `rfm`. With `labelled`, they are a table that `rfm` wrote, and the option
    `model` names the model that it was scored with.

    >>> import pandas as pd
    >>> orders = pd.DataFrame({
    ...     "customer_id": ["ann", "ann", "bob"], "order_date": ["2024-03-01", "2024-03-30", "2024-03-01"],
    ...     "total": [10, 5.5, 7]
    ... })
    >>> [reason] = explain(orders, "ann").customers
    >>> reason.segments[0].text
    'R is 4 to 5: bought 0 days ago; F is 2 to 3: 2 orders'

    Raises DataError for an id that has no purchase that counts, and what `rfm` raises.
    """
    ids = names_of(customers)
    refuse_over_columns(options.get("scheme"), "explain")
    if not labelled:
        return rfm(orders, **options, lang=lang).explain(ids, lang=lang, digits=digits)
    from segtool.explaining.labelled import explain_labelled

    model, scheme = options.pop("model", None), options.pop("scheme", None)
    if model is None:
        raise UsageError("A labelled table is explained by the model that scored it; say model.")
    return explain_labelled(
        orders,
        ids,
        model,
        orders=options_of(OrderOptions, options),
        scoring=options_of(ScoreOptions, options),
        schemes=names_of(scheme),
        words=words_in(lang, digits),
        calendar=options.get("calendar_out") or "gregorian",
        version=__version__,
    )
