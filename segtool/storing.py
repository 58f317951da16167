"""`segtool.store`: orders in, labelled customers as a table of their database, or a file, however many they are."""

import os
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

from segtool import __version__
from segtool.api import FromOrders, summary_of
from segtool.asking import Asked, asked_by
from segtool.databases import Database
from segtool.engines import Watch
from segtool.engines.refusals import refuse_unusable
from segtool.errors import UsageError
from segtool.output.files import Files
from segtool.reading import OrderOptions, OrdersRead, check_threads, keep_orders, kind_of_database, open_orders
from segtool.scoring.options import ScoreOptions
from segtool.segments.segmentation import axes_of_all
from segtool.stored.cells import cells_of
from segtool.stored.census import census_in
from segtool.stored.customers import FIGURES, StoredCustomers
from segtool.stored.leaving import Sort, is_path, local_path, refuse_table, write_rows
from segtool.stored.table import labelled_query
from segtool.summary.census import Census
from segtool.summary.facts import Summary
from segtool.tables.database_table import DatabaseTable
from segtool.tables.source import Source
from segtool.words import Language, words_in

if TYPE_CHECKING:
    from segtool.scoring.model import Model

_LABELLED = Sort(
    "labelled table",
    (
        *("customer_id", "first_order", "last_order", "recency_days", "frequency", "monetary"),
        *("r_score", "f_score", "m_score", "rfm_score"),
    ),
    ("rfm_score_", "segment", "average_order_value", "weighted_score", "last_order_jalali"),
)

_REFUSED = {
    "customer_level": "reads a row a customer",
    "unit": "counts for accounts",
    "customers": "reads a list of customers",
    "customers_id": "names a column of a list of customers",
    "account_id": "names a column of a list of customers",
    "customer_columns": "joins a list of customers",
    "prospects": "adds customers of a list",
    "columns": "is for schemes over columns",
    "carry": "takes cells of the orders along",
    "previous": "looks up every customer in a table",
    "keep_gone": "adds customers of a table",
    "by": "scores groups apart",
    "rejects": "lists rows",
    "recency": "is for --customer-level",
    "frequency": "is for --customer-level",
}
"""Options of `rfm` that only a run with all customers or rows at hand can follow -> what they do."""

_OPTIONS = {"columns": "column"}
"""Name in Python -> on the command line, where that is another."""


@dataclass(frozen=True, repr=False)
class Stored(FromOrders):
    """What is to be said of labelled customers, who are in the table or the file `into`."""

    summary: Summary
    into: str
    customers: int
    _census: Census
    _read: OrdersRead
    _options: OrderOptions
    _scoring: ScoreOptions

    def __repr__(self) -> str:
        return f"<{self.customers:,} customers in {self.into}, scheme {self.summary.scheme}>"

    @cached_property
    def model(self) -> "Model":
        """What another run needs to score as this one."""
        from segtool.models import freeze

        return freeze(self._census, self._options, self._scoring, version=__version__)


