"""Groups of customers as the data has them, or as a model that was saved."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal

import numpy as np

from segtool import __version__
from segtool.attributes import CustomerTable
from segtool.clusters import choosing
from segtool.clusters.columns import Column, column_at, compared_in, feature_of, measured
from segtool.clusters.features import CategoryFeature, Feature, Values, points_of, values_of
from segtool.clusters.fitting import LEAVING, MOST, Found, by_density, in_order, partitions
from segtool.clusters.measures import Floats
from segtool.clusters.model import ClusterModel
from segtool.clusters.naming import Standing, names_of, standings_in_levels, standings_in_numbers
from segtool.clusters.told import Numbered, by_value, means_by, renumbered
from segtool.errors import DataError, UsageError, printable
from segtool.profiles.attributes import Numbers, place_named
from segtool.profiles.explained import VALUES
from segtool.rules.columns import Spelled
from segtool.tables.arrays import Ints, Mask
from segtool.tables.arrays import values as values_in

_KS = range(2, 11)
"""The numbers of groups that are tried."""

_FITTED = 100_000
"""The most customers that groups are found by; the others get the group that is nearest to them."""


@dataclass(frozen=True, eq=False)
class Base:
    """The table whose rows get groups, how it is spelled, the day it is of, and whether it was made of orders."""

    table: CustomerTable
    spelled: Spelled
    as_of: date | None
    of_orders: bool


@dataclass(frozen=True, eq=False)
class Grouped:
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


def by_model(base: Base, model: ClusterModel, file: str) -> Grouped:
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
    return Grouped(
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
    )


def by_data(
    base: Base,
    wanted: Sequence[str] | None,
    method: str,
    k: int | None,
    order_by: str | None,
    min_size: int | None,
    seed: int,
    currency: str | None,
) -> Grouped:
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
    return Grouped(
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


def _ordering(base: Base, columns: Sequence[Column], order_by: str | None) -> Column | None:
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


def _refuse_twice(base: Base) -> None:
    """Raise DataError for a table in which a customer has several rows."""
    place = None if base.of_orders else base.table.place_of("customer_id")
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
