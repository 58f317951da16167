"""Which columns of a table of customers are compared, and what stands in them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from segtool.attributes import CustomerTable
from segtool.clusters.features import (
    EMPTY,
    OTHER,
    CategoryFeature,
    Feature,
    Values,
    category_feature,
    number_feature,
    numbers_in,
    values_of,
)
from segtool.errors import DataError, UsageError, printable
from segtool.profiles.attributes import NO, YES, Coded, Entries, Numbers, attribute_at, coded_column, is_of, place_named
from segtool.rules.columns import Spelled
from segtool.tables.arrays import Mask
from segtool.words import column_name

FIGURES = ("recency_days", "frequency", "monetary")
"""What customers are compared by, unless it is said."""

BEHAVIOR = ("active_days", "sessions", "views", "searches", "carts", "orders", "revenue")
"""What people of an event log are compared by, as far as the log tells it."""

_BY_LOGARITHM = {*FIGURES, "revenue"}
"""What is always compared by its logarithm; money is, though refunds bring some of it below zero."""

_UNITS = {"recency_days": 1.0, "frequency": 1.0}
"""Column -> the unit of its logarithm; others have one of their own."""

_HUGE = 1e15

_FEW = 12
"""How many columns an error lists."""


@dataclass(frozen=True, eq=False)
class Column:
    """A column as it was read: its position in the table, what it is called by, what stands in it."""

    place: int
    name: str
    cells: Coded | Numbers

    @property
    def is_number(self) -> bool:
        return isinstance(self.cells, Numbers)

    @property
    def known(self) -> Mask:
        """Where a customer can be compared by this: a category can be empty."""
        return self.cells.known if isinstance(self.cells, Numbers) else np.ones(len(self.cells.places), np.bool_)


def compared_in(table: CustomerTable, wanted: Sequence[str] | None, spelled: Spelled) -> list[Column]:
    """Return the columns that are asked for, or else recency, frequency and money, or else what an event log tells.

    Raises UsageError for a column that is absent or cannot be compared, and where nothing tells which are meant.
    """
    names = list(dict.fromkeys(wanted)) if wanted is not None else _usual(table)
    found: list[Column] = []
    for name in names:
        place = place_named(table, name, "--columns")
        if all(each.place != place for each in found):
            found.append(column_at(table, place, spelled, name=name))
    return found


def _usual(table: CustomerTable) -> list[str]:
    if all(table.place_of(name) is not None for name in FIGURES):
        return list(FIGURES)
    told = [name for name in BEHAVIOR if any(is_of(header, (name,)) for header in table.headers)]
    if len(told) > 1 and {"sessions", "active_days"} & set(told):
        return told
    headers = printable(", ".join(table.headers[:_FEW])) + (", …" if len(table.headers) > _FEW else "")
    raise UsageError(
        f"{table.name} has neither recency_days, frequency and monetary, nor orders that are recognised. Columns: "
        f"{headers}. Say --columns for a table of customers; --customer-id, --order-date and --amount for orders."
    )


def column_at(table: CustomerTable, place: int, spelled: Spelled, *, name: str, option: str = "--columns") -> Column:
    """Return what stands in a column. Raises UsageError for one of dates or lists, DataError for an empty one."""
    header = table.headers[place]
    called = name if name in FIGURES else column_name(header)
    found = attribute_at(table, place, spelled)
    where = f"{table.name}: {printable(header)}"
    if found is None:
        raise DataError(f"{where} is empty, or holds no plain cells; leave it out of {option}.")
    if found.kind == "date":
        raise UsageError(f"{where} is a column of dates, which are not compared; give the days since as a number.")
    if isinstance(found.column, Entries):
        raise UsageError(f"{where} is a column of lists, which are not compared; leave it out of {option}.")
    if called in FIGURES and isinstance(found.column, Coded):
        try:
            numbers, known = numbers_in(found.column)
        except TypeError:
            raise UsageError(f"{where} is no column of numbers.") from None
        return Column(place, called, Numbers(numbers.astype(np.int64), known, 1))
    _refuse_huge(found.column, where)
    return Column(place, called, found.column)


def _refuse_huge(cells: Coded | Numbers, where: str) -> None:
    """Raise DataError for numbers beside which no other counts."""
    if isinstance(cells, Numbers) and len(cells.numbers):
        most = float(np.abs(np.where(cells.known, cells.numbers, 0).astype(np.float64)).max()) / cells.per
        if most > _HUGE:
            raise DataError(f"{where} has a number of the size of {most:.0e}; numbers up to {_HUGE:.0e} are compared.")


def feature_of(column: Column, rows: Mask) -> Feature:
    """Return how a column is measured, as these rows have it."""
    if isinstance(column.cells, Coded):
        return category_feature(column.name, Coded(column.cells.names, column.cells.places[rows]))
    numbers, _ = numbers_in(column.cells)
    log = True if column.name in _BY_LOGARITHM else None
    return number_feature(column.name, numbers[rows], unit=_UNITS.get(column.name), log=log)


def measured(
    table: CustomerTable, features: Sequence[Feature], spelled: Spelled, file: str
) -> tuple[list[Column], list[Values], list[Mask]]:
    """Return the columns that a clustering needs, what is measured of them, and where that is known.

    Raises DataError for a table that lacks one, or has texts where numbers are asked for.
    """
    columns, values, known = [], list[Values](), []
    for each in features:
        place = table.place_of(each.column)
        if place is None:
            raise DataError(
                f"{table.name} has no column {printable(repr(each.column))}, which {file} compares customers by. "
                f"{table.like([each.column])} Say --column {printable(each.column)}=COL for another name."
            )
        cells: Coded | Numbers
        if isinstance(each, CategoryFeature):
            cells = _levels_in(table, place, each, spelled)
        else:
            found = attribute_at(table, place, spelled)
            cells = Numbers(np.zeros(len(table), np.int64), np.zeros(len(table), np.bool_), 1)
            if found is not None:
                if found.kind == "date" or isinstance(found.column, Entries):
                    raise _no_numbers(table, place, file)
                cells = found.column
        _refuse_huge(cells, f"{table.name}: {printable(table.headers[place])}")
        try:
            own, where = values_of(each, cells)
        except TypeError:
            raise _no_numbers(table, place, file) from None
        if isinstance(cells, Coded) and not isinstance(each, CategoryFeature):
            cells = Numbers(own.astype(np.int64), where, 1)
        columns.append(Column(place, each.column, cells))
        values.append(own)
        known.append(where)
    return columns, values, known


def _levels_in(table: CustomerTable, place: int, feature: CategoryFeature, spelled: Spelled) -> Coded:
    """Return the levels of a category, in whatever words or numbers a column of yes and no has them."""
    if set(feature.levels) <= {YES, NO, EMPTY, OTHER} and {YES, NO} & set(feature.levels):
        found = attribute_at(table, place, spelled)
        cells = found.column if found is not None else None
        if isinstance(cells, Coded):
            return cells
        if isinstance(cells, Numbers):
            one, other = cells.numbers == cells.per, cells.numbers == 0
            return Coded((NO, YES, OTHER), np.where(cells.known, np.where(one, 1, np.where(other, 0, 2)), -1))
    return coded_column(table.columns[place])


def _no_numbers(table: CustomerTable, place: int, file: str) -> DataError:
    return DataError(f"{table.name}: {printable(table.headers[place])} is no column of numbers, as in {file}.")