def store(
    orders: Any,
    into: str | os.PathLike[str],
    *,
    goal: str | None = None,
    targets: str | Iterable[str] = (),
    fail_if: str | Iterable[str] = (),
    fail_targets: bool = False,
    fail_drift: float | None = None,
    lang: Language = "en",
    threads: int | None = None,
    watch: Watch | None = None,
    **options: Any,
) -> Stored:
    """Score and name every customer where the orders are, and leave them there: nothing but counts comes here.

    `into` is the name of a table in the database of the orders, as "shop.segments", or the path of a Parquet file; on
    Spark a path is a directory that the cluster writes. What is there gives way, whole or not at all, and only if it is
    a labelled table. `orders` and `options` are those of `rfm`, and so are the columns, with exact decimals, and the
    summary. Files are read by DuckDB.

    Raises what `rfm` raises, and UsageError for options that need all customers at hand, and where something else than
    a labelled table is in the way.
    """
    words, asked = words_in(lang), _asked(options, goal, targets, fail_if, fail_targets, fail_drift)
    check_threads(threads)
    name, jalali = os.fspath(into), options.get("calendar_out") == "jalali"
    with ExitStack() as end:
        sources = open_orders(orders, asked.orders, writable=not is_path(name))
        for each in sources:
            if isinstance(each, DatabaseTable):
                end.callback(each.database.close)
        database = _database(sources)
        file = None
        if is_path(name) and not (database and database.kind == "spark"):
            file = end.enter_context(Files([path := local_path(name, _LABELLED)], inputs=_names(orders)))[path]
        else:
            refuse_table(name, _LABELLED, database, sources)
        read, kept = keep_orders(sources, asked.orders, threads=threads, watch=watch)
        end.callback(kept.close)
        as_of, as_of_from = read.as_of(asked.orders.last_day)
        stored = StoredCustomers(kept.database, kept.customers, as_of or date.min)
        customers = stored.count()
        refuse_unusable(read.found, sources, asked.orders.max_bad, asked.orders.currency, customers=customers)
        frozen = [(each.axes, each.cuts) for each in asked.model.scores] if asked.model else None
        cells = cells_of(stored, asked.schemes, asked.scores, frozen)
        census, spoilt = census_in(cells), stored.spoilt_ids()
        summary = summary_of(read, census, asked, words, as_of_from=as_of_from, jalali=jalali, spoilt=spoilt)
        if asked.checks:
            summary = replace(summary, alerts=asked.checks.of_run(summary, words))
        query, schema = labelled_query(cells, words=words, weights=asked.scores.weight_units, jalali=jalali)
        if file:
            write_rows(kept.database, query, schema.with_metadata({"segtool": summary.to_json()}), file)
        else:
            kept.database.create(name, query)
    return Stored(summary, name, customers, census, read, asked.orders, asked.scores)


def _asked(options: dict[str, Any], *aims: Any) -> Asked:
    """Return what is asked for. Raises UsageError for options that need all customers or rows at hand."""
    for name, does in _REFUSED.items():
        if options.pop(name, None) not in (None, (), [], {}, False):
            raise _unfit(name, does)
    names = ("goal", "targets", "fail_if", "fail_targets", "fail_drift")
    asked = asked_by("store", options, **dict(zip(names, aims, strict=True)))
    if asked.orders.engine == "arrow":
        raise UsageError("--into needs an engine that speaks SQL: say --engine duckdb, or leave out --into.")
    if asked.orders.by is not None or (asked.model and asked.model.groups):
        raise _unfit("by", _REFUSED["by"])
    if asked.scores.nested:
        raise _unfit("nested", "scores customers within the scores of others")
    if asked.scores.ties == "spread":
        raise _unfit("ties spread", "parts equal customers by their order")
    rules = [each.axes for each in asked.model.scores] if asked.model else axes_of_all(asked.scores, asked.schemes)
    for figure in (rule.figure for axes in rules for rule in axes.values()):
        if figure not in FIGURES:
            raise UsageError(f"--into scores by {', '.join(FIGURES)}, not by {figure}: leave out --into.")
    return asked


def _unfit(name: str, does: str) -> UsageError:
    option = _OPTIONS.get(name, name).replace("_", "-")
    return UsageError(f"--{option} {does}, which a run with --into cannot: leave out --into, and write with -o.")


def _database(sources: Iterable[Source]) -> Database | None:
    """Return the database that the orders stand in, None where DuckDB reads them."""
    return next((each.database for each in sources if isinstance(each, DatabaseTable) and kind_of_database(each)), None)


def _names(orders: Any) -> list[str]:
    """Return the orders that are named, of those that are read."""
    each = orders if isinstance(orders, list | tuple) else [orders]
    return [os.fspath(own) for own in each if isinstance(own, str | os.PathLike)]
