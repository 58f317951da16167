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
from segtool.clusters.columns import FIGURES, Column, column_at, compared_in, feature_of, measured
from segtool.clusters.features import CategoryFeature, Feature, Values, points_of, values_of
from segtool.clusters.fitting import (
    LEAVING,
    METHODS,
    MOST,
    Found,
    Method,
    by_density,
    in_order,
    need_sklearn,
    partitions,
)
from segtool.clusters.measures import Floats, distances, silhouettes
from segtool.clusters.model import KEPT, ClusterModel, parse_model
from segtool.clusters.naming import Standing, names_of, standings_in_levels, standings_in_numbers
from segtool.clusters.told import (
    Numbered,
    agreement_of,
    by_value,
    clusters_told,
    compared,
    explained_by,
    means_by,
    renumbered,
)
from segtool.engines import Watch
from segtool.errors import ConfigError, DataError, MissingRoleError, UsageError, printable
from segtool.orders.roles import find_columns, has_customers
from segtool.profiles.attributes import Numbers, place_named, segment_columns
from segtool.profiles.explained import VALUES
from segtool.profiles.groups import groups_of, titles_of
from segtool.reading import check_calendar, check_threads
from segtool.rules.columns import Spelled
from segtool.segmenting import named_columns, revenue_of
from segtool.summary import cautions
from segtool.summary.clusters import Agreement, ClusterSummary, ModelUsed, Tried
from segtool.summary.facts import Caution, caution
from segtool.tables import open_tables
from segtool.tables.arrays import Ints, Mask, as_column, as_texts
from segtool.tables.arrays import values as values_in
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

_KS = range(2, 11)
"""The numbers of groups that are tried."""

_FITTED = 100_000
"""The most customers that groups are found by; the others get the group that is nearest to them."""

_LAYOUT = ("encoding", "delimiter", "skip_rows", "header", "sheet")
_SPELLED = ("decimal", "day_first", "calendar", "date_format")

_ROLES = ("customer_id", "order_date", "amount", "order_id", "quantity", "unit_price")

_MOST_SEED = 2**32 - 1
"""The largest seed that scikit-learn takes."""

_LARGE, _SMALL = 0.9, 0.01
"""A group of more than the one share of the customers, or of less than the other, says little."""

_MUCH = 0.2
"""Where more than this share of customers is in no group, it is told."""

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
    base = _read(
        table, wanted, column, customer_level=customer_level, lang=lang, threads=threads, rejects=rejects, watch=watch,
        options=options,
    )  # fmt: skip
    if own is not None:
        labelled = _labelled(base, own, file)
    else:
        labelled = _found(base, wanted, method or "kmeans", k, order_by, min_size, seed or 0, options.get("currency"))
    made, replaced = _with_clusters(base.table, labelled.numbered, words)
    summary = _summary(base, labelled, words, replaced=replaced, threads=threads, file=file if own is not None else "")
    made = made.replace_schema_metadata({**base.table.metadata, METADATA.encode(): summary.to_json().encode()})
    return Clustered(made, summary, labelled.model, base.run)


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


@dataclass(frozen=True, eq=False)
class _Base:
    """The table whose rows get groups, how it is spelled, and the run of `rfm` that made it of orders, if one did."""

    table: CustomerTable
    spelled: Spelled
    run: Result | None

    @property
    def as_of(self) -> date | None:
        if self.run:
            return self.run.summary.as_of
        noted = self.table.about.get("as_of")
        return date.fromisoformat(noted) if isinstance(noted, str) else None


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
) -> _Base:
    """Return the table of customers that is given, or that of the orders that are."""
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
        return _Base(read_customer_table(table, layout, named=named, threads=threads), spelled, None)
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
    return _Base(CustomerTable(name, tuple(made.column_names), tuple(made.columns), metadata, named), spelled, run)


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


# How groups are found


@dataclass(frozen=True, eq=False)
class _Labelled:
    """Customers with the numbers of their groups, by which columns, and what is known of how good the groups are.

    `rows` are those who could be compared. `points` has a row of features for some of those who are in a group, whose
    numbers are in `groups`, for what is told of groups as such.
    """

    method: str
    k_from: Literal["option", "choice", "data", "model"]
    seed: int
    columns: Sequence[Column]
    features: Sequence[Feature]
    left_out: tuple[str, ...]
    rows: Mask
    numbered: Numbered
    fitted: int
    noise: int
    ordered_by: str | None
    points: Floats
    groups: Ints
    rated: Sequence[choosing.Rated]
    taken_k: int
    stands_out: bool | None
    unknown_levels: Mapping[str, int]
    model: ClusterModel | None
    is_used: bool = False


