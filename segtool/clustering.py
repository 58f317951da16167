"""`segtool.cluster`: orders or a table of customers in, every customer with a group that the data found out."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pyarrow as pa

from segtool import __version__
from segtool.api import Reject, Result, rfm
from segtool.attributes import CustomerTable, read_customer_table
from segtool.clusters import choosing
from segtool.clusters.cautions import cautions_of
from segtool.clusters.columns import FIGURES
from segtool.clusters.finding import Base, Grouped, by_data, by_model
from segtool.clusters.fitting import METHODS, Method, need_sklearn
from segtool.clusters.measures import distances, silhouettes
from segtool.clusters.model import KEPT, ClusterModel, parse_model
from segtool.clusters.told import Numbered, agreement_of, clusters_told, compared, explained_by
from segtool.engines import Watch
from segtool.errors import ConfigError, DataError, MissingRoleError, UsageError, printable
from segtool.orders.roles import find_columns, has_customers
from segtool.profiles.attributes import segment_columns
from segtool.profiles.groups import groups_of, titles_of
from segtool.reading import check_calendar, check_threads
from segtool.rules.columns import Spelled
from segtool.segmenting import named_columns, revenue_of
from segtool.summary import cautions
from segtool.summary.clusters import Agreement, ClusterSummary, ModelUsed, Tried
from segtool.tables import open_tables
from segtool.tables.arrays import as_column, as_texts
from segtool.tables.headers import alike
from segtool.tables.numbers import money, total
from segtool.tables.source import Layout, Source
from segtool.words import LANGUAGES, Language, Words, column_name, words_in

if TYPE_CHECKING:
    import pandas as pd

SCHEMA_VERSION = 1
"""It rises when a key of the summary changes its meaning or goes."""

METADATA = "segtool_cluster"
"""The key under which a table with clusters carries the summary as JSON."""

_NUMBER, _NAME, _TITLE = "cluster", "cluster_name", "cluster_title"
"""The columns that are added."""

_LAYOUT = ("encoding", "delimiter", "skip_rows", "header", "sheet")
_SPELLED = ("decimal", "day_first", "calendar", "date_format")

_ROLES = ("customer_id", "order_date", "amount", "order_id", "quantity", "unit_price")

_MOST_SEED = 2**32 - 1
"""The largest seed that scikit-learn takes."""

Kind = Literal["orders", "rows of customers", "table"]
"""What is read: orders; a row a customer with what `rfm` needs; or a table whose columns are compared as they are."""


@dataclass(frozen=True, repr=False)
class Clustered:
    """Every customer with a group, what is said of the groups, and the model that finds the group of others.

    `table` is the labelled table of orders, or else the table that was given, row by row, with `cluster`, its number,
    and `cluster_name`; who is in no group has number 0, `unclustered`. Its metadata carry the summary as JSON under
    `segtool_cluster`.
    """

    table: pa.Table
    summary: ClusterSummary
    _model: ClusterModel | None
    _run: Result | None

    def __repr__(self) -> str:
        return f"<{self.summary.customers:,} customers in {self.summary.k} clusters by {self.summary.method}>"

    @property
    def model(self) -> ClusterModel:
        """What finds the group of other customers. Raises UsageError for methods that have no such thing."""
        if self._model is None:
            raise no_model(self.summary.method)
        return self._model

    @property
    def choices(self) -> tuple[str, ...]:
        """What was chosen while orders were read, and why: a line a choice."""
        return self._run.choices if self._run else ()

    def rejects(self) -> Iterator[Reject]:
        """Return every row of the orders that was set aside, if they were read with `rejects=True`."""
        return self._run.rejects() if self._run else iter(())

    @cached_property
    def customers(self) -> "pd.DataFrame":
        """The rows as a DataFrame."""
        frame: pd.DataFrame = self.table.to_pandas(date_as_object=False)
        return frame


def no_model(method: str) -> UsageError:
    """Return the refusal to save groups that are no more than the rows in them."""
    return UsageError(
        f"--save-model needs --method kmeans or gmm: {method} parts the customers it sees, and has no rule for others."
    )


def cluster(
    table: Any,
    *,
    method: Method | None = None,
    k: int | None = None,
    columns: str | Iterable[str] | None = None,
    column: str | Iterable[str] | Mapping[str, str] = (),
    order_by: str | None = None,
    min_size: int | None = None,
    seed: int | None = None,
    customer_level: bool = False,
    model: str | Path | ClusterModel | None = None,
    lang: Language = "en",
    digits: Language = "en",
    threads: int | None = None,
    rejects: bool = False,
    watch: Watch | None = None,
    **options: Any,
) -> Clustered:
    """Return every customer with a group that the data found, not a rule.

    `table` is a table with a row a customer, or orders, whose `options` are those of `rfm`; headers tell which, or
    `customer_level`. Customers are compared by recency, frequency and money, or by `columns`, numbers and categories;
    `column` tells which header a name means, as "age=customer_age". The `method` is kmeans unless said, `k` is chosen
    from 2 to 10 unless said; for hdbscan `min_size` is the least size of a group. Groups are numbered by the mean of
    `order_by`, by default of money. A `model` of an earlier run labels by its groups, without scikit-learn.

    Raises UsageError for options that do not fit, DataError for a table that cannot be used, MissingExtraError without
    scikit-learn, ConfigError for a model that is damaged, and what `rfm` raises.
    """
    words = words_in(lang, digits)
    check_threads(threads)
    check_calendar("calendar", options.get("calendar"))
    _refuse(method=method, k=k, min_size=min_size, seed=seed)
    own = None
    if model is not None:
        _refuse_beside_model(method=method, k=k, columns=columns, order_by=order_by, min_size=min_size, seed=seed)
        own = model if isinstance(model, ClusterModel) else parse_model(KEPT.read(model), str(model))
        file = "the model" if isinstance(model, ClusterModel) else str(model)
        _refuse_other_currency(own, options.get("currency"), file)
    else:
        need_sklearn()
    wanted = _names(columns) if own is None else _beside_figures(own.columns)
    base, run = _read(
        table, wanted, column, customer_level=customer_level, lang=lang, threads=threads, rejects=rejects, watch=watch,
        options=options,
    )  # fmt: skip
    if own is not None:
        grouped = by_model(base, own, file)
    else:
        grouped = by_data(base, wanted, method or "kmeans", k, order_by, min_size, seed or 0, options.get("currency"))
    made, replaced = _with_clusters(base.table, grouped.numbered, words)
    summary = _summary(
        base, run, grouped, words, replaced=replaced, threads=threads, file=file if own is not None else ""
    )
    made = made.replace_schema_metadata({**base.table.metadata, METADATA.encode(): summary.to_json().encode()})
    return Clustered(made, summary, grouped.model, run)


def _names(columns: str | Iterable[str] | None) -> list[str] | None:
    if columns is None:
        return None
    listed = [columns] if isinstance(columns, str) else list(columns)
    found = [name.strip() for each in listed for name in each.split(",") if name.strip()]
    if not found:
        raise UsageError("--columns names no column.")
    return found


def _beside_figures(columns: Sequence[str]) -> Sequence[str] | None:
    """Return the columns of a model where orders do not tell all of them, and only a table of customers has them."""
    return None if set(columns) <= set(FIGURES) else columns


def _refuse(*, method: str | None, k: int | None, min_size: int | None, seed: int | None) -> None:
    """Raise UsageError for what is no method or number, and for one that a method has no use for."""
    if method is not None and method not in METHODS:
        raise UsageError(f"method {method!r} is unknown; say {', '.join(METHODS)}.")
    for name, number, least in (("k", k, 2), ("min_size", min_size, 2), ("seed", seed, 0)):
        if number is not None and (not isinstance(number, int) or number < least):
            raise UsageError(f"{name} {number!r} is no whole number of {least} or more.")
    if seed is not None and seed > _MOST_SEED:
        raise UsageError(f"seed {seed} is too large; scikit-learn takes {_MOST_SEED:,} at most.")
    if k is not None and method == "hdbscan":
        raise UsageError("--k is not for hdbscan, which finds how many groups there are; leave out one of the two.")
    if min_size is not None and method != "hdbscan":
        raise UsageError("--min-size does nothing without --method hdbscan.")


def _refuse_beside_model(**said: Any) -> None:
    """Raise UsageError for an option that a model has settled."""
    for name, value in said.items():
        if value is not None:
            raise UsageError(
                f"--{name.replace('_', '-')} does nothing with --model, which has its groups; leave out one of the two."
            )


def _refuse_other_currency(model: ClusterModel, currency: str | None, file: str) -> None:
    if model.currency and currency and model.currency.upper() != currency.upper():
        raise ConfigError(
            f"{file} was made of amounts in {printable(model.currency)}, and this run says {printable(currency)}: "
            "make a new model."
        )


# What is read


def _read(
    table: Any,
    wanted: Sequence[str] | None,
    column: str | Iterable[str] | Mapping[str, str],
    *,
    customer_level: bool,
    lang: Language,
    threads: int | None,
    rejects: bool,
    watch: Watch | None,
    options: Mapping[str, Any],
) -> tuple[Base, Result | None]:
    """Return the table of customers that is given, or that of the orders that are and the run that made it of these."""
    known = signature(rfm).parameters
    unknown = sorted(set(options) - (set(known) - {"orders", "model"}))
    if unknown:
        raise TypeError(f"cluster() got an unexpected keyword argument {unknown[0]!r}")
    said = {name for name, value in options.items() if value and value != known[name].default}
    layout = Layout(**{name: options[name] for name in _LAYOUT if name in options})
    spelled = Spelled(**{name: options[name] for name in _SPELLED if name in options})
    named = named_columns(column)
    kind = _kind(table, wanted, layout, {name: options[name] for name in said & set(_ROLES)}, customer_level)
    if kind == "table":
        idle = sorted(said - {*_LAYOUT, *_SPELLED, "max_bad", "calendar_out"})
        if idle or rejects:
            option = f"--{(idle[0] if idle else 'rejects').replace('_', '-')}"
            raise UsageError(f"{option} is for orders, and this is a table with a row a customer; leave it out.")
        given = read_customer_table(table, layout, named=named, threads=threads)
        noted = given.about.get("as_of")
        return Base(given, spelled, date.fromisoformat(noted) if isinstance(noted, str) else None, False), None
    try:
        run = rfm(
            table,
            **options,
            customer_level=kind == "rows of customers",
            lang=lang,
            threads=threads,
            rejects=rejects,
            watch=watch,
        )
    except MissingRoleError as error:
        if kind != "orders":
            raise
        raise MissingRoleError(f"{error} Where a row is a customer, say --customer-level.", *error.ways) from None
    made = run.table.combine_chunks()
    name = _name_of(table)
    metadata = {b"segtool": run.summary.to_json().encode()}
    customers = CustomerTable(name, tuple(made.column_names), tuple(made.columns), metadata, named)
    return Base(customers, spelled, run.summary.as_of, True), run


def _name_of(table: Any) -> str:
    first = table[0] if isinstance(table, list | tuple) else table
    return str(first) if isinstance(first, str | Path) else "table"


def _kind(
    table: Any, wanted: Sequence[str] | None, layout: Layout, roles: Mapping[str, str], customer_level: bool
) -> Kind:
    """Return what is given, by its headers. What comes through a pipe cannot be looked at twice, and is orders."""
    tables = list(table) if isinstance(table, list | tuple) else [table]
    if roles:
        return "rows of customers" if customer_level else "orders"
    if not tables or not all(map(_stays, tables)):
        return "table" if customer_level or wanted is not None else "orders"
    source = open_tables(tables, layout)[0]
    if _is_labelled(source):
        return "table"
    if wanted is None and has_customers(source):
        return "rows of customers"
    if customer_level or (wanted is not None and all(alike(name, source.columns) for name in wanted)):
        return "table"
    try:
        find_columns(source, {}, required=("customer_id", "order_date", "amount"), optional=())
    except (DataError, UsageError):
        return "table"
    return "orders"


def _stays(table: Any) -> bool:
    """Return whether a table can be read more than once."""
    return not isinstance(table, str | Path) or (str(table) != "-" and not Path(table).is_fifo())


def _is_labelled(source: Source) -> bool:
    """Return whether a command of segtool wrote a table, as far as it tells."""
    if any(key.startswith(b"segtool") for key in source.metadata):
        return True
    named = {column_name(header) for header in source.columns}
    return set(FIGURES) <= named or bool({"sessions", "active_days"} & named)


# What is made and told of them


def _with_clusters(table: CustomerTable, found: Numbered, words: Words) -> tuple[pa.Table, tuple[str, ...]]:
    """Return the table with the groups of its rows, and which columns these took the place of.

    Titles of an earlier run go where this one makes none: they are those of other groups.
    """
    new = {_NUMBER: as_column(found.numbers), _NAME: as_texts(found.names_in("en")).take(as_column(found.numbers))}
    if words.lang != "en":
        titles = [words("cluster.unclustered"), *found.names_in(words.lang)[1:]]
        new[_TITLE] = as_texts(titles).take(as_column(found.numbers))
    columns = dict(zip(range(len(table.headers)), table.columns, strict=True))
    called = {words_in(lang).header(name): name for lang in LANGUAGES for name in (_NUMBER, _NAME, _TITLE)}
    replaced = []
    for at, header in enumerate(table.headers):
        if (name := called.get(header)) in new:
            columns[at] = new.pop(name)
            replaced.append(header)
        elif name == _TITLE and words.lang == "en":
            del columns[at]
            replaced.append(header)
    headers = [table.headers[at] for at in columns]
    return pa.Table.from_arrays([*columns.values(), *new.values()], names=[*headers, *new]), tuple(replaced)


def _summary(
    base: Base,
    run: Result | None,
    found: Grouped,
    words: Words,
    *,
    replaced: tuple[str, ...],
    threads: int | None,
    file: str,
) -> ClusterSummary:
    """Return everything that is said."""
    table, numbered = base.table, found.numbered
    worth = revenue_of(table, base.spelled, threads)
    units = worth.units if worth else None
    some = choosing.sampled(len(found.points), choosing.SAMPLE, seed=found.seed)
    groups = found.groups[some]
    used = np.unique(groups)
    apart = silhouettes(distances(found.points[some]), groups) if len(used) > 1 else np.zeros(0)
    own = {int(at): float(apart[groups == at].mean()) for at in used} if len(apart) else {}
    shares = explained_by(found.points, found.groups, found.features) if len(some) else [None] * len(found.features)
    by = None
    if found.k_from == "model" and found.model is not None:
        then, now = found.model.as_of, base.as_of
        by = ModelUsed(file, then, (now - then).days if then and now else None, found.model.fitted)
    about = run.summary if run else None
    summary = ClusterSummary(
        schema_version=SCHEMA_VERSION,
        file=table.name,
        of="orders" if base.of_orders else "customers",
        as_of=base.as_of,
        as_of_from=about.as_of_from if about else "table" if base.as_of else None,
        as_of_jalali=about.as_of_jalali if about else None,
        rows=about.rows if about else None,
        customers=len(table),
        clustered=int((numbered.numbers > 0).sum()),
        revenue=None if units is None else money(total(units)),
        method=found.method,
        k=numbered.count,
        k_from=found.k_from,
        seed=found.seed,
        fitted=found.fitted,
        empty=_empty(found),
        noise=found.noise,
        ordered_by=found.ordered_by,
        features=compared(found.features, found.columns, numbered.numbers > 0, shares),
        left_out=found.left_out,
        tried=tuple(
            Tried(each.k, each.silhouette, each.reference, each.stability, each.largest, each.smallest)
            for each in found.rated
        ),
        taken_k=found.taken_k,
        stands_out=found.stands_out,
        silhouette=float(apart.mean()) if len(apart) else None,
        clusters=clusters_told(
            numbered, found.columns, units, own, lang=words.lang, unclustered=words("cluster.unclustered")
        ),
        agreement=_agreement(base, numbered, words),
        model=by,
        replaced=replaced,
        warnings=(),
        columns=about.columns if about else {},
        spelling=about.spelling if about else {},
        version=__version__,
    )
    of_orders = cautions.of_orders(run._read, run._options, words) if run else ()
    return replace(summary, warnings=(*cautions_of(summary, found.unknown_levels, words), *of_orders))


def _empty(found: Grouped) -> dict[str, int]:
    """Return column -> how many customers it is that have no group for want of a number there, each counted once."""
    counts, left = {}, ~found.rows
    for each in found.columns:
        own = left & ~each.known
        if own.any():
            counts[each.name] = int(own.sum())
        left = left & ~own
    return counts


def _agreement(base: Base, found: Numbered, words: Words) -> Agreement | None:
    """Return how far groups agree with the segments that stand in the table, None where there are none."""
    places = segment_columns(base.table.headers)
    if not places or not found.count:
        return None
    try:
        segments = groups_of(base.table, places[0], base.spelled, option="--by")
    except UsageError:  # too many values to be segments
        return None
    titles = titles_of(base.table, places[0], segments, words)
    return agreement_of(found, segments, base.table.headers[places[0]], titles)