def _labelled(base: _Base, model: ClusterModel, file: str) -> _Labelled:
    """Return customers with the groups of a model."""
    columns, values, known = measured(base.table, model.features, base.spelled, file)
    rows = np.logical_and.reduce(known)
    if not rows.any():
        raise DataError(f"{base.table.name}: no row has a number in each column that {file} compares customers by.")
    numbers = np.zeros(len(rows), np.int64)
    here = [own if rows.all() else own[rows] for own in values]
    numbers[rows] = model.labels(here) + 1
    some = choosing.drawn(here, choosing.SAMPLE, seed=model.seed)
    points = points_of(model.features, [own[some] for own in here])
    order = np.lexsort(points.T[::-1])
    strange = {
        each.column: int((own == -1).sum())
        for each, own in zip(model.features, here, strict=True)
        if isinstance(each, CategoryFeature)
    }
    return _Labelled(
        method=model.method,
        k_from="model",
        seed=model.seed,
        columns=columns,
        features=model.features,
        left_out=(),
        rows=rows,
        numbered=Numbered(numbers, model.names),
        fitted=model.fitted,
        noise=0,
        ordered_by=None,
        points=points[order],
        groups=numbers[rows][some][order],
        rated=(),
        taken_k=len(model.names),
        stands_out=None,
        unknown_levels={name: count for name, count in strange.items() if count},
        model=model,
        is_used=True,
    )


def _found(
    base: _Base,
    wanted: Sequence[str] | None,
    method: str,
    k: int | None,
    order_by: str | None,
    min_size: int | None,
    seed: int,
    currency: str | None,
) -> _Labelled:
    """Return customers with groups that are found in them."""
    table = base.table
    columns = compared_in(table, wanted, base.spelled)
    ordering = _ordering(base, columns, order_by)
    columns, features, rows, left_out = _varying(columns, table.name)
    _refuse_many(int(rows.sum()), method)
    _refuse_twice(base)
    values: list[Values] = [values_of(each, own.cells)[0][rows] for each, own in zip(features, columns, strict=True)]
    points = points_of(features, values)
    order = np.lexsort(points.T[::-1])  # by what customers are, so that the order of rows does not matter
    rising = points[order]
    _refuse_few(rising, k, table.name)
    groups, count, rated, found, fitted = _parted(rising, features, method, k, min_size, seed)
    tried = count
    if found is not None:
        groups = found.labels(rising)
        used = np.unique(groups)  # a mixture can have a part that no customer most likely comes from
        if len(used) < count:
            count, found, groups = len(used), _in_order_of(found, used), np.searchsorted(used, groups)
    back = np.empty(len(order), np.int64)
    back[order] = groups
    means: Sequence[float | None] = [None] * count
    if ordering is not None:
        means = means_by(_kept(ordering.cells, rows, back >= 0), back[back >= 0], count)
    centres = [tuple(rising[groups == at].mean(axis=0).tolist()) for at in range(count)]
    numbers = by_value(groups, count, means, centres)
    at_number = np.argsort(numbers)
    if found is not None:  # as the saved model has them: a customer who is as near to two groups is in the first
        found = _in_order_of(found, at_number)
        groups, numbers = found.labels(rising), np.arange(1, count + 1)
        back[order] = groups
    names = names_of(_standings(features, columns, rows, renumbered(back, numbers), count))
    every = np.zeros(len(rows), np.int64)
    every[rows] = renumbered(back, numbers)
    model = None
    if found is not None and method != "ward":
        model = ClusterModel(
            version=__version__,
            method=method,
            seed=seed,
            fitted=fitted,
            as_of=base.as_of,
            currency=currency,
            features=tuple(features),
            found=found,
            names=tuple(names),
        )
    inside = groups >= 0
    return _Labelled(
        method=method,
        k_from="data" if method == "hdbscan" else "choice" if k is None else "option",
        seed=seed,
        columns=columns,
        features=features,
        left_out=left_out,
        rows=rows,
        numbered=Numbered(every, names),
        fitted=fitted,
        noise=int((back == LEAVING).sum()),
        ordered_by=ordering.name if ordering else None,
        points=rising[inside],
        groups=renumbered(groups, numbers)[inside],
        rated=rated,
        taken_k=tried,
        stands_out=bool(rated) and _rated_of(rated, tried).stands_out,
        unknown_levels={},
        model=model,
    )


def _varying(columns: list[Column], name: str) -> tuple[list[Column], list[Feature], Mask, tuple[str, ...]]:
    """Return the columns that tell customers apart, how they are measured, and who has them all; and which others say
    the same of everybody, or of nearly each something else.

    Raises DataError where nobody has them all, or none tells customers apart.
    """
    left_out: list[str] = []
    while columns:
        rows = np.logical_and.reduce([each.known for each in columns])
        if not rows.any():
            names = printable(", ".join(each.name for each in columns))
            raise DataError(f"{name}: no row has a number in each of {names}.")
        features = [feature_of(each, rows) for each in columns]
        same = [each.name for each, own in zip(columns, features, strict=True) if own.spread == 0]
        if not same:
            return columns, features, rows, tuple(left_out)
        left_out += same
        columns = [each for each in columns if each.name not in same]
    alike = printable(", ".join(left_out))
    raise DataError(
        f"{name}: there are no groups to find by {alike}: all customers are alike there, or nearly each has its own "
        "value."
    )


def _rated_of(rated: Sequence[choosing.Rated], k: int) -> choosing.Rated:
    return next(each for each in rated if each.k == k)


def _kept(cells: Any, rows: Mask, inside: Mask) -> Numbers:
    numbers, known = cells.numbers[rows][inside], cells.known[rows][inside]
    return Numbers(numbers, known, cells.per)


def _in_order_of(found: Found, order: Ints) -> Found:
    """Return groups in another order."""
    return replace(found, **{name: getattr(found, name)[order] for name in found.__dataclass_fields__})


def _parted(
    points: Floats,
    features: Sequence[Feature],
    method: str,
    k: int | None,
    min_size: int | None,
    seed: int,
) -> tuple[Ints, int, list[choosing.Rated], Found | None, int]:
    """Return the group of each point, how many there are, what speaks for each number of them, what finds the group of
    any point, None where the groups are but their points, and how many points were looked at.
    """
    some = points[choosing.sampled(len(points), choosing.SAMPLE, seed=seed)]
    with in_order():
        if method == "hdbscan":
            least = min_size or max(5, len(points) // 50)
            groups = by_density(points, least)
            count = int(groups.max(initial=-1)) + 1
            part = max(2, round(least * len(some) / len(points)))
            rated = [choosing.rate_by_density(some, features, count, part, seed=seed)] if count else []
            return groups, count, rated, None, len(points)
        most = choosing.different(some)
        ks = [k] if k is not None else [each for each in _KS if each <= min(most - 1, len(some) // 2)]
        rated = choosing.rate(some, features, [each for each in ks if each <= most], method, seed=seed)
        if not rated:
            raise DataError(
                f"Nearly all customers are alike: of {len(some):,} drawn by lot {most:,} differ; "
                f"{f'--k {k}' if k else 'finding groups'} takes {k or 3} or more."
            )
        best = k if k is not None else choosing.best(rated).k
        looked_at = points[choosing.sampled(len(points), _FITTED, seed=seed)]
        found = partitions(looked_at, [best], method, seed=seed)[best]
        return found.groups, best, rated, None if method == "ward" else found.model, len(looked_at)


def _ordering(base: _Base, columns: Sequence[Column], order_by: str | None) -> Column | None:
    """Return the column by whose mean groups are numbered: the one that is said, that of money, or the first number."""
    table = base.table
    if order_by is not None:
        option = "--order-by"
        found = column_at(table, place_named(table, order_by, option), base.spelled, name=order_by, option=option)
        if not found.is_number:
            raise UsageError(f"{option}: {table.name} has no numbers in {printable(repr(order_by))}.")
        return found
    for name in VALUES:
        if (place := table.place_of(name)) is not None:
            known = next((each for each in columns if each.place == place), None)
            try:
                own = known or column_at(table, place, base.spelled, name=name)
            except (UsageError, DataError):
                continue
            if own.is_number:
                return own
    return next((each for each in columns if each.is_number), None)


def _standings(
    features: Sequence[Feature], columns: Sequence[Column], rows: Mask, numbers: Ints, count: int
) -> list[list[Standing]]:
    """Return where each group stands in each column, among all who are in a group."""
    inside = numbers > 0
    groups = numbers[inside] - 1
    by_column = []
    if not count:
        return []
    for feature, column in zip(features, columns, strict=True):
        own = values_of(feature, column.cells)[0][rows][inside]
        if isinstance(feature, CategoryFeature):
            by_column.append(standings_in_levels(column.name, feature.levels, own.astype(np.int64), groups, count))
        else:
            by_column.append(standings_in_numbers(column.name, own.astype(np.float64), groups, count))
    return [list(each) for each in zip(*by_column, strict=True)]


def _refuse_many(rows: int, method: str) -> None:
    """Raise UsageError for more rows than a method can compare each with each other."""
    most = MOST.get(method)
    if most is not None and rows > most:
        raise UsageError(
            f"--method {method} compares each customer with each other and takes at most {most:,} of them, not "
            f"{rows:,}; say --method kmeans or gmm."
        )


def _refuse_few(points: Floats, k: int | None, name: str) -> None:
    """Raise DataError for customers of whom too few differ."""
    different, least = choosing.different(points), max(k or 0, 4)
    if different < least and not (k is not None and different >= k):
        raise DataError(
            f"{name}: {len(points):,} customers that can be compared, {different:,} of them different; "
            f"{'--k ' + str(k) if k else 'finding groups'} takes {least if k is None else k} or more."
        )


def _refuse_twice(base: _Base) -> None:
    """Raise DataError for a table in which a customer has several rows."""
    place = base.table.place_of("customer_id") if base.run is None else None
    if place is None:
        return
    counts = base.table.columns[place].combine_chunks().drop_null().value_counts()
    twice = np.flatnonzero(values_in(counts.field("counts")) > 1)
    if len(twice):
        least = min(str(counts.field("values")[at].as_py()) for at in twice.tolist())
        raise DataError(
            f"{base.table.name}: customer {printable(repr(least))} has several rows, and groups are made of one row a "
            "customer. Orders are recognised by their columns: say --customer-id, --order-date and --amount."
        )


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
    base: _Base, found: _Labelled, words: Words, *, replaced: tuple[str, ...], threads: int | None, file: str
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
    if found.is_used and found.model is not None:
        then, now = found.model.as_of, base.as_of
        by = ModelUsed(file, then, (now - then).days if then and now else None, found.model.fitted)
    about = base.run.summary if base.run else None
    summary = ClusterSummary(
        schema_version=SCHEMA_VERSION,
        file=table.name,
        of="orders" if base.run else "customers",
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
        columns=base.run.summary.columns if base.run else {},
        spelling=base.run.summary.spelling if base.run else {},
        version=__version__,
    )
    of_orders = cautions.of_orders(base.run._read, base.run._options, words) if base.run else ()
    return replace(summary, warnings=(*_cautions(summary, found.unknown_levels, words), *of_orders))


def _empty(found: _Labelled) -> dict[str, int]:
    """Return column -> how many customers it is that have no group for want of a number there, each counted once."""
    counts, left = {}, ~found.rows
    for each in found.columns:
        own = left & ~each.known
        if own.any():
            counts[each.name] = int(own.sum())
        left = left & ~own
    return counts


def _agreement(base: _Base, found: Numbered, words: Words) -> Agreement | None:
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


def _cautions(found: ClusterSummary, unknown_levels: Mapping[str, int], words: Words) -> Iterator[Caution]:
    """Yield what to know before groups are trusted."""
    own = found.taken
    if own is not None and own.k > found.k:
        yield caution("cluster-fewer", words, k=own.k, found=found.k)
    if own is not None and not found.stands_out:
        facts = {
            "k": own.k,
            "silhouette": words.number(own.silhouette, 2),
            "without": words.number(own.silhouette_without_groups, 2),
        }
        if own.silhouette - own.silhouette_without_groups < choosing.APART:
            yield caution("cluster-none", words, **facts)
        else:
            stability = "" if own.stability is None else words.number(own.stability, 2)
            yield caution("cluster-unstable", words, k=own.k, stability=stability or "–")
    if found.method == "hdbscan" and not found.groups:
        yield caution("cluster-no-dense", words)
    fitted = found.groups if found.model is None else ()  # customers by a model may well be few, or all of one kind
    within = {words.named(each.name, each.title): each.customers / found.clustered for each in fitted}
    if (large := next((name for name, share in within.items() if share >= _LARGE), None)) is not None:
        yield caution("cluster-large", words, name=large, share=words.percent(within[large]))
    if small := [name for name, share in within.items() if share < _SMALL]:
        names = words.series(f"«{name}»" if words.lang == "fa" else f'"{name}"' for name in small)
        yield caution("cluster-small", words, names=names)
    if found.noise > _MUCH * found.customers:
        yield caution("cluster-noise", words, customers=words.count(found.noise, "customer"))
    if found.empty:
        parts = [
            f"{printable(words.term('column', name))} {words.number(count)}" for name, count in found.empty.items()
        ]
        customers = words.count(sum(found.empty.values()), "customer")
        yield caution("cluster-empty", words, customers=customers, columns=words.series(parts))
    if found.left_out:
        named = words.series(printable(words.term("column", name)) for name in found.left_out)
        yield caution("cluster-alike", words, columns=named)
    if found.model is not None and (found.model.age_days or 0) < 0:
        yield caution("cluster-earlier", words, file=printable(found.model.file), day=str(found.model.as_of))
    for name, count in unknown_levels.items():
        column = printable(words.term("column", name))
        yield caution("cluster-new-levels", words, column=column, customers=words.count(count, "customer"))
